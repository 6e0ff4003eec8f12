/**
 * The states that somebody reads: how many hold each, and which is the oldest.
 */

export class Readers {
  readonly #pins = new Map<number, number>();
  #size = 0;

  /** States that are held, counted by holder. */
  get size(): number {
    return this.#size;
  }

  pin(seq: number): void {
    this.#pins.set(seq, (this.#pins.get(seq) ?? 0) + 1);
    this.#size++;
  }

  unpin(seq: number): void {
    const count = this.#pins.get(seq)! - 1;
    if (count > 0) this.#pins.set(seq, count);
    else this.#pins.delete(seq);
    this.#size--;
  }

  /** The oldest state that is held, `published` at most. */
  oldest(published: number): number {
    let oldest = published;
    for (const seq of this.#pins.keys()) if (seq < oldest) oldest = seq;
    return oldest;
  }
}
