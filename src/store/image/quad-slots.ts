/**
 * The slots of the image: one for each quad it holds, with the changes that added and removed it, and the postings
 * of each term. A slot is used again once its quad is forgotten.
 *
 * Nothing here knows terms, readers or publication: whoever adds a quad counts the uses of its ids.
 */
import { ANY, type TermId } from '../graph-view.ts';
import { Float64Column, Int32Column } from './columns.ts';
import { Postings } from './posting.ts';

/** The number of a change that has not come: what is removed then is alive. */
export const ALIVE = Number.POSITIVE_INFINITY;

const NOTHING: readonly number[] = [];

export class QuadSlots {
  /** Slots up to here are in use, or were. */
  end = 0;
  /** Ids of subject, predicate, object and graph. */
  readonly columns = [new Int32Column(), new Int32Column(), new Int32Column(), new Int32Column()] as const;
  readonly addedAt = new Float64Column();
  readonly removedAt = new Float64Column();
  /** 1 where the triple was seen in another graph too: only then can it stand twice in the merge. */
  readonly twins = new Int32Column();
  /** By subject, predicate, object, graph. */
  readonly #postings = [new Postings(), new Postings(), new Postings(), new Postings()] as const;
  readonly #free: number[] = [];

  /** The slots of the quads that have a term in a position; undefined: there are none. */
  slotsOf(position: number, id: TermId): readonly number[] | undefined {
    return this.#postings[position]!.of(id);
  }

  /** The shortest posting that holds all matches; undefined when no position is bound. */
  candidates(s: TermId, p: TermId, o: TermId, g: TermId): readonly number[] | undefined {
    let best: readonly number[] | undefined;
    const consider = (position: number, id: TermId): boolean => {
      const slots = this.slotsOf(position, id) ?? NOTHING;
      if (best === undefined || slots.length < best.length) best = slots;
      return best.length > 0;
    };
    if (s !== ANY && !consider(0, s)) return NOTHING;
    if (o !== ANY && !consider(2, o)) return NOTHING;
    if (p !== ANY && !consider(1, p)) return NOTHING;
    if (g > ANY && !consider(3, g)) return NOTHING;
    return best;
  }

  /** Takes in a quad, which is not there, as part of change `seq`. @returns its slot */
  place(s: TermId, p: TermId, o: TermId, g: TermId, seq: number): number {
    const slot = this.#free.pop() ?? this.end++;
    const [subjects, predicates, objects, graphs] = this.columns;
    subjects.set(slot, s);
    predicates.set(slot, p);
    objects.set(slot, o);
    graphs.set(slot, g);
    const [bySubject, byPredicate, byObject, byGraph] = this.#postings;
    bySubject.add(s, slot);
    byPredicate.add(p, slot);
    byObject.add(o, slot);
    byGraph.add(g, slot);
    this.addedAt.set(slot, seq);
    this.removedAt.set(slot, ALIVE);
    this.twins.set(slot, 0);
    return slot;
  }

  /**
   * Takes in a quad unless it is alive, and tells it and its triple in other graphs that they are several.
   *
   * @returns its slot; negative when it is alive
   */
  placeNew(s: TermId, p: TermId, o: TermId, g: TermId, seq: number): number {
    const [subjects, predicates, objects, graphs] = this.columns;
    const slots = this.#sharing(s, p, o);
    let isTwin = false;
    for (const other of slots) {
      if (predicates.values[other] !== p || objects.values[other] !== o) continue;
      if (subjects.values[other] !== s || this.removedAt.values[other] !== ALIVE) continue;
      if (graphs.values[other] === g) return -1;
      this.twins.values[other] = 1;
      isTwin = true;
    }
    const slot = this.place(s, p, o, g, seq);
    if (isTwin) this.twins.values[slot] = 1;
    return slot;
  }

  /** Forgets a quad: its slot is free. */
  forget(slot: number): void {
    for (let position = 0; position < 4; position++) {
      const id = this.columns[position]!.values[slot]!;
      this.#postings[position]!.remove(id, slot);
    }
    this.addedAt.values[slot] = ALIVE;
    this.#free.push(slot);
  }

  /** The shortest of three postings. */
  #sharing(s: TermId, p: TermId, o: TermId): readonly number[] {
    const bySubject = this.slotsOf(0, s);
    if (bySubject === undefined) return NOTHING;
    if (bySubject.length < 16) return bySubject;
    const byObject = this.slotsOf(2, o) ?? NOTHING;
    const best = byObject.length < bySubject.length ? byObject : bySubject;
    if (best.length < 16) return best;
    const byPredicate = this.slotsOf(1, p) ?? NOTHING;
    return byPredicate.length < best.length ? byPredicate : best;
  }
}
