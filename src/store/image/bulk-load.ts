/**
 * A load of many quads into an image, as ids: what a mapping engine or a reader of large files writes to.
 *
 * Terms that were given an id are held as long as the load goes on, whether a quad uses them or not. Nothing is
 * seen by readers before `commit`; a load that ends without it leaves nothing behind.
 */

import type { QuadIdColumns, TermIds } from '../../rdf/term-ids.ts';
import type { RDF } from '../../rdf/terms.ts';
import type { TermId } from '../graph-view.ts';
import { checkStorable } from '../storable.ts';
import type { TermDictionary } from './dictionary.ts';
import { isInlineId } from './inline-terms.ts';
import type { QuadBuffer } from './load.ts';

/** What a load does to its image. */
export interface LoadTarget {
  readonly dictionary: TermDictionary;
  readonly defaultGraph: TermId;
  /** Takes the quads as they come. */
  readonly quads: QuadBuffer;
  /** Publishes them. @returns how many were not there */
  commit(): number;
  abandon(): void;
}

export class BulkLoad implements TermIds, Disposable {
  readonly defaultGraph: TermId;
  readonly #target: LoadTarget;
  /** Ids that are held, each as often as it was acquired. */
  #held: TermId[] = [];
  /** By id: 1 where the load holds the term. Ids that are values need not be held. */
  #isHeld = new Uint8Array(4096);
  #isOpen = true;

  constructor(target: LoadTarget) {
    this.#target = target;
    this.defaultGraph = target.defaultGraph;
  }

  /** The id of a term in N-Triples; see {@link TermIds.intern}. */
  intern(bytes: Uint8Array, from: number, to: number): TermId {
    const id = this.#target.dictionary.enter(bytes, from, to);
    this.#hold(id);
    return id;
  }

  /** Takes in quads of ids that this load gave out. */
  add(quads: QuadIdColumns): void {
    this.#check();
    this.#target.quads.addAll(quads);
  }

  /** Takes in quads of terms. @throws FabricError `not-supported` for what cannot be stored */
  addTerms(quads: Iterable<RDF.Quad>): void {
    this.#check();
    for (const q of quads) {
      checkStorable(q);
      const [s, p] = [this.#idOf(q.subject), this.#idOf(q.predicate)];
      this.#target.quads.add(s, p, this.#idOf(q.object), this.#idOf(q.graph));
    }
  }

  /** Publishes what was taken in. @returns how many quads were not there */
  commit(): number {
    this.#check();
    const added = this.#target.commit();
    this.#end();
    return added;
  }

  /** Drops what was taken in; nothing happens after a commit. */
  abandon(): void {
    if (!this.#isOpen) return;
    this.#target.abandon();
    this.#end();
  }

  [Symbol.dispose](): void {
    this.abandon();
  }

  #idOf(term: RDF.Term): TermId {
    const { dictionary } = this.#target;
    const id = dictionary.acquire(term);
    if (isInlineId(id)) return id;
    if (id < this.#isHeld.length && this.#isHeld[id] === 1) dictionary.release(id);
    else this.#noteHeld(id);
    return id;
  }

  #hold(id: TermId): void {
    if (isInlineId(id) || (id < this.#isHeld.length && this.#isHeld[id] === 1)) return;
    this.#target.dictionary.retain(id);
    this.#noteHeld(id);
  }

  #noteHeld(id: TermId): void {
    this.#held.push(id);
    if (id >= this.#isHeld.length) {
      const grown = new Uint8Array(Math.max(2 * this.#isHeld.length, id + 1));
      grown.set(this.#isHeld);
      this.#isHeld = grown;
    }
    this.#isHeld[id] = 1;
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
