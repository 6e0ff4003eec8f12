import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import type { Json, JsonObject, RecordEffect } from '../../src/log/change.ts';
import type { Delta, LiveEffect } from '../../src/mapping/live/live.ts';
import { LiveMapping } from '../../src/mapping/live/live-mapping.ts';
import { runMapping } from '../../src/mapping/map.ts';
import { compileMapping, type MappingPlan } from '../../src/mapping/plan.ts';
import type { RecordDocument } from '../../src/mapping/record.ts';
import { quadKey, type RDF, toNQuads } from '../../src/rdf/terms.ts';
import { nextDocument } from '../../src/write/document.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';
import { textData } from '../text-data.ts';
import { PREFIXES } from './check.ts';

const source = (name: string, iterator = ''): string =>
  `rml:logicalSource [ rml:source "${name}.ndjson" ; rml:referenceFormulation rml:JSONPath ${iterator} ]`;

const join = (parent: string, child: string, key: string): string =>
  `rml:objectMap [ rml:parentTriplesMap ${parent} ; rml:joinCondition [ rml:child "${child}" ; rml:parent "${key}" ] ]`;

const field = (name: string, reference = name): string =>
  `rml:field [ a rml:ExpressionField ; rml:fieldName "${name}" ; rml:reference "${reference}" ]`;

const conditions = (child: string, parent: string): string =>
  `rml:joinCondition [ rml:child "${child}" ; rml:parent "${parent}" ]`;

/** Triples maps of which mappings are put together; a rule needs those that it joins with. */
const RULES: readonly { readonly name: string; readonly needs: readonly string[]; readonly text: string }[] =
  [
    {
      name: 'plain',
      needs: [],
      text: `ex:plain ${source('a')} ; rml:subjectMap [ rml:template "http://ex.org/a/{id}" ; rml:class ex:A ] ;
      rml:predicateObjectMap [ rml:predicate ex:v ; rml:objectMap [ rml:reference "v" ] ] .`,
    },
    {
      // The same triple from many records.
      name: 'shared',
      needs: [],
      text: `ex:shared ${source('a')} ; rml:subjectMap [ rml:template "http://ex.org/group/{g}" ; rml:class ex:G ] ;
      rml:predicateObjectMap [ rml:predicate ex:tag ; rml:objectMap [ rml:reference "tags[*]" ] ] .`,
    },
    {
      name: 'site',
      needs: [],
      text: `ex:site ${source('b')} ; rml:subjectMap [ rml:template "http://ex.org/b/{id}-{v}" ] ;
      rml:predicateObjectMap [ rml:predicate ex:v ; rml:objectMap [ rml:reference "v" ] ] .`,
    },
    {
      name: 'child',
      needs: ['site'],
      text: `ex:child ${source('a')} ; rml:subjectMap [ rml:template "http://ex.org/a/{id}" ] ;
      rml:predicateObjectMap [ rml:predicate ex:at ; ${join('ex:site', 'g', 'g')} ] .`,
    },
    {
      name: 'peers',
      needs: ['plain'],
      text: `ex:peers ${source('a')} ; rml:subjectMap [ rml:template "http://ex.org/a/{id}" ] ;
      rml:predicateObjectMap [ rml:predicate ex:peer ; ${join('ex:plain', 'v', 'g')} ] .`,
    },
    {
      name: 'back',
      needs: ['item'],
      text: `ex:back ${source('b')} ; rml:subjectMap [ rml:template "http://ex.org/b/{id}" ] ;
      rml:predicateObjectMap [ rml:predicate ex:item ; ${join('ex:item', 'v', '$')} ] .`,
    },
    {
      // Nodes without a name, several of one document, as parents.
      name: 'item',
      needs: [],
      text: `ex:item ${source('a', '; rml:iterator "$.tags[*]"')} ; rml:subjectMap [ rml:termType rml:BlankNode ; rml:class ex:Item ] ;
      rml:predicateObjectMap [ rml:predicate ex:tag ; rml:objectMap [ rml:reference "$" ] ] .`,
    },
    {
      // Nodes that are named by a value are the same in all records.
      name: 'named',
      needs: [],
      text: `ex:named ${source('b')} ; rml:subjectMap [ rml:template "g{g}" ; rml:termType rml:BlankNode ] ;
      rml:predicateObjectMap [ rml:predicate ex:has ; rml:objectMap [ rml:template "http://ex.org/b/{id}" ] ; rml:graph ex:graph ] .`,
    },
    {
      // Collections with a name grow from record to record, the others belong to one.
      name: 'gathered',
      needs: [],
      text: `ex:gathered ${source('a')} ; rml:subjectMap [ rml:template "http://ex.org/a/{id}" ] ;
      rml:predicateObjectMap [ rml:predicate ex:bag ; rml:objectMap [ rml:template "http://ex.org/bag/{g}" ;
        rml:gather ( [ rml:reference "v" ] ) ; rml:gatherAs rdf:Bag ] ] ;
      rml:predicateObjectMap [ rml:predicate ex:all ; rml:objectMap [ rml:template "http://ex.org/all" ;
        rml:gather ( [ rml:reference "g" ] ) ; rml:gatherAs rdf:List ] ] .`,
    },
    {
      // Several heads of one record, which come together and part again.
      name: 'bagged',
      needs: [],
      text: `ex:bagged ${source('a')} ; rml:subjectMap [ rml:template "http://ex.org/a/{id}" ] ;
      rml:predicateObjectMap [ rml:predicate ex:bagged ; rml:objectMap [ rml:template "http://ex.org/list/{tags[*]}" ;
        rml:gather ( [ rml:reference "v" ] ) ; rml:gatherAs rdf:List ] ] .`,
    },
    {
      name: 'listed',
      needs: [],
      text: `ex:listed ${source('a')} ; rml:subjectMap [ rml:template "http://ex.org/a/{id}" ] ;
      rml:predicateObjectMap [ rml:predicate ex:list ; rml:objectMap [
        rml:gather ( [ rml:reference "tags[*]" ] ) ; rml:gatherAs rdf:List ; rml:allowEmptyListAndContainer true ] ] .`,
    },
    {
      // A view joined with another that is joined itself: a change goes through both.
      name: 'view',
      needs: [],
      text: `ex:left a rml:LogicalView ; rml:viewOn [ rml:source "a.ndjson" ; rml:referenceFormulation rml:JSONPath ] ;
      ${field('id')} ; ${field('g')} ;
      rml:leftJoin [ rml:parentLogicalView ex:middle ; ${conditions('g', 'g')} ; ${field('w', 'w')} ; ${field('peer', 'peer')} ] .
      ex:middle a rml:LogicalView ; rml:viewOn [ rml:source "b.ndjson" ; rml:referenceFormulation rml:JSONPath ] ;
      ${field('g')} ; ${field('w', 'v')} ;
      rml:innerJoin [ rml:parentLogicalView ex:right ; ${conditions('w', 'v')} ; ${field('peer', 'id')} ] .
      ex:right a rml:LogicalView ; rml:viewOn [ rml:source "a.ndjson" ; rml:referenceFormulation rml:JSONPath ] ;
      ${field('id')} ; ${field('v')} .
      ex:viewed rml:logicalSource ex:left ; rml:subjectMap [ rml:template "http://ex.org/row/{id}/{w}" ] ;
        rml:predicateObjectMap [ rml:predicate ex:through ; rml:objectMap [ rml:reference "peer" ] ] .`,
    },
  ];

const RDF_PREFIX = '@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n';
const plans = new Map<string, MappingPlan>();

function planOf(names: readonly string[]): MappingPlan {
  const needed = new Set(names);
  for (const { name, needs } of RULES) if (needed.has(name)) for (const need of needs) needed.add(need);
  const chosen = RULES.filter(({ name }) => needed.has(name));
  const text = PREFIXES + RDF_PREFIX + chosen.map((rule) => rule.text).join('\n');
  const plan = plans.get(text) ?? compileMapping(text, { name: 'live.ttl' });
  plans.set(text, plan);
  return plan;
}

/** The graph that the deltas say there is; each is held against what was there. */
class Graph {
  readonly quads = new Map<string, RDF.Quad>();

  take({ added, removed }: Delta): void {
    for (const quad of removed) ok(this.quads.delete(quadKey(quad)), `absent, removed: ${toNQuads(quad)}`);
    for (const quad of added) {
      ok(!this.quads.has(quadKey(quad)), `present, added: ${toNQuads(quad)}`);
      this.quads.set(quadKey(quad), quad);
    }
  }
}

/** A batch over documents, in an order of their keys, which decides that of collections. */
async function batch(
  plan: MappingPlan,
  documents: ReadonlyMap<string, RecordDocument>,
  live: LiveMapping,
): Promise<RDF.Quad[]> {
  const lines = new Map<string, string[]>();
  for (const name of ['a.ndjson', 'b.ndjson']) {
    const keys = Array.from(live.records(name), ({ key }) => key);
    const alive = [...documents.values()].filter((each) => each.source === name && each.value !== null);
    deepEqual([...keys].sort(), alive.map(({ key }) => key).sort());
    lines.set(
      name,
      keys.map((key) => JSON.stringify(documents.get(`${name} ${key}`)!.value)),
    );
  }
  const open = ({ location = '' }: { readonly location: string | undefined }) =>
    textData((lines.get(location) ?? []).join('\n'));
  const quads: RDF.Quad[] = [];
  for await (const quad of runMapping(plan, { open }, { strict: false })) quads.push(quad);
  return quads;
}

const few = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const names = fc.subarray(
  RULES.map(({ name }) => name),
  { minLength: 1 },
);
const members = fc.record(
  {
    g: few('x', 'y', 'z'),
    v: few<Json>('x', 'y', 1, 2.5, null, true),
    tags: fc.array(few('x', 'y', 'z'), { maxLength: 3 }),
  },
  { requiredKeys: ['g', 'v'] },
);
const time = fc.integer({ min: 0, max: 9 });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('effect' as const),
      op: few<RecordEffect['op']>('replace', 'replace', 'merge', 'delete'),
      source: few('a.ndjson', 'b.ndjson'),
      key: few('1', '2', '3', '4'),
      members,
      // Often in order, now and then late.
      late: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, time),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const), names }) },
);

describe('live mapping', () => {
  it('equals a batch over the surviving documents after any history; deltas add up to it', async () => {
    const seen = new Map<string, number>();
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(
        names,
        fc.array(step, { minLength: 3, maxLength: 30, size: 'max' }),
        async (first, steps) => {
          let plan = planOf(first);
          const live = new LiveMapping(plan);
          const graph = new Graph();
          const documents = new Map<string, RecordDocument>();
          let clock = 100;
          for (const now of steps) {
            if (now.kind === 'reload') {
              plan = planOf(now.names);
              graph.take(live.reload(plan));
            } else {
              const effect = effectOf(now, ++clock);
              const id = `${effect.source} ${effect.key}`;
              const { document } = nextDocument(documents.get(id), effect);
              documents.set(id, document);
              const delta = live.apply([asEffect(document)]);
              graph.take(delta);
              moved += delta.removed.length;
            }
          }
          const expected = await batch(plan, documents, live);
          for (const { predicate } of expected)
            seen.set(predicate.value, (seen.get(predicate.value) ?? 0) + 1);
          equal(await canonicalNQuads(graph.quads.values()), await canonicalNQuads(expected));
          equal(live.size, graph.quads.size);
        },
      ),
      { numRuns: 200 },
    );
    // What is never there proves nothing.
    for (const name of ['v', 'tag', 'at', 'peer', 'item', 'has', 'bag', 'bagged', 'all', 'list', 'through']) {
      const count = seen.get(`http://ex.org/${name}`) ?? 0;
      ok(count > 40, `only ${count} quads of ex:${name} were compared`);
    }
    ok(moved > 100, `only ${moved} quads were ever taken away`);
  });
});

type EffectStep = Extract<typeof step extends fc.Arbitrary<infer S> ? S : never, { kind: 'effect' }>;

const isoTime = (second: number): string => new Date(second * 1000).toISOString();

function effectOf({ op, source: name, key, members: value, late }: EffectStep, clock: number): RecordEffect {
  const base = {
    source: name,
    key,
    observedAt: isoTime(clock - late * 3),
    receivedAt: isoTime(clock),
  };
  if (op === 'delete') return { ...base, op };
  return { ...base, op, value: { id: key, ...(value as JsonObject) } };
}

const asEffect = ({ source: name, key, value }: RecordDocument): LiveEffect =>
  value === null ? { op: 'delete', source: name, key } : { op: 'upsert', source: name, key, document: value };

const lines = (quads: readonly RDF.Quad[]): string[] => quads.map(toNQuads).sort();

describe('effects of live mapping', () => {
  const A = 'a.ndjson';

  it('tells only what differs between two versions of a record', () => {
    const live = new LiveMapping(planOf(['plain']));
    equal(live.upsert(A, '1', { id: 1, v: 'x' }).added.length, 2);
    const delta = live.upsert(A, '1', { id: 1, v: 'y' });
    deepEqual(lines(delta.removed), ['<http://ex.org/a/1> <http://ex.org/v> "x" .']);
    deepEqual(lines(delta.added), ['<http://ex.org/a/1> <http://ex.org/v> "y" .']);
    deepEqual(live.upsert(A, '1', { id: 1, v: 'y' }), { added: [], removed: [] });
  });

  it('keeps a triple until the last record that states it goes', () => {
    const live = new LiveMapping(planOf(['shared']));
    equal(live.upsert(A, '1', { g: 'x' }).added.length, 1);
    equal(live.upsert(A, '2', { g: 'x' }).added.length, 0);
    equal(live.delete(A, '1').removed.length, 0);
    equal(live.delete(A, '2').removed.length, 1);
    equal(live.size, 0);
  });

  it('tells the delta of the children when a parent comes, changes and goes', () => {
    const live = new LiveMapping(planOf(['child']));
    equal(live.upsert(A, '1', { id: 1, g: 'x' }).added.length, 0);
    const at = (site: string): string => `<http://ex.org/a/1> <http://ex.org/at> <http://ex.org/b/${site}> .`;
    const came = live.upsert('b.ndjson', 's', { id: 's', g: 'x', v: 1 });
    ok(lines(came.added).includes(at('s-1')));
    const changed = live.upsert('b.ndjson', 's', { id: 's', g: 'x', v: 2 });
    ok(lines(changed.removed).includes(at('s-1')) && lines(changed.added).includes(at('s-2')));
    const went = live.delete('b.ndjson', 's');
    ok(lines(went.removed).includes(at('s-2')));
    equal(live.size, 0);
  });

  it('takes several effects as one: what comes and goes in between is not told', () => {
    const live = new LiveMapping(planOf(['plain', 'shared']));
    live.upsert(A, '1', { id: 1, g: 'x' });
    const delta = live.apply([
      { op: 'delete', source: A, key: '1' },
      { op: 'upsert', source: A, key: '2', document: { id: 2, g: 'x' } },
      { op: 'upsert', source: A, key: '3', document: { id: 3 } },
      { op: 'delete', source: A, key: '3' },
    ]);
    const type = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>';
    deepEqual(lines(delta.added), [`<http://ex.org/a/2> ${type} <http://ex.org/A> .`]);
    deepEqual(lines(delta.removed), [`<http://ex.org/a/1> ${type} <http://ex.org/A> .`]);
  });

  it('deletes what has had its time, unless it was heard of again', () => {
    const live = new LiveMapping(planOf(['plain']));
    const put = (key: string, expiresAtMs: number): LiveEffect => ({
      ...{ op: 'upsert', source: A, key, document: { id: key }, expiresAtMs },
    });
    live.apply([put('1', 1500), put('2', 1500), put('3', 90_000)]);
    live.apply([{ op: 'merge', source: A, key: '2', members: { v: 'x' }, expiresAtMs: 5000 }]);
    equal(live.expire(1499).removed.length, 0);
    deepEqual(
      live.expire(1500).removed.map(({ subject }) => subject.value),
      ['http://ex.org/a/1'],
    );
    equal(live.expire(60_000).removed.length, 2);
    deepEqual(
      Array.from(live.records(A), ({ key }) => key),
      ['3'],
    );
  });

  it('merges members and drops others; what is no object takes no members', () => {
    const live = new LiveMapping(planOf(['plain']));
    live.upsert(A, '1', { id: 1, v: 'x', g: 'y' });
    live.apply([{ op: 'merge', source: A, key: '1', members: { g: 'z' }, drop: ['v'] }]);
    deepEqual(
      Array.from(live.records(A), ({ document }) => document),
      [{ id: 1, g: 'z' }],
    );
    live.upsert(A, '2', 'text');
    throws(() => live.apply([{ op: 'merge', source: A, key: '2', members: {} }]), { type: 'record-invalid' });
  });

  it('takes all of a refused transaction back', () => {
    const live = new LiveMapping(planOf(['child', 'peers']), { quadsMax: 4 });
    live.upsert('b.ndjson', 's', { id: 's', g: 'x', v: 1 });
    live.upsert(A, '1', { id: 1, g: 'x', v: 'x' });
    const before = live.size;
    const flood = (key: string): LiveEffect => ({
      ...{ op: 'upsert', source: 'b.ndjson', key, document: { id: key, g: 'x', v: 1 } },
    });
    throws(() => live.apply(['t', 'u', 'v', 'w', 'y'].map(flood)), { type: 'mapping-failed' });
    equal(live.size, before);
    equal(live.upsert('b.ndjson', 't', { id: 't', g: 'x', v: 1 }).added.length, 2);
  });

  it('makes only the collections again that a change concerns', () => {
    const seen: string[] = [];
    const watched = (id: string, tags: readonly string[]): object => ({
      ...{ id, tags },
      get v() {
        seen.push(id);
        return id;
      },
    });
    const live = new LiveMapping(planOf(['bagged']));
    live.upsert(A, '1', watched('1', ['x']));
    live.upsert(A, '2', watched('2', ['y']));
    const run = (key: string, tags: readonly string[]): readonly string[] => {
      seen.length = 0;
      live.upsert(A, key, watched(key, tags));
      return [...new Set(seen)].sort();
    };
    deepEqual(run('3', ['y']), ['2', '3']);
    deepEqual(run('3', ['x', 'y']), ['1', '2', '3']);
    deepEqual(run('3', ['z']), ['1', '2', '3']);
    deepEqual(run('1', ['x']), ['1']);
    seen.length = 0;
    const before = live.size;
    deepEqual(live.delete(A, '1').added, []);
    deepEqual(seen, []);
    equal(live.size, before - 3);
  });

  it('runs only the rules that a reload changed', () => {
    const seen: string[] = [];
    const watched = (id: string): object => ({
      id,
      get v() {
        seen.push(id);
        return 'x';
      },
    });
    const live = new LiveMapping(planOf(['plain', 'site']));
    live.upsert(A, '1', watched('1'));
    live.upsert('b.ndjson', '2', watched('2'));
    seen.length = 0;
    const delta = live.reload(planOf(['plain', 'shared']));
    deepEqual(seen, []);
    equal(delta.added.length, 0);
    deepEqual(
      delta.removed.map(({ subject }) => subject.value),
      ['http://ex.org/b/2-x'],
    );
  });
});
