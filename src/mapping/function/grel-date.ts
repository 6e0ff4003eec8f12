/**
 * GREL functions on dates: reading, parts, differences, and moving by a number of units.
 *
 * Dates without an offset are taken as UTC; the result of a shift keeps the form of its argument.
 */
import type { Values } from '../reference/formulation.ts';
import { TypedText } from '../reference/typed-text.ts';
import { hasTime, normalizeDate, normalizeDateTime } from './date-pattern.ts';
import type { FunctionDescription } from './function.ts';
import { grel, integerOf, OUT, onTexts, P } from './vocabulary.ts';

const XSD = 'http://www.w3.org/2001/XMLSchema#';
const DATE = /^(-?\d{4,}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?(Z|[+-]\d{2}:\d{2})?$/;

/** @throws Error for a text that is no date or point in time of ISO 8601 */
function instantOf(text: string): {
  readonly ms: number;
  readonly hasTime: boolean;
  readonly offset: string;
} {
  const [, date, time, offset = ''] = DATE.exec(text.trim()) ?? [];
  const ms =
    date === undefined ? Number.NaN : Date.parse(`${date}T${time ?? '00:00'}${offset === '' ? 'Z' : offset}`);
  if (Number.isNaN(ms)) throw new Error(`"${text.slice(0, 80)}" is no date of ISO 8601`);
  return { ms, hasTime: time !== undefined, offset };
}

type Unit = 'year' | 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond';

const UNITS: ReadonlyMap<string, Unit> = new Map(
  (
    [
      ['year', ['years', 'y']],
      ['month', ['months', 'mon']],
      ['week', ['weeks', 'w']],
      ['day', ['days', 'd']],
      ['hour', ['hours', 'h']],
      ['minute', ['minutes', 'min', 'm']],
      ['second', ['seconds', 'sec', 's']],
      ['millisecond', ['milliseconds', 'ms']],
    ] as const
  ).flatMap(([unit, others]) => [unit, ...others].map((name) => [name, unit] as const)),
);

const UNIT_MS: Readonly<Record<Exclude<Unit, 'year' | 'month'>, number>> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
};

/** @throws Error for a name that is no unit */
function unitOf(name: string): Unit {
  const unit = UNITS.get(name.toLowerCase());
  if (unit === undefined)
    throw new Error(`"${name}" is no unit of time; known: ${[...UNITS.keys()].join(', ')}`);
  return unit;
}

/** Whole units from the second date to the first. */
function difference(first: string, second: string, unitName: string): number {
  const unit = unitOf(unitName);
  const [a, b] = [instantOf(first).ms, instantOf(second).ms];
  if (unit !== 'year' && unit !== 'month') return Math.trunc((a - b) / UNIT_MS[unit]);
  const [later, earlier] = [new Date(Math.max(a, b)), new Date(Math.min(a, b))];
  const months =
    (later.getUTCFullYear() - earlier.getUTCFullYear()) * 12 + later.getUTCMonth() - earlier.getUTCMonth();
  const whole = addMonths(earlier.getTime(), months) > later.getTime() ? months - 1 : months;
  return (a < b ? -1 : 1) * (unit === 'year' ? Math.floor(whole / 12) : whole);
}

/** The same day some months on; the last of the month where that has fewer days. */
function addMonths(ms: number, months: number): number {
  const date = new Date(ms);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)).getUTCDate();
  const dayMs = (Math.min(date.getUTCDate(), last) - 1) * UNIT_MS.day;
  return first + dayMs + (((ms % UNIT_MS.day) + UNIT_MS.day) % UNIT_MS.day);
}

function shift(text: string, amount: string, unitName: string): Values {
  const unit = unitOf(unitName);
  const count = integerOf(amount);
  const { ms, hasTime: timed, offset } = instantOf(text);
  const zone = /^([+-])(\d{2}):(\d{2})$/.exec(offset);
  const zoneMs =
    zone === null ? 0 : Number(`${zone[1]}1`) * (Number(zone[2]) * 60 + Number(zone[3])) * 60_000;
  const local = ms + zoneMs;
  const months = unit === 'year' ? 12 * count : count;
  const moved =
    unit === 'year' || unit === 'month' ? addMonths(local, months) : local + count * UNIT_MS[unit];
  const iso = new Date(moved).toISOString();
  const withTime = timed || ['hour', 'minute', 'second', 'millisecond'].includes(unit);
  if (!withTime) return new TypedText(iso.slice(0, 10) + offset, `${XSD}date`);
  return new TypedText(iso.slice(0, -1).replace(/\.000$/, '') + offset, `${XSD}dateTime`);
}

/** One part of a date, in UTC. */
function part(text: string, name: string): Values {
  const { ms } = instantOf(text);
  const date = new Date(ms);
  switch (name) {
    case 'weekday':
      return new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(date);
    case 'time':
      return ms;
  }
  switch (unitOf(name)) {
    case 'year':
      return date.getUTCFullYear();
    case 'month':
      return date.getUTCMonth() + 1;
    case 'week':
      return Math.floor((date.getUTCDate() - 1) / 7) + 1;
    case 'day':
      return date.getUTCDate();
    case 'hour':
      return date.getUTCHours();
    case 'minute':
      return date.getUTCMinutes();
    case 'second':
      return date.getUTCSeconds();
    case 'millisecond':
      return date.getUTCMilliseconds();
  }
}

const toDate = (text: string, pattern: string): TypedText =>
  hasTime(pattern)
    ? new TypedText(normalizeDateTime(text, pattern, 'en'), `${XSD}dateTime`)
    : new TypedText(normalizeDate(text, pattern, 'en'), `${XSD}date`);

export const dateFunctions: readonly FunctionDescription[] = [
  grel('date_toDate', [P.value, P.pattern], OUT.date, onTexts(toDate)),
  grel('date_diff', [P.dateTime, P.dateTime2, P.timeUnit], OUT.string, onTexts(difference)),
  grel('date_inc', [P.date, P.number, P.unit], OUT.date, onTexts(shift)),
  grel('date_datePart', [P.date, P.unit], OUT.any, onTexts(part)),
];
