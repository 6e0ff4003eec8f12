/**
 * Lexical forms of datatypes told from bytes. A yes here is a yes of `execute/lexical.ts`; everything else is
 * asked there.
 */
import { lexicalCheck } from '../execute/lexical.ts';
import { textOfBytes } from './fields.ts';

export type ByteCheck = (bytes: Uint8Array, from: number, to: number) => boolean;

const XSD = 'http://www.w3.org/2001/XMLSchema#';

const QUICK: ReadonlyMap<string, ByteCheck> = new Map([
  [`${XSD}integer`, isInteger],
  [`${XSD}decimal`, isDecimal],
  [`${XSD}double`, isDecimal],
  [`${XSD}float`, isDecimal],
  [`${XSD}dateTime`, isDateTime],
  [`${XSD}date`, isDate],
]);

/** A check of lexical forms of `datatype`; undefined where every text is good. */
export function byteCheck(datatype: string): ByteCheck | undefined {
  const check = lexicalCheck(datatype);
  if (check === undefined) return undefined;
  const isQuick = QUICK.get(datatype);
  const ask: ByteCheck = (bytes, from, to) => check(textOfBytes(bytes, from, to));
  if (isQuick === undefined) return ask;
  return (bytes, from, to) => isQuick(bytes, from, to) || ask(bytes, from, to);
}

/** Where the digits that begin at `from` end. */
function digitsEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at]! >= 48 && bytes[at]! <= 57) at++;
  return at;
}

const afterSign = (bytes: Uint8Array, from: number, to: number): number =>
  from < to && bytes[from] === 45 ? from + 1 : from;

function isInteger(bytes: Uint8Array, from: number, to: number): boolean {
  const start = afterSign(bytes, from, to);
  return start < to && digitsEnd(bytes, start, to) === to;
}

function isDecimal(bytes: Uint8Array, from: number, to: number): boolean {
  const start = afterSign(bytes, from, to);
  const point = digitsEnd(bytes, start, to);
  if (point === start) return false;
  return point === to || (bytes[point] === 46 && digitsEnd(bytes, point + 1, to) === to);
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48;
  const ones = bytes[at + 1]! - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : -1;
}

/** A date of four digits of the year and a day that every month has. */
function isPlainDate(bytes: Uint8Array, at: number): boolean {
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  return (
    twoDigits(bytes, at) >= 0 &&
    twoDigits(bytes, at + 2) >= 0 &&
    bytes[at + 4] === 45 &&
    bytes[at + 7] === 45 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 28
  );
}

function isDate(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === 10 && isPlainDate(bytes, from);
}

/** A plain date, a time of day, and no zone or `Z`. */
function isDateTime(bytes: Uint8Array, from: number, to: number): boolean {
  const end = bytes[to - 1] === 90 ? to - 1 : to;
  if (end - from < 19 || !isPlainDate(bytes, from) || bytes[from + 10] !== 84) return false;
  const hours = twoDigits(bytes, from + 11);
  const minutes = twoDigits(bytes, from + 14);
  const seconds = twoDigits(bytes, from + 17);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return false;
  if (bytes[from + 13] !== 58 || bytes[from + 16] !== 58) return false;
  if (end - from === 19) return true;
  return bytes[from + 19] === 46 && end > from + 20 && digitsEnd(bytes, from + 20, end) === end;
}
