/**
 * The quads that share a term in one position: adding and removing are O(1), order carries no meaning.
 */
import type { TermId } from '../graph-view.ts';
import { Int32Column } from './columns.ts';

/** Where most terms stand alone, most postings hold one slot: they are made with room for no more. */
type Slots = number[];

/** Postings of all terms in one position. */
export class Postings {
  /** By id, without gaps: ids are dense, and looking up by index costs less than by key. */
  readonly #slots: (Slots | undefined)[] = [];
  /** Where each slot stands in its posting, for removal. */
  readonly #places = new Int32Column();

  /** The slots of the quads of a term, in no order; undefined: there are none. */
  of(id: TermId): readonly number[] | undefined {
    return this.#slots[id];
  }

  add(id: TermId, slot: number): void {
    const slots = this.#slots[id];
    if (slots !== undefined) {
      this.#places.set(slot, slots.length);
      slots.push(slot);
      return;
    }
    this.#places.set(slot, 0);
    while (this.#slots.length < id) this.#slots.push(undefined);
    this.#slots[id] = [slot];
  }

  /** The last slot takes the place of the one removed. */
  remove(id: TermId, slot: number): void {
    const slots = this.#slots[id]!;
    const at = this.#places.values[slot]!;
    const last = slots.pop()!;
    if (slots.length === 0) this.#slots[id] = undefined;
    if (last === slot) return;
    slots[at] = last;
    this.#places.values[last] = at;
  }
}
