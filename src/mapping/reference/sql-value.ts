/**
 * Natural mapping of SQL values (R2RML, section 10.2): the text of a database becomes a value with a datatype.
 *
 * It must not know which database wrote the text. A text that is outside the lexical space of its datatype,
 * as databases with loose types have them, stays a plain text.
 */
import { lexicalCheck } from '../execute/lexical.ts';
import type { Scalar } from './formulation.ts';
import { TypedText } from './typed-text.ts';

/** Families of SQL datatypes that R2RML tells apart. */
export type SqlKind =
  | 'text'
  | 'integer'
  | 'decimal'
  | 'double'
  | 'boolean'
  | 'date'
  | 'time'
  | 'dateTime'
  | 'hexBinary';

const XSD = 'http://www.w3.org/2001/XMLSchema#';

/** The canonical text of each family; undefined for what is none. */
const CANONICAL: Readonly<Record<Exclude<SqlKind, 'text'>, (text: string) => string | undefined>> = {
  integer: canonicalInteger,
  decimal: plainDecimal,
  double: canonicalDouble,
  boolean: canonicalBoolean,
  date: (text) => text,
  time: canonicalTime,
  dateTime: (text) => canonicalTime(text.replace(' ', 'T')),
  hexBinary: (text) => text.toUpperCase(),
};

type Convert = (text: string) => Scalar;

const CONVERTERS: ReadonlyMap<SqlKind, Convert> = new Map(
  Object.entries(CANONICAL).map(([kind, canonical]) => {
    const datatype = XSD + kind;
    const isLexical = lexicalCheck(datatype)!;
    const convert: Convert = (text) => {
      const form = canonical(text);
      return form !== undefined && isLexical(form) ? new TypedText(form, datatype) : text;
    };
    return [kind as SqlKind, convert];
  }),
);

/** The conversion of non-null texts of a column; dates and times are expected as ISO 8601 has them. */
export function naturalValues(kind: SqlKind): Convert {
  return CONVERTERS.get(kind) ?? ((text) => text);
}

function canonicalInteger(text: string): string | undefined {
  const match = /^([+-]?)0*(\d+)$/.exec(text);
  if (match === null) return undefined;
  return match[1] === '-' && match[2] !== '0' ? `-${match[2]}` : match[2];
}

/** Parts of a number in decimal or scientific notation. */
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/** A decimal with the digits that the database gives: trailing zeros are part of its scale. */
function plainDecimal(text: string): string | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const padded = point < 0 ? '0'.repeat(-point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 0);
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, '') || '0';
  const rest = padded.slice(at);
  return `${sign === '-' ? '-' : ''}${integer}${rest === '' ? '' : `.${rest}`}`;
}

const SPECIAL = new Map([
  ['nan', 'NaN'],
  ['infinity', 'INF'],
  ['inf', 'INF'],
  ['-infinity', '-INF'],
  ['-inf', '-INF'],
]);

/** The canonical form of xsd:double (XSD 1.1 part 2, section 3.3.5.2): `3.0E1`. */
function canonicalDouble(text: string): string | undefined {
  const special = SPECIAL.get(text.toLowerCase());
  if (special !== undefined) return special;
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const minus = sign === '-' ? '-' : '';
  const significant = (whole + fraction).replace(/^0+/, '');
  if (significant === '') return `${minus}0.0E0`;
  const leading = whole.length + fraction.length - significant.length;
  const power = whole.length - leading - 1 + Number(exponent);
  const first = significant.charAt(0);
  const tail = significant.slice(1).replace(/0+$/, '');
  return `${minus}${first}.${tail === '' ? '0' : tail}E${power}`;
}

const TRUE = new Set(['t', 'true', '1', 'y', 'yes', 'on']);
const FALSE = new Set(['f', 'false', '0', 'n', 'no', 'off']);

function canonicalBoolean(text: string): string | undefined {
  const lower = text.toLowerCase();
  if (TRUE.has(lower)) return 'true';
  return FALSE.has(lower) ? 'false' : undefined;
}

/** Fractions of seconds without trailing zeros, time zones with minutes, `Z` for UTC. */
function canonicalTime(text: string): string | undefined {
  const match = /^(.*?\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(text);
  if (match === null) return undefined;
  const [, start, seconds = '00', fraction = '', zone = ''] = match;
  const digits = fraction.replace(/0+$/, '');
  const utc = zone === 'Z' || /^[+-]00(?::?00)?$/.test(zone);
  const hours = zone.slice(0, 3);
  const minutes = zone.slice(3).replace(':', '') || '00';
  const offset = zone === '' ? '' : utc ? 'Z' : `${hours}:${minutes}`;
  return `${start}:${seconds}${digits === '' ? '' : `.${digits}`}${offset}`;
}
