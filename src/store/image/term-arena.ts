/**
 * The texts of terms as bytes, in blocks that threads can read without copying.
 *
 * A text has a place: the number of its block and the word in it where it begins. Whoever put it there knows its
 * length. Room of texts that are gone is garbage until their whole block is, which moving the others out of it
 * brings about; the number of a block that is empty is used again.
 */
import { FabricError } from '../../errors.ts';
import { sharedInt32 } from './shared.ts';

/** Words of a block; texts larger than a quarter have one of their own. */
const BLOCK_BITS = 18;
const BLOCK_WORDS = 2 ** BLOCK_BITS;
const LARGE_WORDS = BLOCK_WORDS / 4;
const WORD_MASK = BLOCK_WORDS - 1;
const BLOCKS_MAX = 2 ** (32 - BLOCK_BITS);
const WORD_BYTES = 4;

/** Where a text begins: 32 bits, of which the upper ones are the number of the block. */
export type Place = number;

interface Block {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** Words up to here were written. */
  filled: number;
  /** Words of texts that are not gone. */
  live: number;
  /** The texts in it are moved elsewhere. */
  isLeft: boolean;
}

export class TermArena {
  readonly #blocks: (Block | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  /** The block that texts are added to. */
  #open = -1;
  #words = 0;
  #filled = 0;
  #live = 0;

  /** Bytes that the blocks take. */
  get bytes(): number {
    return this.#words * WORD_BYTES;
  }

  /** Bytes of texts that are gone, in blocks where others are. */
  get garbageBytes(): number {
    return (this.#filled - this.#live) * WORD_BYTES;
  }

  /** What is written of each block; undefined: no block has the number. Good until the next change. */
  *filledBlocks(): Generator<Int32Array<SharedArrayBuffer> | undefined> {
    for (const block of this.#blocks) yield block?.words.subarray(0, block.filled);
  }

  /** The bytes of the block in which a place is. */
  bytesAt(place: Place): Uint8Array<SharedArrayBuffer> {
    return this.#blocks[place >>> BLOCK_BITS]!.bytes;
  }

  wordsAt(place: Place): Int32Array<SharedArrayBuffer> {
    return this.#blocks[place >>> BLOCK_BITS]!.words;
  }

  /** Adds the first `count` words. @throws FabricError `storage-full` when there is no number for a block left */
  put(words: Int32Array, from: number, count: number): Place {
    const number = this.#blockFor(count);
    const block = this.#blocks[number]!;
    const at = block.filled;
    const target = block.words;
    for (let i = 0; i < count; i++) target[at + i] = words[from + i]!;
    block.filled += count;
    block.live += count;
    this.#filled += count;
    this.#live += count;
    return (number << BLOCK_BITS) | at;
  }

  equals(place: Place, words: Int32Array, count: number): boolean {
    const own = this.#blocks[place >>> BLOCK_BITS]!.words;
    const at = place & WORD_MASK;
    for (let i = 0; i < count; i++) if (own[at + i] !== words[i]) return false;
    return true;
  }

  /** Gives up a text of `count` words. */
  remove(place: Place, count: number): void {
    const number = place >>> BLOCK_BITS;
    const block = this.#blocks[number]!;
    block.live -= count;
    this.#live -= count;
    if (block.live > 0) return;
    this.#filled -= block.filled;
    block.filled = 0;
    if (number === this.#open) return;
    this.#words -= block.words.length;
    this.#blocks[number] = undefined;
    this.#freeNumbers.push(number);
  }

  /** Chooses the blocks that are half garbage or more, if garbage is half of all. @returns whether there are any */
  beginLeaving(): boolean {
    if (this.#filled - this.#live < Math.max(this.#live, BLOCK_WORDS)) return false;
    for (const block of this.#blocks) if (block) block.isLeft = 2 * block.live <= block.filled;
    if (this.#blocks[this.#open]?.isLeft === true) this.#open = -1;
    return true;
  }

  isLeft(place: Place): boolean {
    return this.#blocks[place >>> BLOCK_BITS]!.isLeft;
  }

  /** Puts a text elsewhere. */
  move(place: Place, count: number): Place {
    const moved = this.put(this.wordsAt(place), place & WORD_MASK, count);
    this.remove(place, count);
    return moved;
  }

  /** Takes in a block with what is written in it; nothing of it lives until {@link restoreText} says so. */
  restoreBlock(filled: Int32Array | undefined): void {
    const number = this.#blocks.length;
    if (filled === undefined || filled.length === 0) {
      this.#blocks.push(undefined);
      this.#freeNumbers.push(number);
      return;
    }
    this.#fill(number, filled, filled.length);
  }

  /** Goes on with the smallest of the restored blocks: else each restart would leave one more behind. */
  reopen(): void {
    let smallest = LARGE_WORDS;
    for (const [number, block] of this.#blocks.entries()) {
      if (block === undefined || block.filled >= smallest) continue;
      smallest = block.filled;
      this.#open = number;
    }
    const open = this.#blocks[this.#open];
    if (open === undefined) return;
    this.#words -= open.filled;
    this.#filled -= open.filled;
    this.#fill(this.#open, open.words, BLOCK_WORDS);
  }

  /** Counts a text of a restored block. @returns false when no such text can be there */
  restoreText(place: Place, count: number): boolean {
    const block = this.#blocks[place >>> BLOCK_BITS];
    if (block === undefined || (place & WORD_MASK) + count > block.filled) return false;
    block.live += count;
    this.#live += count;
    return block.live <= block.filled;
  }

  #blockFor(count: number): number {
    if (count > LARGE_WORDS) return this.#newBlock(count);
    const open = this.#blocks[this.#open];
    if (open === undefined || open.filled + count > BLOCK_WORDS) this.#open = this.#newBlock(BLOCK_WORDS);
    return this.#open;
  }

  #newBlock(words: number): number {
    const number = this.#freeNumbers.pop() ?? this.#blocks.length;
    if (number >= BLOCKS_MAX) {
      throw new FabricError('storage-full', `The texts of terms take their limit of ${BLOCKS_MAX} blocks`);
    }
    this.#addBlock(number, words);
    return number;
  }

  #fill(number: number, filled: Int32Array, size: number): void {
    this.#addBlock(number, size);
    const block = this.#blocks[number]!;
    block.words.set(filled);
    block.filled = filled.length;
    this.#filled += filled.length;
  }

  #addBlock(number: number, size: number): void {
    const words = sharedInt32(size);
    const bytes = new Uint8Array(words.buffer);
    this.#blocks[number] = { words, bytes, filled: 0, live: 0, isLeft: false };
    this.#words += size;
  }
}

/** Words that a text of some bytes takes: the empty one has a place, too. */
export const wordsFor = (bytes: number): number => (bytes === 0 ? 1 : (bytes + WORD_BYTES - 1) >>> 2);

/** Where a place is in its block, in bytes. */
export const byteOf = (place: Place): number => (place & WORD_MASK) * WORD_BYTES;
