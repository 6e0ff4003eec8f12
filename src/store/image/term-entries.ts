/**
 * The entries of the dictionary: four words for each id, in pages that threads can read without copying.
 *
 * An entry is a text of the arena (length, place, hash), a literal that is a number (shape, high, low), or free. Ids
 * are dense and reused; pages are never moved.
 */
import { FabricError } from '../../errors.ts';
import type { TermId } from '../graph-view.ts';
import { INLINE_BASE } from './inline-terms.ts';
import type { LiteralValue } from './literal-shape.ts';
import { sharedInt32 } from './shared.ts';

/** Words of an entry, and where each stands in it. */
export const ENTRY_WORDS = 4;
/** The length of a text in bytes, or what a value is. */
export const META = 0;
export const [PLACE, HASH] = [1, 2] as const;
export const [HIGH, LOW] = [1, 2] as const;
/** The next free id, of an entry that is free. */
const NEXT = 1;
export const COUNT = 3;

/** In META of a value, beside its shape. */
export const VALUE_BIT = 1 << 31;
/** META of what is free; shapes have fewer bits. */
export const FREE = VALUE_BIT | (1 << 30);

const PAGE_BITS = 14;
export const PAGE_ENTRIES = 2 ** PAGE_BITS;
const PAGE_MASK = PAGE_ENTRIES - 1;

export type EntryPage = Int32Array<SharedArrayBuffer>;

/** Where the entry of an id begins in its page. */
export const entryAt = (id: TermId): number => (id & PAGE_MASK) * ENTRY_WORDS;

export class TermEntries {
  /** Ids up to here are in use, or were. */
  end: TermId = 1;
  /** How many entries are in use. */
  size = 0;
  readonly #idLimit: TermId;
  readonly #pages: EntryPage[] = [];
  #firstFree: TermId = 0;

  /** @param idLimit  the highest id; below {@link INLINE_BASE} */
  constructor(idLimit: TermId) {
    if (!(idLimit > 0 && idLimit < INLINE_BASE)) throw new RangeError(`${idLimit} is no limit of ids`);
    this.#idLimit = idLimit;
  }

  get pages(): readonly EntryPage[] {
    return this.#pages;
  }

  /** The page in which the entry of an id stands. */
  page(id: TermId): EntryPage {
    return this.#pages[id >>> PAGE_BITS]!;
  }

  /** Whether a term has the id. */
  has(id: TermId): boolean {
    return id > 0 && id < this.end && this.page(id)[entryAt(id) + META] !== FREE;
  }

  /**
   * A new entry, which nobody uses yet.
   *
   * @throws FabricError `storage-full` when there is no id left
   */
  add(meta: number, second: number, third: number): TermId {
    const id = this.#newId();
    const page = this.page(id);
    const at = entryAt(id);
    page[at + META] = meta;
    page[at + 1] = second;
    page[at + 2] = third;
    page[at + COUNT] = 0;
    this.size++;
    return id;
  }

  free(id: TermId): void {
    const page = this.page(id);
    const at = entryAt(id);
    page[at + META] = FREE;
    page[at + NEXT] = this.#firstFree;
    page[at + COUNT] = 0;
    this.#firstFree = id;
    this.size--;
  }

  isValue(id: TermId): boolean {
    return this.page(id)[entryAt(id)]! < 0;
  }

  /** The literal of an entry that is a value. */
  readValue(id: TermId, into: LiteralValue): void {
    const page = this.page(id);
    const at = entryAt(id);
    into.shape = page[at]! & ~VALUE_BIT;
    into.high = page[at + HIGH]!;
    into.low = page[at + LOW]!;
  }

  /** Takes in a page that was given out by another one, of ids that follow on those that are here. */
  restorePage(page: EntryPage, entries: number): void {
    const first = this.#pages.length * PAGE_ENTRIES;
    this.#pages.push(page);
    for (let id = first === 0 ? 1 : first; id < first + entries; id++) {
      if (page[entryAt(id) + META] === FREE) {
        page[entryAt(id) + NEXT] = this.#firstFree;
        this.#firstFree = id;
      } else this.size++;
    }
    this.end = Math.max(1, first + entries);
  }

  #newId(): TermId {
    const free = this.#firstFree;
    if (free !== 0) {
      this.#firstFree = this.page(free)[entryAt(free) + NEXT]!;
      return free;
    }
    if (this.end > this.#idLimit) {
      throw new FabricError('storage-full', `The dictionary holds its limit of ${this.#idLimit} terms`);
    }
    const id = this.end++;
    if (id >>> PAGE_BITS >= this.#pages.length) this.#pages.push(sharedInt32(PAGE_ENTRIES * ENTRY_WORDS));
    return id;
  }
}
