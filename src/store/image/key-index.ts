/**
 * Where the rows of each key stand in an order of rows: by one look for small keys, by bisection for others.
 *
 * Ids of the dictionary are dense and small; ids that are values are large and need no table.
 */
import { largest, STEP_ROWS, type Steps } from './order.ts';
import { sharedInt32 } from './shared.ts';

export class KeyIndex {
  /** Rows in this order; undefined: as they stand. */
  readonly order: Int32Array | undefined;
  readonly keys: Int32Array;
  /** By key: where its rows begin; one more for the end of the last. */
  readonly starts: Int32Array;

  /** @param keys  by row, rising in `order` */
  constructor(keys: Int32Array, order: Int32Array | undefined, starts: Int32Array) {
    this.keys = keys;
    this.order = order;
    this.starts = starts;
  }

  /** Where the rows of a key begin. */
  from(key: number): number {
    return key < this.starts.length ? this.starts[key]! : this.#firstFrom(key);
  }

  /** Behind the last row of a key. */
  to(key: number): number {
    return this.from(key + 1);
  }

  /** The first place whose key is not below `key`, behind all keys of the table. */
  #firstFrom(key: number): number {
    const { keys, order, starts } = this;
    let low = starts.at(-1)!;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[order === undefined ? middle : order[middle]!]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Tables may be this many times longer than the rows they lead to. */
const SPARSE_MAX = 4;
const TABLE_MIN = 65_536;

/** @param keys  by row, rising in `order` */
export function* indexKeys(keys: Int32Array, order: Int32Array | undefined): Steps<KeyIndex> {
  const { length } = keys;
  const tableMax = Math.max(TABLE_MIN, SPARSE_MAX * length);
  const max = yield* largest(keys, tableMax);
  // starts[key] for all keys up to max + 1
  const starts = sharedInt32(max + 2);
  for (let start = 0; start < length; start += STEP_ROWS) {
    const end = Math.min(length, start + STEP_ROWS);
    for (let i = start; i < end; i++) {
      const key = keys[i]!;
      if (key <= max) starts[key + 1]!++;
    }
    yield;
  }
  for (let start = 1; start < starts.length; start += STEP_ROWS) {
    const end = Math.min(starts.length, start + STEP_ROWS);
    for (let key = start; key < end; key++) starts[key]! += starts[key - 1]!;
    yield;
  }
  return new KeyIndex(keys, order, starts);
}
