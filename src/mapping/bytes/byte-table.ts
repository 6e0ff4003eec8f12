/**
 * A set of byte strings, numbered in the order in which they came: exact, compared byte by byte.
 *
 * Bytes are kept in blocks that are never copied; hashes only choose where to look.
 */

const BLOCK_BYTES = 1_048_576;
const SLOTS_MIN = 1024;

/** Four bytes at a time, multiplied and folded; any spread will do, as equality is told by the bytes. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = to - from;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

export class ByteTable {
  size = 0;
  readonly #blocks: Uint8Array[] = [];
  /** End of what the last block holds. */
  #filled = BLOCK_BYTES;
  #block = new Int32Array(SLOTS_MIN);
  #start = new Int32Array(SLOTS_MIN);
  #length = new Int32Array(SLOTS_MIN);
  #hash = new Int32Array(SLOTS_MIN);
  /** Number of a string plus one, by hash; zero: free. */
  #slots = new Int32Array(2 * SLOTS_MIN);

  /** The number of a string; negative when it is not in the table. */
  find(bytes: Uint8Array, from: number, to: number): number {
    return this.#slots[this.#slotOf(hashOf(bytes, from, to), bytes, from, to)]! - 1;
  }

  /** The number of a string, which is entered when it is new: `size` has grown then. */
  enter(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashOf(bytes, from, to);
    const slot = this.#slotOf(hash, bytes, from, to);
    const known = this.#slots[slot]!;
    if (known !== 0) return known - 1;
    if (this.size === this.#start.length) this.#growEntries();
    const id = this.size++;
    this.#hash[id] = hash;
    this.#keep(id, bytes, from, to);
    this.#slots[slot] = id + 1;
    if (4 * this.size > 3 * this.#slots.length) this.#growSlots();
    return id;
  }

  /** Whether a string is new; it is entered. */
  add(bytes: Uint8Array, from: number, to: number): boolean {
    const before = this.size;
    this.enter(bytes, from, to);
    return this.size > before;
  }

  block(id: number): Uint8Array {
    return this.#blocks[this.#block[id]!]!;
  }
  start(id: number): number {
    return this.#start[id]!;
  }
  end(id: number): number {
    return this.#start[id]! + this.#length[id]!;
  }

  #slotOf(hash: number, bytes: Uint8Array, from: number, to: number): number {
    const mask = this.#slots.length - 1;
    const slots = this.#slots;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]!;
      if (entry === 0) return slot;
      if (this.#hash[entry - 1] === hash && this.#is(entry - 1, bytes, from, to)) return slot;
    }
  }

  #is(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    if (this.#length[id] !== length) return false;
    const block = this.#blocks[this.#block[id]!]!;
    const start = this.#start[id]!;
    for (let i = 0; i < length; i++) if (block[start + i] !== bytes[from + i]) return false;
    return true;
  }

  #keep(id: number, bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    const last = this.#blocks.at(-1);
    if (last === undefined || this.#filled + length > last.length) {
      this.#blocks.push(new Uint8Array(Math.max(BLOCK_BYTES, length)));
      this.#filled = 0;
    }
    const block = this.#blocks.at(-1)!;
    this.#block[id] = this.#blocks.length - 1;
    this.#start[id] = this.#filled;
    this.#length[id] = length;
    for (let i = 0; i < length; i++) block[this.#filled + i] = bytes[from + i]!;
    this.#filled += length;
  }

  #growEntries(): void {
    const grown = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const array = new Int32Array(2 * old.length);
      array.set(old);
      return array;
    };
    this.#block = grown(this.#block);
    this.#start = grown(this.#start);
    this.#length = grown(this.#length);
    this.#hash = grown(this.#hash);
  }

  #growSlots(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      let slot = this.#hash[id]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}
