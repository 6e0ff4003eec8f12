/**
 * CSV: the first row names the columns, a reference is a column name, a value is the text of a cell.
 *
 * A column that the table does not have is a problem, told once per table; an empty cell is an empty text
 * unless the source names it among its nulls.
 */
import { type CsvRow, CsvSyntaxError, csvRows } from './csv-rows.ts';
import type { Formulation, Part, Reference } from './formulation.ts';
import { ExactNumber } from './number.ts';
import { TextEncodingError, textOfSource } from './text.ts';

/** The columns of a table, by name. */
type Header = ReadonlyMap<string, number>;

/** A row with the header that it belongs to. */
interface TableRow {
  readonly header: Header;
  readonly cells: readonly (string | undefined)[];
}

function compileReference(reference: string): Reference {
  let header: Header | undefined;
  let index: number | undefined;
  return (record, problem) => {
    const row = record as TableRow;
    if (row.header !== header) {
      header = row.header;
      index = header.get(reference);
      if (index === undefined) {
        problem({
          code: 'column-unknown',
          message: `names no column; there are ${[...header.keys()].join(', ')}`,
        });
      }
    }
    return index === undefined ? undefined : row.cells[index];
  };
}

/** The header, or what is wrong with it. */
function readHeader(cells: readonly string[]): Header | string {
  const header = new Map(cells.map((name, index) => [name, index]));
  if (header.size === cells.length) return header;
  const twice = cells.find((name, index) => cells.indexOf(name) !== index);
  return `names the column "${twice}" twice`;
}

function cellOf(value: unknown): string | undefined {
  if (value instanceof ExactNumber) return value.text;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** A JSON object as a row; members that are no scalars are absent. */
function adopt(document: unknown): TableRow {
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

export const csv: Formulation = {
  name: 'CSV',
  compileIterator(iterator) {
    if (iterator !== undefined) throw new Error('a table has rows and takes no iterator');
    return (document) => [document];
  },
  compileReference,
  async *documents(data) {
    const table = new Table();
    try {
      for await (const rows of csvRows(textOfSource(data))) {
        yield rows.map((row) => table.take(row)).filter((part) => part !== undefined);
        if (table.broken) return;
      }
    } catch (thrown) {
      if (thrown instanceof TextEncodingError) {
        yield [table.problem('encoding-invalid', thrown.message, undefined, true)];
      } else if (thrown instanceof CsvSyntaxError) {
        yield [table.problem('csv-malformed', thrown.message, thrown.line, true)];
      } else throw thrown;
    }
  },
  adopt,
};

/** The rows of one table as they come: the header first. */
class Table {
  #header: Header | undefined;
  #row = 0;
  /** Whether the header is of no use, and so no row. */
  broken = false;

  /** The document of a row; none for the header. */
  take({ cells, line }: CsvRow): Part | undefined {
    if (this.broken) return undefined;
    if (this.#header === undefined) {
      const header = readHeader(cells);
      if (typeof header !== 'string') {
        this.#header = header;
        return undefined;
      }
      this.broken = true;
      return {
        problem: { code: 'csv-malformed', message: `The header ${header}` },
        row: 0,
        line,
        fatal: true,
      };
    }
    const header = this.#header;
    if (cells.length !== header.size) {
      const part = this.problem(
        'row-ragged',
        `has ${cells.length} fields, the header ${header.size}`,
        line,
        false,
      );
      this.#row++;
      return part;
    }
    this.#row++;
    return { document: { header, cells } satisfies TableRow, row: this.#row };
  }

  /** A problem of the row that comes next. */
  problem(code: string, message: string, line: number | undefined, fatal: boolean): Part {
    const row = this.#row + 1;
    const place = line === undefined ? {} : { line };
    return { problem: { code, message: `Row ${row} ${message}` }, row, ...place, fatal };
  }
}
