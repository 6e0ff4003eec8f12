import { deepEqual, equal } from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { query } from 'json-p3';
import { QuadSet } from '../../src/mapping/execute/quad-set.ts';
import { blankNodeLabel } from '../../src/mapping/execute/run.ts';
import { mapRecord } from '../../src/mapping/map.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import { csvRows } from '../../src/mapping/reference/csv-rows.ts';
import { jsonPath } from '../../src/mapping/reference/json-path.ts';
import { ExactNumber, parseExactJson } from '../../src/mapping/reference/number.ts';
import { blankNode, defaultGraph, literal, namedNode, quad, quadKey, typed } from '../../src/rdf/terms.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';
import { jsonMap, PREFIXES, runInput } from './check.ts';

const MAPPING =
  jsonMap('rml:reference "v[*]"') +
  jsonMap('rml:template "{w}" ; rml:termType rml:BlankNode').replace('ex:map', 'ex:b');
const record = fc.record({
  id: fc.nat(20),
  v: fc.array(
    fc.oneof(fc.string(), fc.integer(), fc.double({ noDefaultInfinity: true, noNaN: true }), fc.boolean()),
  ),
  w: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant(null)),
});
const records = fc.array(record, { maxLength: 8 });

/** JSON keeps no -0 and writes numbers as JavaScript does. */
const asText = (rows: readonly object[]): { 'people.json': string } => ({
  'people.json': JSON.stringify(rows),
});

describe('mapping, properties', () => {
  it('a batch gives what its records give one by one', () =>
    fc.assert(
      fc.asyncProperty(records, async (rows) => {
        const plan = compileMapping(PREFIXES + MAPPING, { name: 'test.ttl' });
        const batch = await runInput({ mapping: MAPPING, sources: asText(rows) });
        const single = rows.flatMap((row) => {
          const document = parseExactJson(JSON.stringify([row]));
          return mapRecord(plan, document, { blankNode, strict: true }).quads;
        });
        equal(await canonicalNQuads(batch.quads), await canonicalNQuads(single));
      }),
      { numRuns: 60 },
    ));

  it('the order of records does not matter', () =>
    fc.assert(
      fc.asyncProperty(records, async (rows) => {
        const [forth, back] = await Promise.all([
          runInput({ mapping: MAPPING, sources: asText(rows) }),
          runInput({ mapping: MAPPING, sources: asText(rows.toReversed()) }),
        ]);
        equal(await canonicalNQuads(forth.quads), await canonicalNQuads(back.quads));
      }),
      { numRuns: 30 },
    ));

  it('labels of blank nodes are legal and tell texts apart', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        equal(/^v[A-Za-z0-9_]*$/.test(blankNodeLabel('v', a)), true);
        equal(blankNodeLabel('v', a) === blankNodeLabel('v', b), a === b);
      }),
    );
  });
});

const iri = fc.constantFrom('http://ex.org/a', 'http://ex.org/b', 'urn:x:_a').map(namedNode);
const bnode = fc.constantFrom('a', 'b', '_a').map(blankNode);
const value = fc.constantFrom(literal('a'), literal('a', 'en'), literal('a', 'EN'), typed('a', 'anyURI'));
const anyQuad = fc
  .tuple(fc.oneof(iri, bnode), iri, fc.oneof(iri, bnode, value), fc.oneof(iri, fc.constant(defaultGraph())))
  .map(([subject, predicate, object, graph]) => quad(subject, predicate, object, graph));

describe('QuadSet, properties', () => {
  it('tells new quads from old ones by the identity of quads', () => {
    fc.assert(
      fc.property(fc.array(anyQuad, { maxLength: 60 }), (quads) => {
        const set = new QuadSet();
        const keys = new Set<string>();
        for (const each of quads) {
          equal(set.add(each), !keys.has(quadKey(each)));
          keys.add(quadKey(each));
        }
      }),
    );
  });
});

const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ', 'é') });
const write = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

async function rowsOf(chunks: readonly string[]): Promise<(readonly string[])[]> {
  const rows: (readonly string[])[] = [];
  for await (const some of csvRows(chunks)) rows.push(...some.map(({ cells }) => cells));
  return rows;
}

describe('CSV scanner, properties', () => {
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });

  it('agrees with csv-parse, whatever the chunks', () =>
    fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 7 }),
        async (rows, end, size) => {
          const text = rows.map((cells) => cells.map(write).join(',') + end).join('');
          const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
          const ours = await rowsOf(chunks);
          deepEqual(ours, parse(text, { relax_column_count: true, record_delimiter: ['\r\n', '\n'] }));
          deepEqual(ours, rows);
        },
      ),
      { numRuns: 200 },
    ));
});

const PATHS = [
  '$',
  '$.a',
  '$.a.b',
  "$['a b'][0]",
  '$[*]',
  '$.a[*]',
  '$.*.b',
  '$[-1]',
  '$.a[1].b',
  '$["a"][*][0]',
];
const key = fc.constantFrom('a', 'b', 'a b', 'length', '__proto__');
const { tree: json } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.string(), tie('list'), tie('object')),
  list: fc.array(tie('tree'), { maxLength: 3 }),
  object: fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
}));

const SPEC = { name: 'json', namespaces: {}, dialect: undefined } as const;

describe('JSONPath, properties', () => {
  it('simple paths give what the general interpreter gives', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(...PATHS), (value, path) => {
        const document = JSON.parse(JSON.stringify(value)) as never;
        deepEqual(jsonPath.compileIterator(path, SPEC)(document), query(path, document).values());
      }),
      { numRuns: 500 },
    );
  });

  it('a number keeps its text', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(), (integer, fraction) => {
        for (const text of [String(integer), `${integer}.${fraction}0`, `${integer}e-7`]) {
          const read = parseExactJson(`[${text}]`) as readonly unknown[];
          equal(read[0] instanceof ExactNumber ? read[0].text : String(read[0]), text);
        }
      }),
    );
  });
});
