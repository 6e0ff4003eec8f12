/**
 * Ids of one change by term object: most quads of a change share their subject, predicate and graph with others, and
 * looking at an object costs less than looking for its text.
 *
 * What it knows is true as long as nothing that the change has found is let go: it is emptied at each change.
 */
import type { RDF } from '../../rdf/terms.ts';
import { type TermId, UNKNOWN } from '../graph-view.ts';
import type { TermDictionary } from './dictionary.ts';

export class KnownIds {
  readonly #dictionary: TermDictionary;
  readonly #ids = new Map<RDF.Term, TermId>();

  constructor(dictionary: TermDictionary) {
    this.#dictionary = dictionary;
  }

  clear(): void {
    this.#ids.clear();
  }

  /** The id of a term, which counts one use more. @throws FabricError as the dictionary does */
  acquire(term: RDF.Term): TermId {
    const known = this.#ids.get(term);
    if (known === undefined) {
      const id = this.#dictionary.acquire(term);
      this.#ids.set(term, id);
      return id;
    }
    this.#dictionary.retain(known);
    return known;
  }

  find(term: RDF.Term): TermId {
    const known = this.#ids.get(term);
    if (known !== undefined) return known;
    const id = this.#dictionary.find(term);
    if (id !== UNKNOWN) this.#ids.set(term, id);
    return id;
  }
}
