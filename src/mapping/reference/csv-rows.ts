/**
 * Rows of a CSV text that comes in chunks (RFC 4180, CSVW dialects), with the line where each row starts.
 *
 * A quoted field may hold line ends and escaped quotes. A quote inside an unquoted field is an ordinary
 * character. Rows end at CRLF, LF or CR.
 */
import { type CsvSyntax, RFC_4180 } from './csv-syntax.ts';
import { TEXT_LIMITS } from './text.ts';
import { type DecodedChunk, marksIn } from './utf-8.ts';

export interface CsvRow {
  readonly cells: readonly string[];
  /** Line of the first character, from 1. */
  readonly line: number;
  /** Where in the source the row holds a byte that is no UTF-8. */
  readonly damagedAt?: number;
}

/** A row that breaks the syntax: its end, and the end of the text, cannot be told. */
export class CsvSyntaxError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/**
 * The rows of a text, those that a chunk completes together.
 *
 * @param rowCharactersMax  a row that spans chunks is scanned again with each of them
 * @throws CsvSyntaxError for text after a closing quote, for a quoted field that the text never closes, and for
 *   a row that is too long
 */
export async function* csvRows(
  chunks: AsyncIterable<string | DecodedChunk> | Iterable<string | DecodedChunk>,
  syntax: CsvSyntax = RFC_4180,
  rowCharactersMax: number = TEXT_LIMITS.rowCharactersMax,
): AsyncGenerator<readonly CsvRow[]> {
  const scanner = new RowScanner(syntax);
  for await (const chunk of chunks) {
    const { text, damaged } = typeof chunk === 'string' ? { text: chunk, damaged: [] } : chunk;
    yield scanner.scan(text, damaged, false);
    if (scanner.failure) throw scanner.failure;
    if (scanner.pendingCharacters > rowCharactersMax) {
      throw new CsvSyntaxError(`has more than ${rowCharactersMax} characters`, scanner.line);
    }
  }
  yield scanner.scan('', [], true);
  if (scanner.failure) throw scanner.failure;
}

/** The rows of a whole text. @throws CsvSyntaxError when those before the place at fault have been given */
export function* csvRowsOf(text: string, syntax: CsvSyntax = RFC_4180): Generator<readonly CsvRow[]> {
  const scanner = new RowScanner(syntax);
  yield scanner.scan(text, [], true);
  if (scanner.failure) throw scanner.failure;
}

interface ScannedRow {
  readonly cells: string[];
  readonly quoted: boolean;
  readonly next: number;
  readonly line: number;
}

const LF = 10;
const CR = 13;

class RowScanner {
  /** The line of the first character that is not used. */
  line = 1;
  /** Why nothing more can be read; the rows before were given. */
  failure: CsvSyntaxError | undefined;
  readonly #syntax: CsvSyntax;
  #rest = '';
  #first = true;
  #skip: number;
  #damaged: number[] = [];

  constructor(syntax: CsvSyntax) {
    this.#syntax = syntax;
    this.#skip = syntax.skipRows;
  }

  get pendingCharacters(): number {
    return this.#rest.length;
  }

  /** All rows that are complete with this text; with `end`, the last row needs no line end. */
  scan(chunk: string, damaged: readonly number[], end: boolean): readonly CsvRow[] {
    let text = this.#rest + chunk;
    if (this.#first && text.length > 0) {
      this.#first = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    if (damaged.length > 0) this.#damaged.push(...damaged);
    const rows: CsvRow[] = [];
    let used = 0;
    for (;;) {
      const comment = this.#syntax.commentPrefix === undefined ? used : this.#commentEnd(text, used, end);
      if (comment === undefined) break;
      const row = comment > used ? undefined : this.#rowOrFailure(text, used, end);
      if (comment === used && row === undefined) break;
      const next = row?.next ?? comment;
      const damagedAt = this.#damaged.length === 0 ? undefined : this.#damageIn(text.slice(used, next));
      if (this.#skip > 0) this.#skip--;
      else if (row !== undefined && !this.#isBlank(row)) {
        const { cells } = row;
        const { line } = this;
        rows.push(damagedAt === undefined ? { cells, line } : { cells, line, damagedAt });
      }
      used = next;
      this.line = row?.line ?? this.line + 1;
    }
    this.#rest = text.slice(used);
    return rows;
  }

  #rowOrFailure(text: string, start: number, end: boolean): ScannedRow | undefined {
    try {
      return this.#row(text, start, end);
    } catch (thrown) {
      if (!(thrown instanceof CsvSyntaxError)) throw thrown;
      this.failure = thrown;
      return undefined;
    }
  }

  #isBlank({ cells, quoted }: ScannedRow): boolean {
    return this.#syntax.skipBlankRows && cells.length === 1 && cells[0] === '' && !quoted;
  }

  /** The place of the first damaged byte of a row; those that it holds are counted off. */
  #damageIn(row: string): number | undefined {
    const count = marksIn(row);
    return count === 0 ? undefined : this.#damaged.splice(0, count)[0];
  }

  /** Where the comment that begins here ends; `from` when none does, undefined when the next chunk may tell. */
  #commentEnd(text: string, from: number, end: boolean): number | undefined {
    const { commentPrefix } = this.#syntax;
    if (commentPrefix === undefined) return from;
    if (!end && text.length - from < commentPrefix.length) return undefined;
    if (!text.startsWith(commentPrefix, from)) return from;
    let at = from;
    while (at < text.length && text.charCodeAt(at) !== LF && text.charCodeAt(at) !== CR) at++;
    if (at + 1 >= text.length && !end) return undefined;
    return Math.min(text.length, text.startsWith('\r\n', at) ? at + 2 : at + 1);
  }

  #row(text: string, start: number, end: boolean): ScannedRow | undefined {
    if (start >= text.length) return undefined;
    const { delimiter, quote, trimStart, trimEnd } = this.#syntax;
    const trims = trimStart || trimEnd;
    const cells: string[] = [];
    let { line } = this;
    let quoted = false;
    let at = start;
    for (;;) {
      if (trimStart) at = this.#skipSpace(text, at);
      if (text.charCodeAt(at) === quote) {
        const close = this.#closingQuote(text, at + 1, end);
        if (close === undefined) return undefined;
        if (close < 0) throw new CsvSyntaxError('has a quoted field that is not closed', this.line);
        const field = text.slice(at + 1, close);
        cells.push(this.#cell(this.#unescaped(field)));
        line += lineEnds(field);
        quoted = true;
        at = trimEnd ? this.#skipSpace(text, close + 1) : close + 1;
      } else {
        const from = at;
        for (; at < text.length; at++) {
          const code = text.charCodeAt(at);
          if (code === delimiter || code === LF || code === CR) break;
        }
        cells.push(trims ? this.#cell(text.slice(from, at)) : text.slice(from, at));
      }
      if (at >= text.length) return end ? { cells, quoted, next: at, line } : undefined;
      const code = text.charCodeAt(at++);
      if (code === delimiter) {
        if (at >= text.length && !end) return undefined;
        continue;
      }
      if (code === LF) return { cells, quoted, next: at, line: line + 1 };
      if (code !== CR) throw new CsvSyntaxError('has text after the quote that closes a field', line);
      if (at >= text.length && !end) return undefined; // a line feed may follow in the next chunk
      return { cells, quoted, next: text.charCodeAt(at) === LF ? at + 1 : at, line: line + 1 };
    }
  }

  #skipSpace(text: string, from: number): number {
    let at = from;
    for (let code = text.charCodeAt(at); code === 32 || code === 9; code = text.charCodeAt(++at)) {
      if (code === this.#syntax.delimiter) break;
    }
    return at;
  }

  #cell(text: string): string {
    const { trimStart, trimEnd } = this.#syntax;
    const started = trimStart ? text.trimStart() : text;
    return trimEnd ? started.trimEnd() : started;
  }

  #unescaped(field: string): string {
    const { quote, escape } = this.#syntax;
    const mark = String.fromCharCode(escape);
    if (!field.includes(mark)) return field;
    if (escape === quote) return field.replaceAll(mark + mark, mark);
    return field.replace(/\\([\s\S])/g, '$1');
  }

  /** Where the quoted field closes; undefined when the next chunk may tell, negative when nothing can. */
  #closingQuote(text: string, from: number, end: boolean): number | undefined {
    const { quote, escape } = this.#syntax;
    const mark = String.fromCharCode(quote);
    if (escape !== quote) {
      for (let at = from; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code === escape) at++;
        else if (code === quote) return at;
      }
      return end ? -1 : undefined;
    }
    for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + 2)) {
      if (at + 1 >= text.length) return end ? at : undefined;
      if (text.charCodeAt(at + 1) !== quote) return at;
    }
    return end ? -1 : undefined;
  }
}

function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
