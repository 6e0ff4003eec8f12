/** Live mapping on bytes: the sum of its deltas is what a batch run over the surviving records gives. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { compileLiveBytes, type LineDelta, LiveBytes } from '../../../src/mapping/bytes/live.ts';
import { compileMapping } from '../../../src/mapping/plan.ts';
import { runBoth } from './run-both.ts';

const PREFIXES = `@prefix rml: <http://w3id.org/rml/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <http://ex.org/> .
`;
const source = 'rml:logicalSource [ rml:source "t.ndjson" ; rml:referenceFormulation rml:JSONPath ]';
const MAPPING = `${PREFIXES}
ex:a a rml:TriplesMap ; ${source} ;
  rml:subjectMap [ rml:template "http://ex.org/{id}" ; rml:class ex:C ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ rml:reference "x" ] , [ rml:reference "y" ] ] ;
  rml:predicateObjectMap [ rml:predicateMap [ rml:template "http://ex.org/p/{y}" ] ; rml:objectMap [ rml:template "http://ex.org/o/{n.m}" ] ] ;
  rml:predicateObjectMap [ rml:predicate ex:q ; rml:objectMap [ rml:reference "x" ; rml:datatype xsd:integer ] ] .
ex:b a rml:TriplesMap ; ${source} ;
  rml:subjectMap [ rml:template "b {id}" ; rml:termType rml:BlankNode ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ rml:reference "x" ] ; rml:graphMap [ rml:template "http://ex.org/g/{y}" ] ] .
`;

const live = (mapping: string, key = 'id'): ReturnType<typeof compileLiveBytes> =>
  compileLiveBytes(compileMapping(mapping, { name: 'test.ttl' }), { key, strict: false });

function start(): LiveBytes {
  const mapper = live(MAPPING);
  if (!(mapper instanceof LiveBytes)) throw new Error(mapper.unsupported.join());
  return mapper;
}

const encoder = new TextEncoder();
const linesOf = (bytes: Uint8Array): string[] => new TextDecoder().decode(bytes).split('\n').slice(0, -1);

/** The graph by its deltas; a delta that is not net is a fault. */
class Graph {
  readonly lines = new Set<string>();
  changed = 0;

  take({ removed, added }: LineDelta): void {
    const gone = linesOf(removed);
    const come = linesOf(added);
    for (const line of gone) ok(this.lines.delete(line), `removed without being there: ${line}`);
    for (const line of come) {
      ok(!this.lines.has(line), `added although there: ${line}`);
      ok(!gone.includes(line), `removed and added at once: ${line}`);
      this.lines.add(line);
    }
    this.changed += gone.length + come.length;
  }
}

const value = fc.constantFrom<unknown>('a', 'b', '1', 1, 1.5, true, null, 'é "q"', '', [1]);
const record = fc.record(
  { id: fc.constantFrom('k1', 'k 2', 'k%3', 4), x: value, y: value, n: fc.record({ m: value }) },
  { requiredKeys: ['id'], noNullPrototype: true },
);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(record, { minLength: 1, maxLength: 4 }).map((upsert) => ({ upsert })) },
  { weight: 1, arbitrary: fc.constantFrom('k1', 'k 2', 'k%3', '4', 'other').map((gone) => ({ gone })) },
);

describe('live mapping on bytes', () => {
  it('follows its records as a batch run would', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const mapper = start();
        const graph = new Graph();
        const records = new Map<string, unknown>();
        for (const each of steps) {
          if ('gone' in each) {
            graph.take(mapper.delete(each.gone));
            records.delete(each.gone);
          } else {
            const text = each.upsert.map((found) => JSON.stringify(found)).join('\n');
            for (const delta of mapper.upsert(encoder.encode(text))) graph.take(delta);
            for (const found of each.upsert) records.set(String(found.id), found);
          }
        }
        equal(mapper.size, records.size);
        const text = Array.from(records.values(), (found) => `${JSON.stringify(found)}\n`).join('');
        const { terms } = await runBoth({ mapping: MAPPING, sources: { 't.ndjson': text } });
        deepEqual([...graph.lines].sort(), [...terms.lines].sort());
      }),
      { numRuns: 150 },
    ));

  it('touches only what changed', () => {
    const mapper = start();
    const graph = new Graph();
    const take = (text: string): number => {
      const before = graph.changed;
      for (const delta of mapper.upsert(encoder.encode(text))) graph.take(delta);
      return graph.changed - before;
    };
    equal(take('{"id":"k","x":1,"y":"b","n":{"m":"c"},"other":1}') > 0, true);
    equal(take('{"id":"k","x":1,"y":"b","n":{"m":"c"},"other":2}'), 0);
    equal(take('{"id":"k","x":1,"y":"b","n":{"m":"d"}}'), 2);
  });

  it('uses memory again', () => {
    const mapper = start();
    const version = (number: number): Uint8Array =>
      encoder.encode(`{"id":"k","x":"${'v'.repeat(number % 50)}"}`);
    const graph = new Graph();
    for (let number = 0; number < 2000; number++) {
      for (const delta of mapper.upsert(version(number))) graph.take(delta);
    }
    equal(mapper.size, 1);
    for (const line of graph.lines) ok(!line.includes('http://ex.org/p/'), line);
  });

  const OTHERS: readonly (readonly [string, string])[] = [
    ['subjects of several keys', MAPPING.replace('http://ex.org/{id}', 'http://ex.org/{x}')],
    [
      'tables',
      MAPPING.replaceAll('t.ndjson', 't.csv').replaceAll('rml:JSONPath', 'rml:CSV').replace('{n.m}', '{x}'),
    ],
  ];
  for (const [what, mapping] of OTHERS) {
    it(`leaves to the term engine: ${what}`, () => {
      const mapper = live(mapping);
      ok('unsupported' in mapper && mapper.unsupported.length > 0);
    });
  }

  it('tells records without a key', () => {
    const codes: string[] = [];
    const mapper = compileLiveBytes(compileMapping(MAPPING, { name: 'test.ttl' }), {
      key: 'id',
      strict: false,
      onDiagnostic: ({ code }) => void codes.push(code),
    });
    if (!(mapper instanceof LiveBytes)) throw new Error(mapper.unsupported.join());
    deepEqual([...mapper.upsert(encoder.encode('{"x":1}\n{"id":}\n'))], []);
    deepEqual(codes, ['key-missing', 'json-malformed']);
  });
});
