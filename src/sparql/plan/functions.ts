/**
 * Functions and operators that want all their operands: SPARQL 1.1 section 17.4. Undefined is an error.
 */
import { literal, type Term } from '../../rdf/terms.ts';
import {
  booleanOf,
  booleanValue,
  compareValues,
  equalValues,
  iriValue,
  type NumericType,
  numberValue,
  promote,
  stringValue,
  termOf,
  type Value,
  valueOf,
} from '../value.ts';
import { DATE_TIME_FUNCTIONS } from './date-time-functions.ts';
import { STRING_FUNCTIONS } from './string-functions.ts';

/** Gives undefined for an error. An operand may be missing where the caller has fewer. */
export type Strict = (...values: (Value | undefined)[]) => Value | undefined;

const number1 =
  (work: (a: number) => number): Strict =>
  (a) =>
    a?.kind === 'number' ? numberValue(work(a.number), a.type) : undefined;

const comparison =
  (test: (order: number) => boolean): Strict =>
  (a, b) => {
    const order = compareValues(a!, b!);
    return order === undefined ? undefined : booleanValue(test(order));
  };

const arithmetic =
  (
    work: (a: number, b: number) => number,
    resultType: (type: NumericType) => NumericType = (type) => type,
  ): Strict =>
  (a, b) => {
    if (a?.kind !== 'number' || b?.kind !== 'number') return undefined;
    const type = resultType(promote(a.type, b.type));
    const result = work(a.number, b.number);
    // Integers and decimals know neither infinity nor NaN.
    if ((type === 'integer' || type === 'decimal') && !Number.isFinite(result)) return undefined;
    return numberValue(result, type);
  };

const termTest =
  (test: (term: Term) => boolean): Strict =>
  (a) =>
    booleanValue(test(termOf(a!)));

/** Half rounds up, as fn:round does, also below zero. */
const roundHalfUp = (value: number): number => Math.floor(value + 0.5);

/** By the lower-case name of the algebra. */
export const FUNCTIONS: Readonly<Record<string, Strict>> = {
  ...STRING_FUNCTIONS,
  ...DATE_TIME_FUNCTIONS,
  '!': (a) => {
    const value = booleanOf(a);
    return value === undefined ? undefined : booleanValue(!value);
  },
  '=': (a, b) => {
    const equal = equalValues(a!, b!);
    return equal === undefined ? undefined : booleanValue(equal);
  },
  '!=': (a, b) => {
    const equal = equalValues(a!, b!);
    return equal === undefined ? undefined : booleanValue(!equal);
  },
  '<': comparison((order) => order < 0),
  '<=': comparison((order) => order <= 0),
  '>': comparison((order) => order > 0),
  '>=': comparison((order) => order >= 0),
  '+': arithmetic((a, b) => a + b),
  '-': arithmetic((a, b) => a - b),
  '*': arithmetic((a, b) => a * b),
  '/': arithmetic(
    (a, b) => a / b,
    (type) => (type === 'integer' ? 'decimal' : type),
  ),
  uminus: number1((a) => -a),
  uplus: number1((a) => a),
  abs: number1(Math.abs),
  ceil: number1(Math.ceil),
  floor: number1(Math.floor),
  round: number1(roundHalfUp),
  sameterm: (a, b) => booleanValue(termOf(a!).equals(termOf(b!))),
  isiri: termTest((term) => term.termType === 'NamedNode'),
  isuri: termTest((term) => term.termType === 'NamedNode'),
  isblank: termTest((term) => term.termType === 'BlankNode'),
  isliteral: termTest((term) => term.termType === 'Literal'),
  isnumeric: (a) => booleanValue(a?.kind === 'number'),
  str: (a) => {
    const term = termOf(a!);
    return term.termType === 'BlankNode' ? undefined : stringValue(term.value);
  },
  lang: (a) => {
    const term = termOf(a!);
    return term.termType === 'Literal' ? stringValue(term.language) : undefined;
  },
  datatype: (a) => {
    const term = termOf(a!);
    return term.termType === 'Literal' ? iriValue(term.datatype.value) : undefined;
  },
  strdt: (a, b) => {
    if (a?.kind !== 'string' || a.language !== '') return undefined;
    const datatype = termOf(b!);
    return datatype.termType === 'NamedNode' ? valueOf(literal(a.string, datatype)) : undefined;
  },
  strlang: (a, b) =>
    a?.kind === 'string' && a.language === '' && b?.kind === 'string' && b.string !== ''
      ? valueOf(literal(a.string, b.string))
      : undefined,
};
