/**
 * Literals as three numbers, from which their exact lexical form can be written again: "0.37" and "0.370" are
 * different ones. A lexical form that could not be written again is no such value, and stays text.
 *
 * Three 32-bit words: the shape (datatype, sign, digits after the point, exponent or time zone), and a number of up
 * to 4 294 967 295 999 999 999 as `high` (billions, unsigned) and `low`. Pure; nothing is allocated in reading.
 */
import {
  BOOLEAN,
  DATATYPES,
  DATE,
  DATE_TIME,
  type DatatypeCode,
  DOUBLE,
  FLOAT,
  isInteger,
} from './literal-datatypes.ts';
import {
  CAPITAL_E,
  EXPONENT_BIAS,
  exponentOf,
  formOf,
  type LiteralValue,
  PLAIN,
  SMALL_E,
  scaleOf,
  shapeOf,
  signOf,
  typeOf,
} from './literal-shape.ts';
import { readDate, readDateTime, writeDate, writeDateTime } from './time-value.ts';

const BILLION = 1_000_000_000;
const SCALE_MAX = 22;
const EXPONENT_MAX = 999;

const [MINUS, POINT, ZERO, NINE, CAPITAL, SMALL] = [45, 46, 48, 57, 69, 101];
const BOOLEANS = ['false', 'true', '0', '1'];
const BOOLEAN_BYTES = BOOLEANS.map((text) => new TextEncoder().encode(text));
const POWERS = Array.from({ length: SCALE_MAX + 1 }, (_, power) => Number(`1e${power}`));

/** The longest lexical form that can be a value. */
const LEXICAL_MAX = 48;

/** Reads a lexical form in ASCII. @returns whether it is a value, which then stands in `into` */
export function readLexical(
  bytes: Uint8Array,
  from: number,
  to: number,
  type: DatatypeCode,
  into: LiteralValue,
): boolean {
  if (to - from > LEXICAL_MAX || to === from) return false;
  if (type < DATE_TIME) return readNumber(bytes, from, to, type, into);
  if (type === DATE_TIME) return readDateTime(bytes, from, to, into);
  if (type === DATE) return readDate(bytes, from, to, into);
  return type === BOOLEAN && readBoolean(bytes, from, to, into);
}

function readNumber(
  bytes: Uint8Array,
  from: number,
  to: number,
  type: DatatypeCode,
  into: LiteralValue,
): boolean {
  const sign = bytes[from] === MINUS ? 1 : 0;
  const start = from + sign;
  let point = -1;
  // The first ten digits that count, and those after them.
  let head = 0;
  let tail = 0;
  let tailPower = 1;
  let count = 0;
  let at = start;
  for (; at < to; at++) {
    const byte = bytes[at]!;
    if (byte >= ZERO && byte <= NINE) {
      const digit = byte - ZERO;
      if (count === 0 && digit === 0) continue;
      if (++count <= 10) head = 10 * head + digit;
      else {
        tail = 10 * tail + digit;
        tailPower *= 10;
      }
    } else if (byte === POINT && point < 0) point = at;
    else break;
  }
  const whole = (point < 0 ? at : point) - start;
  const scale = point < 0 ? 0 : at - point - 1;
  if (whole === 0 || (whole > 1 && bytes[start] === ZERO)) return false;
  if ((point >= 0 && scale === 0) || scale > SCALE_MAX || count > 19) return false;
  const split = BILLION / tailPower;
  const high = Math.floor(head / split);
  if (high > 0xffff_ffff || (point >= 0 && isInteger(type))) return false;
  into.high = high | 0;
  into.low = ((head - high * split) * tailPower + tail) | 0;
  into.shape = shapeOf(type, sign, scale, PLAIN, 0);
  return at === to || readExponent(bytes, at, to, into);
}

function readExponent(bytes: Uint8Array, from: number, to: number, into: LiteralValue): boolean {
  const { shape } = into;
  const type = typeOf(shape);
  if (type !== DOUBLE && type !== FLOAT) return false;
  const letter = bytes[from]!;
  if (letter !== CAPITAL && letter !== SMALL) return false;
  const isNegative = bytes[from + 1] === MINUS;
  const start = from + (isNegative ? 2 : 1);
  const digits = to - start;
  if (digits < 1 || digits > 3 || (bytes[start] === ZERO && (digits > 1 || isNegative))) return false;
  let exponent = 0;
  for (let at = start; at < to; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) return false;
    exponent = 10 * exponent + byte - ZERO;
  }
  if (exponent > EXPONENT_MAX) return false;
  const form = letter === CAPITAL ? CAPITAL_E : SMALL_E;
  const extra = EXPONENT_BIAS + (isNegative ? -exponent : exponent);
  into.shape = shapeOf(type, signOf(shape), scaleOf(shape), form, extra);
  return true;
}

function readBoolean(bytes: Uint8Array, from: number, to: number, into: LiteralValue): boolean {
  const known = BOOLEAN_BYTES.findIndex(
    (text) => text.length === to - from && text.every((byte, i) => byte === bytes[from + i]),
  );
  into.shape = shapeOf(BOOLEAN, 0, 0, PLAIN, 0);
  into.high = 0;
  into.low = known;
  return known >= 0;
}

/** The lexical form that {@link readLexical} read. */
export function lexicalOf(value: LiteralValue): string {
  const type = typeOf(value.shape);
  if (type < DATE_TIME) return numberText(value);
  if (type === DATE_TIME) return writeDateTime(value);
  return type === DATE ? writeDate(value) : BOOLEANS[value.low]!;
}

function numberText({ shape, high, low }: LiteralValue): string {
  const sign = signOf(shape) === 1 ? '-' : '';
  const scale = scaleOf(shape);
  const digits = digitsOf(high >>> 0, low).padStart(scale + 1, '0');
  const split = digits.length - scale;
  const text = scale === 0 ? sign + digits : `${sign}${digits.slice(0, split)}.${digits.slice(split)}`;
  const form = formOf(shape);
  return form === PLAIN ? text : `${text}${form === CAPITAL_E ? 'E' : 'e'}${exponentOf(shape)}`;
}

const digitsOf = (high: number, low: number): string =>
  high === 0 ? String(low) : `${high}${String(low).padStart(9, '0')}`;

/** The double nearest to a number; undefined for what is no number. */
export function numberOfValue(value: LiteralValue): number | undefined {
  const { shape, low } = value;
  const type = typeOf(shape);
  if (type >= DATE_TIME) return undefined;
  const whole = (value.high >>> 0) * BILLION + low;
  const form = formOf(shape);
  const power = (form === PLAIN ? 0 : exponentOf(shape)) - scaleOf(shape);
  // Of two exact numbers, quotient and product are the nearest there are.
  if (whole > Number.MAX_SAFE_INTEGER || power > SCALE_MAX || power < -SCALE_MAX)
    return Number(numberText(value));
  const magnitude = power < 0 ? whole / POWERS[-power]! : whole * POWERS[power]!;
  return signOf(shape) === 1 ? -magnitude : magnitude;
}

/** The IRI of the datatype, as a term. */
export const datatypeOf = ({ shape }: LiteralValue): (typeof DATATYPES)[number] => DATATYPES[typeOf(shape)]!;

const ascii = new Uint8Array(LEXICAL_MAX);

/** {@link readLexical} of a text. */
export function readLexicalText(text: string, type: DatatypeCode, into: LiteralValue): boolean {
  const { length } = text;
  if (length > LEXICAL_MAX) return false;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 127) return false;
    ascii[i] = unit;
  }
  return readLexical(ascii, 0, length, type, into);
}
