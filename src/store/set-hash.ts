/**
 * A hash of a set of quads that does not depend on order: the sum, in four lanes of 32 bits, of a digest of
 * each quad. Adding and removing a quad undo one another, so it can be kept up change by change.
 *
 * Version 2 digests quads by {@link QuadDigester}. Version 1, by SHA-1, is only there to verify what older
 * programs wrote; a text says which of them it is.
 */
import { hash } from 'node:crypto';
import { quadKey, type RDF } from '../rdf/terms.ts';
import { QuadDigester } from './quad-digest.ts';

export type SetHashVersion = 1 | 2;

const PREFIX_OF_VERSION_2 = 'm';

export class SetHash {
  readonly version: SetHashVersion;
  readonly #lanes = new Int32Array(4);
  readonly #digester = new QuadDigester();
  #count = 0;

  constructor(version: SetHashVersion = 2) {
    this.version = version;
  }

  /** By which digests `text`, which {@link toString} gave, was made. */
  static versionOf(text: string): SetHashVersion {
    return text.startsWith(PREFIX_OF_VERSION_2) ? 2 : 1;
  }

  /** @param text  what {@link toString} gave */
  static parse(text: string): SetHash {
    const parsed = new SetHash(SetHash.versionOf(text));
    const [count, lanes] = text.slice(parsed.version === 2 ? 1 : 0).split(':');
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

  add(q: RDF.Quad): void {
    this.addDigest(this.#digestOf(q));
  }

  remove(q: RDF.Quad): void {
    this.removeDigest(this.#digestOf(q));
  }

  /** Adds a quad by its digest, four words; only to a hash of version 2. */
  addDigest(digest: Int32Array): void {
    const lanes = this.#lanes;
    for (let i = 0; i < 4; i++) lanes[i] = (lanes[i]! + digest[i]!) | 0;
    this.#count++;
  }

  /** Removes a quad by its digest. */
  removeDigest(digest: Int32Array): void {
    const lanes = this.#lanes;
    for (let i = 0; i < 4; i++) lanes[i] = (lanes[i]! - digest[i]!) | 0;
    this.#count--;
  }

  clone(): SetHash {
    return SetHash.parse(this.toString());
  }

  equals(other: SetHash): boolean {
    return this.toString() === other.toString();
  }

  /** The version, the number of quads, and the lanes in hexadecimal. */
  toString(): string {
    const lanes = Array.from(this.#lanes, (lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
    return `${this.version === 2 ? PREFIX_OF_VERSION_2 : ''}${this.#count}:${lanes}`;
  }

  #digestOf(q: RDF.Quad): Int32Array {
    if (this.version === 1) return wordsOf(hash('sha1', quadKey(q), 'buffer'));
    this.#digester.digest(q);
    return this.#digester.lanes;
  }
}

function wordsOf(digest: Buffer): Int32Array {
  return Int32Array.from([0, 4, 8, 12], (offset) => digest.readInt32LE(offset));
}
