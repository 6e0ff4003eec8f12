/**
 * The image: all quads in memory, every retained version of them, answering in ids.
 *
 * A reader pins a sequence number and sees the quads that lived then. There is one writer. Changes are staged before
 * they are durable and seen by nobody but the writer until they are published; what is not published can be dropped.
 * What a removed quad held is let go as soon as no reader can still see it.
 */
import { concernsRecords, type Draft } from '../../log/change.ts';
import type { QuadDelta } from '../../rdf/dataset.ts';
import type { GraphNames } from '../../rdf/graphs.ts';
import { dataFactory, type RDF, type Term } from '../../rdf/terms.ts';
import type { GraphView, Snapshot, TermId } from '../graph-view.ts';
import { UNKNOWN } from '../graph-view.ts';
import { checkStorable } from '../storable.ts';
import { type BaseParts, baseOfParts, partsOfBase } from './base-parts.ts';
import { buildRuns, newColumns, sortColumns } from './base-runs.ts';
import { BulkLoad } from './bulk-load.ts';
import { TermDictionary } from './dictionary.ts';
import type { DictionaryParts } from './dictionary-parts.ts';
import { Generation } from './generation.ts';
import { ImageView } from './image-view.ts';
import { KnownIds } from './known-ids.ts';
import { loadedRuns, QuadBuffer } from './load.ts';
import { mergeRuns } from './merge.ts';
import { MergedGraphs } from './merged-graphs.ts';
import { allSteps, type Steps } from './order.ts';
import { Readers } from './readers.ts';
import { RetiredQuads } from './retired-quads.ts';
import { Stage } from './stage.ts';

export interface ImageOptions {
  /** Tells which graphs the default graph of queries merges; absent: the RDF default graph alone (pure W3C). */
  readonly graphs: GraphNames | undefined;
}

export interface ImageStatistics {
  /** Quads of the published state. */
  readonly quads: number;
  readonly terms: number;
  /** Quads that are kept only for readers of older states. */
  readonly retired: number;
  readonly pins: number;
}

/** All of an image that nobody writes, as arrays: what a file of it holds. */
export interface ImageParts {
  /** The change up to which it reaches. */
  readonly seq: number;
  readonly base: BaseParts;
  readonly dictionary: DictionaryParts;
}

export interface ImageSpace {
  /** Quads of the base, those removed since it was made included. */
  readonly baseQuads: number;
  /** Quads that came since, those removed again and still held included. */
  readonly deltaQuads: number;
  /** Bytes of the base. */
  readonly baseBytes: number;
}

/** A merge is due when this many quads were added to the base or taken out of it ... */
const MERGE_MIN = 262_144;
/** ... and they are this share of it. */
const MERGE_SHARE = 1 / 4;
/** Changes of the journal that one step repeats. */
const JOURNAL_STEP = 1024;

export class Image {
  readonly #dictionary: TermDictionary;
  readonly #defaultGraph: TermId;
  readonly #graphs: MergedGraphs;
  readonly #readers = new Readers();
  readonly #retired: RetiredQuads;
  #generation: Generation;
  #stage = new Stage();
  readonly #known: KnownIds;
  /** What was published since a merge began; undefined while there is none. */
  #journal: Stage | undefined;
  #quadCount = 0;
  #publishedSeq = 0;
  #stagedSeq = 0;

  constructor(options: ImageOptions, dictionary = new TermDictionary()) {
    this.#dictionary = dictionary;
    this.#known = new KnownIds(dictionary);
    this.#defaultGraph = dictionary.acquire(dataFactory.defaultGraph());
    this.#graphs = new MergedGraphs(options.graphs, this.#defaultGraph, (id) => this.#dictionary.term(id));
    this.#retired = new RetiredQuads((s, p, o, g) => {
      this.#release(s, p, o, g);
    });
    this.#generation = new Generation(allSteps(buildRuns(newColumns(0))), this.#graphs);
  }

  /**
   * The image that {@link parts} was taken of.
   *
   * @throws Error for parts that do not fit one another
   */
  static restore({ seq, base, dictionary }: ImageParts, options: ImageOptions): Image {
    const image = new Image(options, TermDictionary.restore(dictionary));
    image.#generation = new Generation(baseOfParts(base), image.#graphs);
    image.#quadCount = base.subjects.length;
    image.#publishedSeq = seq;
    image.#stagedSeq = seq;
    return image;
  }

  get publishedSeq(): number {
    return this.#publishedSeq;
  }

  get stagedSeq(): number {
    return this.#stagedSeq;
  }

  statistics(): ImageStatistics {
    return {
      quads: this.#quadCount,
      terms: this.#dictionary.size,
      retired: this.#retired.size,
      pins: this.#readers.size,
    };
  }

  /** What the quads take. */
  space(): ImageSpace {
    const { base, delta } = this.#generation;
    return { baseQuads: base.size, deltaQuads: delta.size, baseBytes: base.bytes };
  }

  /**
   * Applies a draft as change `seq`, seen by the writer only until {@link publish}.
   *
   * @throws FabricError `not-supported` for a quad that cannot be stored; nothing is staged then
   * @returns what it really does: nothing removed that was absent, nothing added that was present; a
   *   draft that does nothing and is no version of a record takes no place in the sequence
   */
  stage(draft: Draft, seq: number): QuadDelta {
    this.#checkFollows(seq);
    for (const q of draft.added) checkStorable(q); // before anything is touched
    const effect = this.#apply(draft, seq);
    if (effect.added.length > 0 || effect.removed.length > 0 || concernsRecords(draft.cause))
      this.#stagedSeq = seq;
    return effect;
  }

  /**
   * Applies a change of the log. Unlike {@link stage} it always takes its place in the
   * sequence: after an unfinished checkpoint a change may find that all it does is there already.
   */
  replay(draft: Pick<Draft, 'added' | 'removed'>, seq: number): QuadDelta {
    this.#checkFollows(seq);
    const effect = this.#apply(draft, seq);
    this.#stagedSeq = seq;
    return effect;
  }

  /** Takes in what a durable home holds as of change `seq`; only an image that is still empty can. */
  load(quads: Iterable<RDF.Quad>, seq: number): void {
    if (this.#quadCount > 0 || this.#stagedSeq > 0) throw new Error('The image is not empty');
    const load = this.beginLoad(seq);
    load.addTerms(quads);
    load.commit();
  }

  /**
   * Begins to take in many quads as change `seq`. Nothing else may be staged until the load has ended; readers go
   * on with what is published.
   */
  beginLoad(seq: number): BulkLoad {
    if (this.#stagedSeq !== this.#publishedSeq) throw new Error('Another change is staged');
    if (seq < this.#stagedSeq || (seq === this.#stagedSeq && this.#quadCount > 0))
      throw new Error(`Change ${seq} does not follow ${this.#stagedSeq}`);
    const quads = new QuadBuffer();
    let isOpen = true;
    this.#stagedSeq = seq;
    return new BulkLoad({
      dictionary: this.#dictionary,
      defaultGraph: this.#defaultGraph,
      quads,
      commit: () => {
        if (!isOpen) return 0;
        isOpen = false;
        return this.#commitLoad(quads, seq);
      },
      abandon: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#stagedSeq = this.#publishedSeq;
      },
    });
  }

  /** Makes all changes up to `seq` visible at once and lets go what nobody can see any more. */
  publish(seq: number): void {
    if (seq > this.#stagedSeq) throw new Error(`Change ${seq} was not staged`);
    const generation = this.#generation;
    const { refs, seqs, kinds } = this.#stage;
    const count = this.#stage.countUpTo(seq);
    for (let i = 0; i < count; i++) {
      const ref = refs[i]!;
      const isAdded = kinds[i] === 1;
      this.#quadCount += isAdded ? 1 : -1;
      if (!isAdded) this.#retired.push(generation, ref, seqs[i]!);
      this.#journal?.add(ref, seqs[i]!, isAdded);
    }
    this.#stage.dropFirst(count);
    this.#publishedSeq = seq;
    this.#collect();
  }

  /** Drops every change that was staged and not published. */
  unstage(): void {
    const generation = this.#generation;
    const { refs, kinds } = this.#stage;
    for (let i = refs.length - 1; i >= 0; i--) {
      const ref = refs[i]!;
      if (kinds[i] !== 1) generation.restore(ref);
      else {
        const [s, p, o, g] = generation.idsOf(ref);
        generation.delta.forget(~ref);
        this.#release(s, p, o, g);
      }
    }
    this.#stage = new Stage();
    this.#stagedSeq = this.#publishedSeq;
  }

  /** Pins the published state. Whoever takes a snapshot must release it. */
  snapshot(): Snapshot {
    const seq = this.#publishedSeq;
    const view = this.#viewAt(seq);
    this.#readers.pin(seq);
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.#readers.unpin(seq);
      this.#collect();
    };
    return { seq, view, release, [Symbol.dispose]: release };
  }

  /** What the writer sees: all that was staged. Valid until the next stage, publication or drop. */
  stagedView(): GraphView {
    return this.#viewAt(this.#stagedSeq);
  }

  find(term: RDF.Term): TermId {
    return this.#dictionary.find(term);
  }

  term(id: TermId): Term {
    return this.#dictionary.term(id);
  }

  /**
   * All that is published, after a merge of what came since the last; the arrays are those of the image and good until
   * it is written. Nobody may read an older state, and nothing may be staged.
   */
  parts(): ImageParts {
    if (this.#stagedSeq !== this.#publishedSeq || this.#retired.size > 0 || this.#readers.size > 0)
      throw new Error('The image is in use');
    if (this.#generation.delta.size + this.#generation.removals.size > 0) allSteps(this.merge());
    return {
      seq: this.#publishedSeq,
      base: partsOfBase(this.#generation.base),
      dictionary: this.#dictionary.serialise(),
    };
  }

  /** Whether enough has changed since the base was made that {@link merge} is worth its while. */
  get isMergeDue(): boolean {
    const { base, delta, removals } = this.#generation;
    const changed = delta.size + removals.size;
    return this.#journal === undefined && changed > MERGE_MIN && changed > base.size * MERGE_SHARE;
  }

  /**
   * Makes a new base of what is published, in steps of about a millisecond; writes and readers go on between them.
   * One merge at a time; a load that is committed meanwhile ends it without effect, as does leaving the steps.
   */
  *merge(): Steps<void> {
    if (this.#journal !== undefined) throw new Error('A merge is under way');
    const generation = this.#generation;
    const seq = this.#publishedSeq;
    const journal = new Stage();
    this.#journal = journal;
    this.#readers.pin(seq);
    try {
      const next = new Generation(yield* mergeRuns(generation, seq), this.#graphs);
      while (this.#dictionary.compact()) yield;
      const retired = this.#retired.upTo(seq);
      let done = 0;
      while (this.#generation === generation) {
        const end = Math.min(journal.refs.length, done + JOURNAL_STEP);
        const isLast = end === journal.refs.length;
        for (; done < end; done++) journal.repeat(done, generation, next, retired);
        if (isLast) {
          this.#stage = this.#stage.movedTo(generation, next);
          this.#retired.replaceBy(retired);
          this.#generation = next;
          return;
        }
        yield;
      }
    } finally {
      this.#journal = undefined;
      this.#readers.unpin(seq);
      this.#collect();
    }
  }

  #viewAt(seq: number): GraphView {
    return new ImageView(this.#dictionary, this.#generation, seq);
  }

  #checkFollows(seq: number): void {
    if (seq <= this.#stagedSeq) throw new Error(`Change ${seq} does not follow ${this.#stagedSeq}`);
  }

  #apply({ added, removed }: QuadDelta, seq: number): QuadDelta {
    this.#known.clear();
    return {
      removed: removed.filter((q) => this.#remove(q, seq)),
      added: added.filter((q) => this.#add(q, seq)),
    };
  }

  #add({ subject, predicate, object, graph }: RDF.Quad, seq: number): boolean {
    const s = this.#known.acquire(subject);
    const p = this.#known.acquire(predicate);
    const o = this.#dictionary.acquire(object);
    const g = this.#known.acquire(graph);
    const slot = this.#generation.add(s, p, o, g, seq);
    if (slot < 0) this.#release(s, p, o, g);
    else this.#stage.add(~slot, seq, true);
    return slot >= 0;
  }

  #remove({ subject, predicate, object, graph }: RDF.Quad, seq: number): boolean {
    const s = this.#known.find(subject);
    const p = this.#known.find(predicate);
    const g = this.#known.find(graph);
    if (s === UNKNOWN || p === UNKNOWN || g === UNKNOWN) return false;
    const o = this.#dictionary.find(object);
    if (o === UNKNOWN) return false;
    const ref = this.#generation.remove(s, p, o, g, seq);
    if (ref === undefined) return false;
    this.#stage.add(ref, seq, false);
    return true;
  }

  /** @returns how many quads are new */
  #commitLoad(quads: QuadBuffer, seq: number): number {
    const loaded = loadedRuns(
      this.#generation,
      this.#publishedSeq,
      allSteps(sortColumns(quads.columns())),
      this.#graphs,
    );
    const [subjects, predicates, objects, graphs] = loaded.added;
    const dictionary = this.#dictionary;
    for (let i = 0; i < subjects.length; i++) {
      dictionary.retain(subjects[i]!);
      dictionary.retain(predicates[i]!);
      dictionary.retain(objects[i]!);
      dictionary.retain(graphs[i]!);
    }
    this.#generation = new Generation(loaded.base, this.#graphs);
    this.#retired.replaceBy(this.#retired.upTo(this.#publishedSeq));
    this.#quadCount += subjects.length;
    this.#publishedSeq = seq;
    this.#collect();
    return subjects.length;
  }

  #collect(): void {
    this.#retired.collect(this.#readers.oldest(this.#publishedSeq), this.#generation);
  }

  #release(s: TermId, p: TermId, o: TermId, g: TermId): void {
    const dictionary = this.#dictionary;
    dictionary.release(s);
    dictionary.release(p);
    dictionary.release(o);
    if (dictionary.release(g)) this.#graphs.forget(g);
  }
}
