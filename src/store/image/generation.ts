/**
 * One generation of the image: a base that never changes, the rows of it that were removed since, and the delta of what
 * was added. A merge makes the next generation; readers of older states keep the one they have.
 *
 * A quad is in the base or in the delta, never alive in both. Where a triple stands in several merged graphs, the base
 * speaks before the delta, and the graph of the smallest id before the others.
 */
import { ANY, MERGED, NAMED, type TermId } from '../graph-view.ts';
import type { BaseRuns } from './base-runs.ts';
import type { KeyIndex } from './key-index.ts';
import type { MergedGraphs } from './merged-graphs.ts';
import { ALIVE, QuadSlots } from './quad-slots.ts';

/** Of a pattern: ids, or {@link ANY}; the graph may be MERGED or NAMED. All constants are known ids. */
export interface IdPattern {
  readonly s: TermId;
  readonly p: TermId;
  readonly o: TermId;
  readonly g: TermId;
}

/** Rows of the base in one of its orders. */
interface Range {
  /** Absent: as they stand. */
  readonly index: KeyIndex | undefined;
  readonly from: number;
  readonly to: number;
}

export class Generation {
  readonly base: BaseRuns;
  readonly delta = new QuadSlots();
  /** Rows of the base that were removed, and by which change. */
  readonly removals = new Map<number, number>();
  readonly #graphs: MergedGraphs;
  /** One bit a row: set where {@link removals} may have it. */
  readonly #touched: Uint8Array;

  constructor(base: BaseRuns, graphs: MergedGraphs) {
    this.base = base;
    this.#graphs = graphs;
    this.#touched = new Uint8Array((base.size >> 3) + 1);
  }

  /** Marks a row as removed. */
  removeRow(row: number, seq: number): void {
    this.removals.set(row, seq);
    this.#touched[row >> 3]! |= 1 << (row & 7);
  }

  /** Takes back the removal of a row, or of the slot that is the complement. */
  restore(ref: number): void {
    if (ref >= 0) this.removals.delete(ref);
    else this.delta.removedAt.values[~ref] = ALIVE;
  }

  /** The quad of a row, or of the slot that is the complement. */
  idsOf(ref: number): readonly [s: TermId, p: TermId, o: TermId, g: TermId] {
    if (ref >= 0) {
      const [s, p, o, g] = this.base.columns;
      return [s[ref]!, p[ref]!, o[ref]!, g[ref]!];
    }
    const [s, p, o, g] = this.delta.columns;
    const slot = ~ref;
    return [s.values[slot]!, p.values[slot]!, o.values[slot]!, g.values[slot]!];
  }

  isRowAt(row: number, seq: number): boolean {
    if ((this.#touched[row >> 3]! & (1 << (row & 7))) === 0) return true;
    const removedAt = this.removals.get(row);
    return removedAt === undefined || removedAt > seq;
  }

  isSlotAt(slot: number, seq: number): boolean {
    return this.delta.addedAt.values[slot]! <= seq && this.delta.removedAt.values[slot]! > seq;
  }

  /**
   * The quads that match at a state, flat; the graph is ANY for MERGED.
   *
   * @param most  quads after which it stops
   */
  match(seq: number, { s, p, o, g }: IdPattern, most = Number.POSITIVE_INFINITY): number[] {
    const found: number[] = [];
    const size = 4 * most;
    const { index, from, to } = this.#rangeOf(s, p, o, g);
    if (index !== undefined && index === this.base.byPredicate)
      this.#scanPredicate(found, size, seq, p, o, g, from, to);
    else this.#scan(found, size, seq, { s, p, o, g }, index?.order, from, to);
    if (found.length < size && this.delta.size > 0) this.#scanDelta(found, size, seq, { s, p, o, g });
    return found;
  }

  /** How many quads match at most; exact while nothing of the range was removed, twins and system graphs apart. */
  countMax({ s, p, o, g }: IdPattern): number {
    const { from, to } = this.#rangeOf(s, p, o, g);
    return to - from + this.delta.countCandidates(s, p, o, g);
  }

  /** The shortest range of rows that holds all matches. */
  #rangeOf(s: TermId, p: TermId, o: TermId, g: TermId): Range {
    const { base } = this;
    if (s !== ANY) {
      const from = base.bySubject.from(s);
      const to = base.bySubject.to(s);
      if (p !== ANY && from < to) {
        const isWhole = o !== ANY;
        const first = base.firstRowOf(s, p, isWhole ? o : 0);
        return {
          index: undefined,
          from: first,
          to: isWhole ? base.firstRowOf(s, p, o + 1) : base.firstRowOf(s, p + 1, 0),
        };
      }
      if (o === ANY || to - from <= LINEAR_MAX) return { index: undefined, from, to };
      return shorter({ index: undefined, from, to }, rangeIn(base.byObject, o));
    }
    if (p !== ANY) {
      const range = rangeIn(base.byPredicate, p);
      if (o !== ANY) return { index: base.byPredicate, ...narrowed(base.predicateRuns.objects, o, range) };
      return g > ANY ? shorter(range, rangeIn(base.byGraph, g)) : range;
    }
    if (o !== ANY) {
      const range = rangeIn(base.byObject, o);
      return g > ANY ? shorter(range, rangeIn(base.byGraph, g)) : range;
    }
    if (g > ANY) return rangeIn(base.byGraph, g);
    return { index: undefined, from: 0, to: base.size };
  }

  /** Rows as they stand, or in an order by object or graph. */
  #scan(
    found: number[],
    size: number,
    seq: number,
    { s, p, o, g }: IdPattern,
    order: Int32Array | undefined,
    from: number,
    to: number,
  ): void {
    const [subjects, predicates, objects, graphs] = this.base.columns;
    const merged = this.#graphs;
    const mayBeGone = this.removals.size > 0;
    let last = -1;
    for (let i = from; i < to; i++) {
      const row = order === undefined ? i : order[i]!;
      const subject = subjects[row]!;
      const predicate = predicates[row]!;
      const object = objects[row]!;
      const graph = graphs[row]!;
      if (s !== ANY && subject !== s) continue;
      if (p !== ANY && predicate !== p) continue;
      if (o !== ANY && object !== o) continue;
      // The graph of a row that is gone may have no term any more.
      if (mayBeGone && !this.isRowAt(row, seq)) continue;
      if (g > ANY ? graph !== g : g !== ANY && !this.#isIn(graph, g, merged)) continue;
      if (g === MERGED) {
        const isSame =
          last >= 0 &&
          subjects[last] === subject &&
          predicates[last] === predicate &&
          objects[last] === object;
        if (isSame) continue;
        last = row;
      }
      found.push(subject, predicate, object, g === MERGED ? ANY : graph);
      if (found.length >= size) return;
    }
  }

  /** Rows by predicate: all of it lies side by side. */
  #scanPredicate(
    found: number[],
    size: number,
    seq: number,
    p: TermId,
    o: TermId,
    g: TermId,
    from: number,
    to: number,
  ): void {
    const { subjects, objects, graphs } = this.base.predicateRuns;
    const order = this.base.byPredicate.order!;
    const merged = this.#graphs;
    const mayBeGone = this.removals.size > 0;
    let last = -1;
    for (let i = from; i < to; i++) {
      const subject = subjects[i]!;
      const object = objects[i]!;
      const graph = graphs[i]!;
      if (o !== ANY && object !== o) continue;
      if (mayBeGone && !this.isRowAt(order[i]!, seq)) continue;
      if (g > ANY ? graph !== g : g !== ANY && !this.#isIn(graph, g, merged)) continue;
      if (g === MERGED) {
        if (last >= 0 && subjects[last] === subject && objects[last] === object) continue;
        last = i;
      }
      found.push(subject, p, object, g === MERGED ? ANY : graph);
      if (found.length >= size) return;
    }
  }

  #isIn(graph: TermId, g: TermId, merged: MergedGraphs): boolean {
    return g === NAMED ? graph !== merged.defaultGraph : merged.has(graph);
  }

  #scanDelta(found: number[], size: number, seq: number, { s, p, o, g }: IdPattern): void {
    const { delta } = this;
    const slots = delta.candidates(s, p, o, g);
    const count = slots === undefined ? delta.end : slots.length;
    const { subjects, predicates, objects, graphs } = delta.arrays;
    const addedAt = delta.addedAt.values;
    const removedAt = delta.removedAt.values;
    for (let i = 0; i < count; i++) {
      const slot = slots === undefined ? i : slots[i]!;
      if (addedAt[slot]! > seq || removedAt[slot]! <= seq) continue;
      if (s !== ANY && subjects[slot] !== s) continue;
      if (p !== ANY && predicates[slot] !== p) continue;
      if (o !== ANY && objects[slot] !== o) continue;
      const graph = graphs[slot]!;
      if (g > ANY ? graph !== g : g !== ANY && !this.#isIn(graph, g, this.#graphs)) continue;
      if (g === MERGED && this.#standsEarlier(seq, slot)) continue;
      found.push(subjects[slot]!, predicates[slot]!, objects[slot]!, g === MERGED ? ANY : graph);
      if (found.length >= size) return;
    }
  }

  /** Whether the triple of a slot also lives in a merged graph of the base, or of a smaller id in the delta. */
  #standsEarlier(seq: number, slot: number): boolean {
    const { base, delta } = this;
    if (delta.twins.values[slot] === 0) return false;
    const { subjects, predicates, objects, graphs } = delta.arrays;
    const [s, p, o, g] = [subjects[slot]!, predicates[slot]!, objects[slot]!, graphs[slot]!];
    const end = base.endOfTriple(s, p, o);
    for (let row = base.firstRowOf(s, p, o); row < end; row++) {
      if (this.isRowAt(row, seq) && this.#graphs.has(base.columns[3][row]!)) return true;
    }
    for (const other of delta.candidates(s, p, o, ANY)!) {
      if (subjects[other] !== s || predicates[other] !== p || objects[other] !== o) continue;
      if (graphs[other]! < g && this.isSlotAt(other, seq) && this.#graphs.has(graphs[other]!)) return true;
    }
    return false;
  }

  /**
   * Adds a quad to the delta as part of change `seq`, unless it is alive. It and its triple in other graphs are told
   * that they are several.
   *
   * @returns its slot; negative when it is alive
   */
  add(s: TermId, p: TermId, o: TermId, g: TermId, seq: number): number {
    const { base, delta } = this;
    let isTwin = false;
    const end = base.endOfTriple(s, p, o);
    for (let row = base.firstRowOf(s, p, o); row < end; row++) {
      if (this.removals.has(row)) continue;
      if (base.columns[3][row] === g) return -1;
      isTwin = true;
    }
    const { subjects, predicates, objects, graphs } = delta.arrays;
    const removedAt = delta.removedAt.values;
    const slots = delta.candidates(s, p, o, ANY)!;
    for (let i = 0; i < slots.length; i++) {
      const other = slots[i]!;
      if (objects[other] !== o || predicates[other] !== p || subjects[other] !== s) continue;
      if (removedAt[other] !== ALIVE) continue;
      if (graphs[other] === g) return -1;
      delta.twins.values[other] = 1;
      isTwin = true;
    }
    const slot = delta.place(s, p, o, g, seq);
    if (isTwin) delta.twins.values[slot] = 1;
    return slot;
  }

  /**
   * Removes a quad as part of change `seq`.
   *
   * @returns its row in the base, the complement of its slot in the delta, or undefined when it is not alive
   */
  remove(s: TermId, p: TermId, o: TermId, g: TermId, seq: number): number | undefined {
    const { delta } = this;
    const { subjects, predicates, objects, graphs } = delta.arrays;
    const removedAt = delta.removedAt.values;
    const slots = delta.candidates(s, p, o, g)!;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      if (objects[slot] !== o || predicates[slot] !== p || removedAt[slot] !== ALIVE) continue;
      if (subjects[slot] !== s || graphs[slot] !== g) continue;
      removedAt[slot] = seq;
      return ~slot;
    }
    const row = this.base.rowOf(s, p, o, g);
    if (row < 0 || this.removals.has(row)) return undefined;
    this.removeRow(row, seq);
    return row;
  }
}

/** Rows of a subject that are filtered rather than looked up by object. */
const LINEAR_MAX = 32;

const rangeIn = (index: KeyIndex, key: TermId): Range => ({
  index,
  from: index.from(key),
  to: index.to(key),
});

const shorter = (a: Range, b: Range): Range => (b.to - b.from < a.to - a.from ? b : a);

/** The places of one value within a range of rising values. */
function narrowed(
  values: Int32Array,
  value: number,
  range: { readonly from: number; readonly to: number },
): { readonly from: number; readonly to: number } {
  const from = firstFrom(values, value, range.from, range.to);
  return { from, to: firstFrom(values, value + 1, from, range.to) };
}

function firstFrom(values: Int32Array, value: number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
