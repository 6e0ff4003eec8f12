/**
 * A set of byte strings, numbered in the order in which they came: exact, compared byte by byte.
 *
 * Bytes are kept in blocks that are never copied; hashes only choose where to look.
 */

const BLOCK_BYTES = 1_048_576;
/** Few: most tables of most mappings stay empty. */
const SLOTS_MIN = 64;
/** Numbers of an entry, and where each stands in it. */
const ENTRY = 4;
const LENGTH = 1;
const BLOCK = 2;
const START = 3;

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
  /** Hash, length, block and start of each string: side by side, as they are looked at together. */
  #entries = new Int32Array(ENTRY * SLOTS_MIN);
  /** Number of a string plus one, by hash; zero: free. */
  #slots = new Int32Array(4 * SLOTS_MIN);

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
    if (ENTRY * this.size === this.#entries.length) this.#growEntries();
    const id = this.size++;
    this.#entries[ENTRY * id] = hash;
    this.#keep(id, bytes, from, to);
    this.#slots[slot] = id + 1;
    if (2 * this.size > this.#slots.length) this.#growSlots();
    return id;
  }

  /** Whether a string is new; it is entered. */
  add(bytes: Uint8Array, from: number, to: number): boolean {
    const before = this.size;
    this.enter(bytes, from, to);
    return this.size > before;
  }

  block(id: number): Uint8Array {
    return this.#blocks[this.#entries[ENTRY * id + BLOCK]!]!;
  }
  start(id: number): number {
    return this.#entries[ENTRY * id + START]!;
  }
  end(id: number): number {
    return this.#entries[ENTRY * id + START]! + this.#entries[ENTRY * id + LENGTH]!;
  }

  #slotOf(hash: number, bytes: Uint8Array, from: number, to: number): number {
    const mask = this.#slots.length - 1;
    const slots = this.#slots;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]!;
      if (entry === 0) return slot;
      if (this.#entries[ENTRY * (entry - 1)] === hash && this.#is(entry - 1, bytes, from, to)) return slot;
    }
  }

  #is(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    const entry = ENTRY * id;
    if (this.#entries[entry + LENGTH] !== length) return false;
    const block = this.#blocks[this.#entries[entry + BLOCK]!]!;
    const start = this.#entries[entry + START]!;
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
    const entry = ENTRY * id;
    this.#entries[entry + LENGTH] = length;
    this.#entries[entry + BLOCK] = this.#blocks.length - 1;
    this.#entries[entry + START] = this.#filled;
    for (let i = 0; i < length; i++) block[this.#filled + i] = bytes[from + i]!;
    this.#filled += length;
  }

  #growEntries(): void {
    const grown = new Int32Array(2 * this.#entries.length);
    grown.set(this.#entries);
    this.#entries = grown;
  }

  #growSlots(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      let slot = this.#entries[ENTRY * id]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}
