/**
 * NDJSON from bytes: each line a record. A line that is no JSON is lost alone, with the problem that
 * `reference/ndjson.ts` tells.
 */
import { readJson } from '../reference/json-path.ts';
import { dropNulls, Fields, textOfBytes } from './fields.ts';
import { JsonProjection } from './json-projection.ts';
import { skipSpaceTo } from './json-scan.ts';
import { type ByteReader, MORE, PROBLEM, RECORD, type ReadProblem, type Step } from './reader.ts';
import { Window } from './window.ts';

const LF = 10;

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

  constructor(paths: readonly (readonly string[])[], nulls: readonly string[]) {
    this.fields = new Fields(paths.length);
    this.#projection = new JsonProjection(paths, this.fields);
    this.#nulls = nulls.map((text) => new TextEncoder().encode(text));
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
      if (window.takesDamage(end)) {
        const problem = {
          code: 'encoding-invalid',
          message: `Line ${this.#line} holds bytes that are no UTF-8`,
        };
        this.problem = { problem, row: this.#line, line: this.#line, fatal: false };
        return PROBLEM;
      }
      const start = skipSpaceTo(bytes, from, end);
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
    this.#wanted = 2 * held;
    return -1;
  }

  /** What is wrong with a line; a mark of byte order, or white space of other kinds, is not. */
  #isProblem(text: string): boolean {
    if (text.trim() === '') return false;
    const part = readJson(text, this.#line, false);
    if (!('problem' in part)) throw new Error(`Line ${this.#line} is JSON but was not read as such`);
    this.problem = { ...part, line: this.#line };
    return true;
  }
}
