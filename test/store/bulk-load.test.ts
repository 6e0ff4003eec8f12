/** Loading ids into the image gives what loading quads gives: random mappings, and loads that meet what is there. */
import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { FabricError } from '../../src/errors.ts';
import type { Draft } from '../../src/log/change.ts';
import { compileBytes } from '../../src/mapping/bytes/program.ts';
import type { SourceAccess } from '../../src/mapping/execute/reading.ts';
import { runMapping } from '../../src/mapping/map.ts';
import { compileMapping, type MappingPlan } from '../../src/mapping/plan.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { termOfNTriples } from '../../src/rdf/n-triples-term.ts';
import {
  blankNode,
  literal,
  namedNode,
  quad,
  quadKey,
  type RDF,
  termKey,
  toNTriples,
  typed,
} from '../../src/rdf/terms.ts';
import { ANY, MERGED, NAMED, type TermId, UNKNOWN } from '../../src/store/graph-view.ts';
import { Image } from '../../src/store/image/image.ts';
import { quadsOf as quadsIn } from '../../src/store/lookup.ts';
import { mapIntoImage } from '../../src/store/map-into-image.ts';
import { type Scenario, scenarios } from '../mapping/oracle/arbitrary.ts';

const RUNS = Number(process.env['FABRIC_DIFFERENTIAL_RUNS'] ?? 250);

const graphs = new GraphNames('https://example.org/f/');
const cause = { kind: 'admin', principal: 'test', tenant: 'default' } as const;
const draft = (parts: Partial<Pick<Draft, 'added' | 'removed'>>): Draft => ({
  added: [],
  removed: [],
  cause,
  ...parts,
});

const quadsOf = (image: Image): RDF.Quad[] => {
  using snapshot = image.snapshot();
  return quadsIn(snapshot.view, {});
};
const keysOf = (image: Image): string[] => quadsOf(image).map(quadKey).sort();

type Pattern = readonly [TermId, TermId, TermId, TermId];

/** What an image answers about each term that it holds, in each position, with keys in the place of ids. */
function answersOf(image: Image): unknown {
  using snapshot = image.snapshot();
  const { view } = snapshot;
  const terms = new Map<string, RDF.Term>();
  for (const q of quadsOf(image)) {
    for (const term of [q.subject, q.predicate, q.object, q.graph]) terms.set(termKey(term), term);
  }
  const key = (id: TermId): string => (id === ANY ? '*' : termKey(view.term(id)));
  const lines = (pattern: Pattern): string[] => {
    const found = view.match(...pattern);
    return Array.from({ length: found.length / 4 }, (_, i) =>
      found
        .slice(4 * i, 4 * i + 4)
        .map(key)
        .join(' '),
    ).sort();
  };
  const answers = [...terms]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, term]) => {
      const id = view.find(term);
      const patterns: readonly Pattern[] = [
        [id, ANY, ANY, MERGED],
        [ANY, id, ANY, NAMED],
        [ANY, ANY, id, MERGED],
        [ANY, ANY, ANY, id],
      ];
      return [name, patterns.map((pattern) => [lines(pattern), view.estimate(...pattern)])];
    });
  return { answers, ...image.statistics() };
}

function accessOf({ sources }: Scenario): SourceAccess {
  const open: SourceAccess['open'] = ({ location = '' }) => ({
    kind: 'bytes',
    chunks: [new TextEncoder().encode(sources[location])],
  });
  return { open };
}

/** The plan of a scenario that the byte engine runs; undefined for others. */
function plannedFor({ mapping, baseIRI }: Scenario): MappingPlan | undefined {
  try {
    const plan = compileMapping(mapping, { name: 'test.ttl', ...(baseIRI === undefined ? {} : { baseIRI }) });
    return 'unsupported' in compileBytes(plan) ? undefined : plan;
  } catch (thrown) {
    if (thrown instanceof FabricError && thrown.type === 'mapping-invalid') return undefined;
    throw thrown;
  }
}

async function imageOfQuads(plan: MappingPlan, access: SourceAccess): Promise<Image> {
  const image = new Image({ graphs });
  const quads: RDF.Quad[] = [];
  for await (const each of runMapping(plan, access, { strict: false })) quads.push(each);
  image.load(quads, 1);
  return image;
}

/** Takes everything out, half by half: in the end no term is left but the default graph. */
function empty(image: Image): readonly number[] {
  const terms: number[] = [];
  for (const keep of [1, 0]) {
    const quads = quadsOf(image).sort((a, b) => (quadKey(a) < quadKey(b) ? -1 : 1));
    const removed = quads.filter((_, index) => index % 2 >= keep);
    const seq = image.stagedSeq + 1;
    image.stage(draft({ removed }), seq);
    if (image.stagedSeq === seq) image.publish(seq);
    terms.push(image.statistics().terms);
  }
  return terms;
}

describe('bulk loads', () => {
  it('give the image that quads give, for random mappings', async function () {
    this.timeout(300_000);
    let counted = 0;
    await fc.assert(
      fc.asyncProperty(
        scenarios({ formulations: ['CSV', 'JSON'] }),
        fc.boolean(),
        async (scenario, rereadable) => {
          const plan = plannedFor(scenario);
          if (plan === undefined) return;
          const access = accessOf(scenario);
          const byQuads = await imageOfQuads(plan, access);
          const byIds = new Image({ graphs });
          const options = { strict: false, isRereadable: () => rereadable };
          const loaded = await mapIntoImage(byIds, plan, access, options);
          counted += loaded.engine === 'bytes' ? loaded.quads : 0;
          deepEqual(answersOf(byIds), answersOf(byQuads));
          deepEqual(empty(byIds), empty(byQuads));
          equal(byIds.statistics().terms, 1);
        },
      ),
      { numRuns: RUNS },
    );
    ok(counted > 100, `only ${counted} quads were loaded by their ids`);
  });

  it('meet the quads that are there, and later ones meet them', async () => {
    let counted = 0;
    const half = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(scenarios({ joins: false }), half, async (scenario, some) => {
        const plan = plannedFor(scenario);
        if (plan === undefined) return;
        const access = accessOf(scenario);
        const expected = await imageOfQuads(plan, access);
        const quads = quadsOf(expected);
        const image = new Image({ graphs });
        image.load(
          quads.filter((_, index) => some[index % some.length]),
          1,
        );
        const before = image.statistics().quads;
        const loaded = await mapIntoImage(image, plan, access, { strict: false });
        equal(loaded.quads, quads.length - before);
        counted += loaded.quads;
        deepEqual(image.stage(draft({ added: quads }), 3).added, []);
        deepEqual(answersOf(image), answersOf(expected));
        deepEqual(empty(image), empty(expected));
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    );
    ok(counted > 20, `only ${counted} quads were loaded by their ids`);
  });

  const PLAN = compileMapping(
    `@prefix rml: <http://w3id.org/rml/> . @prefix ex: <http://ex.org/> .
    ex:map a rml:TriplesMap ; rml:logicalSource [ rml:source "a.csv" ; rml:referenceFormulation rml:CSV ] ;
      rml:subjectMap [ rml:template "http://ex.org/{id}" ; rml:class ex:Thing ] ;
      rml:predicateObjectMap [ rml:predicate ex:name ; rml:objectMap [ rml:reference "name" ; rml:languageMap [ rml:reference "tag" ] ] ] .`,
    { name: 'things.ttl' },
  );
  const from = (text: string): SourceAccess => accessOf({ mapping: '', sources: { 'a.csv': text } });

  it('compare language tags in lower case, wherever they come from', async () => {
    const image = new Image({ graphs });
    await mapIntoImage(image, PLAN, from('id,name,tag\n1,a,en-GB\n1,a,EN-gb\n1,a,en-gb\n2,b,en\n'), {
      strict: true,
    });
    equal(image.statistics().quads, 4);
    using load = image.beginLoad(2);
    const encoder = new TextEncoder();
    const ids = ['"a"@en-gb', '"a"@EN-gb', '"a"@en-GB'].map((text) => {
      const bytes = encoder.encode(text);
      return load.intern(bytes, 0, bytes.length);
    });
    using snapshot = image.snapshot();
    const id = snapshot.view.find(literal('a', 'en-gb'));
    ok(id !== UNKNOWN);
    deepEqual(ids, [id, id, id]);
    equal((snapshot.view.term(id) as RDF.Literal).language, 'en-gb');
  });

  it('leave nothing behind when they fail, and readers see nothing before they end', async () => {
    const image = new Image({ graphs });
    image.load([quad(namedNode('http://ex.org/1'), namedNode('http://ex.org/p'), literal('x'))], 1);
    const before = [keysOf(image), image.statistics()];
    await rejects(mapIntoImage(image, PLAN, from('id,name,tag\n1,a,en\n2,b,no tag\n'), { strict: true }), {
      type: 'mapping-failed',
    });
    deepEqual([keysOf(image), image.statistics()], before);
    {
      using load = image.beginLoad(2);
      load.addTerms([quad(namedNode('urn:s'), namedNode('urn:p'), blankNode('b'))]);
      deepEqual(keysOf(image), before[0]);
      throws(() => image.beginLoad(3), /staged/);
    }
    deepEqual([keysOf(image), image.statistics()], before);
    equal((await mapIntoImage(image, PLAN, from('id,name,tag\n1,a,en\n'), { strict: true })).quads, 2);
    equal(image.publishedSeq, 2);
  });

  it('hold terms that no quad uses only as long as they go on', () => {
    const image = new Image({ graphs });
    const load = image.beginLoad(1);
    const bytes = new TextEncoder().encode('<urn:unused>');
    const id = load.intern(bytes, 0, bytes.length);
    equal(load.intern(bytes, 0, bytes.length), id);
    equal(image.statistics().terms, 2);
    load.commit();
    equal(image.statistics().terms, 1);
  });

  it('give ids of terms that went to others', () => {
    const image = new Image({ graphs });
    const [p, g] = [namedNode('urn:p'), graphs.record('s', 'k')];
    const encoder = new TextEncoder();
    const ROUNDS = 12;
    const TERMS = 1000;
    // More terms go than stay: their texts make room.
    for (let round = 0; round < ROUNDS; round++) {
      using load = image.beginLoad(image.publishedSeq + 1);
      const id = (term: RDF.Term): number => {
        const bytes = encoder.encode(toNTriples(term));
        return load.intern(bytes, 0, bytes.length);
      };
      const names = Array.from({ length: TERMS }, (_, i) => namedNode(`urn:${round}:${i}`));
      load.add(Int32Array.from(names.flatMap((name) => [id(name), id(p), id(typed(1, 'integer')), id(g)])));
      load.commit();
      const expected = names.map((name) => quadKey(quad(name, p, typed(1, 'integer'), g))).sort();
      deepEqual(keysOf(image), expected);
      equal(image.statistics().terms, TERMS + 3, 'names, predicate, graphs; the number is its own id');
      const seq = image.publishedSeq + 1;
      image.stage(draft({ removed: quadsOf(image) }), seq);
      image.publish(seq);
      equal(image.statistics().terms, 1);
    }
  });

  it('read terms as they were written', () => {
    const value = fc.string({ unit: 'binary' });
    const term = fc.oneof(
      value.map((text) => namedNode(`urn:x:${text}`)),
      value.map((text) => literal(text)),
      value.map((text) => literal(text, 'de-AT')),
      fc.tuple(value, fc.webUrl()).map(([text, iri]) => literal(text, namedNode(iri))),
      fc.constant(blankNode('v_20_a')),
    );
    fc.assert(
      fc.property(term, (given) => {
        ok(given.equals(termOfNTriples(toNTriples(given))));
      }),
    );
  });
});
