/**
 * One row of a CSV after the other, as offsets of the fields that are wanted (RFC 4180).
 *
 * Rows end where `reference/csv-rows.ts` ends them. A quoted field is unescaped in place, once its row is
 * known to be whole.
 */
import type { CsvDialect } from '../normal-form.ts';
import { TEXT_LIMITS } from '../reference/text.ts';
import { equalMask, firstMarked, repeated } from './byte-words.ts';
import { Fields, STRING } from './fields.ts';
import { charactersIn } from './utf8.ts';
import type { Window } from './window.ts';

const LF = 10;
const CR = 13;
/** A byte that no text has, for tables without quotes. */
const NO_BYTE = 256;
const LINE_FEEDS = repeated(LF);
const NO_SLOTS = new Int32Array(0);
const NO_FIELDS = new Fields(0);

/** A place from which nothing can be read on. */
export interface RowFault {
  /** Stands behind the number of the row. */
  readonly message: string;
  readonly line: number;
}

export class CsvRowScanner {
  /** Line where the row at hand starts, from 1. */
  rowLine = 1;
  fault: RowFault | undefined;
  /** A quote left open must not swallow a large file. */
  rowCharactersMax: number = TEXT_LIMITS.rowCharactersMax;
  readonly #window: Window;
  readonly #delimiter: number;
  readonly #quote: number;
  /** The highest byte that may end a field. */
  readonly #high: number;
  readonly #quotes: number;
  #line = 1;
  /** Bytes of the source that were there when the last line feed was looked for, and where that line ends. */
  #seen = -1;
  #wholeLines = 0;
  /** In the quoted field that was read last. */
  #lineEnds = 0;
  /** Slots of the row at hand that hold doubled quotes, each with the place of the first. */
  readonly #doubled: number[] = [];
  /** How many numbers of them count: setting the length of an array costs more than a row. */
  #doubledCount = 0;

  constructor(window: Window, dialect: CsvDialect | undefined) {
    const quote = dialect?.quoteChar;
    this.#window = window;
    this.#delimiter = (dialect?.delimiter ?? ',').charCodeAt(0);
    this.#quote = quote === null ? NO_BYTE : (quote ?? '"').charCodeAt(0);
    this.#high = Math.max(this.#delimiter, CR);
    this.#quotes = repeated(this.#quote);
  }

  /**
   * Offsets of the next row that is not blank.
   *
   * @param slots  the slot of each column; negative for those that nobody wants
   * @returns the number of its fields; negative when the window does not hold all of it, or at a fault
   */
  scan(slots: Int32Array, fields: Fields): number {
    for (;;) {
      const limit = this.#limit();
      if (limit <= this.#window.at) return this.#cut();
      let width = this.#row(slots, fields, limit);
      // A quoted field goes on behind the last line feed, in a row that may end with a carriage return.
      if (width < 0 && limit > this.#window.at && limit < this.#window.end && this.fault === undefined)
        width = this.#row(slots, fields, this.#window.end);
      if (width === 0) continue;
      if (this.#doubledCount > 0 && width > 0) this.#undouble(fields);
      return width;
    }
  }

  /** The number of fields of the next row that is not blank, which stays unread; negative as with `scan`. */
  peek(): number {
    const window = this.#window;
    const { at } = window;
    const line = this.#line;
    const width = this.scan(NO_SLOTS, NO_FIELDS);
    if (width < 0) return width;
    window.at = at;
    this.#line = line;
    return width;
  }

  /**
   * Up to where rows are looked for: behind the last line feed while more is to come. The start of a row at the
   * end of the window is left alone, as every attempt on it would be in vain, and would make the engine throw away
   * the code for whole rows.
   */
  #limit(): number {
    const { at, end, ended, offset, bytes } = this.#window;
    if (ended) return end;
    if (this.#seen !== offset + end) {
      this.#seen = offset + end;
      this.#wholeLines = end === 0 ? offset : offset + bytes.lastIndexOf(LF, end - 1) + 1;
    }
    const limit = this.#wholeLines - offset;
    if (at < limit) return limit;
    return bytes.subarray(at, end).includes(CR) ? end : at;
  }

  /** @returns 0 for a blank row */
  #row(slots: Int32Array, { start, end: ends, kind }: Fields, limit: number): number {
    const window = this.#window;
    const { bytes } = window;
    const delimiter = this.#delimiter;
    const quote = this.#quote;
    const high = this.#high;
    let at = window.at;
    this.#doubledCount = 0;
    let lines = 0;
    let isBlank = true;
    for (let column = 0; ; column++) {
      const slot = column < slots.length ? slots[column]! : -1;
      let first = at;
      let last: number;
      if (bytes[at] === quote && at < limit) {
        first = at + 1;
        last = this.#closingQuote(first, limit, slot);
        if (last < 0) return this.#cut(first);
        lines += this.#lineEnds;
        at = last + 1;
        isBlank = false;
      } else {
        let byte = bytes[at]!;
        while (byte > high || (byte !== delimiter && byte !== LF && byte !== CR)) byte = bytes[++at]!;
        last = at < limit ? at : limit;
        if (first < last) isBlank = false;
      }
      if (slot >= 0) {
        start[slot] = first;
        ends[slot] = last;
        kind[slot] = STRING;
      }
      if (at >= limit) return window.ended ? this.#took(limit, lines, isBlank ? 0 : column + 1) : this.#cut();
      const byte = bytes[at++]!;
      if (byte === LF) return this.#took(at, lines + 1, isBlank ? 0 : column + 1);
      if (byte === delimiter) {
        if (at >= limit && !window.ended) return this.#cut();
        isBlank = false;
        continue;
      }
      if (byte !== CR) return this.#fail('has text after the quote that closes a field', this.#line + lines);
      if (at >= limit && !window.ended) return this.#cut();
      if (at < limit && bytes[at] === LF) at++;
      return this.#took(at, lines + 1, isBlank ? 0 : column + 1);
    }
  }

  /** Where a quoted field closes; negative when the window does not tell. */
  #closingQuote(from: number, limit: number, slot: number): number {
    const { bytes, view } = this.#window;
    const quote = this.#quote;
    const quotes = this.#quotes;
    this.#lineEnds = 0;
    let doubledAt = -1;
    let at = from;
    for (;;) {
      while (at < limit) {
        const word = view.getInt32(at, true);
        const mask = equalMask(word, quotes) | equalMask(word, LINE_FEEDS);
        if (mask === 0) {
          at += 4;
          continue;
        }
        at += firstMarked(mask);
        if (bytes[at] === quote) break;
        at++;
        this.#lineEnds++;
      }
      if (at >= limit) return -1;
      if (at + 1 >= limit) {
        if (!this.#window.ended) return -1;
        break;
      }
      if (bytes[at + 1] !== quote) break;
      if (doubledAt < 0) doubledAt = at;
      at += 2;
    }
    if (doubledAt >= 0 && slot >= 0) {
      this.#doubled[this.#doubledCount++] = slot;
      this.#doubled[this.#doubledCount++] = doubledAt;
    }
    return at;
  }

  #took(next: number, lines: number, width: number): number {
    this.#window.at = next;
    this.rowLine = this.#line;
    this.#line += lines;
    return width;
  }

  /** The window holds no more whole row. @param open  where the quoted field began that goes on at the end */
  #cut(open = -1): number {
    const { ended, end, at } = this.#window;
    if (open >= 0 && ended) return this.#fail('has a quoted field that is not closed', this.#line);
    const max = this.rowCharactersMax;
    if (end - at > max && charactersIn(this.#window.bytes, at, end) > max)
      return this.#fail(`has more than ${max} characters`, this.#line);
    return -1;
  }

  #fail(message: string, line: number): number {
    this.fault = { message, line };
    return -1;
  }

  #undouble({ end: ends }: Fields): void {
    const { bytes } = this.#window;
    const quote = this.#quote;
    for (let i = 0; i < this.#doubledCount; i += 2) {
      const slot = this.#doubled[i]!;
      const to = ends[slot]!;
      let out = this.#doubled[i + 1]!;
      for (let at = out; at < to; at++) {
        const byte = bytes[at]!;
        bytes[out++] = byte;
        if (byte === quote) at++;
      }
      ends[slot] = out;
    }
  }
}
