/**
 * The quads that share a term in one position: adding and removing are O(1), order carries no meaning.
 */
import type { Int32Column } from './columns.ts';

export class Posting {
  /** Slots of quads, in no order. */
  readonly slots: number[] = [];

  /** @param positions  where each slot stands in its posting, kept for removal */
  add(slot: number, positions: Int32Column): void {
    positions.set(slot, this.slots.length);
    this.slots.push(slot);
  }

  /** The last slot takes the place of the one removed. */
  remove(slot: number, positions: Int32Column): void {
    const at = positions.values[slot]!;
    const last = this.slots.pop()!;
    if (last === slot) return;
    this.slots[at] = last;
    positions.values[last] = at;
  }
}
