/**
 * Sheets of a workbook: the first row names the columns, as in CSV; the iterator names the sheet.
 *
 * The rows come from an adapter, with the datatypes that cells have.
 */
import type { Formulation } from './formulation.ts';
import { adoptRow, compileColumn, tableDocuments } from './table.ts';

export const excel: Formulation = {
  name: 'Excel',
  // Whoever opens the workbook has used the name of the sheet.
  compileIterator: () => (document) => [document],
  compileReference: compileColumn,
  documents(data) {
    if (data.kind !== 'rows') throw new Error('The source has text and no rows');
    return tableDocuments(data.rows);
  },
  adopt: adoptRow,
};
