/**
 * The quads that share a term in one position: adding and removing are O(1), order carries no meaning.
 */
import type { TermId } from '../graph-view.ts';
import { Int32Column } from './columns.ts';

const NOTHING: readonly number[] = [];

/** Postings of all terms in one position. Most terms stand alone: one slot needs no list. */
export class Postings {
  readonly #slots = new Map<TermId, number | number[]>();
  /** Where each slot stands in its list, for removal. */
  readonly #places = new Int32Column();

  /** The slots of the quads of a term, in no order. Good until the next change. */
  of(id: TermId): readonly number[] {
    const slots = this.#slots.get(id);
    if (slots === undefined) return NOTHING;
    return typeof slots === 'number' ? [slots] : slots;
  }

  count(id: TermId): number {
    const slots = this.#slots.get(id);
    if (slots === undefined) return 0;
    return typeof slots === 'number' ? 1 : slots.length;
  }

  add(id: TermId, slot: number): void {
    const slots = this.#slots.get(id);
    if (slots === undefined) {
      this.#slots.set(id, slot);
      return;
    }
    if (typeof slots === 'number') {
      this.#places.set(slots, 0);
      this.#places.set(slot, 1);
      this.#slots.set(id, [slots, slot]);
      return;
    }
    this.#places.set(slot, slots.length);
    slots.push(slot);
  }

  /** The last slot takes the place of the one removed. */
  remove(id: TermId, slot: number): void {
    const slots = this.#slots.get(id)!;
    if (typeof slots === 'number') {
      this.#slots.delete(id);
      return;
    }
    const at = this.#places.values[slot]!;
    const last = slots.pop()!;
    if (last !== slot) {
      slots[at] = last;
      this.#places.values[last] = at;
    }
    if (slots.length === 0) this.#slots.delete(id);
  }
}
