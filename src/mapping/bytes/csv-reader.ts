/**
 * CSV as records: the first row names the columns, the columns that are referenced become fields.
 *
 * Problems are those of `reference/csv.ts`, with the same codes, rows and lines.
 */
import type { CsvDialect } from '../normal-form.ts';
import type { TextLimits } from '../reference/formulation.ts';
import { CsvRowScanner } from './csv-row.ts';
import { ABSENT, dropNulls, Fields, fieldText } from './fields.ts';
import { type ByteReader, MORE, PROBLEM, RECORD, type ReadProblem, type Step } from './reader.ts';
import { Window } from './window.ts';

export class CsvReader implements ByteReader {
  readonly window = new Window();
  readonly fields: Fields;
  readonly unknown = new Set<number>();
  known: readonly string[] = [];
  problem: ReadProblem | undefined;
  readonly #columns: readonly string[];
  readonly #scanner: CsvRowScanner;
  /** Slot of each column; undefined before the header. */
  #slots: Int32Array | undefined;
  #row = 0;
  #isOver = false;

  readonly #nulls: readonly Uint8Array[];

  constructor(columns: readonly string[], dialect: CsvDialect | undefined, nulls: readonly string[]) {
    this.#columns = columns;
    this.#nulls = nulls.map((text) => new TextEncoder().encode(text));
    this.fields = new Fields(columns.length);
    this.#scanner = new CsvRowScanner(this.window, dialect);
  }

  next(): Step {
    if (this.#isOver) return MORE;
    if (this.#slots === undefined) {
      const step = this.#header();
      if (step !== RECORD) return step;
    }
    const { fields } = this;
    const slots = this.#slots!;
    const width = this.#scanner.scan(slots, fields);
    if (width < 0) return this.#scanner.fault === undefined ? MORE : this.#over();
    this.#row++;
    const damagedAt = this.window.takeDamage(this.window.at);
    if (damagedAt >= 0) return this.#lost('encoding-invalid', notUtf8(damagedAt));
    if (width === slots.length) {
      fields.over(this.window);
      if (this.#nulls.length > 0) dropNulls(fields, this.#nulls);
      return RECORD;
    }
    return this.#lost(
      'row-ragged',
      `has ${width} field${width === 1 ? '' : 's'}, the header ${slots.length}`,
    );
  }

  /** A row that is lost alone. */
  #lost(code: string, message: string): Step {
    const row = this.#row;
    const line = this.#scanner.rowLine;
    this.problem = { problem: { code, message: `Row ${row} ${message}` }, row, line, fatal: false };
    return PROBLEM;
  }

  set limits({ rowCharactersMax }: TextLimits) {
    this.#scanner.rowCharactersMax = rowCharactersMax;
  }

  get row(): number {
    return this.#row;
  }
  get line(): number {
    return this.#scanner.rowLine;
  }

  /** @returns `RECORD` when the header is read */
  #header(): Step {
    const { window } = this;
    if (window.offset === 0 && window.at === 0) {
      if (window.end < 3 && !window.ended) return MORE;
      const [a, b, c] = window.bytes;
      if (window.end >= 3 && a === 0xef && b === 0xbb && c === 0xbf) window.at = 3;
    }
    const names = this.#names();
    if (names === undefined) return this.#scanner.fault === undefined ? MORE : this.#over();
    const damagedAt = window.takeDamage(window.at);
    if (damagedAt >= 0) {
      this.#isOver = true;
      const problem = { code: 'encoding-invalid', message: `The header ${notUtf8(damagedAt)}` };
      this.problem = { problem, row: 0, line: this.#scanner.rowLine, fatal: true };
      return PROBLEM;
    }
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
      this.#isOver = true;
      const message = `The header names the column "${twice}" twice`;
      const line = this.#scanner.rowLine;
      this.problem = { problem: { code: 'csv-malformed', message }, row: 0, line, fatal: true };
      return PROBLEM;
    }
    this.known = names;
    this.#slots = Int32Array.from(names, (name) => this.#columns.indexOf(name));
    for (const [slot, column] of this.#columns.entries()) {
      if (names.includes(column)) continue;
      this.unknown.add(slot);
      this.fields.kind[slot] = ABSENT;
    }
    return RECORD;
  }

  /** The texts of the first row. Its width comes first: a row is read but once, as quotes are undone in place. */
  #names(): readonly string[] | undefined {
    const width = this.#scanner.peek();
    if (width < 0) return undefined;
    const cells = new Fields(width);
    const slots = Int32Array.from({ length: width }, (_, column) => column);
    this.#scanner.scan(slots, cells);
    cells.over(this.window);
    return Array.from(slots, (column) => fieldText(cells, column));
  }

  /** Nothing can be read on. */
  #over(): Step {
    this.#isOver = true;
    const { message, line } = this.#scanner.fault!;
    const row = this.#row + 1;
    const problem = { code: 'csv-malformed', message: `Row ${row} ${message}` };
    this.problem = { problem, row, line, fatal: true };
    return PROBLEM;
  }
}

const notUtf8 = (offset: number): string => `holds bytes that are no UTF-8 (at byte ${offset})`;
