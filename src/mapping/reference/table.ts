/**
 * Rows with named columns: what CSV, databases, SPARQL results and sheets have in common.
 *
 * A reference is a column name. A column that the table does not have is a problem, told once per table.
 * It must not know how a row was written.
 */
import type { Part, Reference, Scalar, SourceRow } from './formulation.ts';
import { ExactNumber } from './number.ts';

/** The columns of a table, by name. */
export type Header = ReadonlyMap<string, number>;

/** A row with the header that it belongs to. Rows of one table share the header: it is compared by identity. */
export interface TableRow {
  readonly header: Header;
  readonly cells: readonly (Scalar | undefined)[];
}

/** The index of a column, or why there is none. */
export type FoundColumn = number | { readonly code: string; readonly message: string };

/** Compiles the name of a column. */
export const compileColumn = (reference: string): Reference =>
  referenceTo(
    (header) =>
      header.get(reference) ?? {
        code: 'column-unknown',
        message: `names no column; there are ${[...header.keys()].join(', ')}`,
      },
  );

/** A reference to the column that `find` finds; it is asked once per table. */
export function referenceTo(find: (header: Header) => FoundColumn): Reference {
  let header: Header | undefined;
  let index: number | undefined;
  return (record, problem) => {
    const row = record as TableRow;
    if (row.header !== header) {
      header = row.header;
      const found = find(header);
      index = typeof found === 'number' ? found : undefined;
      if (typeof found !== 'number') problem(found);
    }
    return index === undefined ? undefined : row.cells[index];
  };
}

/** The header of column names, or what is wrong with them. */
export function readHeader(names: readonly string[]): Header | string {
  const header = new Map(names.map((name, index) => [name, index]));
  if (header.size === names.length) return header;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return `names the column "${twice}" twice`;
}

/** The documents of rows that an adapter hands over; rows count from 1. */
export async function* tableDocuments(
  rows: AsyncIterable<readonly SourceRow[]>,
): AsyncGenerator<readonly Part[]> {
  let names: readonly string[] = [];
  let header: Header = new Map();
  let count = 0;
  for await (const batch of rows) {
    yield batch.map((row): Part => {
      const own = Object.keys(row);
      if (!sameNames(own, names)) {
        names = own;
        header = new Map(own.map((name, index) => [name, index]));
      }
      const document: TableRow = { header, cells: own.map((name) => row[name]) };
      return { document, row: ++count };
    });
  }
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, index) => name === b[index]);

export const isTableRow = (record: unknown): record is TableRow =>
  typeof record === 'object' && record !== null && 'header' in record && record.header instanceof Map;

/** A JSON object as a row; members that are no scalars are absent. A row stays as it is. */
export function adoptRow(document: unknown): TableRow {
  if (isTableRow(document)) return document;
  const header = new Map<string, number>();
  const cells: (string | undefined)[] = [];
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
    for (const [name, value] of Object.entries(document as Readonly<Record<string, unknown>>)) {
      header.set(name, cells.length);
      cells.push(cellOf(value));
    }
  }
  return { header, cells };
}

function cellOf(value: unknown): string | undefined {
  if (value instanceof ExactNumber) return value.text;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
