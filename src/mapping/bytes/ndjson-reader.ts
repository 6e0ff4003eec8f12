/**
 * NDJSON from bytes: each line a record. A line that is no JSON is lost alone, with the problem that
 * `reference/ndjson.ts` tells.
 */
import type { TextLimits } from '../reference/formulation.ts';
import { readJsonLine } from '../reference/json-path.ts';
import { TEXT_LIMITS } from '../reference/text.ts';
import { dropNulls, Fields, textOfBytes } from './fields.ts';
import { JsonProjection } from './json-projection.ts';
import { skipSpaceTo } from './json-scan.ts';
import { type ByteReader, MORE, PROBLEM, RECORD, type ReadProblem, type Step } from './reader.ts';
import { charactersIn } from './utf8.ts';
import { Window } from './window.ts';

const LF = 10;

/** Whether a byte order mark stands at a place; the line feed behind the last byte is none. */
const isMark = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;

export class NdjsonReader implements ByteReader {
  readonly window = new Window();
  readonly fields: Fields;
  readonly unknown = new Set<number>();
  readonly known: readonly string[] = [];
  problem: ReadProblem | undefined;
  readonly #projection: JsonProjection;
  readonly #nulls: readonly Uint8Array[];
  #line = 0;
  /** Bytes that have to be there before a line is looked for again. */
  #wanted = 0;
  /** Whether the beginning of the line at work was too long to be held. */
  #isDropped = false;
  #max: number = TEXT_LIMITS.lineCharactersMax;

  constructor(paths: readonly (readonly string[])[], nulls: readonly string[]) {
    this.fields = new Fields(paths.length);
    this.#projection = new JsonProjection(paths, this.fields);
    this.#nulls = nulls.map((text) => new TextEncoder().encode(text));
  }

  set limits({ lineCharactersMax }: TextLimits) {
    this.#max = lineCharactersMax;
  }

  next(): Step {
    const { window, fields } = this;
    for (;;) {
      const from = window.at;
      const end = this.#lineEnd(from);
      if (end < 0) return MORE;
      this.#line++;
      window.at = Math.min(end + 1, window.end);
      const { bytes } = window;
      const damagedAt = window.takeDamage(end);
      if (this.#isDropped || (end - from > this.#max && charactersIn(bytes, from, end) > this.#max)) {
        this.#isDropped = false;
        return this.#lost('line-too-long', `A line has more than ${this.#max} characters`);
      }
      if (damagedAt >= 0)
        return this.#lost('encoding-invalid', `A line holds bytes that are no UTF-8 (at byte ${damagedAt})`);
      const start = skipSpaceTo(bytes, this.#behindMarks(from), end);
      if (start === end) continue;
      const next = this.#projection.read(window, start);
      if (next >= 0 && next <= end && skipSpaceTo(bytes, next, end) === end) {
        this.#projection.settle(window);
        if (this.#nulls.length > 0) dropNulls(fields, this.#nulls);
        return RECORD;
      }
      if (this.#isProblem(textOfBytes(bytes, from, end))) return PROBLEM;
    }
  }

  /** Behind the marks of byte order of a text and of the line that a producer began it with. */
  #behindMarks(from: number): number {
    const { window } = this;
    const isFirst = window.offset === 0 && from === 0;
    const at = isMark(window.bytes, from) ? from + 3 : from;
    return isFirst && isMark(window.bytes, at) ? at + 3 : at;
  }

  get row(): number {
    return this.#line;
  }
  get line(): number {
    return this.#line;
  }

  /** Where the line at `from` ends; negative when the window does not hold its end. */
  #lineEnd(from: number): number {
    const { window } = this;
    const held = window.end - from;
    if (held === 0 || (held < this.#wanted && !window.ended)) return -1;
    const found = window.bytes.indexOf(LF, from);
    if (found < window.end || window.ended) {
      this.#wanted = 0;
      return found;
    }
    this.#wait(held);
    return -1;
  }

  /** Says how much has to be there; drops what is there of a line that is too long. */
  #wait(held: number): void {
    const { window } = this;
    const max = this.#max;
    const characters =
      this.#isDropped || held <= max ? held : charactersIn(window.bytes, window.at, window.end);
    if (!this.#isDropped && characters <= max) {
      // Each try is twice as long as the one before, and none longer than allowed.
      this.#wanted = Math.min(2 * held, held + max + 1 - characters);
      return;
    }
    this.#isDropped = true;
    this.#wanted = 0;
    window.drop();
  }

  /** A line that is lost alone. */
  #lost(code: string, message: string): Step {
    this.problem = { problem: { code, message }, row: this.#line, line: this.#line, fatal: false };
    return PROBLEM;
  }

  /** What is wrong with a line; a mark of byte order, or white space of other kinds, is not. */
  #isProblem(text: string): boolean {
    if (text.trim() === '') return false;
    const part = readJsonLine(text, this.#line);
    if (!('problem' in part)) throw new Error(`Line ${this.#line} is JSON but was not read as such`);
    this.problem = part;
    return true;
  }
}
