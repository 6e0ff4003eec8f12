/**
 * Term dictionary: terms to ids and back, counted, so that terms nobody uses any more make room.
 *
 * Ids are positive and reused after a term is gone; the image guarantees that no reader can still meet a
 * reused id. Equality is RDF term equality (`termKey`). Terms that come as bytes stay bytes until somebody asks
 * for them.
 */
import { FabricError } from '../../errors.ts';
import { termOfNTriples } from '../../rdf/n-triples-term.ts';
import { literal, type RDF, type Term, termKey, toNTriples } from '../../rdf/terms.ts';
import { type TermId, UNKNOWN } from '../graph-view.ts';
import { checkTerm, TERM_LENGTH_LIMIT } from '../storable.ts';
import { TermTexts } from './term-texts.ts';

/** Ids stay below 2^31, so that they fit a signed 32-bit column. */
const ID_MAX = 2 ** 31 - 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class TermDictionary {
  /** By key; terms that came as bytes stand here once they were found by key. */
  readonly #ids = new Map<string, TermId>();
  readonly #terms: (Term | undefined)[] = [undefined];
  readonly #keys: (string | undefined)[] = [undefined];
  readonly #counts: number[] = [0];
  readonly #free: TermId[] = [];
  /** Undefined as long as no term came as bytes. */
  #texts: TermTexts | undefined;
  #size = 0;

  /** Number of terms held. */
  get size(): number {
    return this.#size;
  }

  find(term: RDF.Term): TermId {
    const key = termKey(term);
    return this.#ids.get(key) ?? (this.#texts === undefined ? UNKNOWN : this.#findText(term, key));
  }

  term(id: TermId): Term {
    const term = this.#terms[id] ?? this.#read(id);
    if (!term) throw new Error(`No term has the id ${id}`);
    return term;
  }

  /** The id of `term`, which counts one use more. */
  acquire(term: RDF.Term): TermId {
    const id = this.#enterTerm(term);
    this.#counts[id]!++;
    return id;
  }

  /**
   * The id of a term in N-Triples; one that is new has no use yet, and is to be retained at once.
   *
   * @throws FabricError `not-supported` for a term too long to be stored
   */
  enter(bytes: Uint8Array, from: number, to: number): TermId {
    const texts = (this.#texts ??= new TermTexts());
    const text = texts.enter(bytes, from, to);
    const known = texts.idOf(text);
    if (known !== 0) return known;
    const isPlain = isCanonical(bytes, from, to);
    const mayBeTerm = this.#size - texts.size > 1; // beside the default graph
    if (!isPlain || mayBeTerm || to - from > TERM_LENGTH_LIMIT) {
      const term = termOfNTriples(decoder.decode(bytes.subarray(from, to)));
      checkTerm(term);
      const id = isPlain ? (this.#ids.get(termKey(term)) ?? UNKNOWN) : this.#enterTerm(term);
      if (isPlain && id !== UNKNOWN) texts.set(text, id);
      if (id !== UNKNOWN) return id;
    }
    const id = this.#newId();
    texts.set(text, id);
    return id;
  }

  /** One use more of a term that is held. */
  retain(id: TermId): void {
    this.#counts[id]!++;
  }

  /** One use less; a term without uses is gone. */
  release(id: TermId): void {
    if (--this.#counts[id]! > 0) return;
    const key = this.#keys[id];
    if (key !== undefined) this.#ids.delete(key);
    if (this.#texts?.has(id) === true) this.#texts.remove(id);
    this.#terms[id] = undefined;
    this.#keys[id] = undefined;
    this.#free.push(id);
    this.#size--;
  }

  #enterTerm(term: RDF.Term): TermId {
    const key = termKey(term);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const text = this.#texts === undefined ? UNKNOWN : this.#findText(term, key);
    if (text !== UNKNOWN) return text;
    const id = this.#newId();
    this.#ids.set(key, id);
    this.#terms[id] = term as Term;
    this.#keys[id] = key;
    return id;
  }

  #newId(): TermId {
    const id = this.#free.pop() ?? this.#terms.length;
    if (id > ID_MAX)
      throw new FabricError('storage-full', `The dictionary holds its limit of ${ID_MAX} terms`);
    this.#terms[id] = undefined;
    this.#keys[id] = undefined;
    this.#counts[id] = 0;
    this.#size++;
    return id;
  }

  /** Looks among the terms that came as bytes; the next time the key alone finds it. */
  #findText(term: RDF.Term, key: string): TermId {
    const bytes = encoder.encode(canonicalText(term));
    const id = this.#texts!.find(bytes, 0, bytes.length);
    if (id === 0) return UNKNOWN;
    this.#ids.set(key, id);
    this.#keys[id] = key;
    return id;
  }

  #read(id: TermId): Term | undefined {
    if (this.#texts?.has(id) !== true) return undefined;
    const term = termOfNTriples(this.#texts.text(id));
    this.#terms[id] = term;
    return term;
  }
}

/** The one text of equal terms: tags of languages are compared in lower case. */
function canonicalText(term: RDF.Term): string {
  const isTagged = term.termType === 'Literal' && term.language !== '';
  return toNTriples(isTagged ? literal(term.value, term.language.toLowerCase()) : term);
}

const [QUOTE, AT, BACKSLASH, LESS, GREATER] = [34, 64, 92, 60, 62];

/**
 * Whether no other text is that of an equal term. Others are literals with capitals in their tag, or with an
 * escape in their datatype.
 */
function isCanonical(bytes: Uint8Array, from: number, to: number): boolean {
  const last = bytes[to - 1]!;
  if (bytes[from] !== QUOTE || last === QUOTE) return true;
  for (let at = to - 1; at > from; at--) {
    const byte = bytes[at]!;
    if (byte === (last === GREATER ? LESS : AT)) return true;
    if (last === GREATER ? byte === BACKSLASH : byte >= 65 && byte <= 90) return false;
  }
  return false;
}
