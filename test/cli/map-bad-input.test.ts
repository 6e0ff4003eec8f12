/** `fabric map` on input that is wrong: typed and located, never at the cost of a good record beside it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { openMysql, PASSWORD, USER } from '../source/rml/mysql-stand-in.ts';
import { fabric, start } from './command.ts';
import { at, eachTestInAFolder, put } from './test-folder.ts';

const PREFIXES = `@prefix rml: <http://w3id.org/rml/> .
@prefix d2rq: <http://www.wiwiss.fu-berlin.de/suhl/bizer/D2RQ/0.1#> .
@prefix ex: <http://example.org/> .
`;

/** A subject from `id` and one object for each record of a file. */
function mappingOf(path: string, object = 'rml:reference "v"'): string {
  const [formulation, subject] = path.endsWith('.csv')
    ? ['rml:CSV', '{id}']
    : path.endsWith('.xml')
      ? ['rml:XPath ; rml:iterator "/all/one"', '{@id}']
      : [`rml:JSONPath ; rml:iterator "${path.endsWith('.json') ? '$[*]' : '$'}"`, '{id}'];
  return `${PREFIXES}<#M> rml:logicalSource [
    rml:source [ a rml:FilePath ; rml:root rml:MappingDirectory ; rml:path "${path}" ] ;
    rml:referenceFormulation ${formulation} ] ;
  rml:subjectMap [ rml:template "http://example.org/${subject}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ ${object} ] ] .
`;
}

const CALL = `rml:functionExecution [ rml:function ex:moody ;
  rml:input [ rml:parameter ex:text ; rml:inputValueMap [ rml:reference "v" ] ] ]`;
const MODULE = `export const functions = [{ iri: 'http://example.org/moody', parameters: ['http://example.org/text'],
  outputs: ['http://example.org/out'], run: (text) => {
    if (text === 'loop') for (;;);
    if (text === 'never') return new Promise(() => {});
    if (text === 'throw') throw new Error('not today');
    return text;
  } }];`;

interface Case {
  /** The file that the mapping reads; nothing: there is none. */
  readonly text?: string | Uint8Array;
  readonly mapping: string;
  readonly functions?: true;
  /** What the byte engine writes, which takes texts as they come. */
  readonly objects: readonly string[];
  /** What the term engine writes, where it is less: a document of JSON is read whole. */
  readonly objectsOfTerms?: readonly string[];
  readonly code: number;
  readonly err: RegExp;
  /** What strict mode says, where it says another thing. */
  readonly strict?: RegExp;
  /** How a dead letter says it, where it says more than another case. */
  readonly letter?: Readonly<Record<string, unknown>>;
}

const latin = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const CASES: Readonly<Record<string, Case>> = {
  'a file that is not there': {
    mapping: mappingOf('none.csv'),
    objects: [],
    code: 2,
    err: /Source "none.csv" cannot be read: there is no such file \(tried .*none.csv\)\n.*--source/,
  },
  'a path out of the roots': {
    mapping: mappingOf('../../../../../../../../etc/hostname.csv'),
    objects: [],
    code: 2,
    err: /lies outside of the folders that a mapping may read\n.*--allow-root/,
  },
  'a column that is not there': {
    text: 'id,w\n1,a\n2,b\n',
    mapping: mappingOf('a.csv'),
    objects: [],
    code: 3,
    err: /column-unknown: .*for "v" names no column; there are id, w/,
    strict: /m.ttl:\d+:\d+: .*for "v" names no column/,
  },
  'rows that are ragged': {
    text: 'id,v\n1,a\n2\n3,c,d\n4,e\n',
    mapping: mappingOf('a.csv'),
    objects: ['"a"', '"e"'],
    code: 3,
    err: /row-ragged: Source "a.csv", line 3: .*\nrow-ragged: Source "a.csv", line 4: .* 2 records failed/s,
    strict: /a.csv:3: Source "a.csv", line 3: Row 2 has 1 /,
    letter: { code: 'row-ragged', source: 'a.csv', row: 2, line: 3 },
  },
  'a quote that is never closed': {
    text: 'id,v\n1,a\n2,"b\n3,c\n',
    mapping: mappingOf('a.csv'),
    objects: ['"a"'],
    code: 3,
    err: /a.csv:3: .*Row 2 has a quoted field that is not closed/,
  },
  'a broken line of NDJSON': {
    text: '{"id":1,"v":"a"}\n{"id":2,"v":}\n{"id":3,"v":"c"}\n',
    mapping: mappingOf('a.ndjson'),
    objects: ['"a"', '"c"'],
    code: 3,
    err: /json-malformed: Source "a.ndjson", line 2: JSON has an unexpected character at column 13\n/,
    strict: /a.ndjson:2:13: /,
    letter: { code: 'json-malformed', source: 'a.ndjson', row: 2, line: 2 },
  },
  'a document of JSON that breaks in the middle': {
    text: '[{"id":1,"v":"a"},\n{"id":2,"v":},\n{"id":3,"v":"c"}]',
    mapping: mappingOf('a.json'),
    objects: ['"a"'],
    objectsOfTerms: [],
    code: 3,
    err: /a.json:2:13: Source "a.json", line 2: JSON has an unexpected character at line 2, column 13\n/,
    letter: { code: 'json-malformed', source: 'a.json', line: 2 },
  },
  'XML that breaks in the middle': {
    text: '<all><one id="1"><v>a</v></one>\n<one id="2"><v>b</one></all>',
    mapping: mappingOf('a.xml'),
    objects: ['"a"'],
    code: 3,
    err: /a.xml:2:\d+: Source "a.xml", line 2: XML is not read: unexpected close tag/,
  },
  'XML with a document type': {
    text: '<!DOCTYPE all [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<all><one id="1"><v>&e;</v></one></all>',
    mapping: mappingOf('a.xml'),
    objects: [],
    code: 3,
    err: /a.xml:1:\d+: .*a document type declaration \(DTD\) is refused/,
    letter: { code: 'xml-doctype', source: 'a.xml', line: 1 },
  },
  'a row of bytes that are no UTF-8': {
    text: latin('id,v\n1,a\n2,\xff\n3,c\n'),
    mapping: mappingOf('a.csv'),
    objects: ['"a"', '"c"'],
    code: 3,
    err: /encoding-invalid: Source "a.csv", line 3: Row 2 holds bytes that are no UTF-8 \(at byte 11\)/,
    strict: /a.csv:3: .* \(at byte 11\)/,
  },
  'a line of bytes that are no UTF-8': {
    text: latin('{"id":1,"v":"a"}\n{"id":2,"v":"\xff"}\n{"id":3,"v":"c"}\n'),
    mapping: mappingOf('a.ndjson'),
    objects: ['"a"', '"c"'],
    code: 3,
    err: /encoding-invalid: Source "a.ndjson", line 2: A line holds bytes that are no UTF-8 \(at byte 30\)/,
    strict: /a.ndjson:2: .* \(at byte 30\)/,
  },
  'a document of bytes that are no UTF-8': {
    text: latin('[{"id":1,"v":"a"},{"id":2,"v":"\xff"}]'),
    mapping: mappingOf('a.json'),
    objects: ['"a"'],
    objectsOfTerms: [],
    code: 3,
    err: /Source "a.json": The document holds bytes that are no UTF-8 \(at byte 31\)/,
  },
  'an IRI that is none': {
    text: 'id,v\n1,http://example.org/a b\n2,http://example.org/c\n',
    mapping: mappingOf('a.csv', 'rml:reference "v" ; rml:termType rml:IRI'),
    objects: ['<http://example.org/c>'],
    code: 3,
    err: /iri-invalid: .*makes "http:\/\/example.org\/a b", which is no IRI/,
    strict: /m.ttl:\d+:\d+: .*which is no IRI/,
    letter: { code: 'iri-invalid', source: 'a.csv', record: 1, row: 1 },
  },
  'a function that throws': {
    text: 'id,v\n1,a\n2,throw\n3,c\n',
    mapping: mappingOf('a.csv', CALL),
    functions: true,
    objects: ['"a"', '"c"'],
    code: 3,
    err: /function-failed: .*calls <http:\/\/example.org\/moody>, which failed: not today \(record 2\)/,
    strict: /m.ttl:\d+:\d+: .*not today \(record 2\)/,
  },
  'a function that never returns': {
    text: 'id,v\n1,a\n2,loop\n3,never\n4,d\n',
    mapping: mappingOf('a.csv', CALL),
    functions: true,
    objects: ['"a"', '"d"'],
    code: 3,
    err: /function-timeout: .*did not answer within 1000 ms \(record 2\)\nfunction-timeout: .*\(record 3\)/,
    strict: /m.ttl:\d+:\d+: .*did not answer within 1000 ms \(record 2\)/,
    letter: { code: 'function-timeout', record: 2 },
  },
};

function commandOf({ text, mapping, functions }: Case): readonly string[] {
  const name = /rml:path "([^"]*)"/.exec(mapping)?.[1];
  if (text !== undefined) put(name!, text);
  const called = functions === undefined ? [] : ['--functions', put('functions.mjs', MODULE)];
  return ['map', put('m.ttl', mapping), ...called];
}

const objectsIn = (out: string): readonly string[] =>
  [...out.matchAll(/^<[^ ]*> <[^ ]*> (.*) \.$/gm)].map(([, object]) => object!).sort();

describe('fabric map, bad input', () => {
  eachTestInAFolder();
  for (const [title, one] of Object.entries(CASES)) {
    it(`is told, and the rest goes on: ${title}`, async () => {
      const { code, out, err } = await fabric(...commandOf(one));
      assert.match(err, one.err);
      assert.deepEqual([code, objectsIn(out)], [one.code, one.objects]);
    });

    it(`is told by the term engine as well: ${title}`, async () => {
      const { code, out, err } = await fabric(...commandOf(one), '--canonical');
      assert.match(err, one.err);
      assert.deepEqual([code, objectsIn(out)], [one.code, one.objectsOfTerms ?? one.objects]);
    });

    it(`ends a strict run: ${title}`, async () => {
      const { code, err } = await fabric(...commandOf(one), '--strict');
      assert.match(err, one.strict ?? one.err);
      assert.equal(code, 2);
    });

    const { letter } = one;
    if (letter === undefined) continue;
    it(`goes to the dead letters: ${title}`, async () => {
      const path = at('letters.ndjson');
      assert.equal((await fabric(...commandOf(one), '--dead-letters', path)).code, 3);
      const [first = ''] = readFileSync(path, 'utf8').split('\n');
      const told = JSON.parse(first) as Readonly<Record<string, unknown>>;
      assert.deepEqual({ ...told, ...letter }, told);
    });
  }
});

describe('fabric map, a line of 100 MB', () => {
  eachTestInAFolder();
  const long = Buffer.alloc(100_000_000, 'x');
  const CASES_OF_LENGTH: Readonly<
    Record<string, readonly [string, string, string, readonly string[], RegExp]>
  > = {
    NDJSON: [
      'a.ndjson',
      '{"id":1,"v":"a"}\n{"id":2,"v":"',
      '"}\n{"id":3,"v":"c"}\n',
      ['"a"', '"c"'],
      /line-too-long: Source "a.ndjson", line 2: A line has more than 33554432 characters/,
    ],
    CSV: [
      'a.csv',
      'id,v\n1,a\n2,"',
      '"\n3,c\n',
      ['"a"'],
      /a.csv:3: Source "a.csv", line 3: Row 2 has more than 4194304 characters/,
    ],
  };
  for (const [title, [name, before, behind, objects, told]] of Object.entries(CASES_OF_LENGTH)) {
    for (const args of [[], ['--canonical']]) {
      it(`is refused without being held: ${title} ${args.join('')}`, async () => {
        put(name, Buffer.concat([Buffer.from(before), long, Buffer.from(behind)]));
        const { code, out, err } = await fabric('map', put('m.ttl', mappingOf(name)), ...args);
        assert.match(err, told);
        assert.deepEqual([code, objectsIn(out)], [3, objects]);
      });
    }
  }
});

describe('fabric map, a database that goes away', () => {
  eachTestInAFolder();
  it('is told, leaves no half of an output, and is read when it is back', async () => {
    const standIn = await openMysql();
    const { port } = standIn;
    const mapping = put(
      'm.ttl',
      `${PREFIXES}<#M> rml:logicalSource [ rml:source <#DB> ; rml:referenceFormulation rml:SQL2008Table ; rml:iterator "t" ] ;
  rml:subjectMap [ rml:template "http://example.org/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ rml:reference "v" ] ] .
<#DB> a d2rq:Database ; d2rq:jdbcDSN "jdbc:mysql://127.0.0.1:${port}/test" ; d2rq:jdbcDriver "com.mysql.cj.jdbc.Driver" ;
  d2rq:username "${USER}" ; d2rq:password "${PASSWORD}" .
`,
    );
    const out = put('out.nq', 'what was there\n');
    const allowed = ['--allow-origin', `mysql://127.0.0.1:${port}`];
    const run = (args = allowed) =>
      start(['map', mapping, '-o', out, ...args], { FABRIC_DB_RETRIES: '1' }).ended;
    const rows = `CREATE TABLE t (id INTEGER, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')`;

    await standIn.run(rows);
    const refused = await run([]);
    assert.equal(refused.code, 2, refused.err);
    assert.match(refused.err, /mappings may not name[^]*--allow-origin mysql:\/\/127\.0\.0\.1:\d+/);
    standIn.cutAfter = 2;
    const cut = await run();
    assert.equal(cut.code, 2, cut.err);
    assert.match(cut.err, /mysql:\/\/127.0.0.1:\d+\/test/);
    assert.ok(!cut.err.includes(PASSWORD), cut.err);
    assert.equal(readFileSync(out, 'utf8'), 'what was there\n');

    await standIn.close();
    const gone = await run();
    assert.equal(gone.code, 2, gone.err);
    assert.match(gone.err, /cannot be reached/);
    assert.equal(readFileSync(out, 'utf8'), 'what was there\n');

    const back = await openMysql(port);
    await back.run(rows);
    const again = await run();
    await back.close();
    assert.equal(again.code, 0, again.err);
    assert.deepEqual(objectsIn(readFileSync(out, 'utf8')), ['"a"', '"b"', '"c"']);
  });
});
