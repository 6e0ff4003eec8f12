/** What a record says, as one text: equal texts are equal records to every reference of a mapping. */
import { ExactNumber } from '../mapping/reference/number.ts';
import { isTableRow, type TableRow } from '../mapping/reference/table.ts';

/** @param record  a row of a table, or a JSON document */
export function recordContent(record: unknown): string {
  if (isTableRow(record)) return rowContent(record);
  if (record instanceof ExactNumber) return record.text; // its digits count, not its value
  if (Array.isArray(record)) return `[${record.map(recordContent).join()}]`;
  if (typeof record !== 'object' || record === null) return JSON.stringify(record);
  const members = Object.entries(record).map(
    ([name, value]) => `${JSON.stringify(name)}:${recordContent(value)}`,
  );
  return `{${members.join()}}`;
}

/** Rows of one table share a header, whose text is made once. */
const headers = new WeakMap<TableRow['header'], string>();

function rowContent({ header, cells }: TableRow): string {
  let names = headers.get(header);
  if (names === undefined) {
    names = JSON.stringify([...header.keys()]);
    headers.set(header, names);
  }
  return `${names}${JSON.stringify(cells)}`;
}
