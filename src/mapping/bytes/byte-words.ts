/**
 * Four bytes looked at in one word: which of them is the first to be of a kind. A zero mask: none is.
 *
 * The lowest bit of a mask is exact; bits above it may be wrong, so only the first byte is ever told.
 */

const EACH_BYTE = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;

/** The word that holds a byte four times. */
export const repeated = (byte: number): number => Math.imul(byte, EACH_BYTE);

/** Marks bytes below `n`, given as `repeated(n)`; n is at most 128. */
export const belowMask = (word: number, n: number): number => (word - n) & ~word & HIGH_BITS;

/** Marks bytes that are those of `byte`, given as `repeated(byte)`. */
export function equalMask(word: number, byte: number): number {
  const difference = word ^ byte;
  return (difference - EACH_BYTE) & ~difference & HIGH_BITS;
}

/** Place of the first byte that a mask marks, from 0. */
export const firstMarked = (mask: number): number => (31 - Math.clz32(mask & -mask)) >> 3;
