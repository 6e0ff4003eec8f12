/**
 * Dates and times as values: `high` are seconds since 1970-01-01T00:00:00 by the local clock of the literal, or zero
 * with the days since 0000-01-01 in `low` for dates; the digits of a fraction stand in `low`, their count in the scale.
 *
 * Nothing is normalised: a literal keeps its zone, so that it can be written as it was.
 */
import { dateOf, daysOf, isDate, padded } from './civil-date.ts';
import { DATE, DATE_TIME } from './literal-datatypes.ts';
import { extraOf, type LiteralValue, PLAIN, scaleOf, shapeOf } from './literal-shape.ts';

const [MINUS, PLUS, POINT, ZERO, COLON, LETTER_T, LETTER_Z] = [45, 43, 46, 48, 58, 84, 90];
/** Zones: none, Z, or minutes with this added. */
const [NO_ZONE, UTC, MINUTES_BIAS] = [0, 1, 1024];
const MINUTES_MAX = 14 * 60;
const DAY_SECONDS = 86_400;
/** The first day that dates know. */
const YEAR_ZERO = daysOf(0, 1, 1);

/** The number in digits from `from` to `to`; negative when something else stands there. */
function digits(bytes: Uint8Array, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = 10 * number + digit;
  }
  return number;
}

/** Times that follow each other mostly have one date. */
let lastDate = -1;
let lastDays = Number.NaN;

/** Days since 1970-01-01 of a date at `at`; NaN when there is none. */
function daysAt(bytes: Uint8Array, at: number): number {
  const year = digits(bytes, at, at + 4);
  const month = digits(bytes, at + 5, at + 7);
  const day = digits(bytes, at + 8, at + 10);
  if (year < 0 || month < 0 || day < 0 || bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS)
    return Number.NaN;
  const date = (year * 100 + month) * 100 + day;
  if (date !== lastDate) {
    lastDate = date;
    lastDays = isDate(year, month, day) ? daysOf(year, month, day) : Number.NaN;
  }
  return lastDays;
}

/** The zone from `at` to the end; negative when something else stands there. */
function zoneAt(bytes: Uint8Array, at: number, to: number): number {
  if (at === to) return NO_ZONE;
  const first = bytes[at];
  if (first === LETTER_Z) return at + 1 === to ? UTC : -1;
  if ((first !== PLUS && first !== MINUS) || at + 6 !== to || bytes[at + 3] !== COLON) return -1;
  const hours = digits(bytes, at + 1, at + 3);
  const minutes = digits(bytes, at + 4, at + 6);
  const offset = 60 * hours + minutes;
  if (hours < 0 || minutes < 0 || minutes > 59 || offset > MINUTES_MAX) return -1;
  if (first === PLUS) return MINUTES_BIAS + offset;
  return offset === 0 ? -1 : MINUTES_BIAS - offset; // "-00:00" is not "+00:00", and too rare to tell apart
}

function zoneText(zone: number): string {
  if (zone <= UTC) return zone === UTC ? 'Z' : '';
  const offset = Math.abs(zone - MINUTES_BIAS);
  return `${zone < MINUTES_BIAS ? '-' : '+'}${padded(Math.floor(offset / 60), 2)}:${padded(offset % 60, 2)}`;
}

export function readDateTime(bytes: Uint8Array, from: number, to: number, into: LiteralValue): boolean {
  if (to - from < 19 || bytes[from + 10] !== LETTER_T) return false;
  if (bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) return false;
  const hours = digits(bytes, from + 11, from + 13);
  const minutes = digits(bytes, from + 14, from + 16);
  const seconds = digits(bytes, from + 17, from + 19);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return false;
  const total = DAY_SECONDS * daysAt(bytes, from) + 3600 * hours + 60 * minutes + seconds;
  if (!(total >= 0 && total <= 0xffff_ffff)) return false;
  let at = from + 19;
  if (bytes[at] === POINT && at < to) {
    at++;
    while (at < to && digits(bytes, at, at + 1) >= 0) at++;
    if (at === from + 20) return false;
  }
  const scale = Math.max(0, at - from - 20);
  const zone = zoneAt(bytes, at, to);
  if (scale > 9 || zone < 0) return false;
  into.shape = shapeOf(DATE_TIME, 0, scale, PLAIN, zone);
  into.high = total | 0;
  into.low = scale === 0 ? 0 : digits(bytes, at - scale, at);
  return true;
}

export function writeDateTime({ shape, high, low }: LiteralValue): string {
  const total = high >>> 0;
  const days = Math.floor(total / DAY_SECONDS);
  const [minutes, seconds] = [Math.floor((total - DAY_SECONDS * days) / 60), total % 60];
  const clock = `${padded(Math.floor(minutes / 60), 2)}:${padded(minutes % 60, 2)}:${padded(seconds, 2)}`;
  const scale = scaleOf(shape);
  const fraction = scale === 0 ? '' : `.${padded(low, scale)}`;
  return `${dateOf(days)}T${clock}${fraction}${zoneText(extraOf(shape))}`;
}

export function readDate(bytes: Uint8Array, from: number, to: number, into: LiteralValue): boolean {
  if (to - from < 10) return false;
  const days = daysAt(bytes, from);
  const zone = zoneAt(bytes, from + 10, to);
  if (Number.isNaN(days) || zone < 0) return false;
  into.shape = shapeOf(DATE, 0, 0, PLAIN, zone);
  into.high = 0;
  into.low = days - YEAR_ZERO;
  return true;
}

export const writeDate = ({ shape, low }: LiteralValue): string =>
  dateOf(low + YEAR_ZERO) + zoneText(extraOf(shape));

/** Whether a date has no zone but Z, and which of both: 0 or 1; negative: it has another. */
export const simpleZoneOf = (shape: number): number => (extraOf(shape) <= UTC ? extraOf(shape) : -1);
export const dateShape = (zone: number): number => shapeOf(DATE, 0, 0, PLAIN, zone);
