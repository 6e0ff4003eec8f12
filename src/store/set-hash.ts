/**
 * A hash of a set of quads that does not depend on order: the sum, in four lanes of 32 bits, of a digest of
 * each quad. Adding and removing a quad undo one another, so it can be kept up change by change.
 */
import { hash } from 'node:crypto';
import { quadKey, type RDF } from '../rdf/terms.ts';

export class SetHash {
  readonly #lanes = new Uint32Array(4);
  #count = 0;

  /** @param text  what {@link toString} gave */
  static parse(text: string): SetHash {
    const parsed = new SetHash();
    const [count, lanes] = text.split(':');
    if (!/^\d+$/.test(count ?? '') || !/^[0-9a-f]{32}$/.test(lanes ?? '')) {
      throw new Error(`"${text}" is not a set hash`);
    }
    parsed.#count = Number(count);
    for (let i = 0; i < 4; i++) parsed.#lanes[i] = Number.parseInt(lanes!.slice(i * 8, i * 8 + 8), 16);
    return parsed;
  }

  /** Number of quads in the set. */
  get count(): number {
    return this.#count;
  }

  /** @param key  `quadKey` of the quad, where it is known */
  add(q: RDF.Quad, key = quadKey(q)): void {
    const digest = digestOf(key);
    for (let i = 0; i < 4; i++) this.#lanes[i]! += digest.readUInt32LE(i * 4);
    this.#count++;
  }

  /** @param key  `quadKey` of the quad, where it is known */
  remove(q: RDF.Quad, key = quadKey(q)): void {
    const digest = digestOf(key);
    for (let i = 0; i < 4; i++) this.#lanes[i]! -= digest.readUInt32LE(i * 4);
    this.#count--;
  }

  clone(): SetHash {
    return SetHash.parse(this.toString());
  }

  equals(other: SetHash): boolean {
    return this.toString() === other.toString();
  }

  /** Number of quads and lanes in hexadecimal. */
  toString(): string {
    return `${this.#count}:${Array.from(this.#lanes, (lane) => lane.toString(16).padStart(8, '0')).join('')}`;
  }
}

function digestOf(key: string): Buffer {
  return hash('sha1', key, 'buffer');
}
