/**
 * A load of many quads into an image, as ids: what a mapping engine or a reader of large files writes to.
 *
 * Terms that were given an id are held as long as the load goes on, whether a quad uses them or not. Nothing is
 * seen by readers before `commit`; a load that ends without it leaves nothing behind.
 */

import type { QuadIdColumns, TermIds } from '../../rdf/term-ids.ts';
import type { RDF } from '../../rdf/terms.ts';
import type { TermId } from '../graph-view.ts';
import type { TermDictionary } from './dictionary.ts';

/** What a load does to its image. */
export interface LoadTarget {
  readonly dictionary: TermDictionary;
  readonly defaultGraph: TermId;
  /** Stages the quads that are not there. @returns how many they are */
  add(quads: QuadIdColumns): number;
  addTerms(quads: Iterable<RDF.Quad>): number;
  publish(): void;
  unstage(): void;
}

export class BulkLoad implements TermIds, Disposable {
  readonly defaultGraph: TermId;
  readonly #target: LoadTarget;
  /** By id: 1 where the load holds the term. */
  #isHeld = new Uint8Array(4096);
  #held: TermId[] = [];
  #isOpen = true;

  constructor(target: LoadTarget) {
    this.#target = target;
    this.defaultGraph = target.defaultGraph;
  }

  /** The id of a term in N-Triples; see {@link TermIds.intern}. */
  intern(bytes: Uint8Array, from: number, to: number): TermId {
    const id = this.#target.dictionary.enter(bytes, from, to);
    if (this.#isHeld[id] !== 1) this.#hold(id);
    return id;
  }

  /** Takes in quads of ids that this load gave out. @returns how many were not there */
  add(quads: QuadIdColumns): number {
    this.#check();
    return this.#target.add(quads);
  }

  /** Takes in quads of terms. @returns how many were not there @throws FabricError `not-supported` for what cannot be stored */
  addTerms(quads: Iterable<RDF.Quad>): number {
    this.#check();
    return this.#target.addTerms(quads);
  }

  /** Publishes what was taken in. */
  commit(): void {
    this.#check();
    this.#end();
    this.#target.publish();
  }

  /** Drops what was taken in; nothing happens after a commit. */
  abandon(): void {
    if (!this.#isOpen) return;
    this.#target.unstage();
    this.#end();
  }

  [Symbol.dispose](): void {
    this.abandon();
  }

  #hold(id: TermId): void {
    if (id >= this.#isHeld.length) {
      const grown = new Uint8Array(Math.max(2 * this.#isHeld.length, id + 1));
      grown.set(this.#isHeld);
      this.#isHeld = grown;
    }
    this.#isHeld[id] = 1;
    this.#held.push(id);
    this.#target.dictionary.retain(id);
  }

  #check(): void {
    if (!this.#isOpen) throw new Error('The load is over');
  }

  #end(): void {
    this.#isOpen = false;
    for (const id of this.#held) this.#target.dictionary.release(id);
    this.#held = [];
    this.#isHeld = new Uint8Array(0);
  }
}
