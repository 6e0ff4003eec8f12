/**
 * Hashes of terms. They only choose where to look: equality is told by the words themselves.
 *
 * The seed is secret where strangers choose the terms, who could otherwise have all of them in one place.
 */

/** The first multiplication of each word is by what the seed gives, so that differences cannot be foretold. */
export function hashOfWords(words: Int32Array, count: number, length: number, seed: number): number {
  const factor = seed | 1;
  let hash = seed ^ length;
  for (let i = 0; i < count; i++) {
    hash ^= words[i]!;
    hash = Math.imul(hash ^ (hash >>> 16), factor);
  }
  return finished(hash);
}

export function hashOfValue(shape: number, high: number, low: number, seed: number): number {
  const factor = seed | 1;
  let hash = seed ^ shape;
  hash = Math.imul(hash ^ (hash >>> 16), factor) ^ high;
  hash = Math.imul(hash ^ (hash >>> 16), factor) ^ low;
  return finished(Math.imul(hash ^ (hash >>> 16), factor));
}

/** Lets every bit count for every other. */
function finished(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
