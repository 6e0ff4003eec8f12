/**
 * The image: all quads in memory, every retained version of them, answering in ids.
 *
 * Each quad carries the change that added it and the change that removed it; a reader pins a sequence
 * number and sees the quads that lived then. There is one writer. Changes are staged before they are
 * durable and seen by nobody but the writer until they are published; a stage can be dropped whole.
 * A removed quad is forgotten as soon as no reader can still see it.
 */
import { concernsRecords, type Draft } from '../../log/change.ts';
import type { QuadDelta } from '../../rdf/dataset.ts';
import type { GraphNames } from '../../rdf/graphs.ts';
import { dataFactory, type RDF, type Term } from '../../rdf/terms.ts';
import {
  ANY,
  type GraphView,
  MERGED,
  NAMED,
  type QuadIds,
  type Snapshot,
  type TermId,
  UNKNOWN,
} from '../graph-view.ts';
import { checkStorable } from '../storable.ts';
import { Float64Column, Int32Column } from './columns.ts';
import { TermDictionary } from './dictionary.ts';
import { ImageView } from './image-view.ts';
import { Posting } from './posting.ts';

const ALIVE = Number.POSITIVE_INFINITY;

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

export class Image {
  readonly #dictionary = new TermDictionary();
  readonly #graphs: GraphNames | undefined;
  readonly #columns = [new Int32Column(), new Int32Column(), new Int32Column(), new Int32Column()] as const;
  readonly #addedAt = new Float64Column();
  readonly #removedAt = new Float64Column();
  /** Postings by subject, predicate, object, graph. */
  readonly #postings = [
    new Map<TermId, Posting>(),
    new Map<TermId, Posting>(),
    new Map<TermId, Posting>(),
    new Map<TermId, Posting>(),
  ] as const;
  readonly #positions = [new Int32Column(), new Int32Column(), new Int32Column(), new Int32Column()] as const;
  /** 1 where the triple was seen in another graph too: only then can it stand twice in the merge. */
  readonly #twins = new Int32Column();
  readonly #defaultGraph: TermId;
  /** Whether a graph is merged into the default graph, by its id. */
  readonly #merged = new Map<TermId, boolean>();
  #quadCount = 0;
  #slots = 0;
  readonly #freeSlots: number[] = [];
  /** Removed quads in the order of their removal. */
  #retired: number[] = [];
  #retiredFrom = 0;
  readonly #pins = new Map<number, number>();
  #publishedSeq = 0;
  #stagedSeq = 0;
  /** What the stages since the last publication did, for dropping them. */
  #stagedAdds: number[] = [];
  #stagedRemovals: number[] = [];

  constructor(options: ImageOptions) {
    this.#graphs = options.graphs;
    this.#defaultGraph = this.#dictionary.acquire(dataFactory.defaultGraph());
  }

  get publishedSeq(): number {
    return this.#publishedSeq;
  }

  get stagedSeq(): number {
    return this.#stagedSeq;
  }

  statistics(): ImageStatistics {
    let pins = 0;
    for (const count of this.#pins.values()) pins += count;
    return {
      quads: this.#quadCount,
      terms: this.#dictionary.size,
      retired: this.#retired.length - this.#retiredFrom,
      pins,
    };
  }

  /**
   * Applies a draft as change `seq`, seen by the writer only until {@link publish}.
   *
   * @throws FabricError `not-supported` for a quad that cannot be stored; nothing is staged then
   * @returns what it really does: nothing removed that was absent, nothing added that was present; a
   *   draft that does nothing and is no version of a record takes no place in the sequence
   */
  stage(draft: Draft, seq: number): QuadDelta {
    if (seq <= this.#stagedSeq) throw new Error(`Change ${seq} does not follow ${this.#stagedSeq}`);
    for (const q of draft.added) checkStorable(q); // before anything is touched
    const removed = draft.removed.filter((q) => this.#remove(q, seq));
    const added = draft.added.filter((q) => this.#add(q, seq));
    if (added.length > 0 || removed.length > 0 || concernsRecords(draft.cause)) this.#stagedSeq = seq;
    return { added, removed };
  }

  /** Takes in what a durable home holds as of change `seq`; only an image that is still empty can. */
  load(quads: Iterable<RDF.Quad>, seq: number): void {
    if (this.#slots > 0 || this.#publishedSeq > 0) throw new Error('The image is not empty');
    for (const q of quads) this.#add(q, seq);
    this.#stagedSeq = seq;
    this.publish(seq);
  }

  /**
   * Applies a change of the log. Unlike {@link stage} it always takes its place in the
   * sequence: after an unfinished checkpoint a change may find that all it does is there already.
   */
  replay(draft: Pick<Draft, 'added' | 'removed'>, seq: number): QuadDelta {
    if (seq <= this.#stagedSeq) throw new Error(`Change ${seq} does not follow ${this.#stagedSeq}`);
    const removed = draft.removed.filter((q) => this.#remove(q, seq));
    const added = draft.added.filter((q) => this.#add(q, seq));
    this.#stagedSeq = seq;
    return { added, removed };
  }

  /** Makes all changes up to `seq` visible at once and forgets what nobody can see any more. */
  publish(seq: number): void {
    if (seq !== this.#stagedSeq) throw new Error(`Change ${seq} is not the last that was staged`);
    this.#publishedSeq = seq;
    this.#quadCount += this.#stagedAdds.length - this.#stagedRemovals.length;
    this.#stagedAdds = [];
    this.#stagedRemovals = [];
    this.#collect();
  }

  /** Drops every change that was staged and not published. */
  unstage(): void {
    const removedAt = this.#removedAt.values;
    // They stand at the end; the same slots may stand further ahead, from an earlier use of them.
    this.#retired.length -= this.#stagedRemovals.length;
    for (const slot of this.#stagedRemovals) removedAt[slot] = ALIVE;
    for (const slot of this.#stagedAdds) this.#forget(slot);
    this.#stagedAdds = [];
    this.#stagedRemovals = [];
    this.#stagedSeq = this.#publishedSeq;
  }

  /** Pins the published state. Whoever takes a snapshot must release it. */
  snapshot(): Snapshot {
    const seq = this.#publishedSeq;
    this.#pins.set(seq, (this.#pins.get(seq) ?? 0) + 1);
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      const count = this.#pins.get(seq)! - 1;
      if (count > 0) this.#pins.set(seq, count);
      else this.#pins.delete(seq);
      this.#collect();
    };
    return { seq, view: new ImageView(this, seq), release, [Symbol.dispose]: release };
  }

  /** What the writer sees: all that was staged. Valid until the next stage, publication or drop. */
  stagedView(): GraphView {
    return new ImageView(this, this.#stagedSeq);
  }

  find(term: RDF.Term): TermId {
    return this.#dictionary.find(term);
  }

  term(id: TermId): Term {
    return this.#dictionary.term(id);
  }

  matchAt(seq: number, s: TermId, p: TermId, o: TermId, g: TermId): QuadIds {
    const found: number[] = [];
    this.#visit(seq, s, p, o, g, (slot) => {
      const [subject, predicate, object, graph] = this.#columns;
      found.push(
        subject.values[slot]!,
        predicate.values[slot]!,
        object.values[slot]!,
        g === MERGED ? ANY : graph.values[slot]!,
      );
      return true;
    });
    return found;
  }

  hasAt(seq: number, s: TermId, p: TermId, o: TermId, g: TermId): boolean {
    let found = false;
    this.#visit(seq, s, p, o, g, () => {
      found = true;
      return false;
    });
    return found;
  }

  estimateAt(seq: number, s: TermId, p: TermId, o: TermId, g: TermId): number {
    const slots = this.#candidates(s, p, o, g);
    const size = slots === undefined ? this.#quadCount : slots.length;
    const constants = Number(s !== ANY) + Number(p !== ANY) + Number(o !== ANY);
    // Where one posting answers the pattern its length is the count; else counting is cheap only when short.
    if ((constants === 1 && g === MERGED) || size > 2000) return size;
    let count = 0;
    this.#visit(seq, s, p, o, g, () => {
      count++;
      return true;
    });
    return count;
  }

  /** Calls `visit` for each quad that matches at `seq`, until it says false. */
  #visit(seq: number, s: TermId, p: TermId, o: TermId, g: TermId, visit: (slot: number) => boolean): void {
    if (s === UNKNOWN || p === UNKNOWN || o === UNKNOWN || g === UNKNOWN) return;
    const slots = this.#candidates(s, p, o, g);
    const count = slots === undefined ? this.#slots : slots.length;
    const [subjects, predicates, objects, graphs] = [
      this.#columns[0].values,
      this.#columns[1].values,
      this.#columns[2].values,
      this.#columns[3].values,
    ];
    const addedAt = this.#addedAt.values;
    const removedAt = this.#removedAt.values;
    for (let i = 0; i < count; i++) {
      const slot = slots === undefined ? i : slots[i]!;
      if (addedAt[slot]! > seq || removedAt[slot]! <= seq) continue;
      if (s !== ANY && subjects[slot] !== s) continue;
      if (p !== ANY && predicates[slot] !== p) continue;
      if (o !== ANY && objects[slot] !== o) continue;
      const graph = graphs[slot]!;
      if (g === MERGED) {
        if (!this.#isMerged(graph) || this.#standsEarlier(seq, slot, graph)) continue;
      } else if (g === NAMED) {
        if (graph === this.#defaultGraph) continue;
      } else if (g !== ANY && graph !== g) continue;
      if (!visit(slot)) return;
    }
  }

  /** The shortest posting that holds all matches; undefined when no position is bound. */
  #candidates(s: TermId, p: TermId, o: TermId, g: TermId): readonly number[] | undefined {
    let best: readonly number[] | undefined;
    const consider = (position: number, id: TermId): boolean => {
      const slots = this.#postings[position]!.get(id)?.slots ?? NOTHING;
      if (best === undefined || slots.length < best.length) best = slots;
      return best.length > 0;
    };
    if (s !== ANY && !consider(0, s)) return NOTHING;
    if (o !== ANY && !consider(2, o)) return NOTHING;
    if (p !== ANY && !consider(1, p)) return NOTHING;
    if (g > ANY && !consider(3, g)) return NOTHING;
    return best;
  }

  #isMerged(graph: TermId): boolean {
    let merged = this.#merged.get(graph);
    if (merged === undefined) {
      merged =
        this.#graphs === undefined
          ? graph === this.#defaultGraph
          : this.#graphs.classOf(this.#dictionary.term(graph)) !== 'system';
      this.#merged.set(graph, merged);
    }
    return merged;
  }

  /** Whether the triple of `slot` also lives in a merged graph of a smaller id: then that one speaks for it. */
  #standsEarlier(seq: number, slot: number, graph: TermId): boolean {
    if (this.#twins.values[slot] === 0) return false;
    const [subjects, predicates, objects, graphs] = this.#columns;
    const [s, p, o] = [subjects.values[slot]!, predicates.values[slot]!, objects.values[slot]!];
    const bySubject = this.#postings[0].get(s)!.slots;
    const byObject = this.#postings[2].get(o)!.slots;
    const slots = bySubject.length <= byObject.length ? bySubject : byObject;
    for (const other of slots) {
      if (other === slot) continue;
      if (subjects.values[other] !== s || predicates.values[other] !== p || objects.values[other] !== o)
        continue;
      if (this.#addedAt.values[other]! > seq || this.#removedAt.values[other]! <= seq) continue;
      const otherGraph = graphs.values[other]!;
      if (otherGraph < graph && this.#isMerged(otherGraph)) return true;
    }
    return false;
  }

  /** The slot of a quad that the writer sees, or -1. */
  #slotOf(q: RDF.Quad): number {
    const dictionary = this.#dictionary;
    return this.#slotWith([
      dictionary.find(q.subject),
      dictionary.find(q.predicate),
      dictionary.find(q.object),
      dictionary.find(q.graph),
    ]);
  }

  /** @param ids  of subject, predicate, object and graph, {@link UNKNOWN} for a term that is not held */
  #slotWith([s, p, o, g]: readonly TermId[]): number {
    let found = -1;
    this.#visit(Number.MAX_SAFE_INTEGER, s!, p!, o!, g!, (slot) => {
      found = slot;
      return false;
    });
    return found;
  }

  #add(q: RDF.Quad, seq: number): boolean {
    const terms = [q.subject, q.predicate, q.object, q.graph];
    const known = terms.map((term) => this.#dictionary.find(term));
    if (this.#slotWith(known) >= 0) return false;
    const slot = this.#freeSlots.pop() ?? this.#slots++;
    for (let position = 0; position < 4; position++) {
      let id = known[position]!;
      if (id === UNKNOWN) id = this.#dictionary.acquire(terms[position]!);
      else this.#dictionary.retain(id);
      this.#columns[position]!.set(slot, id);
      let posting = this.#postings[position]!.get(id);
      if (!posting) {
        posting = new Posting();
        this.#postings[position]!.set(id, posting);
      }
      posting.add(slot, this.#positions[position]!);
    }
    this.#addedAt.set(slot, seq);
    this.#removedAt.set(slot, ALIVE);
    this.#twins.set(slot, 0);
    // A triple with a term that is new can stand nowhere else.
    this.#visit(Number.MAX_SAFE_INTEGER, known[0]!, known[1]!, known[2]!, ANY, (other) => {
      if (other === slot) return true;
      this.#twins.values[other] = 1;
      this.#twins.values[slot] = 1;
      return true;
    });
    this.#stagedAdds.push(slot);
    return true;
  }

  #remove(q: RDF.Quad, seq: number): boolean {
    const slot = this.#slotOf(q);
    if (slot < 0) return false;
    this.#removedAt.values[slot] = seq;
    this.#retired.push(slot);
    this.#stagedRemovals.push(slot);
    return true;
  }

  /** Forgets the retired quads that neither a pinned state nor the published one still shows. */
  #collect(): void {
    let oldest = this.#publishedSeq;
    for (const seq of this.#pins.keys()) if (seq < oldest) oldest = seq;
    const removedAt = this.#removedAt.values;
    while (this.#retiredFrom < this.#retired.length) {
      const slot = this.#retired[this.#retiredFrom]!;
      if (removedAt[slot]! > oldest) break;
      this.#retiredFrom++;
      this.#forget(slot);
    }
    if (this.#retiredFrom > 1024 && this.#retiredFrom * 2 > this.#retired.length) {
      this.#retired = this.#retired.slice(this.#retiredFrom);
      this.#retiredFrom = 0;
    }
  }

  #forget(slot: number): void {
    for (let position = 0; position < 4; position++) {
      const id = this.#columns[position]!.values[slot]!;
      const posting = this.#postings[position]!.get(id)!;
      posting.remove(slot, this.#positions[position]!);
      if (posting.slots.length === 0) {
        this.#postings[position]!.delete(id);
        if (position === 3) this.#merged.delete(id);
      }
      this.#dictionary.release(id);
    }
    this.#addedAt.values[slot] = ALIVE;
    this.#freeSlots.push(slot);
  }
}

const NOTHING: readonly number[] = [];
