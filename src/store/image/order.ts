/**
 * Stable sorting of many rows by integer keys, in small steps: so that a merge of millions of quads never stands in
 * front of other work for more than about a millisecond.
 *
 * Keys are never negative. Whoever has time takes all steps at once with {@link allSteps}.
 */

/** Rows that one step takes. */
export const STEP_ROWS = 16_384;

/** Work in steps; it is done when the generator is. */
export type Steps<T> = Generator<undefined, T>;

/** Takes all steps at once. */
export function allSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** Rows in the order in which they stand. */
export function* identity(length: number): Steps<Int32Array> {
  const order = new Int32Array(length);
  for (let start = 0; start < length; start += STEP_ROWS) {
    const end = Math.min(length, start + STEP_ROWS);
    for (let i = start; i < end; i++) order[i] = i;
    yield;
  }
  return order;
}

/** The largest of some keys that lie below `limit`; negative when there is none. */
export function* largest(keys: Int32Array, limit = Number.POSITIVE_INFINITY): Steps<number> {
  let max = -1;
  for (let start = 0; start < keys.length; start += STEP_ROWS) {
    const end = Math.min(keys.length, start + STEP_ROWS);
    for (let i = start; i < end; i++) if (keys[i]! > max && keys[i]! < limit) max = keys[i]!;
    yield;
  }
  return max;
}

/**
 * Rows by their keys; rows of the same key stay in the order given (least significant digit first).
 *
 * @param keys   by row
 * @param order  the rows as they stand; its array is used up
 * @returns the rows in their new order
 */
export function* sortedBy(keys: Int32Array, order: Int32Array): Steps<Int32Array> {
  const max = yield* largest(keys);
  let from = order;
  let to: Int32Array = new Int32Array(order.length);
  for (let shift = 0; shift < 31 && max >> shift > 0; shift += DIGIT_BITS) {
    const places = yield* countDigits(keys, shift);
    if (places === undefined) continue;
    for (let start = 0; start < from.length; start += STEP_ROWS) {
      const end = Math.min(from.length, start + STEP_ROWS);
      for (let i = start; i < end; i++) {
        const row = from[i]!;
        const digit = (keys[row]! >> shift) & (DIGITS - 1);
        to[places[digit]!++] = row;
      }
      yield;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Where the rows of each digit begin; undefined when all rows have the same. */
function* countDigits(keys: Int32Array, shift: number): Steps<Int32Array | undefined> {
  const counts = new Int32Array(DIGITS);
  for (let start = 0; start < keys.length; start += STEP_ROWS) {
    const end = Math.min(keys.length, start + STEP_ROWS);
    for (let i = start; i < end; i++) counts[(keys[i]! >> shift) & (DIGITS - 1)]!++;
    yield;
  }
  let place = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = counts[digit]!;
    if (count === keys.length) return undefined;
    counts[digit] = place;
    place += count;
  }
  return counts;
}
