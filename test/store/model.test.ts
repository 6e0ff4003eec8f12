/** The image beside a set of quads: random changes, loads, drops, merges, and states held across all of them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quadKey, type RDF, toNTriples } from '../../src/rdf/terms.ts';
import { ANY, MERGED, NAMED, type Snapshot } from '../../src/store/graph-view.ts';
import { Image } from '../../src/store/image/image.ts';
import { anyQuad, GRAPHS, graphs, OBJECTS, PREDICATES, SUBJECTS, twins } from './arbitrary-quads.ts';
import { mergeSteps } from './merging.ts';
import {
  type Asked,
  type AskedGraph,
  answersOf,
  contentOf,
  idsOf,
  matchesIn,
  type QuadSet,
} from './naive-set.ts';

const RUNS = Number(process.env['FABRIC_MODEL_RUNS'] ?? 150);
const cause = { kind: 'admin', principal: 'test', tenant: 'default' } as const;

type Step =
  | { readonly kind: 'change'; readonly added: readonly RDF.Quad[]; readonly removed: readonly RDF.Quad[] }
  | { readonly kind: 'churn'; readonly rounds: number; readonly quads: readonly RDF.Quad[] }
  | {
      readonly kind: 'load';
      readonly quads: readonly RDF.Quad[];
      readonly asIds: boolean;
      readonly commits: boolean;
    }
  | { readonly kind: 'merge'; readonly steps: number }
  | { readonly kind: 'unstage' | 'clear' | 'pin' }
  | { readonly kind: 'publish'; readonly but: number }
  | { readonly kind: 'release'; readonly which: number };

const some = fc.oneof(fc.array(anyQuad, { maxLength: 8 }), twins);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('change' as const), added: some, removed: some }) },
  {
    weight: 7,
    arbitrary: fc.record({ kind: fc.constant('publish' as const), but: fc.constantFrom(0, 0, 1, 2) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'unstage' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'pin' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat(5) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('merge' as const), steps: fc.constantFrom(1, 3, 1000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('churn' as const),
      rounds: fc.integer({ min: 2, max: 40 }),
      quads: some,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('load' as const),
      quads: fc.array(anyQuad, { maxLength: 60 }),
      asIds: fc.boolean(),
      commits: fc.boolean(),
    }),
  },
);

/** An image and what it should hold, side by side. */
class Pair {
  readonly image = new Image({ graphs });
  readonly pins: { readonly snapshot: Snapshot; readonly model: QuadSet }[] = [];
  published: QuadSet = new Map();
  #staged = new Map<string, RDF.Quad>();
  /** The state after each staged change, the published one first. */
  #states: { readonly seq: number; readonly set: QuadSet }[] = [{ seq: 0, set: new Map() }];

  take(step: Step): void {
    switch (step.kind) {
      case 'change':
        this.#change(step.added, step.removed);
        break;
      case 'churn':
        for (let round = 0; round < step.rounds; round++) {
          this.#change(round % 2 === 0 ? step.quads : [], round % 2 === 0 ? [] : step.quads);
          this.#publish();
        }
        break;
      case 'clear':
        this.#change([], [...this.#staged.values()]);
        break;
      case 'load':
        this.#publish();
        this.#load(step.quads, step.asIds, step.commits);
        break;
      case 'merge':
        mergeSteps(this.image, step.steps);
        break;
      case 'publish':
        this.#publish(step.but);
        break;
      case 'unstage':
        this.image.unstage();
        this.#staged = new Map(this.published);
        this.#states.length = 1;
        break;
      case 'pin':
        this.pins.push({ snapshot: this.image.snapshot(), model: this.published });
        break;
      case 'release':
        for (const { snapshot } of this.pins.splice(step.which, 1)) snapshot.release();
        break;
    }
  }

  /** The staged state, which the writer sees. */
  checkStaged(): void {
    assert.deepEqual(contentOf(this.image.stagedView()), [...this.#staged.keys()].sort());
  }

  #change(added: readonly RDF.Quad[], removed: readonly RDF.Quad[]): void {
    const effect = this.image.stage({ cause, added, removed }, this.image.stagedSeq + 1);
    const gone = new Set(removed.map(quadKey).filter((key) => this.#staged.delete(key)));
    const come = new Set<string>();
    for (const q of added) {
      if (!this.#staged.has(quadKey(q))) come.add(quadKey(q));
      this.#staged.set(quadKey(q), q);
    }
    assert.deepEqual(effect.removed.map(quadKey).sort(), [...gone].sort(), 'what really went');
    assert.deepEqual(effect.added.map(quadKey).sort(), [...come].sort(), 'what really came');
    const seq = this.image.stagedSeq;
    if (seq > this.#states.at(-1)!.seq) this.#states.push({ seq, set: new Map(this.#staged) });
  }

  /** @param but  so many of the last changes stay staged */
  #publish(but = 0): void {
    this.#states.splice(0, Math.max(0, this.#states.length - 1 - but));
    this.image.publish(this.#states[0]!.seq);
    this.published = this.#states[0]!.set;
  }

  #load(quads: readonly RDF.Quad[], asIds: boolean, commits: boolean): void {
    using load = this.image.beginLoad(this.image.stagedSeq + 1);
    const encoder = new TextEncoder();
    const id = (term: RDF.Term): number => {
      if (term.termType === 'DefaultGraph') return load.defaultGraph;
      const bytes = encoder.encode(toNTriples(term));
      return load.intern(bytes, 0, bytes.length);
    };
    const known = this.#staged.size;
    const loaded = new Map([...this.#staged, ...quads.map((q) => [quadKey(q), q] as const)]);
    // In two pieces: the second may repeat what the first had.
    for (const piece of [
      quads.slice(0, quads.length / 2),
      quads.slice(quads.length / 2),
      quads.slice(0, 3),
    ]) {
      if (asIds)
        load.add(Int32Array.from(piece.flatMap((q) => [q.subject, q.predicate, q.object, q.graph].map(id))));
      else load.addTerms(piece);
    }
    if (!commits) return;
    assert.equal(load.commit(), loaded.size - known, 'quads that were not there');
    this.#staged = loaded;
    this.published = new Map(loaded);
    this.#states = [{ seq: this.image.publishedSeq, set: this.published }];
  }
}

/** Every shape of a pattern: each position bound or not, the graph in each of its four ways. */
function* patternsOver(
  subject: RDF.Term,
  predicate: RDF.Term,
  object: RDF.Term,
  graph: AskedGraph,
): Generator<Asked> {
  for (let shape = 0; shape < 8; shape++) {
    for (const asked of [ANY, MERGED, NAMED, graph] as const) {
      yield {
        subject: shape & 1 ? subject : null,
        predicate: shape & 2 ? predicate : null,
        object: shape & 4 ? object : null,
        graph: asked,
      };
    }
  }
}

function checkPattern(view: Snapshot['view'], model: QuadSet, asked: Asked): void {
  const ids = idsOf(view, asked);
  const expected = matchesIn(model, asked, graphs);
  assert.deepEqual(answersOf(view, ids), expected, 'matches, each once');
  assert.equal(view.has(...ids), expected.length > 0);
  const estimate = view.estimate(...ids);
  assert.ok(estimate >= expected.length, `an estimate of ${estimate} for ${expected.length} quads`);
}

/** All shapes around quads that are there, around some that are not, and around every term alone. */
function checkView(view: Snapshot['view'], model: QuadSet, around: readonly RDF.Quad[]): void {
  assert.deepEqual(contentOf(view), [...model.keys()].sort());
  for (const q of [...[...model.values()].slice(0, 6), ...around]) {
    const graph = GRAPHS.find((each) => each.equals(q.graph))!;
    for (const asked of patternsOver(q.subject, q.predicate, q.object, graph))
      checkPattern(view, model, asked);
  }
  const alone = { subject: null, predicate: null, object: null, graph: MERGED } as const;
  for (const subject of SUBJECTS) checkPattern(view, model, { ...alone, subject });
  for (const predicate of PREDICATES) checkPattern(view, model, { ...alone, predicate });
  for (const object of OBJECTS) checkPattern(view, model, { ...alone, object });
  for (const graph of GRAPHS) checkPattern(view, model, { ...alone, graph });
}

describe('image and a set of quads', () => {
  it('agree at every state that is held, through changes, loads, drops and merges', () => {
    let held = 0;
    fc.assert(
      fc.property(
        fc.array(anyStep, { minLength: 1, maxLength: 30, size: 'max' }),
        fc.array(anyQuad, { minLength: 2, maxLength: 2 }),
        (steps, around) => {
          const pair = new Pair();
          for (const step of steps) {
            pair.take(step);
            pair.checkStaged();
          }
          for (const { snapshot, model } of pair.pins) checkView(snapshot.view, model, around);
          held += pair.pins.length;
          using now = pair.image.snapshot();
          checkView(now.view, pair.published, around);
          // A merge that is under way holds a state too.
          mergeSteps(pair.image, Number.POSITIVE_INFINITY);
          const { quads, pins } = pair.image.statistics();
          assert.deepEqual({ quads, pins }, { quads: pair.published.size, pins: pair.pins.length + 1 });
        },
      ),
      { numRuns: RUNS },
    );
    assert.ok(held > RUNS / 4, `only ${held} states were held`);
  }).timeout(300_000);

  it('hold the same terms, however often quads came and went', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 1, maxLength: 20 }), (steps) => {
        const pair = new Pair();
        for (const step of steps) pair.take(step);
        for (const { snapshot } of pair.pins) snapshot.release();
        pair.take({ kind: 'unstage' });
        pair.take({ kind: 'clear' });
        pair.take({ kind: 'publish', but: 0 });
        mergeSteps(pair.image, Number.POSITIVE_INFINITY);
        const { quads, retired, pins } = pair.image.statistics();
        assert.deepEqual({ quads, retired, pins }, { quads: 0, retired: 0, pins: 0 });
        using now = pair.image.snapshot();
        assert.deepEqual(contentOf(now.view), []);
      }),
      { numRuns: RUNS },
    );
  }).timeout(300_000);
});
