/**
 * Sheets of an Excel workbook (`.xlsx`, ECMA-376) as rows: the first row with cells names the columns.
 *
 * The sheet is read as a stream; only the shared texts are held. Numbers that are formatted as dates become
 * dates. Macros and formulas are never evaluated: a formula counts as the value that was stored with it.
 */
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { FabricError, messageOf, nearest } from '../../errors.ts';
import type { Scalar, SourceRow } from '../../mapping/reference/formulation.ts';
import { atMost, type UnpackLimits, whole } from './compression.ts';
import { type CellFormat, cellValue, dateFormats } from './excel-cell.ts';
import { openZip, type ZipArchive } from './zip.ts';

export interface SheetOptions {
  /** What messages call the source. */
  readonly name: string;
  /** Name of the sheet; the first one unless told otherwise. */
  readonly sheet: string | undefined;
  readonly limits: UnpackLimits;
}

/** What the workbook says of all its sheets. */
interface Workbook {
  readonly texts: readonly string[];
  readonly formats: readonly CellFormat[];
  readonly since1904: boolean;
}

/**
 * The rows of a sheet.
 *
 * @param from  path of a file, or its bytes
 * @throws FabricError `syntax-error` for what is no workbook, `mapping-failed` for a sheet that it has not
 */
export async function* readSheet(
  from: string | AsyncIterable<Uint8Array>,
  options: SheetOptions,
): AsyncGenerator<readonly SourceRow[]> {
  const { name, limits } = options;
  const archive = await openZip(
    typeof from === 'string' ? from : await whole(from, limits.archiveBytesMax, name),
    name,
  );
  const bounded = (path: string, bytesMax: number): AsyncIterable<string> =>
    texts(atMost(archive.read(path), bytesMax, name, 'unpacks to'));
  // All parts but the sheet are held.
  const part = (path: string): AsyncIterable<string> => bounded(path, limits.archiveBytesMax);
  try {
    const { path, since1904 } = await findSheet(archive, part, options);
    const book: Workbook = {
      texts: archive.names.includes(TEXTS) ? await sharedTexts(part(TEXTS), name) : [],
      formats: archive.names.includes(STYLES) ? await cellFormats(part(STYLES), name) : [],
      since1904,
    };
    yield* named(rowsOf(bounded(path, limits.unpackedBytesMax), book, name), name);
  } finally {
    archive.close();
  }
}

const TEXTS = 'xl/sharedStrings.xml';
const STYLES = 'xl/styles.xml';

async function* texts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

interface Handlers {
  open?(tag: SaxesTagPlain): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** Walks a part of the workbook, and hands over after each chunk. */
async function* walk(
  part: AsyncIterable<string>,
  name: string,
  handlers: Handlers,
): AsyncGenerator<undefined> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('a document type declaration (DTD) is refused');
  });
  parser.on('opentag', (tag) => handlers.open?.(tag));
  parser.on('text', (text) => handlers.text?.(text));
  parser.on('closetag', (tag) => handlers.close?.(tag.name));
  try {
    for await (const text of part) {
      parser.write(text);
      yield undefined;
    }
    parser.close();
  } catch (thrown) {
    throw notAWorkbook(name, thrown);
  }
}

async function walkWhole(part: AsyncIterable<string>, name: string, handlers: Handlers): Promise<void> {
  const steps = walk(part, name, handlers);
  while ((await steps.next()).done !== true);
}

const notAWorkbook = (name: string, thrown: unknown): FabricError =>
  thrown instanceof FabricError
    ? thrown
    : new FabricError('syntax-error', `Source "${name}" cannot be read as a workbook: ${messageOf(thrown)}`, {
        location: { source: name },
        cause: thrown,
      });

async function findSheet(
  archive: ZipArchive,
  part: (path: string) => AsyncIterable<string>,
  { name, sheet }: SheetOptions,
): Promise<{ path: string; since1904: boolean }> {
  const sheets: { name: string; id: string }[] = [];
  const targets = new Map<string, string>();
  let since1904 = false;
  if (!archive.names.includes('xl/workbook.xml')) {
    throw notAWorkbook(name, new Error('it has no xl/workbook.xml'));
  }
  await walkWhole(part('xl/workbook.xml'), name, {
    open({ name: tag, attributes }) {
      if (tag === 'sheet') sheets.push({ name: attributes['name'] ?? '', id: attributes['r:id'] ?? '' });
      if (tag === 'workbookPr') since1904 = /^(?:1|true)$/.test(attributes['date1904'] ?? '');
    },
  });
  await walkWhole(part('xl/_rels/workbook.xml.rels'), name, {
    open({ name: tag, attributes }) {
      if (tag === 'Relationship') targets.set(attributes['Id'] ?? '', attributes['Target'] ?? '');
    },
  });
  const found = sheet === undefined ? sheets[0] : sheets.find((one) => one.name === sheet);
  const target = found === undefined ? undefined : targets.get(found.id);
  if (target === undefined) {
    const names = sheets.map((one) => one.name);
    const near = sheet === undefined ? undefined : nearest(sheet, names);
    const hint = near === undefined ? `There are: ${names.join(', ')}.` : `Did you mean "${near}"?`;
    throw new FabricError('mapping-failed', `Source "${name}" has no sheet "${sheet ?? ''}"`, {
      location: { source: name },
      extensions: { hint, supported: names },
    });
  }
  return { path: target.startsWith('/') ? target.slice(1) : `xl/${target}`, since1904 };
}

async function sharedTexts(part: AsyncIterable<string>, name: string): Promise<readonly string[]> {
  const found: string[] = [];
  let text = '';
  let depth = 0;
  let phonetic = false;
  await walkWhole(part, name, {
    open({ name: tag }) {
      if (tag === 'si') text = '';
      if (tag === 'rPh') phonetic = true;
      if (tag === 't') depth++;
    },
    text(more) {
      if (depth > 0 && !phonetic) text += more;
    },
    close(tag) {
      if (tag === 't') depth--;
      if (tag === 'rPh') phonetic = false;
      if (tag === 'si') found.push(text);
    },
  });
  return found;
}

async function cellFormats(part: AsyncIterable<string>, name: string): Promise<readonly CellFormat[]> {
  const codes = new Map<number, string>();
  const used: number[] = [];
  let inCells = false;
  await walkWhole(part, name, {
    open({ name: tag, attributes }) {
      if (tag === 'numFmt') codes.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '');
      if (tag === 'cellXfs') inCells = true;
      if (tag === 'xf' && inCells) used.push(Number(attributes['numFmtId'] ?? 0));
    },
    close(tag) {
      if (tag === 'cellXfs') inCells = false;
    },
  });
  return dateFormats(used, codes);
}

type Cells = (Scalar | undefined)[];

/** The rows of a sheet by column number; rows without cells are left out. */
async function* rowsOf(
  part: AsyncIterable<string>,
  book: Workbook,
  name: string,
): AsyncGenerator<readonly Cells[]> {
  let rows: Cells[] = [];
  let row: Cells = [];
  let cell: { column: number; type: string; format: CellFormat } | undefined;
  let text: string | undefined;
  let reading = false;
  const steps = walk(part, name, {
    open({ name: tag, attributes }) {
      if (tag === 'row') row = [];
      if (tag === 'c') {
        const column = columnOf(attributes['r']) ?? row.length;
        const format = book.formats[Number(attributes['s'] ?? 0)] ?? 'number';
        cell = { column, type: attributes['t'] ?? 'n', format };
      }
      if ((tag === 'v' || tag === 't') && cell !== undefined) text ??= '';
      reading = tag === 'v' || tag === 't';
    },
    text(more) {
      if (reading && text !== undefined) text += more;
    },
    close(tag) {
      if (tag === 'v' || tag === 't') reading = false;
      if (tag === 'c' && cell !== undefined) {
        while (row.length < cell.column) row.push(undefined);
        row[cell.column] = text === undefined ? undefined : cellValue(text, cell, book);
        cell = undefined;
        text = undefined;
      }
      if (tag === 'row' && row.some((value) => value !== undefined)) rows.push(row);
    },
  });
  while ((await steps.next()).done !== true) {
    if (rows.length === 0) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

/** Excel has 16 384 columns; a reference beyond is damage. */
const COLUMNS_MAX = 16_384;

/** The number of a column, from 0, in a reference such as `AB12`. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  if (column > COLUMNS_MAX) throw new Error(`it has the cell ${reference}, beyond the last column`);
  return column - 1;
}

/** Rows by the names of the first one. Cells without a name in it are left out. */
async function* named(
  batches: AsyncIterable<readonly Cells[]>,
  name: string,
): AsyncGenerator<readonly SourceRow[]> {
  let names: readonly (string | undefined)[] | undefined;
  for await (const batch of batches) {
    let rows = batch;
    if (names === undefined) {
      names = headerOf(batch[0] ?? [], name);
      rows = batch.slice(1);
    }
    const header = names;
    yield rows.map((cells) =>
      Object.fromEntries(header.flatMap((column, at) => (column === undefined ? [] : [[column, cells[at]]]))),
    );
  }
}

function headerOf(cells: Cells, source: string): readonly (string | undefined)[] {
  const names = cells.map((cell) => (cell === undefined ? undefined : textOf(cell)));
  const twice = names.find((name, at) => name !== undefined && names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new FabricError('syntax-error', `Source "${source}" names the column "${twice}" twice`, {
      location: { source, line: 1 },
    });
  }
  return names;
}

const textOf = (cell: Scalar): string =>
  typeof cell === 'object' && 'text' in cell ? cell.text : String(cell);
