/**
 * How many bytes of log lie behind a change: kept as marks, one for some tens of kilobytes, so that asking
 * costs a search and remembering costs next to nothing.
 */
const STEP_BYTES = 64 * 1024;

export class ByteMarks {
  /** Changes, and the bytes of log up to the end of each, ascending. */
  #seqs: number[] = [0];
  #bytes: number[] = [0];
  #total = 0;
  #unmarked = 0;

  /** Takes note that the record of `seq`, the next, has so many bytes. */
  add(seq: number, bytes: number): void {
    this.#total += bytes;
    this.#unmarked += bytes;
    if (this.#unmarked < STEP_BYTES) return;
    this.#unmarked = 0;
    this.#seqs.push(seq);
    this.#bytes.push(this.#total);
  }

  /** Bytes of the changes after `seq`; too many by one step at most. */
  after(seq: number): number {
    let low = 0;
    let high = this.#seqs.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#seqs[middle]! <= seq) low = middle;
      else high = middle;
    }
    return this.#total - this.#bytes[low]!;
  }

  /** Forgets what is only needed to answer for changes before `seq`. */
  forget(seq: number): void {
    let count = 0;
    while (count + 1 < this.#seqs.length && this.#seqs[count + 1]! <= seq) count++;
    this.#seqs = this.#seqs.slice(count);
    this.#bytes = this.#bytes.slice(count);
  }
}
