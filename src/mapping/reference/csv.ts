/**
 * CSV: the first row names the columns, a reference is a column name, a value is the text of a cell.
 *
 * A column that the table does not have is a problem, told once per table; an empty cell is an empty text
 * unless the source names it among its nulls.
 */
import type { CsvDialect } from '../normal-form.ts';
import { type CsvRow, CsvSyntaxError, csvRows, csvRowsOf } from './csv-rows.ts';
import { headerRowsOf, syntaxOf } from './csv-syntax.ts';
import type { Formulation, Part } from './formulation.ts';
import { adoptRow, compileColumn, type Header, readHeader, type TableRow, tableDocuments } from './table.ts';
import { decodedChunks, limitsOf } from './text.ts';

export const csv: Formulation = {
  name: 'CSV',
  compileIterator(iterator) {
    if (iterator !== undefined) throw new Error('a table has rows and takes no iterator');
    return (document) => [document];
  },
  compileReference: compileColumn,
  async *documents(data, { dialect }) {
    if (data.kind === 'rows') {
      yield* tableDocuments(data.rows);
      return;
    }
    const table = new Table(dialect);
    const { rowCharactersMax } = limitsOf(data);
    try {
      for await (const rows of csvRows(decodedChunks(data), syntaxOf(dialect), rowCharactersMax)) {
        yield table.takeAll(rows);
        if (table.broken) return;
      }
    } catch (thrown) {
      if (!(thrown instanceof CsvSyntaxError)) throw thrown;
      yield [table.problem('csv-malformed', thrown.message, thrown.line, true)];
    }
  },
  ofText(text, { dialect }) {
    const table = new Table(dialect);
    const parts: Part[] = [];
    try {
      for (const rows of csvRowsOf(text, syntaxOf(dialect))) {
        for (const part of table.takeAll(rows)) parts.push(part);
      }
    } catch (thrown) {
      if (!(thrown instanceof CsvSyntaxError)) throw thrown;
      parts.push(table.problem('csv-malformed', thrown.message, thrown.line, true));
    }
    return parts;
  },
  adopt: adoptRow,
};

/** The rows of one table as they come: the header first. */
class Table {
  readonly #skipColumns: number;
  /** Rows of the header that are still to come; the first of them names the columns. */
  #headerRows: number;
  #header: Header | undefined;
  #row = 0;
  /** Whether the header is of no use, and so no row. */
  broken = false;

  constructor(dialect: CsvDialect | undefined) {
    this.#headerRows = headerRowsOf(dialect);
    this.#skipColumns = dialect?.skipColumns ?? 0;
  }

  takeAll(rows: readonly CsvRow[]): readonly Part[] {
    return rows.map((row) => this.#take(row)).filter((part) => part !== undefined);
  }

  /** The document of a row; none for the header. */
  #take(row: CsvRow): Part | undefined {
    if (this.broken) return undefined;
    if (this.#headerRows > 0) return this.#takeHeader(row);
    const { line, damagedAt } = row;
    const cells = this.#skipColumns === 0 ? row.cells : row.cells.slice(this.#skipColumns);
    // Without a header, columns are called by their numbers (CSVW tabular data, section 6.3).
    const header = (this.#header ??= new Map(cells.map((_, index) => [`_col.${index + 1}`, index])));
    const problem =
      damagedAt !== undefined
        ? this.problem('encoding-invalid', notUtf8(damagedAt), line, false)
        : cells.length === header.size
          ? undefined
          : this.problem(
              'row-ragged',
              `has ${cells.length} field${cells.length === 1 ? '' : 's'}, the header ${header.size}`,
              line,
              false,
            );
    this.#row++;
    return problem ?? { document: { header, cells } satisfies TableRow, row: this.#row, line };
  }

  #takeHeader({ cells, line, damagedAt }: CsvRow): Part | undefined {
    this.#headerRows--;
    if (this.#header !== undefined) return undefined;
    const header = damagedAt === undefined ? readHeader(cells.slice(this.#skipColumns)) : notUtf8(damagedAt);
    if (typeof header !== 'string') {
      this.#header = header;
      return undefined;
    }
    this.broken = true;
    const code = damagedAt === undefined ? 'csv-malformed' : 'encoding-invalid';
    return { problem: { code, message: `The header ${header}` }, row: 0, line, fatal: true };
  }

  /** A problem of the row that comes next. */
  problem(code: string, message: string, line: number, fatal: boolean): Part {
    const row = this.#row + 1;
    return { problem: { code, message: `Row ${row} ${message}` }, row, line, fatal };
  }
}

const notUtf8 = (offset: number): string => `holds bytes that are no UTF-8 (at byte ${offset})`;
