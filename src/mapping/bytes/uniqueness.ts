/**
 * Whether the subjects of a triples map are distinct: then no quad comes from two of its records.
 *
 * While they rise (by length, then by bytes) nothing is kept. When the order breaks they are kept as a set,
 * and when one comes twice whole lines have to be: both need what came before, which is read once more.
 */
import { ByteTable } from './byte-table.ts';

export type UniquenessLevel = 'ordered' | 'subjects' | 'lines';

export class Uniqueness {
  level: UniquenessLevel;
  /** Bytes that all subjects begin with, which need not be compared. */
  common = 0;
  readonly subjects = new ByteTable();
  #last = new Uint8Array(256);
  #length = -1;

  constructor(level: UniquenessLevel) {
    this.level = level;
  }

  /**
   * Takes the subject of the next record.
   *
   * @returns false when it is not provably new at this level; nothing is taken then
   */
  take(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.level === 'lines') return true;
    if (this.level === 'subjects') return this.subjects.add(bytes, from, to);
    const length = to - from;
    if (length < this.#length || (length === this.#length && !this.#rises(bytes, from, length))) return false;
    if (length > this.#last.length) this.#last = new Uint8Array(2 * length);
    const last = this.#last;
    for (let i = this.common; i < length; i++) last[i] = bytes[from + i]!;
    this.#length = length;
    return true;
  }

  #rises(bytes: Uint8Array, from: number, length: number): boolean {
    const last = this.#last;
    for (let i = this.common; i < length; i++) {
      const difference = bytes[from + i]! - last[i]!;
      if (difference !== 0) return difference > 0;
    }
    return false;
  }
}
