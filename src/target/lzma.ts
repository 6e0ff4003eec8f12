/**
 * LZMA, encoded: greedy matching by hash chains, a range coder with adaptive bits (as the LZMA specification of
 * Igor Pavlov describes the decoder, which is the standard here). For short pieces; it keeps no state.
 */

/** lc 3, lp 0, pb 0: (pb * 5 + lp) * 9 + lc. */
export const LZMA_PROPERTIES = 3;
const LC = 3;

const STATES = 12;
const LENGTH_MIN = 2;
const LENGTH_MAX = 273;
/** Shorter matches at any distance cost more than their literals. */
const MATCH_MIN = 4;
const CHAIN_MAX = 32;
const HASH_BITS = 14;

/** Where the probabilities of each kind of decision start. */
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES;
const IS_REP_G0 = IS_REP + STATES;
const IS_REP0_LONG = IS_REP_G0 + STATES;
const DISTANCE_SLOT = IS_REP0_LONG + STATES;
const DISTANCE_SPECIAL = DISTANCE_SLOT + 4 * 64;
const DISTANCE_ALIGN = DISTANCE_SPECIAL + 128;
const LENGTH = DISTANCE_ALIGN + 16;
/** choice, choice2, low (8), middle (8), high (256) */
const LENGTH_SIZE = 2 + 8 + 8 + 256;
const REP_LENGTH = LENGTH + LENGTH_SIZE;
const LITERAL = REP_LENGTH + LENGTH_SIZE;
const PROBABILITIES = LITERAL + (0x300 << LC);

/** The bytes of `content` as LZMA without header and without end marker. */
export function encodeLzma(content: Uint8Array): Uint8Array {
  const coder = new Coder(content);
  const finder = new MatchFinder(content);
  for (let at = 0; at < content.length; ) {
    const repeated = at === 0 ? 0 : commonLength(content, at - coder.distance, at);
    const { length, distance } = finder.find(at);
    if (repeated >= LENGTH_MIN && repeated + 1 >= length) {
      coder.repeat(repeated);
      finder.skip(at, repeated);
      at += repeated;
    } else if (length >= MATCH_MIN) {
      coder.match(length, distance);
      finder.skip(at, length);
      at += length;
    } else {
      coder.literal(at);
      finder.skip(at, 1);
      at += 1;
    }
  }
  return coder.end();
}

/** How many bytes at `from` and at `at` agree. */
function commonLength(content: Uint8Array, from: number, at: number): number {
  if (from < 0) return 0;
  const max = Math.min(LENGTH_MAX, content.length - at);
  let length = 0;
  while (length < max && content[from + length] === content[at + length]) length++;
  return length;
}

/** Earlier places with the same four bytes. */
class MatchFinder {
  readonly #content: Uint8Array;
  /** The last place of each hash, plus one. */
  readonly #heads = new Int32Array(1 << HASH_BITS);
  /** The place before with the same hash, plus one. */
  readonly #chain: Int32Array;

  constructor(content: Uint8Array) {
    this.#content = content;
    this.#chain = new Int32Array(content.length);
  }

  /** The longest match of a place that is not entered yet. */
  find(at: number): { readonly length: number; readonly distance: number } {
    let length = 0;
    let distance = 0;
    if (at + MATCH_MIN > this.#content.length) return { length, distance };
    let place = this.#heads[this.#hash(at)]! - 1;
    for (let tries = 0; place >= 0 && tries < CHAIN_MAX; tries++) {
      const found = commonLength(this.#content, place, at);
      if (found > length) {
        length = found;
        distance = at - place;
        if (length === LENGTH_MAX) break;
      }
      place = this.#chain[place]! - 1;
    }
    return { length, distance };
  }

  /** Enters places. */
  skip(from: number, count: number): void {
    const end = Math.min(from + count, this.#content.length - MATCH_MIN + 1);
    for (let at = from; at < end; at++) {
      const hash = this.#hash(at);
      this.#chain[at] = this.#heads[hash]!;
      this.#heads[hash] = at + 1;
    }
  }

  #hash(at: number): number {
    const c = this.#content;
    const word = c[at]! | (c[at + 1]! << 8) | (c[at + 2]! << 16) | (c[at + 3]! << 24);
    return Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
  }
}

/** The decisions of LZMA as bits of a range coder. */
class Coder {
  /** Of the last match; a match at it is cheap. */
  distance = 1;
  readonly #content: Uint8Array;
  readonly #probabilities = new Uint16Array(PROBABILITIES).fill(1024);
  readonly #range = new RangeEncoder();
  #state = 0;

  constructor(content: Uint8Array) {
    this.#content = content;
  }

  literal(at: number): void {
    const content = this.#content;
    this.#bit(IS_MATCH + this.#state, 0);
    const before = at === 0 ? 0 : content[at - 1]!;
    const base = LITERAL + 0x300 * (before >> (8 - LC));
    const byte = content[at]!;
    if (this.#state < 7) this.#tree(base, 8, byte);
    else this.#matchedLiteral(base, byte, content[at - this.distance]!);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  match(length: number, distance: number): void {
    this.#bit(IS_MATCH + this.#state, 1);
    this.#bit(IS_REP + this.#state, 0);
    this.#state = this.#state < 7 ? 7 : 10;
    this.#length(LENGTH, length);
    this.#distance(distance - 1, Math.min(length - LENGTH_MIN, 3));
    this.distance = distance;
  }

  /** A match at the distance of the last one. */
  repeat(length: number): void {
    this.#bit(IS_MATCH + this.#state, 1);
    this.#bit(IS_REP + this.#state, 1);
    this.#bit(IS_REP_G0 + this.#state, 0);
    this.#bit(IS_REP0_LONG + this.#state, 1);
    this.#state = this.#state < 7 ? 8 : 11;
    this.#length(REP_LENGTH, length);
  }

  end(): Uint8Array {
    return this.#range.end();
  }

  /** After a match the byte differs from the one that it would have gone on with: that is a context. */
  #matchedLiteral(base: number, byte: number, matched: number): void {
    let offset = 0x100;
    let symbol = 1;
    for (let i = 7; i >= 0; i--) {
      const matchBit = ((matched >> i) & 1) << 8;
      const bit = (byte >> i) & 1;
      this.#bit(base + offset + (matchBit & offset) + symbol, bit);
      symbol = (symbol << 1) | bit;
      offset &= bit === 1 ? matchBit : ~matchBit;
    }
  }

  #length(base: number, length: number): void {
    const value = length - LENGTH_MIN;
    if (value < 8) {
      this.#bit(base, 0);
      this.#tree(base + 2, 3, value);
    } else if (value < 16) {
      this.#bit(base, 1);
      this.#bit(base + 1, 0);
      this.#tree(base + 10, 3, value - 8);
    } else {
      this.#bit(base, 1);
      this.#bit(base + 1, 1);
      this.#tree(base + 18, 8, value - 16);
    }
  }

  #distance(value: number, lengthState: number): void {
    const bits = 32 - Math.clz32(value);
    const slot = bits <= 2 ? value : (bits - 1) * 2 + ((value >> (bits - 2)) & 1);
    this.#tree(DISTANCE_SLOT + lengthState * 64, 6, slot);
    if (slot < 4) return;
    const footerBits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << footerBits;
    const rest = value - base;
    if (slot < 14) {
      this.#reverseTree(DISTANCE_SPECIAL + base - slot, footerBits, rest);
    } else {
      this.#range.direct(rest >>> 4, footerBits - 4);
      this.#reverseTree(DISTANCE_ALIGN, 4, rest & 15);
    }
  }

  #tree(base: number, bits: number, value: number): void {
    let symbol = 1;
    for (let i = bits - 1; i >= 0; i--) {
      const bit = (value >> i) & 1;
      this.#bit(base + symbol, bit);
      symbol = (symbol << 1) | bit;
    }
  }

  #reverseTree(base: number, bits: number, value: number): void {
    let symbol = 1;
    for (let i = 0; i < bits; i++) {
      const bit = (value >> i) & 1;
      this.#bit(base + symbol, bit);
      symbol = (symbol << 1) | bit;
    }
  }

  #bit(at: number, bit: number): void {
    this.#probabilities[at] = this.#range.bit(this.#probabilities[at]!, bit);
  }
}

const TOP = 2 ** 24;

class RangeEncoder {
  #low = 0;
  #range = 0xffffffff;
  #cache = 0;
  #cacheSize = 1;
  #bytes = new Uint8Array(65_536);
  #length = 0;

  /** Encodes a bit of probability `p` (of 2048, for 0). @returns the probability afterwards */
  bit(p: number, bit: number): number {
    const bound = (this.#range >>> 11) * p;
    let after: number;
    if (bit === 0) {
      this.#range = bound;
      after = p + ((2048 - p) >> 5);
    } else {
      this.#low += bound;
      this.#range -= bound;
      after = p - (p >> 5);
    }
    if (this.#range < TOP) this.#shift();
    return after;
  }

  /** Bits that are as likely 0 as 1, the highest first. */
  direct(value: number, bits: number): void {
    for (let i = bits - 1; i >= 0; i--) {
      this.#range >>>= 1;
      if (((value >>> i) & 1) === 1) this.#low += this.#range;
      if (this.#range < TOP) this.#shift();
    }
  }

  end(): Uint8Array {
    for (let i = 0; i < 5; i++) this.#shiftLow();
    return this.#bytes.subarray(0, this.#length);
  }

  #shift(): void {
    this.#range = (this.#range << 8) >>> 0;
    this.#shiftLow();
  }

  /** Bytes are held back while a carry may still reach them. */
  #shiftLow(): void {
    if (this.#low < 0xff000000 || this.#low >= 2 ** 32) {
      const carry = this.#low >= 2 ** 32 ? 1 : 0;
      let byte = this.#cache;
      do {
        this.#put((byte + carry) & 0xff);
        byte = 0xff;
      } while (--this.#cacheSize > 0);
      this.#cache = (this.#low >>> 24) & 0xff;
    }
    this.#cacheSize++;
    this.#low = (this.#low % TOP) * 256;
  }

  #put(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const longer = new Uint8Array(2 * this.#length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes[this.#length++] = byte;
  }
}
