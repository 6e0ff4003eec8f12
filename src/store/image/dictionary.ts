/**
 * Term dictionary: terms to ids and back, counted, so that terms nobody uses any more make room.
 *
 * Ids are positive and reused after a term is gone; the image guarantees that no reader can still meet a
 * reused id. Equality is RDF term equality (`termKey`).
 */
import { FabricError } from '../../errors.ts';
import { type RDF, type Term, termKey } from '../../rdf/terms.ts';
import { type TermId, UNKNOWN } from '../graph-view.ts';

/** Ids stay below 2^31, so that they fit a signed 32-bit column. */
const ID_MAX = 2 ** 31 - 1;

export class TermDictionary {
  readonly #ids = new Map<string, TermId>();
  readonly #terms: (Term | undefined)[] = [undefined];
  readonly #keys: (string | undefined)[] = [undefined];
  readonly #counts: number[] = [0];
  readonly #free: TermId[] = [];

  /** Number of terms held. */
  get size(): number {
    return this.#ids.size;
  }

  find(term: RDF.Term): TermId {
    return this.#ids.get(termKey(term)) ?? UNKNOWN;
  }

  term(id: TermId): Term {
    const term = this.#terms[id];
    if (!term) throw new Error(`No term has the id ${id}`);
    return term;
  }

  /** The id of `term`, which counts one use more. */
  acquire(term: RDF.Term): TermId {
    const key = termKey(term);
    const known = this.#ids.get(key);
    if (known !== undefined) {
      this.#counts[known]!++;
      return known;
    }
    const id = this.#free.pop() ?? this.#terms.length;
    if (id > ID_MAX)
      throw new FabricError('storage-full', `The dictionary holds its limit of ${ID_MAX} terms`);
    this.#ids.set(key, id);
    this.#terms[id] = term as Term;
    this.#keys[id] = key;
    this.#counts[id] = 1;
    return id;
  }

  /** One use more of a term that is held. */
  retain(id: TermId): void {
    this.#counts[id]!++;
  }

  /** One use less; a term without uses is gone. */
  release(id: TermId): void {
    if (--this.#counts[id]! > 0) return;
    this.#ids.delete(this.#keys[id]!);
    this.#terms[id] = undefined;
    this.#keys[id] = undefined;
    this.#free.push(id);
  }
}
