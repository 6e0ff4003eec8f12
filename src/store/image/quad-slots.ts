/**
 * The delta of the image: quads that came since the base was made, each with the changes that added and removed it.
 * A slot is used again once its quad is forgotten.
 *
 * Nothing here knows terms, readers or publication: whoever adds a quad counts the uses of its ids.
 */
import { ANY, type TermId } from '../graph-view.ts';
import { Float64Column, Int32Column } from './columns.ts';
import { Postings } from './posting.ts';

/** The number of a change that has not come: what is removed then is alive. */
export const ALIVE = Number.POSITIVE_INFINITY;

/** Postings as short as this need not be compared with others. */
const SHORT = 16;
const NONE = Number.POSITIVE_INFINITY;

export class QuadSlots {
  /** Slots up to here are in use, or were. */
  end = 0;
  /** Ids of subject, predicate, object and graph. */
  readonly columns = [new Int32Column(), new Int32Column(), new Int32Column(), new Int32Column()] as const;
  /** A slot that is not in use is added by a change that never comes. */
  readonly addedAt = new Float64Column();
  readonly removedAt = new Float64Column();
  /** 1 where the triple was seen in another graph too: only then can it stand twice in the merge. */
  readonly twins = new Int32Column();
  /** By subject, predicate, object, graph. */
  readonly #postings = [new Postings(), new Postings(), new Postings(), new Postings()] as const;
  readonly #free: number[] = [];

  /** Slots in use: alive, or kept for readers. */
  get size(): number {
    return this.end - this.#free.length;
  }

  /** The arrays of the columns as they are now; they are replaced when the columns grow. */
  get arrays(): {
    readonly subjects: Int32Array;
    readonly predicates: Int32Array;
    readonly objects: Int32Array;
    readonly graphs: Int32Array;
  } {
    const [subjects, predicates, objects, graphs] = this.columns;
    return {
      subjects: subjects.values,
      predicates: predicates.values,
      objects: objects.values,
      graphs: graphs.values,
    };
  }

  /** The shortest posting that holds all matches; undefined when no position is bound. */
  candidates(s: TermId, p: TermId, o: TermId, g: TermId): readonly number[] | undefined {
    const [bySubject, byPredicate, byObject, byGraph] = this.#postings;
    switch (this.#shortest(s, p, o, g)) {
      case 0:
        return bySubject.of(s);
      case 1:
        return byPredicate.of(p);
      case 2:
        return byObject.of(o);
      case 3:
        return byGraph.of(g);
      default:
        return undefined;
    }
  }

  /** How many {@link candidates} there are. */
  countCandidates(s: TermId, p: TermId, o: TermId, g: TermId): number {
    const [bySubject, byPredicate, byObject, byGraph] = this.#postings;
    switch (this.#shortest(s, p, o, g)) {
      case 0:
        return bySubject.count(s);
      case 1:
        return byPredicate.count(p);
      case 2:
        return byObject.count(o);
      case 3:
        return byGraph.count(g);
      default:
        return this.size;
    }
  }

  /** The position whose posting is the shortest, or is short enough; negative when none is bound. */
  #shortest(s: TermId, p: TermId, o: TermId, g: TermId): number {
    const [bySubject, byPredicate, byObject, byGraph] = this.#postings;
    const ofSubject = s === ANY ? NONE : bySubject.count(s);
    if (ofSubject <= SHORT) return 0;
    const ofObject = o === ANY ? NONE : byObject.count(o);
    if (ofObject <= SHORT) return 2;
    const ofPredicate = p === ANY ? NONE : byPredicate.count(p);
    const ofGraph = g > ANY ? byGraph.count(g) : NONE;
    const least = Math.min(ofSubject, ofObject, ofPredicate, ofGraph);
    if (least === NONE) return -1;
    if (least === ofSubject) return 0;
    if (least === ofObject) return 2;
    return least === ofPredicate ? 1 : 3;
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

  /** Forgets a quad: its slot is free. */
  forget(slot: number): void {
    for (let position = 0; position < 4; position++) {
      this.#postings[position]!.remove(this.columns[position]!.values[slot]!, slot);
    }
    this.addedAt.values[slot] = ALIVE;
    this.#free.push(slot);
  }
}
