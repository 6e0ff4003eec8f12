/**
 * A dictionary as a file holds it: a small header and arrays of 32-bit words, given out without a copy.
 *
 * The hash table is not among them: building it again costs less than checking it. Sizes are checked here; whether the
 * bytes are those that were written is for the checksum of whoever keeps them.
 */

import { sharedInt32 } from './shared.ts';
import type { TermArena } from './term-arena.ts';
import { ENTRY_WORDS, type EntryPage, PAGE_ENTRIES, type TermEntries } from './term-entries.ts';

/** Changes with the meaning of ids, entries and texts. */
const VERSION = 1;

/** JSON. */
export interface DictionaryHeader {
  readonly version: number;
  /** Whether words have their lowest byte first. */
  readonly isLittleEndian: boolean;
  readonly hashSeed: number;
  /** Words of each page of entries. */
  readonly pages: readonly number[];
  /** Words of each block of texts; null: no block has the number. */
  readonly blocks: readonly (number | null)[];
}

export interface DictionaryParts {
  readonly header: DictionaryHeader;
  /** Arrays of the pages, then of the blocks that there are, as long as the header says. */
  readonly words: readonly Int32Array[];
}

export function partsOf(entries: TermEntries, arena: TermArena, hashSeed: number): DictionaryParts {
  const { end } = entries;
  const pages = entries.pages.map((page, number) =>
    page.subarray(0, ENTRY_WORDS * Math.min(PAGE_ENTRIES, end - number * PAGE_ENTRIES)),
  );
  const blocks = [...arena.filledBlocks()];
  return {
    header: {
      version: VERSION,
      isLittleEndian: IS_LITTLE_ENDIAN,
      hashSeed,
      pages: pages.map(({ length }) => length),
      blocks: blocks.map((block) => block?.length ?? null),
    },
    words: [...pages, ...blocks.filter((block) => block !== undefined)],
  };
}

/**
 * Fills entries and arena that are empty. Whole pages in shared memory are taken over, all else is copied.
 *
 * @throws RangeError for parts that are not of this version or do not fit each other
 */
export function restoreParts(
  { header, words }: DictionaryParts,
  entries: TermEntries,
  arena: TermArena,
): void {
  const { pages, blocks } = header;
  const lengths = [...pages, ...blocks.filter((length) => length !== null)];
  if (header.version !== VERSION || header.isLittleEndian !== IS_LITTLE_ENDIAN)
    throw new RangeError('The dictionary was written by another version or machine');
  if (lengths.length !== words.length || lengths.some((length, i) => length !== words[i]!.length))
    throw new RangeError('The parts of the dictionary are not as long as its header says');
  const full = ENTRY_WORDS * PAGE_ENTRIES;
  if (
    pages.some(
      (length, i) => length > full || length % ENTRY_WORDS !== 0 || (length < full && i < pages.length - 1),
    )
  )
    throw new RangeError('A page of the dictionary has a length that none has');
  for (const page of words.slice(0, pages.length)) {
    entries.restorePage(pageOf(page), page.length / ENTRY_WORDS);
  }
  let next = pages.length;
  for (const length of blocks) arena.restoreBlock(length === null ? undefined : words[next++]!);
  arena.reopen();
}

function pageOf(words: Int32Array): EntryPage {
  if (isWholePage(words)) return words;
  const page = sharedInt32(ENTRY_WORDS * PAGE_ENTRIES);
  page.set(words);
  return page;
}

const isWholePage = (words: Int32Array): words is EntryPage =>
  words.buffer instanceof SharedArrayBuffer && words.length === ENTRY_WORDS * PAGE_ENTRIES;

const IS_LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;
