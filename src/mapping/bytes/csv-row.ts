/**
 * One row of a CSV after the other, as offsets of the fields that are wanted (RFC 4180).
 *
 * Rows end where `reference/csv-rows.ts` ends them. A quoted field is unescaped in place, once its row is
 * known to be whole.
 */
import type { CsvDialect } from '../normal-form.ts';
import { belowMask, equalMask, firstMarked, repeated } from './byte-words.ts';
import { type Fields, STRING } from './fields.ts';
import type { Window } from './window.ts';

const LF = 10;
const CR = 13;
/** A quote left open must not swallow a large file. */
export const ROW_BYTES_MAX = 4_194_304;
/** A byte that no text has, for tables without quotes. */
const NO_BYTE = 256;
const LINE_FEEDS = repeated(LF);

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
  readonly #window: Window;
  readonly #delimiter: number;
  readonly #quote: number;
  /** Bytes that may end a field are below this one, repeated. */
  readonly #tooLow: number;
  readonly #quotes: number;
  #line = 1;
  /** In the quoted field that was read last. */
  #lineEnds = 0;
  /** Slots of the row at hand that hold doubled quotes. */
  readonly #doubled: number[] = [];

  constructor(window: Window, dialect: CsvDialect | undefined) {
    const quote = dialect?.quoteChar;
    this.#window = window;
    this.#delimiter = (dialect?.delimiter ?? ',').charCodeAt(0);
    this.#quote = quote === null ? NO_BYTE : (quote ?? '"').charCodeAt(0);
    this.#tooLow = repeated(Math.max(this.#delimiter, CR) + 1);
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
      const width = this.#row(slots, fields);
      if (width === 0) continue;
      if (this.#doubled.length > 0 && width > 0) this.#undouble(fields);
      return width;
    }
  }

  /** @returns 0 for a blank row */
  #row(slots: Int32Array, { start, end: ends, kind }: Fields): number {
    const window = this.#window;
    const { bytes, view } = window;
    const limit = window.end;
    const delimiter = this.#delimiter;
    const quote = this.#quote;
    const tooLow = this.#tooLow;
    let at = window.at;
    if (at >= limit) return this.#cut();
    this.#doubled.length = 0;
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
        for (;;) {
          let mask = belowMask(view.getInt32(at, true), tooLow);
          while (mask === 0) mask = belowMask(view.getInt32((at += 4), true), tooLow);
          at += firstMarked(mask);
          const byte = bytes[at]!;
          if (byte === delimiter || byte === LF || byte === CR) break;
          at++;
        }
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
    let isDoubled = false;
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
      isDoubled = true;
      at += 2;
    }
    if (isDoubled && slot >= 0) this.#doubled.push(slot);
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
    if (end - at > ROW_BYTES_MAX) return this.#fail(`has more than ${ROW_BYTES_MAX} characters`, this.#line);
    return -1;
  }

  #fail(message: string, line: number): number {
    this.fault = { message, line };
    return -1;
  }

  #undouble({ start, end: ends }: Fields): void {
    const { bytes } = this.#window;
    for (const slot of this.#doubled) {
      const to = ends[slot]!;
      let out = start[slot]!;
      for (let at = out; at < to; at++) {
        const byte = bytes[at]!;
        bytes[out++] = byte;
        if (byte === this.#quote) at++;
      }
      ends[slot] = out;
    }
  }
}
