/**
 * Ids by the hash of their term: open addressing, in segments that grow one by one, so that no change waits for the
 * whole to be hashed again.
 *
 * The table knows no terms: a search walks over the ids that have the hash, and ends at the place of a new one. Hashes
 * stand beside the ids, so that neither a search nor growth looks at terms that are not meant.
 */
import type { TermId } from '../graph-view.ts';

const SEGMENT_BITS = 8;
const SEGMENTS = 2 ** SEGMENT_BITS;
const SEGMENT_SHIFT = 32 - SEGMENT_BITS;
/** Words of a slot: id, then hash. */
const SLOT_BITS = 1;
const SLOT_WORDS = 2 ** SLOT_BITS;
const SLOTS_MIN = 8;

export class IdTable {
  readonly #segments: Int32Array[] = [];
  readonly #sizes = new Int32Array(SEGMENTS);
  /** Where the search stands. */
  #segment: Int32Array;
  #number = 0;
  #at = 0;
  #hash = 0;
  #words = 0;

  /** @param size  how many ids there is room for without growth */
  constructor(size: number) {
    let slots = SLOTS_MIN;
    while (slots * SEGMENTS * 3 < size * 5) slots *= 2;
    for (let i = 0; i < SEGMENTS; i++) this.#segments.push(new Int32Array(slots * SLOT_WORDS));
    this.#words = SEGMENTS * slots * SLOT_WORDS;
    this.#segment = this.#segments[0]!;
  }

  /** Bytes that the table takes. */
  get bytes(): number {
    return this.#words * Int32Array.BYTES_PER_ELEMENT;
  }

  /** Begins a search. @returns the first id of the hash; 0: there is none */
  first(hash: number): TermId {
    const number = hash >>> SEGMENT_SHIFT;
    const segment = this.#segments[number]!;
    this.#number = number;
    this.#segment = segment;
    this.#hash = hash;
    return this.#from((hash << SLOT_BITS) & (segment.length - 1));
  }

  /** The next id of the hash; 0: none is left. */
  next(): TermId {
    return this.#from((this.#at + SLOT_WORDS) & (this.#segment.length - 1));
  }

  /** Enters an id where a search has just found nothing. */
  enter(id: TermId): void {
    const segment = this.#segment;
    segment[this.#at] = id;
    segment[this.#at + 1] = this.#hash;
    const number = this.#number;
    if (++this.#sizes[number]! * 3 * SLOT_WORDS > segment.length * 2) this.#grow(number);
  }

  remove(id: TermId, hash: number): void {
    for (let at = this.first(hash); at !== id; at = this.next()) {
      if (at === 0) throw new Error(`The id ${id} is not in the table`);
    }
    this.#sizes[this.#number]!--;
    this.#close(this.#at);
  }

  #from(start: number): TermId {
    const segment = this.#segment;
    const mask = segment.length - 1;
    const hash = this.#hash;
    let at = start;
    let id = segment[at]!;
    while (id !== 0 && segment[at + 1] !== hash) {
      at = (at + SLOT_WORDS) & mask;
      id = segment[at]!;
    }
    this.#at = at;
    return id;
  }

  /** Frees a slot: ids behind it move up, where a search from their own slot would otherwise end too early. */
  #close(freed: number): void {
    const segment = this.#segment;
    const mask = segment.length - 1;
    let hole = freed;
    for (let at = (hole + SLOT_WORDS) & mask; ; at = (at + SLOT_WORDS) & mask) {
      const id = segment[at]!;
      if (id === 0) break;
      const home = (segment[at + 1]! << SLOT_BITS) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      segment[hole] = id;
      segment[hole + 1] = segment[at + 1]!;
      hole = at;
    }
    segment[hole] = 0;
  }

  #grow(number: number): void {
    const old = this.#segments[number]!;
    const grown = new Int32Array(2 * old.length);
    const mask = grown.length - 1;
    for (let from = 0; from < old.length; from += SLOT_WORDS) {
      const id = old[from]!;
      if (id === 0) continue;
      const hash = old[from + 1]!;
      let at = (hash << SLOT_BITS) & mask;
      while (grown[at] !== 0) at = (at + SLOT_WORDS) & mask;
      grown[at] = id;
      grown[at + 1] = hash;
    }
    this.#segments[number] = grown;
    this.#words += old.length;
  }
}
