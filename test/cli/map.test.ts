/** `fabric map` as a user runs it: outputs, several mappings, what fails and where it goes, targets. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseRdf } from '../../src/rdf/parse.ts';
import { readDump } from '../conformance/targets.ts';
import { isomorphic } from '../rdf/canonical.ts';
import { fabric, type Ran } from './command.ts';
import { at, eachTestInAFolder, put } from './test-folder.ts';

const PREFIXES = `@prefix rml: <http://w3id.org/rml/> .
@prefix ex: <http://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
`;

/** A mapping of one CSV file: a name and a number a row. */
const people = (more = ''): string => `${PREFIXES}
<#People> rml:logicalSource <#Source> ;
  rml:subjectMap [ rml:template "http://example.org/{id}" ${more} ] ;
  rml:predicateObjectMap [ rml:predicate ex:name ; rml:objectMap [ rml:reference "name" ] ] ;
  rml:predicateObjectMap [ rml:predicate ex:age ; rml:objectMap [ rml:reference "age" ; rml:datatype xsd:integer ] ] .
<#Source> rml:source [ a rml:FilePath ; rml:root rml:MappingDirectory ; rml:path "people.csv" ] ;
  rml:referenceFormulation rml:CSV .
`;

const GOOD = 'id,name,age\n1,Ada,36\n2,Bob,40\n';
const BAD = 'id,name,age\n1,Ada,36\n2,Bob,forty\n3,Cy,7\n';

const lines = (text: string): string[] => text.trim().split('\n').sort();

describe('fabric map', () => {
  eachTestInAFolder();
  const formats = ['nq', 'nt', 'ttl', 'trig', 'n3', 'jsonld', 'rdfxml', 'rdfjson'];
  for (const format of formats) {
    it(`writes ${format}, to a file and to standard output`, async () => {
      put('people.csv', GOOD);
      const mapping = put('map.ttl', people());
      const path = at(`out.${format}`);
      const filed = await fabric('map', mapping, '-o', path, '--format', format);
      assert.equal(filed.code, 0, filed.err);
      assert.match(filed.err, /4 quads .*written to /);
      const piped = await fabric('map', mapping, '--format', format);
      assert.equal(piped.out, readFileSync(path, 'utf8'));
      const wanted = await parseRdf((await fabric('map', mapping)).out, { format: 'n-quads' });
      assert.equal(wanted.length, 4);
      assert.ok(await isomorphic(await readDump(path), wanted));
    });
  }

  it('takes format and compression from the ending of the output', async () => {
    put('people.csv', GOOD);
    const path = at('out.ttl.gz');
    const { code, err } = await fabric('map', put('map.ttl', people()), '-o', path);
    assert.equal(code, 0, err);
    assert.match(gunzipSync(readFileSync(path)).toString(), /<http:\/\/example.org\/1> /);
    assert.equal((await readDump(path)).length, 4);
  });

  it('runs several mappings as one, without duplicates', async () => {
    put('people.csv', GOOD);
    mkdirSync(at('b'));
    put('b/people.csv', 'id,name,age\n2,Bob,40\n3,Cy,7\n');
    const mappings = [put('a.ttl', people()), put('b/b.ttl', people())];
    const { code, out, err } = await fabric('map', ...mappings);
    assert.equal(code, 0, err);
    assert.equal(lines(out).length, 6);
    const kept = await fabric('map', ...mappings, '--duplicates', 'keep');
    assert.equal(lines(kept.out).length, 8);
    assert.equal(new Set(lines(kept.out)).size, 6);
  });

  it('resolves relative IRIs against --base', async () => {
    put('people.csv', 'id,name,age\n1,Ada,36\n');
    const text = people()
      .replace('"http://example.org/{id}"', '"{id}"')
      .replaceAll('<#', '<http://m.example/');
    const { out, err } = await fabric('map', put('map.ttl', text), '--base', 'http://base.example/');
    assert.match(out, /<http:\/\/base.example\/1> /, err);
  });

  it('reads a source from another file', async () => {
    const mapping = put('map.ttl', people());
    const path = put('other.csv', GOOD);
    const { code, out, err } = await fabric('map', mapping, '--source', `people.csv=${path}`);
    assert.equal(code, 0, err);
    assert.equal(lines(out).length, 4);
  });
});

describe('fabric map, what fails', () => {
  eachTestInAFolder();
  const run = (data: string, ...args: readonly string[]): Promise<Ran> => {
    put('people.csv', data);
    return fabric('map', put('map.ttl', people()), ...args);
  };

  it('goes on after a bad record, says so and answers 3', async () => {
    const { code, out, err } = await run(BAD);
    assert.equal(code, 3);
    assert.equal(lines(out).length, 5);
    assert.match(err, /lexical-invalid: .*forty/);
    assert.match(err, /1 record failed/);
  });

  it('stops at it with --strict, and leaves the output as it was', async () => {
    const path = put('out.nq', 'old');
    const { code, err } = await run(BAD, '--strict', '-o', path);
    assert.equal(code, 2);
    assert.match(err, /map\.ttl:\d+:\d+: .*forty/);
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assert.deepEqual(readdirSync(at()).sort(), ['map.ttl', 'out.nq', 'people.csv']);
  });

  it('keeps dead letters with their places, and records only when asked', async () => {
    const path = at('dead.ndjson');
    const first = await run(BAD, '--dead-letters', path);
    assert.equal(first.code, 3);
    assert.doesNotMatch(first.err, /forty/);
    const letter = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    assert.equal(letter['source'], 'people.csv');
    assert.equal(letter['record'], 2);
    assert.equal(letter['line'], 3);
    assert.equal(letter['code'], 'lexical-invalid');
    assert.match(JSON.stringify(letter['mapping']), /map\.ttl","line":\d+,"column":\d+/);
    assert.equal('value' in letter, false);
    await run(BAD, '--dead-letters', path, '--dead-letter-records');
    const whole = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    assert.deepEqual(whole['value'], { id: '2', name: 'Bob', age: 'forty' });
  });

  it('tells one summary as JSON', async () => {
    const { err } = await run(GOOD, '--json');
    const summary = JSON.parse(err) as Record<string, unknown>;
    assert.equal(summary['quads'], 4);
    assert.equal(summary['failures'], 0);
    assert.equal(typeof summary['seconds'], 'number');
  });

  const refusals: readonly {
    readonly title: string;
    readonly args: () => readonly string[];
    readonly message: RegExp;
  }[] = [
    { title: 'no mapping', args: () => [], message: /No mapping was given/ },
    { title: 'a mapping that is not there', args: () => ['none.ttl'], message: /none\.ttl cannot be read/ },
    {
      title: 'a source that is not there',
      args: () => [put('map.ttl', people())],
      message: /people\.csv.*cannot be read/,
    },
    {
      title: 'a mapping that is none, at its place',
      args: () => [put('map.ttl', people().replace('rml:reference "age"', 'rml:refernce "age"'))],
      message: /map\.ttl:8:\d+: .*rml:refernce/,
    },
    {
      title: 'a source outside of the folders',
      args: () => [put('map.ttl', people().replace('"people.csv"', '"/etc/hostname"'))],
      message: /lies outside of the folders/,
    },
    {
      title: 'an unknown format',
      args: () => [put('map.ttl', people()), '--format', 'ntripels'],
      message: /no RDF format/,
    },
    {
      title: 'records of dead letters without a file',
      args: () => [put('map.ttl', people()), '--dead-letter-records'],
      message: /without --dead-letters/,
    },
    {
      title: 'an origin that is none',
      args: () => [put('map.ttl', people()), '--allow-origin', 'example'],
      message: /is no origin/,
    },
  ];
  for (const { title, args, message } of refusals) {
    it(`refuses ${title}`, async () => {
      const { code, err } = await fabric('map', ...args());
      assert.equal(code, 2, err);
      assert.match(err, message);
    });
  }
});

describe('fabric map, targets of the mapping', () => {
  eachTestInAFolder();
  const target = (path: string, more = ''): string =>
    `; rml:logicalTarget [ a rml:LogicalTarget ;
       rml:target [ a rml:FilePath ; rml:root rml:MappingDirectory ; rml:path "${path}" ] ; ${more}
       rml:serialization <http://www.w3.org/ns/formats/Turtle> ]`;

  it('get what is theirs, and the default output gets the rest', async () => {
    put('people.csv', GOOD);
    const mapping = put('map.ttl', people(target('dump.ttl.gz', 'rml:compression rml:gzip ;')));
    const { code, out, err } = await fabric('map', mapping);
    assert.equal(code, 0, err);
    assert.equal(out, '');
    assert.match(err, /^4 quads/);
    assert.equal((await readDump(at('dump.ttl.gz'))).length, 4);
  });

  it('are refused outside of the folders before anything is read', async () => {
    put('people.csv', GOOD);
    const mapping = put('map.ttl', people(target('../../outside.ttl')));
    const { code, err } = await fabric('map', mapping);
    assert.equal(code, 2);
    assert.match(err, /lies outside of the folders/);
    assert.equal(existsSync(at('../../outside.ttl')), false);
  });
});
