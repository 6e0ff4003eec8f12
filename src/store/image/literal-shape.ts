/**
 * The three words of a literal that is kept as a number, and what their first one says.
 *
 * Shapes stand in files: their bits must not change without a new version there.
 */
import type { DatatypeCode } from './literal-datatypes.ts';

export interface LiteralValue {
  /** See {@link shapeOf}. */
  shape: number;
  /** 32 bits; unsigned in meaning. */
  high: number;
  /** Below a billion. */
  low: number;
}

/** How a number is written. */
export const [PLAIN, CAPITAL_E, SMALL_E] = [0, 1, 2] as const;

const [SIGN_AT, SCALE_AT, FORM_AT, EXTRA_AT] = [5, 6, 11, 13];
/** What shapes take: 25 bits. */
const EXTRA_MAX = 2 ** 12 - 1;
export const EXPONENT_BIAS = 1024;

/** @param extra  the exponent, biased, or the time zone */
export const shapeOf = (
  type: DatatypeCode,
  sign: number,
  scale: number,
  form: number,
  extra: number,
): number => type | (sign << SIGN_AT) | (scale << SCALE_AT) | (form << FORM_AT) | (extra << EXTRA_AT);

export const typeOf = (shape: number): DatatypeCode => shape & 31;
/** 1: negative. */
export const signOf = (shape: number): number => (shape >>> SIGN_AT) & 1;
/** Digits after the point. */
export const scaleOf = (shape: number): number => (shape >>> SCALE_AT) & 31;
export const formOf = (shape: number): number => (shape >>> FORM_AT) & 3;
export const extraOf = (shape: number): number => (shape >>> EXTRA_AT) & EXTRA_MAX;
export const exponentOf = (shape: number): number => extraOf(shape) - EXPONENT_BIAS;
export const exponentShape = (type: DatatypeCode, sign: number, scale: number, exponent: number): number =>
  shapeOf(type, sign, scale, CAPITAL_E, exponent + EXPONENT_BIAS);

/** A place for a value to be read into. */
export const emptyValue = (): LiteralValue => ({ shape: 0, high: 0, low: 0 });
