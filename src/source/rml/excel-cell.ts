/**
 * Values of cells: texts, numbers, truth values, and the numbers that a format makes dates and times.
 */
import type { Scalar } from '../../mapping/reference/formulation.ts';
import { TypedText } from '../../mapping/reference/typed-text.ts';

/** What the format of a cell makes of a number. */
export type CellFormat = 'number' | 'date' | 'time' | 'dateTime';

/** Formats that every workbook has without defining them (ECMA-376 part 1, section 18.8.30). */
const BUILT_IN: ReadonlyMap<number, CellFormat> = new Map([
  ...[14, 15, 16, 17].map((id) => [id, 'date'] as const),
  ...[18, 19, 20, 21, 45, 46, 47].map((id) => [id, 'time'] as const),
  [22, 'dateTime'],
]);

/** The formats of the cell styles, in their order. */
export const dateFormats = (
  used: readonly number[],
  codes: ReadonlyMap<number, string>,
): readonly CellFormat[] =>
  used.map((id) => {
    const code = codes.get(id);
    return code === undefined ? (BUILT_IN.get(id) ?? 'number') : formatOf(code);
  });

function formatOf(code: string): CellFormat {
  // Quoted and escaped characters are text, sections in brackets are colours, locales and elapsed times.
  const bare = code
    .replace(/"[^"]*"|\\.|_./g, '')
    .replace(/\[(?![hms]+\])[^\]]*\]/gi, '')
    .split(';')[0]!;
  const date = /[dy]/i.test(bare);
  const time = /[hs]/i.test(bare);
  if (date) return time ? 'dateTime' : 'date';
  if (time) return 'time';
  return /^m+$/i.test(bare) ? 'date' : 'number';
}

const XSD = 'http://www.w3.org/2001/XMLSchema#';
const DAY_MS = 86_400_000;

/** The value of a cell; undefined for errors such as `#N/A`. */
export function cellValue(
  text: string,
  cell: { readonly type: string; readonly format: CellFormat },
  book: { readonly texts: readonly string[]; readonly since1904: boolean },
): Scalar | undefined {
  switch (cell.type) {
    case 's':
      return book.texts[Number(text)];
    case 'b':
      return text === '1' || text === 'true';
    case 'e':
      return undefined;
    case 'd':
      return new TypedText(text, text.includes('T') ? `${XSD}dateTime` : `${XSD}date`);
    case 'n': {
      const number = Number(text);
      if (text.trim() === '' || !Number.isFinite(number)) return undefined;
      return cell.format === 'number' ? number : moment(number, cell.format, book.since1904);
    }
    default:
      return text;
  }
}

/** A serial date (days since the end of 1899, or since 1904), without a time zone as Excel knows none. */
function moment(serial: number, format: Exclude<CellFormat, 'number'>, since1904: boolean): Scalar {
  // The calendar of Excel has a 29 February 1900 that never was: before it, days lie one further on.
  const epoch = since1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30);
  const ms = epoch + Math.round(serial * DAY_MS);
  if (Number.isNaN(new Date(ms).getTime())) return serial;
  const iso = new Date(ms).toISOString();
  const [date, clock = ''] = iso.split('T');
  const time = clock.replace(/(?:\.0+)?Z$/, '');
  if (format === 'time') return new TypedText(time, `${XSD}time`);
  const whole = Number.isInteger(serial);
  return format === 'date' && whole
    ? new TypedText(date!, `${XSD}date`)
    : new TypedText(`${date}T${time}`, `${XSD}dateTime`);
}
