/**
 * SQL tables and queries: an adapter hands over rows, a reference is a column name as SQL writes it.
 *
 * `sql-table` reads the table that the logical source names as its query, `sql-query` what its query gives.
 * Neither knows a database: who opens the source turns names into SQL. A row is a record; there is no iterator.
 */
import { nearest } from '../../errors.ts';
import type { Formulation, Reference } from './formulation.ts';
import { type NamePart, nameParts } from './sql-text.ts';
import { adoptRow, type FoundColumn, type Header, referenceTo, tableDocuments } from './table.ts';

export const sqlTable: Formulation = rowsBy('SQL table');
export const sqlQuery: Formulation = rowsBy('SQL query');

function rowsBy(name: string): Formulation {
  return {
    name,
    compileIterator(iterator) {
      if (iterator !== undefined) throw new Error('a table has rows and takes no iterator');
      return (document) => [document];
    },
    compileReference: compileColumnName,
    documents(data) {
      if (data.kind !== 'rows') throw new Error('The source has text and no rows');
      return tableDocuments(data.rows);
    },
    adopt: adoptRow,
  };
}

/**
 * Compiles a column name (R2RML, section 7.2): `"in quotes"` it is exact; without, the case is only regarded
 * where a column has just that name.
 *
 * @throws Error for a quote that is not closed
 */
function compileColumnName(reference: string): Reference {
  const name = columnNameOf(reference);
  return referenceTo((header) => findColumn(name, header));
}

/** @throws Error for a quote that is not closed */
export function columnNameOf(reference: string): NamePart {
  const quote = reference[0];
  if (quote !== '"' && quote !== '`') return { text: reference, quoted: false };
  const [part, more] = nameParts(reference) ?? [];
  if (part?.quoted === true && more === undefined) return part;
  throw new Error('a quoted column name ends with a quote; a quote in it is written twice');
}

function findColumn({ text, quoted }: NamePart, header: Header): FoundColumn {
  const names = [...header.keys()];
  const exact = header.get(text);
  if (exact !== undefined) return exact;
  const alike = names.filter((name) => name.toLowerCase() === text.toLowerCase());
  const [only] = alike;
  if (!quoted && only !== undefined && alike.length === 1) return header.get(only)!;
  if (!quoted && alike.length > 1) {
    const message = `fits the columns ${alike.join(', ')}; put the one that is meant in quotes`;
    return { code: 'column-ambiguous', message };
  }
  const near = only ?? nearest(text, names);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  const message = `names no column; there are ${names.join(', ')}${hint}`;
  return { code: 'column-unknown', message };
}
