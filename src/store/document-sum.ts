/**
 * A checksum of a set of record documents that does not depend on order, over their text as it is stored: it
 * shows documents that were changed, lost or put back by anything but a checkpoint.
 */
import { crc32 } from 'node:zlib';

/** Sums stay whole numbers below this. */
const MODULUS = 2 ** 48;

export class DocumentSum {
  #count = 0;
  #sum = 0;

  add(key: string, text: string): void {
    this.#count++;
    this.#sum = (this.#sum + digestOf(key, text)) % MODULUS;
  }

  remove(key: string, text: string): void {
    this.#count--;
    this.#sum = (this.#sum + MODULUS - digestOf(key, text)) % MODULUS;
  }

  /** Number of documents and the sum in hexadecimal. */
  toString(): string {
    return `${this.#count}:${this.#sum.toString(16).padStart(12, '0')}`;
  }
}

/** The checksum of text and key, and above it sixteen bits of their length. */
function digestOf(key: string, text: string): number {
  return crc32(text, crc32(key)) + ((text.length + key.length) & 0xffff) * 2 ** 32;
}
