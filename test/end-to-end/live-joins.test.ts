/** Joins across the records of a running fabric: children follow their parents, whatever comes in which order. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.ts';
import { type Fabric, openFabric } from '../../src/fabric.ts';
import { ANONYMOUS, type Change } from '../../src/log/change.ts';
import { runMapping } from '../../src/mapping/map.ts';
import { compileMapping, type LogicalSource, type MappingPlan } from '../../src/mapping/plan.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { quad, type RDF } from '../../src/rdf/terms.ts';
import type { RequestContext } from '../../src/service.ts';
import { RecordStore } from '../../src/write/record-store.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';
import { textData } from '../text-data.ts';
import { removeFolder, startFabric, temporaryFolder } from './harness.ts';

const PREFIXES = `
@prefix rml: <http://w3id.org/rml/> .
@prefix cf: <https://w3id.org/continuum-fabric/ns#> .
@prefix ex: <http://ex.org/> .
`;

const records = (name?: string): string =>
  `rml:logicalSource [ rml:referenceFormulation rml:JSONPath ; rml:source [ a cf:Records ${name === undefined ? '' : `; cf:sourceName "${name}"`} ] ]`;

const joined = (parent: string, child: string, key: string): string =>
  `rml:objectMap [ rml:parentTriplesMap ${parent} ; rml:joinCondition [ rml:child "${child}" ; rml:parent "${key}" ] ]`;

const SITE = `ex:site ${records('sites')} ; rml:subjectMap [ rml:template "http://ex.org/site/{id}-{v}" ] .`;

/** Mappings of readings, which join with sites and with one another. */
const READINGS: readonly string[] = [
  `ex:reading ${records()} ; rml:subjectMap [ rml:template "http://ex.org/reading/{id}" ] ;
     rml:predicateObjectMap [ rml:predicate ex:value ; rml:objectMap [ rml:reference "v" ] ] ;
     rml:predicateObjectMap [ rml:predicate ex:at ; ${joined('ex:site', 'g', 'g')} ] .
   ${SITE}`,
  `ex:reading ${records()} ; rml:subjectMap [ rml:template "http://ex.org/reading/{id}" ] ;
     rml:predicateObjectMap [ rml:predicate ex:label ; rml:objectMap [ rml:template "{id} {v}" ; rml:termType rml:Literal ] ] .`,
  `ex:reading ${records('readings')} ; rml:subjectMap [ rml:template "http://ex.org/reading/{id}" ] ;
     rml:predicateObjectMap [ rml:predicate ex:peer ; ${joined('ex:node', 'g', 'v')} ] ;
     rml:predicateObjectMap [ rml:predicate ex:at ; ${joined('ex:site', 'v', 'g')} ] .
   ex:node ${records('readings')} ; rml:subjectMap [ rml:termType rml:BlankNode ] ;
     rml:predicateObjectMap [ rml:predicate ex:id ; rml:objectMap [ rml:reference "id" ] ] .
   ${SITE}`,
];

const SITES = `ex:site ${records()} ; rml:subjectMap [ rml:template "http://ex.org/site/{id}-{v}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:value ; rml:objectMap [ rml:reference "v" ] ] ;
  rml:predicateObjectMap [ rml:predicate ex:first ; ${joined('ex:reading', 'g', 'g')} ] .
  ex:reading ${records('readings')} ; rml:subjectMap [ rml:template "http://ex.org/reading/{id}" ] .`;

const CONTEXT: RequestContext = { principal: ANONYMOUS, tenant: 'default', requestId: 'test' };

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text));
}

const ingest = (fabric: Fabric, source: string, documents: readonly unknown[]) =>
  fabric.ingest(
    CONTEXT,
    source,
    once(documents.map((document) => JSON.stringify(document)).join('\n')),
    'application/x-ndjson',
  );

/** What a batch run makes of the documents, in the mapping of one source: its own triples maps, not its parents'. */
async function batchOf(source: string, text: string, store: RecordStore): Promise<RDF.Quad[]> {
  const plan = compileMapping(PREFIXES + text, { name: source });
  const nameOf = ({ description }: LogicalSource): string =>
    description.kind === 'records' && description.source !== undefined ? description.source : source;
  const own: MappingPlan = {
    ...plan,
    groups: plan.groups.map((group) => (nameOf(group.source) === source ? group : { ...group, rules: [] })),
  };
  const open = (logical: LogicalSource) => {
    const lines = Array.from(store.of(nameOf(logical)), ({ value }) => value);
    return textData(JSON.stringify(lines));
  };
  const groups = own.groups.map((group) => ({
    ...group,
    // Records lie in one array here; each is a document in the fabric.
    iterate: (document: unknown) =>
      Array.isArray(document)
        ? document.flatMap((each: unknown) => group.iterate(each))
        : group.iterate(document),
  }));
  const quads: RDF.Quad[] = [];
  for await (const q of runMapping({ ...own, groups }, { open }, { strict: false })) quads.push(q);
  return quads;
}

/** The triples of all record graphs, and the documents, both from the changes alone. */
async function foldChanges(
  fabric: Fabric,
): Promise<{ store: RecordStore; triples: RDF.Quad[]; changes: Change[] }> {
  const store = new RecordStore();
  const graphs = new GraphNames(fabric.baseIri);
  const changes: Change[] = [];
  for await (const change of fabric.changes(CONTEXT, 1, 1_000_000)) changes.push(change);
  for (const { cause } of changes) store.follow(cause);
  using dump = fabric.dump(CONTEXT);
  const triples = [...dump.quads]
    .filter(({ graph }) => graphs.classOf(graph) === 'record')
    .map(({ subject, predicate, object }) => quad(subject, predicate, object));
  return { store, triples, changes };
}

const few = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      source: few('readings', 'sites'),
      id: few('1', '2', '3', '4'),
      g: few('x', 'x', 'y', undefined),
      v: few('x', 'x', 'y', undefined),
      merge: fc.boolean(),
      late: few(0, 0, 0, 5),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('expire' as const), seconds: few(10, 30, 70) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('reload' as const),
      mapping: few(0, 1, 2),
      settle: fc.boolean(),
    }),
  },
);

function settings(folder: string, more: object = {}): object {
  writeFileSync(join(folder, 'readings.ttl'), PREFIXES + READINGS[0]!);
  writeFileSync(join(folder, 'sites.ttl'), PREFIXES + SITES);
  const source = (name: string): object => ({
    ...{ name, kind: 'http', format: 'json', key: 'id', observedAt: 'at', op: 'merge', ttlSeconds: 60 },
    mapping: join(folder, `${name}.ttl`),
  });
  return { sources: [source('readings'), source('sites')], ...more };
}

describe('joins across live records', () => {
  const folder = temporaryFolder();
  after(() => {
    removeFolder(folder);
  });

  it('at rest the graph is that of a batch over the surviving documents, after any history', async function () {
    this.timeout(120_000);
    let joins = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 8, maxLength: 40, size: 'max' }),
        few(1, 1000),
        async (steps, joinedMax) => {
          let now = Date.parse('2026-03-01T12:00:00Z');
          const config = loadConfig({ overrides: settings(folder, { records: { joinedMax } }) });
          const fabric = await openFabric({ config, logger: pino({ level: 'silent' }), now: () => now });
          try {
            let mapping = 0;
            for (const each of steps) {
              now += 1000;
              if (each.kind === 'record') {
                const { source, id, g, v, late } = each;
                const at = new Date(now - late * 1000).toISOString();
                await ingest(fabric, source, [{ id, at, ...(g && { g }), ...(v && { v }) }]);
              } else if (each.kind === 'expire') {
                now += each.seconds * 1000;
                await fabric.tick();
              } else {
                ({ mapping } = each);
                await fabric.reloadMapping(CONTEXT, 'readings', PREFIXES + READINGS[mapping]!);
                if (each.settle) await fabric.tick();
              }
            }
            await fabric.tick();
            const { store, triples } = await foldChanges(fabric);
            const expected = [
              ...(await batchOf('readings', READINGS[mapping]!, store)),
              ...(await batchOf('sites', SITES, store)),
            ];
            joins += expected.filter(({ predicate }) => /(?:at|peer|first)$/.test(predicate.value)).length;
            equal(await canonicalNQuads(triples), await canonicalNQuads(expected));
            deepEqual(
              fabric.status().sources.filter(({ remap, joinsOwed }) => remap !== undefined || joinsOwed > 0),
              [],
            );
          } finally {
            await fabric.close();
          }
        },
      ),
      { numRuns: 20 },
    );
    ok(joins > 60, `only ${joins} joined triples were compared`);
  });

  it('names the parents of a joined quad, and of no other', async () => {
    await using fabric = await startFabric({ config: settings(folder) as Record<string, unknown> });
    await ingest(fabric.fabric, 'sites', [
      { id: 's', g: 'x', v: 'a' },
      { id: 't', g: 'x', v: 'b' },
      { id: 'u', g: 'y', v: 'a' },
    ]);
    await ingest(fabric.fabric, 'readings', [{ id: 'r', g: 'x', v: '1' }]);
    const parentsOf = (pattern: string) =>
      fabric.fabric
        .explainQuads(CONTEXT, pattern, 10)
        .matches.map(({ record, parents }) => [record?.key, parents]);
    const reading = '<http://ex.org/reading/r>';
    deepEqual(parentsOf(`${reading} <http://ex.org/at> <http://ex.org/site/s-a>`), [
      ['r', [{ source: 'sites', key: 's' }]],
    ]);
    deepEqual(parentsOf(`${reading} <http://ex.org/value> *`), [['r', []]]);
    deepEqual(parentsOf('<http://ex.org/site/t-b> <http://ex.org/first> *'), [
      ['t', [{ source: 'readings', key: 'r' }]],
    ]);
  });

  it('brings children up to the bound in the change of their parent, the others in later ones', async () => {
    const config = settings(folder, { records: { joinedMax: 10 } });
    await using fabric = await startFabric({ config: config as Record<string, unknown> });
    const ids = Array.from({ length: 35 }, (_, index) => `r${index}`);
    await ingest(
      fabric.fabric,
      'readings',
      ids.map((id) => ({ id, g: 'x', v: 'a' })),
    );
    const before = fabric.fabric.seq;
    await ingest(fabric.fabric, 'sites', [{ id: 's', g: 'x', v: 'b' }]);
    await fabric.fabric.tick();
    const { changes } = await foldChanges(fabric.fabric);
    const following = changes.filter(({ seq }) => seq > before);
    const children = following.map(
      ({ added }) => added.filter(({ predicate }) => predicate.value.endsWith('/at')).length,
    );
    equal(children[0], 10);
    equal(
      children.reduce((sum, count) => sum + count, 0),
      35,
    );
    ok(following.every(({ cause }) => cause.kind === 'record' || cause.kind === 'reload'));
    ok(following.every(({ cause }) => cause.mappingVersion !== undefined || cause.kind === 'expiry'));
    const { mappingVersion } = fabric.fabric.status().sources.find(({ name }) => name === 'readings')!;
    deepEqual(following[0]!.cause.followed, [{ source: 'readings', mappingVersion }]);
    ok(following.slice(1).every(({ cause }) => cause.followed === undefined));
    deepEqual(
      await fabric.sparql('SELECT (COUNT(*) AS ?n) { ?r <http://ex.org/at> <http://ex.org/site/s-b> }'),
      [{ n: '35' }],
    );
  });
});
