/**
 * Removed quads that some reader may still see, in the order of their removal, with the ids that they hold.
 */
import type { TermId } from '../graph-view.ts';
import type { Generation } from './generation.ts';

interface Retired {
  readonly s: TermId;
  readonly p: TermId;
  readonly o: TermId;
  readonly g: TermId;
  readonly removedAt: number;
  /** Where the quad stands; its slot is freed only while the generation is the present one. */
  readonly generation: Generation;
  readonly ref: number;
}

type Release = (s: TermId, p: TermId, o: TermId, g: TermId) => void;

/** Entries that were let go are cut off when they are so many. */
const CUT_MIN = 1024;

export class RetiredQuads {
  readonly #release: Release;
  #queue: Retired[] = [];
  #from = 0;

  /** @param release  lets go the ids of a quad that nobody sees any more */
  constructor(release: Release) {
    this.#release = release;
  }

  get size(): number {
    return this.#queue.length - this.#from;
  }

  push(generation: Generation, ref: number, removedAt: number): void {
    const [s, p, o, g] = generation.idsOf(ref);
    this.#queue.push({ s, p, o, g, removedAt, generation, ref });
  }

  /** Those that were removed up to a state, in a queue of their own. */
  upTo(seq: number): RetiredQuads {
    const some = new RetiredQuads(this.#release);
    for (let i = this.#from; i < this.#queue.length; i++) {
      const retired = this.#queue[i]!;
      if (retired.removedAt > seq) break;
      some.#queue.push(retired);
    }
    return some;
  }

  /** Takes over what another queue holds. */
  replaceBy(other: RetiredQuads): void {
    this.#queue = other.#queue;
    this.#from = other.#from;
  }

  /**
   * Lets go what was removed up to the oldest state that is read.
   *
   * @param present  the generation whose slots may be used again
   */
  collect(oldest: number, present: Generation): void {
    const queue = this.#queue;
    while (this.#from < queue.length) {
      const { s, p, o, g, removedAt, generation, ref } = queue[this.#from]!;
      if (removedAt > oldest) break;
      this.#from++;
      if (generation === present && ref < 0) generation.delta.forget(~ref);
      this.#release(s, p, o, g);
    }
    if (this.#from > CUT_MIN && this.#from * 2 > queue.length) {
      this.#queue = queue.slice(this.#from);
      this.#from = 0;
    }
  }
}
