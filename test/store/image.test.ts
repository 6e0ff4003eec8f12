import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Draft } from '../../src/log/change.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { defaultGraph, literal, namedNode, quad, quadKey, type RDF, typed } from '../../src/rdf/terms.ts';
import { ANY, type GraphView, MERGED, NAMED, type Snapshot } from '../../src/store/graph-view.ts';
import { Image } from '../../src/store/image/image.ts';
import { OverlayView } from '../../src/store/overlay-view.ts';

const graphs = new GraphNames('https://example.org/f/');

const subjects = ['a', 'b', 'c'].map((name) => namedNode(`urn:${name}`));
const predicates = ['p', 'q'].map((name) => namedNode(`urn:${name}`));
const objects = [
  namedNode('urn:a'),
  typed(2, 'integer'),
  typed('02', 'integer'),
  literal('2'),
  literal('x', 'EN'),
];
const graphTerms = [
  defaultGraph(),
  namedNode('urn:user'),
  graphs.record('s', 'k'),
  graphs.derived('rule'),
  graphs.system('decisions'),
];

const anyQuad = fc
  .tuple(
    fc.constantFrom(...subjects),
    fc.constantFrom(...predicates),
    fc.constantFrom(...objects),
    fc.constantFrom(...graphTerms),
  )
  .map(([s, p, o, g]) => quad(s, p, o, g));

const cause = { kind: 'admin', principal: 'test', tenant: 'default' } as const;

/** What the view should answer, by looking at every quad. */
function expected(
  model: Iterable<RDF.Quad>,
  s: RDF.Term | null,
  p: RDF.Term | null,
  o: RDF.Term | null,
  g: RDF.Term | 'any' | 'merged' | 'named',
): string[] {
  const answers = new Set<string>();
  for (const q of model) {
    if (s && !q.subject.equals(s)) continue;
    if (p && !q.predicate.equals(p)) continue;
    if (o && !sameObject(q.object, o)) continue;
    if (g === 'merged' && graphs.classOf(q.graph) === 'system') continue;
    if (g === 'named' && q.graph.termType === 'DefaultGraph') continue;
    if (typeof g !== 'string' && !q.graph.equals(g)) continue;
    answers.add(quadKey(g === 'merged' ? quad(q.subject, q.predicate, q.object) : q));
  }
  return [...answers].sort();
}

/** Language tags compare in lower case. */
function sameObject(a: RDF.Term, b: RDF.Term): boolean {
  if (a.termType === 'Literal' && b.termType === 'Literal' && a.language && b.language) {
    return a.value === b.value && a.language.toLowerCase() === b.language.toLowerCase();
  }
  return a.equals(b);
}

function answered(view: GraphView, ids: readonly [number, number, number, number]): string[] {
  const found = view.match(...ids);
  const quads: string[] = [];
  for (let i = 0; i < found.length; i += 4) {
    quads.push(
      quadKey(
        quad(
          view.term(found[i]!) as RDF.Quad_Subject,
          view.term(found[i + 1]!) as RDF.Quad_Predicate,
          view.term(found[i + 2]!) as RDF.Quad_Object,
          found[i + 3] === ANY ? defaultGraph() : (view.term(found[i + 3]!) as RDF.Quad_Graph),
        ),
      ),
    );
  }
  return quads.sort();
}

/** Every pattern over every term, in every kind of graph. */
function checkView(view: GraphView, model: readonly RDF.Quad[]): void {
  for (const s of [null, ...subjects]) {
    for (const p of [null, predicates[0]!]) {
      for (const o of [null, ...objects]) {
        for (const g of ['any', 'merged', 'named', ...graphTerms] as const) {
          const graphId = g === 'any' ? ANY : g === 'merged' ? MERGED : g === 'named' ? NAMED : view.find(g);
          const ids = [
            s ? view.find(s) : ANY,
            p ? view.find(p) : ANY,
            o ? view.find(o) : ANY,
            graphId,
          ] as const;
          const want = expected(model, s, p, o, g);
          assert.deepEqual(answered(view, ids), want);
          assert.equal(view.has(...ids), want.length > 0);
          assert.ok(view.estimate(...ids) >= want.length);
        }
      }
    }
  }
}

type Step =
  | { readonly kind: 'change'; readonly added: readonly RDF.Quad[]; readonly removed: readonly RDF.Quad[] }
  | { readonly kind: 'publish' | 'unstage' | 'pin' | 'release' }
  | { readonly kind: 'merge'; readonly steps: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      added: fc.array(anyQuad, { maxLength: 6 }),
      removed: fc.array(anyQuad, { maxLength: 6 }),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'publish' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'unstage' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'pin' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'release' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('merge' as const), steps: fc.integer({ min: 1, max: 80 }) }),
  },
);

describe('image', () => {
  it('answers like a set of quads at every pinned state, whatever is staged, dropped or forgotten', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 1, maxLength: 25 }), (steps) => {
        const image = new Image({ graphs });
        let published = new Map<string, RDF.Quad>();
        let staged = new Map<string, RDF.Quad>();
        let seq = 0;
        const pins: { snapshot: Snapshot; model: readonly RDF.Quad[] }[] = [];
        let merge: ReturnType<Image['merge']> | undefined;
        for (const step of steps) {
          switch (step.kind) {
            case 'merge':
              merge ??= image.merge();
              for (let i = 0; i < step.steps && merge !== undefined; i++)
                if (merge.next().done === true) merge = undefined;
              break;
            case 'change': {
              const effect = image.stage({ cause, added: step.added, removed: step.removed }, ++seq);
              for (const q of effect.removed)
                assert.ok(staged.delete(quadKey(q)), 'removes only what is there');
              for (const q of step.removed) staged.delete(quadKey(q));
              for (const q of effect.added) assert.ok(!staged.has(quadKey(q)), 'adds only what is not there');
              for (const q of step.added) staged.set(quadKey(q), q);
              assert.deepEqual(answered(image.stagedView(), [ANY, ANY, ANY, ANY]), [...staged.keys()].sort());
              break;
            }
            case 'publish':
              image.publish(image.stagedSeq);
              published = new Map(staged);
              break;
            case 'unstage':
              image.unstage();
              staged = new Map(published);
              seq = image.publishedSeq;
              break;
            case 'pin':
              pins.push({ snapshot: image.snapshot(), model: [...published.values()] });
              break;
            case 'release':
              pins.shift()?.snapshot.release();
              break;
          }
        }
        for (const { snapshot, model } of pins) checkView(snapshot.view, model);
        using now = image.snapshot();
        checkView(now.view, [...published.values()]);
        assert.equal(image.statistics().quads, published.size);
        for (const { snapshot } of pins) snapshot.release();
        now.release();
        merge?.return();
        const { retired, pins: held } = image.statistics();
        assert.deepEqual({ retired, held }, { retired: 0, held: 0 });
      }),
      { numRuns: 100 },
    );
  }).timeout(60_000);

  it('keeps neither quads nor terms that nobody can see', () => {
    const image = new Image({ graphs });
    const at = (n: number): Draft => ({
      cause,
      added: [quad(subjects[0]!, predicates[0]!, typed(n, 'integer'))],
      removed: n === 0 ? [] : [quad(subjects[0]!, predicates[0]!, typed(n - 1, 'integer'))],
    });
    image.stage(at(0), 1);
    image.publish(1);
    const early = image.snapshot();
    const before = image.statistics().terms;
    for (let n = 1; n < 500; n++) {
      image.stage(at(n), n + 1);
      image.publish(n + 1);
    }
    assert.equal(answered(early.view, [ANY, ANY, ANY, ANY]).length, 1, 'the pinned state is still there');
    assert.ok(image.statistics().retired > 400);
    early.release();
    assert.deepEqual(
      { ...image.statistics(), terms: image.statistics().terms - before },
      { quads: 1, terms: 0, retired: 0, pins: 0 },
    );
  });

  it('forgets what left after a stage was dropped, in slots used before', () => {
    const image = new Image({ graphs });
    const [p, s] = [predicates[0]!, subjects[0]!];
    const quads = [1, 2, 3, 4].map((n) => quad(s, p, typed(n, 'integer')));
    const step = (seq: number, added: RDF.Quad[], removed: RDF.Quad[]): void => {
      image.stage({ cause, added, removed }, seq);
      image.publish(seq);
    };
    step(1, [quads[0]!, quads[1]!], []);
    step(2, [], [quads[0]!]);
    step(3, [quads[2]!], []); // takes the slot of the one that went
    image.stage({ cause, added: [quads[3]!], removed: [quads[2]!] }, 4);
    image.unstage();
    using pinned = image.snapshot();
    step(4, [], [quads[1]!, quads[2]!]);
    assert.equal(image.statistics().retired, 2);
    assert.equal(pinned.view.match(ANY, ANY, ANY, ANY).length / 4, 2);
    pinned.release();
    assert.deepEqual({ ...image.statistics() }, { quads: 0, terms: 1, retired: 0, pins: 0 });
  });

  it('refuses what no store could give back, and stages nothing of it', () => {
    const image = new Image({ graphs });
    const [p, s] = [predicates[0]!, subjects[0]!];
    for (const object of [
      literal('\ud800'),
      literal('x'.repeat(1_679_616)),
      namedNode(`urn:${'x'.repeat(1_679_616)}`),
      literal('x', namedNode(`urn:${'x'.repeat(1_679_616)}`)),
    ]) {
      const draft = { cause, added: [quad(s, p, literal('1')), quad(s, p, object)], removed: [] };
      assert.throws(() => image.stage(draft, 1), { type: 'not-supported' });
    }
    assert.deepEqual({ ...image.statistics() }, { quads: 0, terms: 1, retired: 0, pins: 0 });
    assert.equal(image.stagedSeq, 0);
  });

  it('keeps the default graph of a W3C dataset to itself', () => {
    const image = new Image({ graphs: undefined });
    image.stage(
      {
        cause,
        added: [
          quad(subjects[0]!, predicates[0]!, objects[0]!, namedNode('urn:g')),
          quad(subjects[1]!, predicates[0]!, objects[0]!),
        ],
        removed: [],
      },
      1,
    );
    image.publish(1);
    using snapshot = image.snapshot();
    assert.equal(answered(snapshot.view, [ANY, ANY, ANY, MERGED]).length, 1);
    assert.equal(answered(snapshot.view, [ANY, ANY, ANY, NAMED]).length, 1);
  });
});

describe('overlay view', () => {
  it('answers like the set with the changes applied, and reports the net changes', () => {
    fc.assert(
      fc.property(
        fc.array(anyQuad, { maxLength: 10 }),
        fc.array(fc.tuple(fc.boolean(), anyQuad), { maxLength: 12 }),
        fc.array(fc.tuple(fc.boolean(), anyQuad), { maxLength: 6 }),
        (base, firstEdits, secondEdits) => {
          const image = new Image({ graphs });
          image.stage({ cause, added: base, removed: [] }, 1);
          image.publish(image.stagedSeq);
          using snapshot = image.snapshot();
          const model = new Map(base.map((q) => [quadKey(q), q]));
          let view: GraphView = snapshot.view;
          for (const edits of [firstEdits, secondEdits]) {
            const start = new Map(model);
            const overlay = new OverlayView(view, graphs);
            for (const [add, q] of edits) {
              if (add) {
                overlay.add(q);
                model.set(quadKey(q), q);
              } else {
                overlay.remove(q);
                model.delete(quadKey(q));
              }
            }
            assert.deepEqual(
              overlay.added.map(quadKey).sort(),
              [...model.keys()].filter((key) => !start.has(key)).sort(),
            );
            assert.deepEqual(
              overlay.removed.map(quadKey).sort(),
              [...start.keys()].filter((key) => !model.has(key)).sort(),
            );
            view = overlay;
          }
          checkView(view, [...model.values()]);
        },
      ),
      { numRuns: 40 },
    );
  }).timeout(60_000);
});
