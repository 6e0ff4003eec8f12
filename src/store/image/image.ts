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
import type { QuadIdColumns } from '../../rdf/term-ids.ts';
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
import { BulkLoad } from './bulk-load.ts';
import { TermDictionary } from './dictionary.ts';
import { ImageView } from './image-view.ts';
import { ALIVE, QuadSlots } from './quad-slots.ts';

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
  readonly #slots = new QuadSlots();
  readonly #defaultGraph: TermId;
  /** Whether a graph is merged into the default graph, by its id. */
  readonly #merged = new Map<TermId, boolean>();
  #quadCount = 0;
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
    if (this.#slots.end > 0 || this.#publishedSeq > 0) throw new Error('The image is not empty');
    for (const q of quads) this.#add(q, seq);
    this.#stagedSeq = seq;
    this.publish(seq);
  }

  /**
   * Begins to take in many quads as change `seq`. Nothing else may be staged until the load has ended; readers go
   * on with what is published.
   */
  beginLoad(seq: number): BulkLoad {
    if (this.#stagedSeq !== this.#publishedSeq) throw new Error('Another change is staged');
    if (seq <= this.#stagedSeq) throw new Error(`Change ${seq} does not follow ${this.#stagedSeq}`);
    this.#stagedSeq = seq;
    return new BulkLoad({
      dictionary: this.#dictionary,
      defaultGraph: this.#defaultGraph,
      add: (quads) => this.#addIds(quads, seq),
      addTerms: (quads) => this.#addTerms(quads, seq),
      publish: () => {
        this.publish(seq);
      },
      unstage: () => {
        this.unstage();
      },
    });
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
    const removedAt = this.#slots.removedAt.values;
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
      const [subject, predicate, object, graph] = this.#slots.columns;
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
    const slots = this.#slots.candidates(s, p, o, g);
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
    const slots = this.#slots.candidates(s, p, o, g);
    const count = slots === undefined ? this.#slots.end : slots.length;
    const columns = this.#slots.columns;
    const [subjects, predicates] = [columns[0].values, columns[1].values];
    const [objects, graphs] = [columns[2].values, columns[3].values];
    const addedAt = this.#slots.addedAt.values;
    const removedAt = this.#slots.removedAt.values;
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
    const { twins, addedAt, removedAt, columns } = this.#slots;
    if (twins.values[slot] === 0) return false;
    const [subjects, predicates, objects, graphs] = columns;
    const [s, p, o] = [subjects.values[slot]!, predicates.values[slot]!, objects.values[slot]!];
    const bySubject = this.#slots.slotsOf(0, s)!;
    const byObject = this.#slots.slotsOf(2, o)!;
    const slots = bySubject.length <= byObject.length ? bySubject : byObject;
    for (const other of slots) {
      if (other === slot) continue;
      if (subjects.values[other] !== s || predicates.values[other] !== p || objects.values[other] !== o)
        continue;
      if (addedAt.values[other]! > seq || removedAt.values[other]! <= seq) continue;
      const otherGraph = graphs.values[other]!;
      if (otherGraph < graph && this.#isMerged(otherGraph)) return true;
    }
    return false;
  }

  /** The slot of a quad that the writer sees, or -1. */
  #slotOf(q: RDF.Quad): number {
    const dictionary = this.#dictionary;
    const [s, p, o] = [dictionary.find(q.subject), dictionary.find(q.predicate), dictionary.find(q.object)];
    let found = -1;
    this.#visit(Number.MAX_SAFE_INTEGER, s, p, o, dictionary.find(q.graph), (slot) => {
      found = slot;
      return false;
    });
    return found;
  }

  #add(q: RDF.Quad, seq: number): boolean {
    const dictionary = this.#dictionary;
    const terms = [q.subject, q.predicate, q.object, q.graph];
    const ids = terms.map((term) => dictionary.find(term));
    if (!ids.includes(UNKNOWN)) return this.#addKnown(ids[0]!, ids[1]!, ids[2]!, ids[3]!, seq);
    for (let position = 0; position < 4; position++) {
      if (ids[position] === UNKNOWN) ids[position] = dictionary.acquire(terms[position]!);
      else dictionary.retain(ids[position]!);
    }
    this.#stagedAdds.push(this.#slots.placeNew(ids[0]!, ids[1]!, ids[2]!, ids[3]!, seq));
    return true;
  }

  #addKnown(s: TermId, p: TermId, o: TermId, g: TermId, seq: number): boolean {
    const slot = this.#slots.placeNew(s, p, o, g, seq);
    if (slot < 0) return false;
    this.#dictionary.retain(s);
    this.#dictionary.retain(p);
    this.#dictionary.retain(o);
    this.#dictionary.retain(g);
    this.#stagedAdds.push(slot);
    return true;
  }

  /** Adds quads of ids that somebody holds. @returns how many were not there */
  #addIds(quads: QuadIdColumns, seq: number): number {
    const before = this.#stagedAdds.length;
    for (let i = 0; i < quads.length; i += 4) {
      this.#addKnown(quads[i]!, quads[i + 1]!, quads[i + 2]!, quads[i + 3]!, seq);
    }
    return this.#stagedAdds.length - before;
  }

  #addTerms(quads: Iterable<RDF.Quad>, seq: number): number {
    const before = this.#stagedAdds.length;
    for (const q of quads) {
      checkStorable(q);
      this.#add(q, seq);
    }
    return this.#stagedAdds.length - before;
  }

  #remove(q: RDF.Quad, seq: number): boolean {
    const slot = this.#slotOf(q);
    if (slot < 0) return false;
    this.#slots.removedAt.values[slot] = seq;
    this.#retired.push(slot);
    this.#stagedRemovals.push(slot);
    return true;
  }

  /** Forgets the retired quads that neither a pinned state nor the published one still shows. */
  #collect(): void {
    let oldest = this.#publishedSeq;
    for (const seq of this.#pins.keys()) if (seq < oldest) oldest = seq;
    const removedAt = this.#slots.removedAt.values;
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
    const [subjects, predicates, objects, graphs] = this.#slots.columns;
    const graph = graphs.values[slot]!;
    this.#slots.forget(slot);
    if (this.#slots.slotsOf(3, graph) === undefined) this.#merged.delete(graph);
    this.#dictionary.release(subjects.values[slot]!);
    this.#dictionary.release(predicates.values[slot]!);
    this.#dictionary.release(objects.values[slot]!);
    this.#dictionary.release(graph);
  }
}
