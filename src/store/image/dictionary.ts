/**
 * Term dictionary: terms to ids and back, counted, so that terms nobody uses any more make room.
 *
 * Small numbers, booleans and dates are their own ids; other literals that are numbers or times are three words; all
 * other terms are bytes. No string and no object is kept for a term. Ids below `INLINE_BASE` are dense and reused
 * after a term is gone; the image guarantees that no reader can still meet a reused id. Equality is RDF term equality.
 */
import { literal, type RDF, type Term, termKey } from '../../rdf/terms.ts';
import { xsd } from '../../rdf/vocab.ts';
import { type TermId, UNKNOWN } from '../graph-view.ts';
import { checkTerm, TERM_LENGTH_LIMIT } from '../storable.ts';
import type { DictionaryParts } from './dictionary-parts.ts';
import { INLINE_BASE, inlineIdOf, isInlineId, readInline } from './inline-terms.ts';
import { codeOfDatatype, codeOfSuffix, suffixLength } from './literal-datatypes.ts';
import { emptyValue } from './literal-shape.ts';
import { datatypeOf, lexicalOf, numberOfValue, readLexical, readLexicalText } from './literal-value.ts';
import { KeyCache, TermCache } from './term-cache.ts';
import { type DictionaryStatistics, TermIndex } from './term-index.ts';
import { TermScratch } from './term-scratch.ts';
import { isCanonical, termOfBytes } from './term-text.ts';

export interface DictionaryOptions {
  /** The highest id of an entry; absent: all ids below those that are values. */
  readonly idLimit?: TermId;
  /** 32 bits, secret where strangers choose the terms; absent: a constant. */
  readonly hashSeed?: number;
}

const HASH_SEED = 0x9e3779b1;
/** Longer keys are not cached: caches count entries, not bytes. */
const CACHED_LENGTH_MAX = 512;
const QUOTE = 34;
const XSD_STRING = xsd.string.value;

export class TermDictionary {
  readonly #index: TermIndex;
  readonly #scratch = new TermScratch();
  readonly #value = emptyValue();
  readonly #iris = new KeyCache();
  /** By lexical form. */
  readonly #strings = new KeyCache();
  /** By `termKey`. */
  readonly #others = new KeyCache();
  readonly #terms = new TermCache<Term>();
  readonly #inlineTerms = new TermCache<Term>();

  constructor({ idLimit = INLINE_BASE - 1, hashSeed = HASH_SEED }: DictionaryOptions = {}) {
    this.#index = new TermIndex(idLimit, hashSeed);
  }

  /**
   * A dictionary of what {@link serialise} gave out, with the same ids and counts.
   *
   * @throws RangeError for parts that do not fit each other
   */
  static restore(parts: DictionaryParts, options: Pick<DictionaryOptions, 'idLimit'> = {}): TermDictionary {
    const dictionary = new TermDictionary({ ...options, hashSeed: parts.header.hashSeed });
    dictionary.#index.restore(parts);
    return dictionary;
  }

  /** Number of terms held; those that are their own ids are not. */
  get size(): number {
    return this.#index.size;
  }

  statistics(): DictionaryStatistics {
    return this.#index.statistics();
  }

  /** The id of a term, or {@link UNKNOWN}; a term that is its own id is always known. */
  find(term: RDF.Term): TermId {
    return this.#lookUp(term, false);
  }

  /** The term of an id. @throws Error when none has it */
  term(id: TermId): Term {
    const cache = isInlineId(id) ? this.#inlineTerms : this.#terms;
    return cache.get(id) ?? this.#read(id, cache);
  }

  /**
   * The number that a literal is, as the nearest double; undefined for what is not one, and for numbers that are not
   * written plainly ("+1", "INF"): those are to be read from the term. It allocates nothing for numbers of up to 15
   * digits.
   *
   * @throws Error when no term has the id
   */
  numberOf(id: TermId): number | undefined {
    if (isInlineId(id)) readInline(id, this.#value);
    else if (!this.#index.readValue(id, this.#value)) return undefined;
    return numberOfValue(this.#value);
  }

  /**
   * The id of `term`, which counts one use more.
   *
   * @throws FabricError `not-supported` for a term that cannot be stored, `storage-full` when ids run out
   */
  acquire(term: RDF.Term): TermId {
    const id = this.#lookUp(term, true);
    this.retain(id);
    return id;
  }

  /**
   * The id of a term in N-Triples, as `toNTriples` writes it; one that is new has no use yet, and is to be retained at
   * once.
   *
   * @throws FabricError as {@link acquire}
   */
  enter(bytes: Uint8Array, from: number, to: number): TermId {
    if (bytes[from] === QUOTE && bytes[to - 1] !== QUOTE) {
      const type = codeOfSuffix(bytes, from, to);
      if (type >= 0) {
        const end = to - suffixLength(type);
        if (readLexical(bytes, from + 1, end, type, this.#value)) return this.#valueId(true);
      } else if (!isCanonical(bytes, from, to)) return this.#lookUp(termOfBytes(bytes, from, to), true);
    }
    if (to - from > TERM_LENGTH_LIMIT) checkTerm(termOfBytes(bytes, from, to));
    this.#scratch.writeBytes(bytes, from, to);
    return this.#index.idOfText(this.#scratch, true);
  }

  /** One use more of a term that is held. */
  retain(id: TermId): void {
    if (!isInlineId(id)) this.#index.retain(id);
  }

  /** One use less; a term without uses is gone. @returns whether it is */
  release(id: TermId): boolean {
    if (isInlineId(id) || !this.#index.release(id)) return false;
    this.#iris.drop(id);
    this.#strings.drop(id);
    this.#others.drop(id);
    this.#terms.drop(id);
    return true;
  }

  /**
   * Moves texts together when half of the arena is garbage, in steps.
   *
   * @param pages  how many pages of 16 384 entries are looked at; a page takes a millisecond or two
   * @returns whether there is more to do
   */
  compact(pages = 1): boolean {
    return this.#index.compact(pages);
  }

  /** What a file must hold: views, good until the next change; and a header that is JSON. */
  serialise(): DictionaryParts {
    return this.#index.serialise();
  }

  #lookUp(term: RDF.Term, isToEnter: boolean): TermId {
    if (term.termType === 'NamedNode') return this.#cached(term, term.value, this.#iris, isToEnter);
    if (term.termType === 'Literal' && term.language === '') {
      const datatype = term.datatype.value;
      if (datatype === XSD_STRING) return this.#cached(term, term.value, this.#strings, isToEnter);
      const type = codeOfDatatype(datatype);
      if (type !== undefined && readLexicalText(term.value, type, this.#value))
        return this.#valueId(isToEnter);
    }
    return this.#cached(term, termKey(term), this.#others, isToEnter);
  }

  #cached(term: RDF.Term, key: string, cache: KeyCache, isToEnter: boolean): TermId {
    return cache.get(key) ?? this.#lookUpText(term, key, cache, isToEnter);
  }

  #lookUpText(term: RDF.Term, key: string, cache: KeyCache, isToEnter: boolean): TermId {
    if (!this.#scratch.write(term)) {
      if (isToEnter) checkTerm(term);
      else if (!key.isWellFormed()) return UNKNOWN; // its bytes are those of another
    }
    const id = this.#index.idOfText(this.#scratch, isToEnter);
    if (id !== UNKNOWN && key.length <= CACHED_LENGTH_MAX) cache.set(key, id);
    return id;
  }

  /** The id of the literal that was read. */
  #valueId(isToEnter: boolean): TermId {
    const inline = inlineIdOf(this.#value);
    return inline >= 0 ? inline : this.#index.idOfValue(this.#value, isToEnter);
  }

  #read(id: TermId, cache: TermCache<Term>): Term {
    const term = isInlineId(id) ? this.#readInline(id) : this.#index.read(id);
    if (term.value.length <= CACHED_LENGTH_MAX) cache.set(id, term);
    return term;
  }

  #readInline(id: TermId): Term {
    readInline(id, this.#value);
    if (inlineIdOf(this.#value) !== id) throw new Error(`No term has the id ${id}`); // between the ranges
    return literal(lexicalOf(this.#value), datatypeOf(this.#value));
  }
}
