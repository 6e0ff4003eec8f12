/**
 * The canonical text of a term that was written otherwise, put together byte by byte: the same as `toNTriples` writes.
 */
import { BACKSLASH, CANONICAL_ESCAPES, PLAIN_IN_IRI } from './characters.ts';

/** By character: the letter of its escape, else 0. */
const LETTER_OF = new Uint8Array(128);
CANONICAL_ESCAPES.forEach((byte, letter) => {
  if (byte !== 0) LETTER_OF[byte] = letter;
});
const HEX = new TextEncoder().encode('0123456789ABCDEF');

export class TextBuffer {
  bytes = new Uint8Array(1024);
  length = 0;

  clear(): this {
    this.length = 0;
    return this;
  }

  push(byte: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = byte;
  }

  copy(bytes: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    this.bytes.set(bytes.subarray(from, to), this.length);
    this.length += to - from;
  }

  /** A character of an IRI: what no IRI has stays an escape. */
  pushInIri(point: number): void {
    if (point < 128 && PLAIN_IN_IRI[point] === 0) this.#pushEscaped(point);
    else this.#pushPoint(point);
  }

  pushInString(point: number): void {
    const letter = point < 128 ? LETTER_OF[point]! : 0;
    if (letter !== 0) {
      this.push(BACKSLASH);
      this.push(letter);
    } else if (point < 32 || point === 127) this.#pushEscaped(point);
    else this.#pushPoint(point);
  }

  #pushEscaped(point: number): void {
    for (const byte of [BACKSLASH, 0x75, 48, 48, HEX[point >> 4]!, HEX[point & 15]!]) this.push(byte);
  }

  #pushPoint(point: number): void {
    if (point < 0x80) this.push(point);
    else if (point < 0x800) {
      this.push(0xc0 | (point >> 6));
      this.push(0x80 | (point & 0x3f));
    } else {
      if (point < 0x10000) this.push(0xe0 | (point >> 12));
      else {
        this.push(0xf0 | (point >> 18));
        this.push(0x80 | ((point >> 12) & 0x3f));
      }
      this.push(0x80 | ((point >> 6) & 0x3f));
      this.push(0x80 | (point & 0x3f));
    }
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length + more));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
