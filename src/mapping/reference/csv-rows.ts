/**
 * Rows of a CSV text that comes in chunks (RFC 4180), with the line where each row starts.
 *
 * A quoted field may hold line ends and doubled quotes. A quote inside an unquoted field is an ordinary
 * character. Rows end at CRLF, LF or CR. Blank lines are no rows.
 */

export interface CsvRow {
  readonly cells: readonly string[];
  /** Line of the first character, from 1. */
  readonly line: number;
}

/** A row that breaks RFC 4180: its end, and the end of the text, cannot be told. */
export class CsvSyntaxError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** A row that spans chunks is scanned again with each of them: a quote left open must not swallow a large file. */
const ROW_CHARACTERS_MAX = 4_194_304;

const QUOTE = 34;
const COMMA = 44;
const LF = 10;
const CR = 13;

/** @throws CsvSyntaxError for text after a closing quote, and for a quoted field that the text never closes */
export async function* csvRows(
  chunks: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<readonly CsvRow[]> {
  let rest = '';
  let line = 1;
  let first = true;
  for await (const chunk of chunks) {
    let text = rest + chunk;
    if (first && text.length > 0) {
      first = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    const scan = scanRows(text, line, false);
    yield scan.rows;
    rest = text.slice(scan.used);
    if (rest.length > ROW_CHARACTERS_MAX) {
      throw new CsvSyntaxError(`has more than ${ROW_CHARACTERS_MAX} characters`, scan.line);
    }
    line = scan.line;
  }
  yield scanRows(rest, line, true).rows;
}

interface Scan {
  readonly rows: CsvRow[];
  /** Characters of complete rows. */
  readonly used: number;
  /** The line after them. */
  readonly line: number;
}

/** Reads all complete rows of `text`; with `end`, the last row needs no line end. */
function scanRows(text: string, startLine: number, end: boolean): Scan {
  const rows: CsvRow[] = [];
  let used = 0;
  let line = startLine;
  for (;;) {
    const row = scanRow(text, used, line, end);
    if (row === undefined) return { rows, used, line };
    if (row.cells.length > 1 || row.cells[0] !== '' || row.quoted) rows.push({ cells: row.cells, line });
    used = row.next;
    line = row.line;
  }
}

interface ScannedRow {
  readonly cells: string[];
  readonly quoted: boolean;
  readonly next: number;
  readonly line: number;
}

function scanRow(text: string, start: number, startLine: number, end: boolean): ScannedRow | undefined {
  if (start >= text.length) return undefined;
  const cells: string[] = [];
  let line = startLine;
  let quoted = false;
  let at = start;
  for (;;) {
    if (text.charCodeAt(at) === QUOTE) {
      const close = closingQuote(text, at + 1, end);
      if (close === undefined) return undefined;
      if (close < 0) throw new CsvSyntaxError('has a quoted field that is not closed', startLine);
      const field = text.slice(at + 1, close);
      cells.push(field.includes('"') ? field.replaceAll('""', '"') : field);
      line += lineEnds(field);
      quoted = true;
      at = close + 1;
    } else {
      const from = at;
      while (at < text.length && !endsField(text.charCodeAt(at))) at++;
      cells.push(text.slice(from, at));
    }
    if (at >= text.length) return end ? { cells, quoted, next: at, line } : undefined;
    const code = text.charCodeAt(at++);
    if (code === COMMA) {
      if (at >= text.length && !end) return undefined;
      continue;
    }
    if (code === LF) return { cells, quoted, next: at, line: line + 1 };
    if (code !== CR) throw new CsvSyntaxError('has text after the quote that closes a field', line);
    if (at >= text.length && !end) return undefined; // a line feed may follow in the next chunk
    return { cells, quoted, next: text.charCodeAt(at) === LF ? at + 1 : at, line: line + 1 };
  }
}

const endsField = (code: number): boolean => code === COMMA || code === LF || code === CR;

/** Where the quoted field closes; undefined when the next chunk may tell, negative when nothing can. */
function closingQuote(text: string, from: number, end: boolean): number | undefined {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (at + 1 >= text.length) return end ? at : undefined;
    if (text.charCodeAt(at + 1) !== QUOTE) return at;
  }
  return end ? -1 : undefined;
}

function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
