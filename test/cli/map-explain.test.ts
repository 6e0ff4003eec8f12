/** `fabric map --explain`: the rule and the record behind a quad. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matches, parseQuadMatch } from '../../src/mapping/explain.ts';
import { literal, namedNode, quad } from '../../src/rdf/terms.ts';
import { fabric } from './command.ts';

const EX = 'http://example.org/';
const MAPPING = `@prefix rml: <http://w3id.org/rml/> .
@prefix ex: <${EX}> .
<#People> rml:logicalSource [ rml:source [ a rml:FilePath ; rml:root rml:MappingDirectory ; rml:path "people.csv" ] ;
    rml:referenceFormulation rml:CSV ] ;
  rml:subjectMap [ rml:template "${EX}{id}" ; rml:class ex:Person ] ;
  rml:predicateObjectMap [ rml:predicate ex:name ;
    rml:objectMap [ rml:reference "name" ] ] ;
  rml:predicateObjectMap [ rml:predicate ex:name ;
    rml:objectMap [ rml:reference "nick" ] ] .
`;

describe('fabric map --explain', () => {
  let folder: string;
  let mapping: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'fabric-explain-'));
    mapping = join(folder, 'map.ttl');
    writeFileSync(mapping, MAPPING);
    writeFileSync(join(folder, 'people.csv'), 'id,name,nick\n1,Ada,A\n2,"Bob\nby",Bob\n2,Bob,B\n');
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('names every rule and record that make the quad', async () => {
    const line = `<${EX}2> <${EX}name> "Bob" .`;
    const { code, out, err } = await fabric('--json', 'map', mapping, '--explain', line);
    assert.equal(code, 0, err);
    const found = out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, Record<string, unknown>>);
    const places = found.map(({ rule, record }) => [rule!['line'], record!['record'], record!['line']]);
    // The second record starts at line 3 and holds a line feed, so the third starts at line 5.
    assert.deepEqual(places, [
      [9, 2, 3],
      [7, 3, 5],
    ]);
    for (const { quad: text, triplesMap } of found) {
      assert.equal(text, line);
      assert.equal(triplesMap!['document'], mapping);
      assert.equal(triplesMap!['line'], 3);
    }
  });

  it('writes places that an editor can open', async () => {
    const { out } = await fabric('map', mapping, '--explain', `<${EX}1> * *`);
    assert.match(out, /map\.ttl:5:\d+ the blank node/);
    assert.match(out, /map\.ttl:7:\d+ the blank node/);
    assert.match(out, /record {2}1 of people\.csv, line 2/);
  });

  it('answers 1 when the mapping makes no such quad', async () => {
    const { code, err } = await fabric('map', mapping, '--explain', `<${EX}7> * *`);
    assert.equal(code, 1);
    assert.match(err, /makes no quad/);
  });

  it('refuses what is no quad', async () => {
    const { code, err } = await fabric('map', mapping, '--explain', 'Ada');
    assert.equal(code, 2);
    assert.match(err, /nothing to explain/);
  });
});

describe('what is to be explained', () => {
  const sample = quad(
    namedNode(`${EX}a`),
    namedNode(`${EX}p`),
    literal('x "y" z', namedNode('http://www.w3.org/2001/XMLSchema#string')),
    namedNode(`${EX}g`),
  );
  const cases: readonly (readonly [string, boolean])[] = [
    [`<${EX}a> <${EX}p> "x \\"y\\" z" <${EX}g> .`, true],
    [`<${EX}a> <${EX}p> "x \\"y\\" z"`, true],
    ['* * *', true],
    ['* * * *', true],
    [`* ex:p *`, true],
    [`${EX}a * *`, true],
    [`* a *`, false],
    [`* * "x"`, false],
    [`* * "x \\"y\\" z"@en`, false],
    [`* * "x \\"y\\" z"^^xsd:string`, true],
    [`* * * <${EX}h>`, false],
    [`<${EX}b> * *`, false],
  ];
  for (const [text, expected] of cases) {
    it(`${text} ${expected ? 'is' : 'is not'} the sample`, () => {
      const match = parseQuadMatch(text, { ex: EX, xsd: 'http://www.w3.org/2001/XMLSchema#' });
      assert.equal(matches(match, sample), expected);
    });
  }

  for (const text of ['', 'a b', '* * * * *', '"literal" * *', '* "x" *', '* * "open']) {
    it(`refuses ${text === '' ? 'nothing' : text}`, () => {
      assert.throws(() => parseQuadMatch(text), { type: 'request-invalid' });
    });
  }
});
