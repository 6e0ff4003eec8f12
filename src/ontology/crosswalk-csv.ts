/**
 * The rows of a CSV table, each with its line, so that whatever is wrong with one can be told with its place.
 */
import { parse } from 'csv-parse/sync';
import { FabricError, messageOf } from '../errors.ts';

/** A row as the file has it. */
export interface Line {
  readonly file: string;
  readonly line: number;
  cell(column: string): string;
  /** The parts of a cell that holds several values, separated by `|`. */
  list(column: string): string[];
}

export function readCsv(file: string, text: string, columns: readonly string[]): Line[] {
  let rows: { record: Record<string, string>; info: { lines: number } }[];
  try {
    rows = parse(text, { columns: true, bom: true, info: true, skip_empty_lines: true }) as never;
  } catch (thrown) {
    const line = (thrown as { lines?: number }).lines;
    const location = { source: file, ...(line === undefined ? {} : { line }) };
    throw new FabricError('config-invalid', `Table ${file}: ${messageOf(thrown)}`, {
      location,
      cause: thrown,
    });
  }
  const missing = columns.find((column) => rows[0]?.record[column] === undefined);
  if (missing !== undefined) {
    throw new FabricError('config-invalid', `Table ${file} has no rows or no column ${missing}`, {
      location: { source: file, line: 1 },
    });
  }
  return rows.map(({ record, info }) => ({
    file,
    line: info.lines,
    cell: (column) => record[column]?.trim() ?? '',
    list: (column) => split(record[column] ?? ''),
  }));
}

const split = (cell: string): string[] => {
  const trimmed = cell.trim();
  return trimmed === '' ? [] : trimmed.split('|').map((part) => part.trim());
};

export function refuse(at: Line, message: string): FabricError {
  return new FabricError('config-invalid', `Table ${at.file}: ${message}`, {
    location: { source: at.file, line: at.line },
  });
}

/** Refuses the second appearance of a key. */
export function unique(what: string): (at: Line, key: string) => void {
  const lines = new Map<string, number>();
  return (at, key) => {
    const first = lines.get(key);
    if (first !== undefined) throw refuse(at, `${what} ${key} stands already in line ${first}`);
    lines.set(key, at.line);
  };
}
