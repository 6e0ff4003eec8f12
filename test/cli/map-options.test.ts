/** `fabric map` for people who come from other engines: options, and what is said where something is amiss. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fabric } from './command.ts';
import { at, eachTestInAFolder, put } from './test-folder.ts';

const PREFIXES = `@prefix rml: <http://w3id.org/rml/> .
@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix ex: <http://example.org/> .
`;

describe('fabric map, options', function () {
  this.timeout(60_000);
  eachTestInAFolder();

  const mapping = (file: string, formulation: string, object: string): string => `${PREFIXES}
<#Things> rml:logicalSource [ rml:source [ a rml:FilePath ; rml:root rml:MappingDirectory ; rml:path "${file}" ] ;
    rml:referenceFormulation ${formulation} ] ;
  rml:subjectMap [ rml:template "http://example.org/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:v ; rml:objectMap [ ${object} ] ] .
`;
  const line = (id: number, value: string): string =>
    `<http://example.org/${id}> <http://example.org/v> "${value}" .\n`;

  it('calls --functions, and one that throws or never returns costs its value alone', async () => {
    put('things.csv', 'id,v\n1,a\n2,throw\n3,loop\n4,b\n');
    const call = `rml:functionExecution [ rml:function ex:shout ;
      rml:input [ rml:parameter ex:text ; rml:inputValueMap [ rml:reference "v" ] ] ]`;
    const functions = put(
      'functions.mjs',
      `export const functions = [{
        iri: 'http://example.org/shout', parameters: ['http://example.org/text'], outputs: ['http://example.org/out'],
        run: (text) => {
          if (text === 'loop') for (;;);
          if (text === 'throw') throw new Error('not this one');
          return text.toUpperCase();
        } }];`,
    );
    const path = put('map.ttl', mapping('things.csv', 'rml:CSV', call));
    const { code, out, err } = await fabric('map', path, '--functions', functions);
    assert.deepEqual([code, out], [3, line(1, 'A') + line(4, 'B')], err);
    assert.match(err, /not this one/);
    assert.match(err, /2 records failed/);
  });

  it('shows how far it is with --progress, and says nothing with --no-progress', async () => {
    put('things.csv', `id,v\n${'1,a\n'.repeat(50_000)}`);
    const path = put('map.ttl', mapping('things.csv', 'rml:CSV', 'rml:reference "v"'));
    const shown = await fabric('map', path, '--progress');
    assert.deepEqual([shown.code, shown.out], [0, line(1, 'a')], shown.err);
    assert.match(shown.err, /100% \| 0\.2 of 0\.2 MiB \| [\d.]+ MiB\/s \| 0s left/);
    const silent = await fabric('map', path, '--no-progress');
    assert.doesNotMatch(silent.err, /MiB/);
  });

  it('asks the database of --db-url for tables whose mapping names none, and says so without it', async () => {
    const database = new DatabaseSync(at('things.db'));
    database.exec(`CREATE TABLE t (id INTEGER, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')`);
    database.close();
    const path = put(
      'map.ttl',
      `${PREFIXES} <#T> rr:logicalTable [ rr:tableName "t" ] ; rr:subjectMap [ rr:template "http://example.org/{id}" ] ;
        rr:predicateObjectMap [ rr:predicate ex:v ; rr:objectMap [ rr:column "v" ] ] .`,
    );
    const { code, out, err } = await fabric('map', path, '--db-url', `sqlite:///${at('things.db')}`);
    assert.deepEqual([code, out], [0, line(1, 'a') + line(2, 'b')], err);
    const without = await fabric('map', path);
    assert.equal(without.code, 2);
    assert.match(without.err, /names no database\n {2}Name it with --db-url/);
  });

  it('takes the mappings of a folder', async () => {
    mkdirSync(at('maps'));
    put('maps/a.csv', 'id,v\n1,a\n');
    put('maps/b.csv', 'id,v\n2,b\n');
    put('maps/a.ttl', mapping('a.csv', 'rml:CSV', 'rml:reference "v"'));
    put('maps/b.ttl', mapping('b.csv', 'rml:CSV', 'rml:reference "v"'));
    const { code, out, err } = await fabric('map', at('maps'));
    assert.deepEqual([code, out.split(/(?<=\n)/).sort()], [0, [line(1, 'a'), line(2, 'b')]], err);
    mkdirSync(at('empty'));
    assert.match((await fabric('map', at('empty'))).err, /is a folder without mapping documents/);
  });

  const ENGINES: readonly [string, readonly string[]][] = [
    ['bytes', []],
    ['terms', ['--format', 'ttl']],
  ];
  for (const [engine, args] of ENGINES) {
    it(`tells a member that no document has, by ${engine}`, async () => {
      put('things.ndjson', '{"id": 1, "v": "a"}\n{"id": 2}\n');
      const misspelt = put('map.ttl', mapping('things.ndjson', 'rml:JSONPath', 'rml:reference "w"'));
      const { code, err } = await fabric('map', misspelt, ...args);
      assert.equal(code, 0);
      assert.match(err, /reference-unmatched: .*has the reference "w", which no record has\n/);
      assert.match(err, /warning: the mapping made nothing/);
      const right = put('map.ttl', mapping('things.ndjson', 'rml:JSONPath', 'rml:reference "v"'));
      assert.doesNotMatch((await fabric('map', right, ...args)).err, /reference-unmatched|warning/);
    });
  }

  const AMISS: readonly [string, readonly string[], RegExp][] = [
    ['--delta alone', ['--delta', 'x'], /--delta was given without --watch/],
    ['--key alone', ['--key', 'id'], /--key was given without --watch/],
    ['no messages', ['--messages', '0'], /more than 0/],
    ['an unknown source', ['--source', 'foo=bar'], /as --source people\.csv=other\.csv/],
  ];
  for (const [what, args, message] of AMISS) {
    it(`refuses ${what}`, async () => {
      put('things.csv', 'id,v\n1,a\n');
      const path = put('map.ttl', mapping('things.csv', 'rml:CSV', 'rml:reference "v"'));
      const { code, err } = await fabric('map', path, ...args);
      assert.equal(code, 2);
      assert.match(err, message);
    });
  }
});
