/**
 * CSV bodies as rows, streaming; a row that is not well-formed never takes its neighbours with it.
 *
 * `csv-parse` reads the fields. Where one row ends and the next begins is found here, because a quote that
 * is never closed would otherwise swallow the rest of the body.
 */
import { parse } from 'csv-parse/sync';
import { FabricError } from '../errors.ts';
import type { JsonObject } from '../mapping/record.ts';
import { type Line, placeOf } from './bytes.ts';

export type CsvRow =
  | { readonly ok: true; readonly value: JsonObject; readonly bytes: number }
  | { readonly ok: false; readonly problem: FabricError; readonly bytes: number };

/** One row as text: several physical lines where a quoted field holds line feeds. */
interface RowText {
  readonly text: string;
  readonly line: number;
  readonly offset: number;
  readonly bytes: number;
}

/** Rows that go to the parser at once. */
const BATCH = 256;

/**
 * Rows by the names in the header (RFC 4180), every value a string as it stands. Blank lines are passed over.
 * A header that names a column twice or not at all makes every row meaningless: it is the only reading then.
 */
export async function* csvRows(lines: AsyncIterable<Line>, bytesMax: number): AsyncGenerator<CsvRow> {
  let columns: readonly string[] | undefined;
  let batch: RowText[] = [];
  for await (const row of rowTexts(lines, bytesMax)) {
    if ('problem' in row) {
      if (columns === undefined) {
        yield row;
        return;
      }
      yield* parseBatch(batch, columns);
      batch = [];
      yield row;
    } else if (columns === undefined) {
      const header = readHeader(row);
      if (header instanceof FabricError) {
        yield { ok: false, problem: header, bytes: row.bytes };
        return;
      }
      columns = header;
    } else {
      batch.push(row);
      if (batch.length < BATCH) continue;
      yield* parseBatch(batch, columns);
      batch = [];
    }
  }
  if (columns !== undefined) yield* parseBatch(batch, columns);
}

type Unreadable = Extract<CsvRow, { ok: false }>;

/**
 * Puts physical lines together to rows; an opening quote that nothing closes costs its own line only.
 *
 * A line with an odd number of quotes closes what is open or breaks it, hence of the lines that wait none
 * opens a quote itself, and none is read more than twice.
 */
async function* rowTexts(lines: AsyncIterable<Line>, bytesMax: number): AsyncGenerator<RowText | Unreadable> {
  let open: Line[] = [];
  for await (const line of lines) {
    const state = line.text === undefined ? 'malformed' : endState(line.text, open.length > 0);
    const first = open[0] ?? line;
    const tooLong = line.offset + line.bytes - first.offset > bytesMax;
    if (state === 'open' && !tooLong) {
      open.push(line);
    } else if (state === 'closed' && !tooLong) {
      open.push(line);
      if (open.length > 1 || line.text!.trim() !== '') yield joined(open);
      open = [];
    } else {
      yield* giveUp(open);
      open = [];
      yield* alone(line);
    }
  }
  yield* giveUp(open);
}

/** The first of the lines that wait is no row; the others stand for themselves. */
function* giveUp(open: readonly Line[]): Generator<RowText | Unreadable> {
  const [first, ...others] = open;
  if (first === undefined) return;
  yield unreadable(first);
  for (const line of others) yield* alone(line);
}

/** A line without what was before it; one that would open a quote here is given up with it. */
function* alone(line: Line): Generator<RowText | Unreadable> {
  if (line.text === undefined || endState(line.text, false) !== 'closed') yield unreadable(line);
  else if (line.text.trim() !== '') yield joined([line]);
}

const unreadable = (line: Line): Unreadable => ({
  ok: false,
  problem: line.problem ?? malformed(line),
  bytes: line.bytes,
});

function joined(lines: readonly Line[]): RowText {
  const first = lines[0]!;
  const last = lines.at(-1)!;
  return {
    text: lines.length === 1 ? first.text! : lines.map((line) => line.text).join('\n'),
    line: first.line,
    offset: first.offset,
    bytes: last.offset + last.bytes - first.offset,
  };
}

/** Whether a row ends with this line, goes on in a quoted field, or has a quote where none may stand. */
function endState(text: string, quoted: boolean): 'closed' | 'open' | 'malformed' {
  if (!text.includes('"')) return quoted ? 'open' : 'closed';
  let at = 0;
  let inside = quoted;
  for (;;) {
    if (!inside && text[at] === '"') {
      inside = true;
      at++;
    }
    if (inside) {
      const quote = closingQuote(text, at);
      if (quote === -1) return 'open';
      at = quote + 1;
      if (at < text.length && text[at] !== ',') return 'malformed';
      inside = false;
    } else {
      const comma = text.indexOf(',', at);
      const end = comma === -1 ? text.length : comma;
      if (text.slice(at, end).includes('"')) return 'malformed';
      at = end;
    }
    if (at >= text.length) return 'closed';
    at++;
  }
}

/** The next quote that is not one of a pair; -1 when there is none. */
function closingQuote(text: string, from: number): number {
  let quote = text.indexOf('"', from);
  while (quote !== -1 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2);
  return quote;
}

function malformed(line: Line): FabricError {
  return new FabricError(
    'syntax-error',
    `CSV row at line ${line.line} has a quote that is not closed or misplaced`,
    {
      location: { ...placeOf(line), column: (line.text ?? '').indexOf('"') + 1 },
    },
  );
}

function readHeader(row: RowText): readonly string[] | FabricError {
  const columns = fieldsOf([row])[0]!.map((name) => name.trim());
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  const fault =
    twice === undefined
      ? columns.includes('')
        ? 'has a column without a name'
        : undefined
      : `names column "${twice}" twice`;
  return fault === undefined
    ? columns
    : new FabricError('syntax-error', `CSV header at line ${row.line} ${fault}`, { location: placeOf(row) });
}

function* parseBatch(rows: readonly RowText[], columns: readonly string[]): Generator<CsvRow> {
  if (rows.length === 0) return;
  const fields = fieldsOf(rows);
  for (const [index, row] of rows.entries()) yield rowOf(fields[index]!, columns, row);
}

function rowOf(fields: readonly string[], columns: readonly string[], row: RowText): CsvRow {
  if (fields.length !== columns.length) {
    const problem = new FabricError(
      'record-invalid',
      `CSV row at line ${row.line} has ${fields.length} fields; the header has ${columns.length}`,
      { location: placeOf(row) },
    );
    return { ok: false, problem, bytes: row.bytes };
  }
  const value = Object.fromEntries(columns.map((name, index) => [name, fields[index]!]));
  return { ok: true, value, bytes: row.bytes };
}

/** The fields of rows that are known to be well-formed. */
function fieldsOf(rows: readonly RowText[]): string[][] {
  const fields = parse(`${rows.map((row) => row.text).join('\n')}\n`, {
    relax_column_count: true,
    record_delimiter: '\n',
  });
  if (fields.length !== rows.length) throw new Error('CSV rows and their texts do not correspond');
  return fields;
}
