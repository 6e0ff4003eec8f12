/** The entry to live mapping: lines in, deltas out, the same whichever engine runs. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import type { FabricError } from '../../src/errors.ts';
import { type LineDelta, type LiveLines, openLive } from '../../src/mapping/live/open-live.ts';
import { LiveTermLines } from '../../src/mapping/live/term-lines.ts';
import { compileMapping, type MappingPlan } from '../../src/mapping/plan.ts';
import { PREFIXES } from './check.ts';

const source = (name = 't.ndjson', iterator = ''): string =>
  `rml:logicalSource [ rml:source "${name}" ; rml:referenceFormulation rml:JSONPath ${iterator} ]`;

const PLAIN = `${PREFIXES}
ex:a ${source()} ;
  rml:subjectMap [ rml:template "http://ex.org/{id}" ; rml:class ex:C ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ rml:reference "x" ] , [ rml:reference "y" ] ] ;
  rml:predicateObjectMap [ rml:predicate ex:o ; rml:objectMap [ rml:template "http://ex.org/o/{n.m}" ] ] ;
  rml:predicateObjectMap [ rml:predicate ex:i ; rml:objectMap [ rml:reference "y" ; rml:termType rml:IRI ] ] .
ex:b ${source()} ; rml:subjectMap [ rml:template "b {id}" ; rml:termType rml:BlankNode ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ rml:reference "x" ] ; rml:graphMap [ rml:template "http://ex.org/g/{y}" ] ] .
`;

const JOINED = `${PREFIXES}
ex:child ${source('a')} ; rml:subjectMap [ rml:template "http://ex.org/a/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:at ;
    rml:objectMap [ rml:parentTriplesMap ex:site ; rml:joinCondition [ rml:child "x" ; rml:parent "x" ] ] ] .
ex:site ${source('b')} ; rml:subjectMap [ rml:template "http://ex.org/b/{id}" ] .
`;

const planOf = (text: string): MappingPlan => compileMapping(text, { name: 'test.ttl' });
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The sum of deltas; each is held against what was there. */
class Graph {
  readonly lines = new Set<string>();

  take({ removed, added }: LineDelta): void {
    const lines = (bytes: Uint8Array): string[] => new TextDecoder().decode(bytes).split('\n').slice(0, -1);
    for (const line of lines(removed)) ok(this.lines.delete(line), `removed without being there: ${line}`);
    for (const line of lines(added)) {
      ok(!this.lines.has(line), `added although there: ${line}`);
      this.lines.add(line);
    }
  }

  takeAll(deltas: Iterable<LineDelta>): unknown {
    try {
      for (const delta of deltas) this.take(delta);
      return undefined;
    } catch (thrown) {
      return (thrown as { readonly type?: unknown }).type ?? thrown;
    }
  }

  get sorted(): readonly string[] {
    return [...this.lines].sort();
  }
}

const value = fc.constantFrom<unknown>('a', 'b b', '1', 1, 1.5, true, null, 'é "q"', '', [1]);
const line = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .record(
        { id: fc.constantFrom('k1', 'k 2', 'k%3', 4, 1.5), x: value, y: value, n: fc.record({ m: value }) },
        { noNullPrototype: true, requiredKeys: ['id'] },
      )
      .map((record) => JSON.stringify(record)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '  ', '{"id":', '{"x":1}', '{"id":[1]}', '{"id":"k1"}\r', '7'),
  },
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.array(line, { maxLength: 6 }).map((lines) => ({ lines })) },
  { weight: 1, arbitrary: fc.constantFrom('k1', 'k 2', '4', '1.5', 'other').map((gone) => ({ gone })) },
);

describe('opening live mapping', () => {
  it('runs on bytes where the plan allows it, else on terms, and says why', () => {
    deepEqual(openLive(planOf(PLAIN), { key: 'id' }).unsupported, []);
    for (const [text, why] of [
      [JOINED, /more than one source/],
      [PLAIN.replaceAll(source(), source('t.json', '; rml:iterator "$.items[*]"')), /iterator/],
      [
        PLAIN.replace('"b {id}" ; rml:termType rml:BlankNode', '"http://ex.org/{id}"').replace(
          /rml:graphMap \[[^\]]*\]/,
          '',
        ),
        /same quad/,
      ],
    ] as const) {
      const { unsupported } = openLive(planOf(text), { key: 'id' });
      ok(
        unsupported.some((reason) => why.test(reason)),
        unsupported.join(),
      );
    }
  });

  for (const strict of [false, true]) {
    it(`gives the same deltas and problems on bytes as on terms, ${strict ? 'strict' : 'resilient'}`, () => {
      let lines = 0;
      let problems = 0;
      fc.assert(
        fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
          const codes: string[][] = [[], []];
          const options = (at: number) => ({
            ...{ key: 'id', strict, sourceName: () => 't' },
            onDiagnostic: ({ code }: { readonly code: string }) => void codes[at]!.push(code),
          });
          const bytes = openLive(planOf(PLAIN), options(0));
          deepEqual(bytes.unsupported, []);
          const terms = new LiveTermLines(planOf(PLAIN), options(1));
          const graphs = [new Graph(), new Graph()] as const;
          for (const each of steps) {
            if ('gone' in each) {
              graphs[0].take(bytes.delete('t', each.gone));
              graphs[1].take(terms.delete('t', each.gone));
            } else {
              const text = bytesOf(each.lines.join('\n'));
              const refusals = [
                graphs[0].takeAll(bytes.upsert('t', text)),
                graphs[1].takeAll(terms.upsert('t', text)),
              ];
              equal(refusals[0], refusals[1]);
              if (refusals[0] !== undefined) problems++;
            }
            deepEqual(graphs[0].sorted, graphs[1].sorted);
            lines += graphs[0].lines.size;
          }
          // What has not changed is not told again on bytes.
          deepEqual([...new Set(codes[0])].sort(), [...new Set(codes[1])].sort());
          problems += codes[0]!.length;
        }),
        { numRuns: 150 },
      );
      ok(lines > 1000 && problems > 100, `only ${lines} lines and ${problems} problems were compared`);
    });
  }

  it('follows joins over several sources', () => {
    const live = openLive(planOf(JOINED), { key: 'id' });
    const graph = new Graph();
    const put = (name: string, record: object): unknown =>
      graph.takeAll(live.upsert(name, bytesOf(JSON.stringify(record))));
    put('a', { id: 1, x: 'k' });
    deepEqual(graph.sorted, []);
    put('b', { id: 's', x: 'k' });
    deepEqual(graph.sorted, ['<http://ex.org/a/1> <http://ex.org/at> <http://ex.org/b/s> .']);
    graph.take(live.delete('b', 's'));
    deepEqual(graph.sorted, []);
  });

  const both: readonly (readonly [string, () => LiveLines])[] = [
    ['bytes', () => openLive(planOf(PLAIN), { key: 'id', strict: true })],
    ['terms', () => openLive(planOf(JOINED.replace('"a"', '"t.ndjson"')), { key: 'id', strict: true })],
  ];
  for (const [engine, open] of both) {
    it(`refuses a source that the mapping does not read: ${engine}`, () => {
      const live = open();
      throws(
        () => live.upsert('t.ndjsn', bytesOf('{"id":1}')),
        ({ type, extensions }: FabricError) =>
          type === 'unknown-source' && extensions['hint'] === 'Did you mean "t.ndjson"?',
      );
    });
  }
});
