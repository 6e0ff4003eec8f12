/**
 * The entries of the dictionary with what finds them: texts in the arena, literals that are numbers, one hash table
 * over both.
 *
 * It knows words and texts, no terms in the way of RDF/JS: what is the one text of equal terms is for its user.
 */
import { literal, type Term } from '../../rdf/terms.ts';
import { type TermId, UNKNOWN } from '../graph-view.ts';
import { type DictionaryParts, partsOf, restoreParts } from './dictionary-parts.ts';
import { IdTable } from './id-table.ts';
import { emptyValue, type LiteralValue } from './literal-shape.ts';
import { datatypeOf, lexicalOf } from './literal-value.ts';
import { byteOf, TermArena, wordsFor } from './term-arena.ts';
import {
  COUNT,
  entryAt,
  FREE,
  HASH,
  HIGH,
  LOW,
  META,
  PAGE_ENTRIES,
  PLACE,
  TermEntries,
  VALUE_BIT,
} from './term-entries.ts';
import { hashOfValue, hashOfWords } from './term-hash.ts';
import { termOfText } from './term-text.ts';

export interface DictionaryStatistics {
  /** Terms held; those that are their own ids are not. */
  readonly terms: number;
  /** The most that were ever held at once. */
  readonly entries: number;
  readonly entryBytes: number;
  readonly tableBytes: number;
  readonly arenaBytes: number;
  /** What texts that are gone take of the arena. */
  readonly garbageBytes: number;
}

/** A text in words, filled up with zeros. */
export interface TextWords {
  readonly words: Int32Array;
  readonly textWords: number;
  /** In bytes. */
  readonly length: number;
}

export class TermIndex {
  readonly #seed: number;
  readonly #entries: TermEntries;
  readonly #arena = new TermArena();
  #table = new IdTable(0);
  readonly #value = emptyValue();
  /** Where {@link compact} goes on; 0: it has nothing to do. */
  #compacting: TermId = 0;

  constructor(idLimit: TermId, hashSeed: number) {
    this.#seed = hashSeed | 0;
    this.#entries = new TermEntries(idLimit);
  }

  /** How many terms are held. */
  get size(): number {
    return this.#entries.size;
  }

  statistics(): DictionaryStatistics {
    return {
      terms: this.#entries.size,
      entries: this.#entries.end - 1,
      entryBytes: this.#entries.pages.reduce((sum, page) => sum + page.byteLength, 0),
      tableBytes: this.#table.bytes,
      arenaBytes: this.#arena.bytes,
      garbageBytes: this.#arena.garbageBytes,
    };
  }

  /** The id of a text, which is entered when it is new and `isToEnter`; else {@link UNKNOWN}. */
  idOfText(text: TextWords, isToEnter: boolean): TermId {
    const { words, length, textWords } = text;
    const hash = hashOfWords(words, textWords, length, this.#seed);
    const table = this.#table;
    for (let id = table.first(hash); id !== 0; id = table.next()) {
      const page = this.#entries.page(id);
      const at = entryAt(id);
      if (page[at + META] === length && this.#arena.equals(page[at + PLACE]!, words, textWords)) return id;
    }
    if (!isToEnter) return UNKNOWN;
    const id = this.#addText(text, hash);
    table.enter(id);
    return id;
  }

  /** The id of a literal that is a number, which is entered when it is new and `isToEnter`; else {@link UNKNOWN}. */
  idOfValue({ shape, high, low }: LiteralValue, isToEnter: boolean): TermId {
    const meta = shape | VALUE_BIT;
    const table = this.#table;
    for (let id = table.first(hashOfValue(meta, high, low, this.#seed)); id !== 0; id = table.next()) {
      const page = this.#entries.page(id);
      const at = entryAt(id);
      if (page[at + META] === meta && page[at + HIGH] === high && page[at + LOW] === low) return id;
    }
    if (!isToEnter) return UNKNOWN;
    const id = this.#entries.add(meta, high, low);
    table.enter(id);
    return id;
  }

  /** The term of an id. @throws Error when none has it */
  read(id: TermId): Term {
    if (this.readValue(id, this.#value)) return literal(lexicalOf(this.#value), datatypeOf(this.#value));
    const page = this.#entries.page(id);
    const place = page[entryAt(id) + PLACE]!;
    return termOfText(this.#arena.bytesAt(place), byteOf(place), page[entryAt(id) + META]!);
  }

  /** Whether an id is that of a literal kept as a number, which then stands in `into`. @throws Error as {@link read} */
  readValue(id: TermId, into: LiteralValue): boolean {
    if (!this.#entries.has(id)) throw new Error(`No term has the id ${id}`);
    if (!this.#entries.isValue(id)) return false;
    this.#entries.readValue(id, into);
    return true;
  }

  /** One use more of an id that is held. */
  retain(id: TermId): void {
    this.#entries.page(id)[entryAt(id) + COUNT]!++;
  }

  /** One use less; an id without uses is free. @returns whether it is */
  release(id: TermId): boolean {
    const page = this.#entries.page(id);
    const at = entryAt(id);
    const meta = page[at + META]!;
    if (meta === FREE) throw new Error(`No term has the id ${id}`);
    if (--page[at + COUNT]! > 0) return false;
    this.#table.remove(id, this.#hashOf(id));
    if (meta >= 0) this.#arena.remove(page[at + PLACE]!, wordsFor(meta));
    this.#entries.free(id);
    return true;
  }

  /** See `TermDictionary.compact`. */
  compact(pages: number): boolean {
    if (this.#compacting === 0 && !this.#arena.beginLeaving()) return false;
    const { end } = this.#entries;
    const last = Math.min(end, this.#compacting + pages * PAGE_ENTRIES);
    for (let id = Math.max(1, this.#compacting); id < last; id++) this.#leave(id);
    this.#compacting = last === end ? 0 : last;
    return this.#compacting !== 0;
  }

  serialise(): DictionaryParts {
    return partsOf(this.#entries, this.#arena, this.#seed);
  }

  /** Fills an index that is empty. @throws RangeError for parts that do not fit each other */
  restore(parts: DictionaryParts): void {
    restoreParts(parts, this.#entries, this.#arena);
    this.#table = new IdTable(this.#entries.size);
    for (let id = 1; id < this.#entries.end; id++) if (this.#entries.has(id)) this.#restoreEntry(id);
  }

  #addText({ words, length, textWords }: TextWords, hash: number): TermId {
    const id = this.#entries.add(FREE, 0, hash);
    try {
      const place = this.#arena.put(words, 0, textWords);
      const page = this.#entries.page(id);
      page[entryAt(id) + META] = length;
      page[entryAt(id) + PLACE] = place;
    } catch (thrown) {
      this.#entries.free(id);
      throw thrown;
    }
    return id;
  }

  #hashOf(id: TermId): number {
    const page = this.#entries.page(id);
    const at = entryAt(id);
    const meta = page[at + META]!;
    return meta >= 0 ? page[at + HASH]! : hashOfValue(meta, page[at + HIGH]!, page[at + LOW]!, this.#seed);
  }

  /** Moves the text of an entry out of a block that is left. */
  #leave(id: TermId): void {
    const page = this.#entries.page(id);
    const at = entryAt(id);
    const meta = page[at + META]!;
    if (meta < 0) return;
    const place = page[at + PLACE]!;
    if (this.#arena.isLeft(place)) page[at + PLACE] = this.#arena.move(place, wordsFor(meta));
  }

  #restoreEntry(id: TermId): void {
    const page = this.#entries.page(id);
    const at = entryAt(id);
    const meta = page[at + META]!;
    if (meta >= 0 && !this.#arena.restoreText(page[at + PLACE]!, wordsFor(meta)))
      throw new RangeError(`The text of the id ${id} lies outside of the blocks`);
    let other = this.#table.first(this.#hashOf(id));
    while (other !== 0) other = this.#table.next();
    this.#table.enter(id);
  }
}
