/**
 * Ids that are values themselves: small numbers, booleans and dates, which no table holds and nobody counts.
 *
 * Ids below {@link INLINE_BASE} are entries of the dictionary, dense and reused. From there up to 2^31 - 1 each id
 * says, by eight regions of 2^27, what literal it is; exactly one id stands for a literal, and none for two. The
 * regions stand in files: they must not change without a new version there.
 */
import type { TermId } from '../graph-view.ts';
import {
  BOOLEAN,
  DATE,
  DATE_TIME,
  type DatatypeCode,
  DECIMAL,
  DOUBLE,
  FIRST_DERIVED,
  FLOAT,
  INTEGER,
  LAST_DERIVED,
} from './literal-datatypes.ts';
import {
  CAPITAL_E,
  exponentOf,
  exponentShape,
  formOf,
  type LiteralValue,
  PLAIN,
  scaleOf,
  shapeOf,
  signOf,
  typeOf,
} from './literal-shape.ts';
import { dateShape, simpleZoneOf } from './time-value.ts';

/** The first id that is a value. Whoever keeps arrays by id keeps them for the ids below. */
export const INLINE_BASE = 2 ** 30;

/** Whether an id of the dictionary is a value, and stands in no table. */
export const isInlineId = (id: TermId): boolean => id >= INLINE_BASE;

const REGION = 2 ** 27;
/** xsd:integer takes two regions: from -2^27 to 2^27 - 1. */
const INTEGERS = INLINE_BASE + REGION;
const DECIMALS = INLINE_BASE + 2 * REGION;
const DOUBLES = INLINE_BASE + 3 * REGION;
const FLOATS = INLINE_BASE + 4 * REGION;
/** Doubles with an exponent, such as 3.7E-1. */
const EXPONENTS = INLINE_BASE + 5 * REGION;
/** Types derived from integer: type, then number. */
const DERIVED = INLINE_BASE + 6 * REGION;
/** Booleans, then dates without zone, then dates in UTC. */
const OTHERS = INLINE_BASE + 7 * REGION;

/** Region of numbers with up to seven digits after the point: their count, then the number without point. */
const SCALE_MAX = 7;
const SCALED_MAX = 2 ** 23;
const DERIVED_MAX = 2 ** 22;
const EXPONENT_MAX = 31;
const EXPONENT_DIGITS_MAX = 2 ** 20;
/** Lexical forms of booleans. */
const BOOLEANS = 4;
/** From 0000-01-01 to 9999-12-31. */
const DAYS = 3_652_425;
const DATES_AT = [2 ** 23, 2 ** 24];

/** A number of `2 * max` values as one from zero; negative when it does not fit, as minus zero never does. */
function offsetOf(sign: number, magnitude: number, max: number): number {
  if (sign === 0) return magnitude < max ? max + magnitude : -1;
  return magnitude > 0 && magnitude <= max ? max - magnitude : -1;
}

/** The id that is a value; negative: none is. */
export function inlineIdOf(value: LiteralValue): TermId {
  const { shape, high, low } = value;
  if (high !== 0) return -1;
  const type = typeOf(shape);
  if (type >= DATE_TIME) return otherId(type, shape, low);
  const sign = signOf(shape);
  if (formOf(shape) !== PLAIN) return type === DOUBLE ? exponentId(shape, sign, low) : -1;
  if (type === INTEGER) {
    const offset = offsetOf(sign, low, REGION);
    return offset < 0 ? -1 : INLINE_BASE + offset;
  }
  if (type >= FIRST_DERIVED) {
    const offset = offsetOf(sign, low, DERIVED_MAX);
    return offset < 0 ? -1 : DERIVED + (type - FIRST_DERIVED) * 2 * DERIVED_MAX + offset;
  }
  const scale = scaleOf(shape);
  const offset = scale > SCALE_MAX ? -1 : offsetOf(sign, low, SCALED_MAX);
  if (offset < 0) return -1;
  const region = type === DECIMAL ? DECIMALS : type === DOUBLE ? DOUBLES : FLOATS;
  return region + scale * 2 * SCALED_MAX + offset;
}

/** One digit before the point, as the canonical form has it: the digits alone tell where the point is. */
function exponentId(shape: number, sign: number, low: number): TermId {
  const exponent = exponentOf(shape);
  if (formOf(shape) !== CAPITAL_E || Math.abs(exponent) > EXPONENT_MAX) return -1;
  if (scaleOf(shape) !== exponentScale(low)) return -1;
  const offset = offsetOf(sign, low, EXPONENT_DIGITS_MAX);
  return offset < 0 ? -1 : EXPONENTS + (exponent + EXPONENT_MAX) * 2 * EXPONENT_DIGITS_MAX + offset;
}

/** Digits after the point when one stands before it; at least one. Numbers below ten have none: no id. */
function exponentScale(number: number): number {
  if (number < 10) return number === 0 ? 1 : -1;
  let scale = 1;
  for (let rest = number; rest >= 100; rest = Math.floor(rest / 10)) scale++;
  return scale;
}

function otherId(type: DatatypeCode, shape: number, low: number): TermId {
  if (type === BOOLEAN) return low < BOOLEANS ? OTHERS + low : -1;
  const zone = type === DATE ? simpleZoneOf(shape) : -1;
  return zone < 0 || low >= DAYS ? -1 : OTHERS + DATES_AT[zone]! + low;
}

/** The value that an inline id is. */
export function readInline(id: TermId, into: LiteralValue): void {
  into.high = 0;
  if (id < DECIMALS) setNumber(into, INTEGER, 0, id - INTEGERS);
  else if (id < EXPONENTS) {
    const type = id < DOUBLES ? DECIMAL : id < FLOATS ? DOUBLE : FLOAT;
    const offset = (id - DECIMALS) % REGION;
    const scale = Math.floor(offset / (2 * SCALED_MAX));
    setNumber(into, type, scale, (offset % (2 * SCALED_MAX)) - SCALED_MAX);
  } else if (id < DERIVED) {
    const offset = id - EXPONENTS;
    const number = (offset % (2 * EXPONENT_DIGITS_MAX)) - EXPONENT_DIGITS_MAX;
    const exponent = Math.floor(offset / (2 * EXPONENT_DIGITS_MAX)) - EXPONENT_MAX;
    into.low = Math.abs(number);
    into.shape = exponentShape(DOUBLE, number < 0 ? 1 : 0, exponentScale(into.low), exponent);
  } else if (id < OTHERS) {
    const offset = id - DERIVED;
    const type = FIRST_DERIVED + Math.floor(offset / (2 * DERIVED_MAX));
    setNumber(into, type, 0, (offset % (2 * DERIVED_MAX)) - DERIVED_MAX);
  } else readOther(id - OTHERS, into);
}

function setNumber(into: LiteralValue, type: DatatypeCode, scale: number, number: number): void {
  into.shape = shapeOf(type, number < 0 ? 1 : 0, scale, PLAIN, 0);
  into.low = Math.abs(number);
}

function readOther(offset: number, into: LiteralValue): void {
  const zone = DATES_AT.findLastIndex((first) => offset >= first);
  into.shape = zone < 0 ? shapeOf(BOOLEAN, 0, 0, PLAIN, 0) : dateShape(zone);
  into.low = zone < 0 ? offset : offset - DATES_AT[zone]!;
}

/** Types derived from integer must find room in their region. */
if ((LAST_DERIVED - FIRST_DERIVED + 1) * 2 * DERIVED_MAX > REGION) throw new Error('A region is too small');
