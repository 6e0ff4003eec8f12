/**
 * GREL functions on numbers. Whole results are integers, others doubles; what is no finite number is a failure.
 */
import type { FunctionDescription } from './function.ts';
import { grel, integerOf, numberOf, OUT, onTexts, P } from './vocabulary.ts';

/** @throws Error where a computation leaves the numbers */
function finite(number: number): number {
  if (!Number.isFinite(number)) throw new Error('the result is no finite number');
  return number;
}

const unary = (name: string, compute: (x: number) => number): FunctionDescription =>
  grel(
    name,
    [P.number],
    OUT.number,
    onTexts((text) => finite(compute(numberOf(text)))),
  );

const binary = (name: string, compute: (x: number, y: number) => number): FunctionDescription =>
  grel(
    name,
    [P.number, P.number2],
    OUT.number,
    onTexts((first, second) => finite(compute(numberOf(first), numberOf(second)))),
  );

const onIntegers = (name: string, compute: (x: number, y: number) => number): FunctionDescription =>
  grel(
    name,
    [P.integer, P.integer2],
    OUT.number,
    onTexts((first, second) => finite(compute(integerOf(first), integerOf(second)))),
  );

/** A text with separators of thousands or a decimal comma, as GREL's users have them. */
function looseNumber(text: string): number {
  if (!text.includes(',')) return numberOf(text);
  return numberOf(text.includes('.') ? text.replaceAll(',', '') : text.replace(',', '.'));
}

/** Euclid's algorithm, on magnitudes. */
const greatestCommonDivisor = (x: number, y: number): number =>
  y === 0 ? Math.abs(x) : greatestCommonDivisor(y, x % y);

/** A remainder with the sign of the divisor. */
const modulo = (x: number, y: number): number => ((x % y) + y) % y;

export const mathFunctions: readonly FunctionDescription[] = [
  unary('math_abs', Math.abs),
  unary('math_floor', Math.floor),
  unary('math_ceil', Math.ceil),
  grel(
    'math_round',
    [P.number],
    OUT.number,
    onTexts((text) => Math.round(looseNumber(text))),
  ),
  unary('math_exp', Math.exp),
  unary('math_ln', Math.log),
  unary('math_log', Math.log10),
  unary('math_sqrt', Math.sqrt),
  unary('math_sin', Math.sin),
  unary('math_cos', Math.cos),
  unary('math_tan', Math.tan),
  unary('math_asin', Math.asin),
  unary('math_acos', Math.acos),
  unary('math_atan', Math.atan),
  unary('math_degrees', (radians) => (radians * 180) / Math.PI),
  unary('math_radians', (degrees) => (degrees * Math.PI) / 180),
  binary('math_min', Math.min),
  binary('math_max', Math.max),
  binary('math_atan2', Math.atan2),
  binary('math_quotient', (x, y) => Math.floor(x / y)),
  grel(
    'math_pow',
    [P.number, P.exponent],
    OUT.number,
    onTexts((base, exponent) => finite(numberOf(base) ** numberOf(exponent))),
  ),
  onIntegers('math_mod', modulo),
  onIntegers('math_gcd', greatestCommonDivisor),
  onIntegers('math_lcm', (x, y) => (x === 0 || y === 0 ? 0 : Math.abs(x * y) / greatestCommonDivisor(x, y))),
  grel(
    'math_even',
    [P.number],
    OUT.boolean,
    onTexts((text) => modulo(Math.floor(numberOf(text)), 2) === 0),
  ),
  grel(
    'math_odd',
    [P.number],
    OUT.boolean,
    onTexts((text) => modulo(Math.floor(numberOf(text)), 2) === 1),
  ),
];
