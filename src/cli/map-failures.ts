/**
 * Records that failed: counted, shown up to a bound, and kept in a dead-letter file where one is named.
 *
 * The file holds a JSON object a line. Texts of records go there only when that was asked for: they may hold
 * what nobody should find in a log.
 */
import type { FabricError } from '../errors.ts';
import type { Diagnostic } from '../mapping/record.ts';
import type { ByteSink } from '../target/sink.ts';
import type { MapJob } from './map-job.ts';
import { recordJson } from './record-json.ts';
import type { Terminal } from './terminal.ts';

/** More would bury what else is said. */
const SHOWN_MAX = 20;

export class Failures {
  readonly #terminal: Terminal;
  readonly #records: boolean;
  readonly #letters: ByteSink | undefined;
  #lines = '';
  #shown = 0;
  #told = 0;
  #count = 0;
  #last = '';

  private constructor(terminal: Terminal, records: boolean, letters: ByteSink | undefined) {
    this.#terminal = terminal;
    this.#records = records;
    this.#letters = letters;
  }

  /** @throws FabricError `request-invalid` for a file that cannot be written */
  static async open(deadLetters: MapJob['deadLetters'], terminal: Terminal): Promise<Failures> {
    if (deadLetters === undefined) return new Failures(terminal, false, undefined);
    const { openFileSink } = await import('../target/file.ts');
    return new Failures(terminal, deadLetters.records, await openFileSink(deadLetters.path));
  }

  /** How many records failed; one with several problems counts once. */
  get count(): number {
    return this.#count;
  }

  /** Takes a problem of the data. */
  add(diagnostic: Diagnostic, record?: unknown): void {
    const { at } = diagnostic;
    const key = `${at?.source} ${at?.record ?? 'row'} ${at?.row}`;
    if (key !== this.#last) this.#count++;
    this.#last = key;
    this.#told++;
    if (this.#letters !== undefined) {
      this.#lines += `${JSON.stringify(this.#letter(diagnostic, record))}\n`;
      return;
    }
    if (this.#shown >= SHOWN_MAX) return;
    this.#shown++;
    this.#terminal.note(describe(diagnostic, this.#terminal.json));
  }

  /** Takes a source that could not be read to its end; the terminal has been told. */
  refuse({ type, message, location, extensions }: FabricError): void {
    this.#count++;
    const { source, line } = location ?? {};
    const code = typeof extensions['code'] === 'string' ? extensions['code'] : type;
    const at = { source, ...(line === undefined ? {} : { line }) };
    if (this.#letters !== undefined)
      this.#lines += `${JSON.stringify(this.#letter({ code, message, at }, undefined))}\n`;
  }

  /** Writes what is there so far. */
  async flush(): Promise<void> {
    if (this.#letters === undefined || this.#lines === '') return;
    const bytes = Buffer.from(this.#lines);
    this.#lines = '';
    await this.#letters.write(bytes);
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#letters?.close();
    const hidden = this.#told - this.#shown;
    if (this.#letters !== undefined || hidden === 0) return;
    const message = `${hidden} more problems are not shown; --dead-letters FILE keeps all`;
    this.#terminal.note(this.#terminal.json ? JSON.stringify({ code: 'not-shown', message }) : message);
  }

  async abort(): Promise<void> {
    await this.#letters?.abort();
  }

  #letter({ code, message, attribute, at, rule }: Diagnostic, record: unknown): object {
    return {
      source: at?.source,
      // Numbers from 1, as messages have them.
      record: at?.record === undefined ? undefined : at.record + 1,
      row: at?.row,
      line: at?.line,
      code,
      message,
      attribute,
      mapping:
        rule === undefined ? undefined : { document: rule.document, line: rule.line, column: rule.column },
      value: this.#records && record !== undefined ? recordJson(record) : undefined,
    };
  }
}

/** A diagnostic as a line for people, or for a script. */
export function describe({ code, message, attribute, term }: Diagnostic, json: boolean): string {
  const about = attribute ?? term;
  if (json) return JSON.stringify({ code, message, about });
  return `${code}: ${message}${about === undefined || message.includes(about) ? '' : ` (${about})`}`;
}
