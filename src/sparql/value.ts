/**
 * Values of terms, for expressions: SPARQL 1.1 section 17 on what can be compared, added and tested.
 *
 * A term has a value only here; everywhere else terms are equal when they are the same term. An operation
 * that SPARQL calls an error gives undefined.
 */
import { literal, namedNode, type RDF, type Term, typed } from '../rdf/terms.ts';

const XSD = 'http://www.w3.org/2001/XMLSchema#';

/** Order of numeric promotion: the result of an operation has the later type of its operands. */
const NUMERIC = ['integer', 'decimal', 'float', 'double'] as const;
export type NumericType = (typeof NUMERIC)[number];

const NUMERIC_TYPES = new Map<string, NumericType>([
  ['integer', 'integer'],
  ['decimal', 'decimal'],
  ['float', 'float'],
  ['double', 'double'],
  ...(
    [
      'nonPositiveInteger',
      'negativeInteger',
      'long',
      'int',
      'short',
      'byte',
      'nonNegativeInteger',
      'unsignedLong',
      'unsignedInt',
      'unsignedShort',
      'unsignedByte',
      'positiveInteger',
    ] as const
  ).map((name) => [name, 'integer'] as const),
]);

/** The same by the whole IRI: this is asked for every number of every filter. */
const NUMERIC_DATATYPES = new Map([...NUMERIC_TYPES].map(([name, type]) => [XSD + name, type]));
const XSD_STRING = `${XSD}string`;

export type Value =
  | { readonly kind: 'number'; readonly type: NumericType; readonly number: number; readonly term?: Term }
  | { readonly kind: 'string'; readonly string: string; readonly language: string; readonly term?: Term }
  | { readonly kind: 'boolean'; readonly boolean: boolean; readonly term?: Term }
  /** Milliseconds since the epoch; a time without zone counts as UTC. */
  | { readonly kind: 'dateTime'; readonly time: number; readonly term: Term }
  /** A literal whose lexical form does not fit its datatype. */
  | { readonly kind: 'ill-typed'; readonly term: Term }
  /** An IRI, a blank node, or a literal of a datatype that has no value here. */
  | { readonly kind: 'other'; readonly term: Term };

const LEXICAL: Record<NumericType, RegExp> = {
  integer: /^[+-]?\d+$/,
  decimal: /^[+-]?(\d+(\.\d*)?|\.\d+)$/,
  float: /^([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN)$/,
  double: /^([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN)$/,
};

const DATE_TIME = /^(-?\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

export function valueOf(term: Term): Value {
  if (term.termType !== 'Literal') return { kind: 'other', term };
  if (term.language !== '')
    return { kind: 'string', string: term.value, language: term.language.toLowerCase(), term };
  const datatype = term.datatype.value;
  if (datatype === XSD_STRING) return { kind: 'string', string: term.value, language: '', term };
  const numeric = NUMERIC_DATATYPES.get(datatype);
  if (numeric) {
    const text = term.value.trim();
    if (!LEXICAL[numeric].test(text)) return { kind: 'ill-typed', term };
    return { kind: 'number', type: numeric, number: parseNumber(text), term };
  }
  if (!datatype.startsWith(XSD)) return { kind: 'other', term };
  switch (datatype.slice(XSD.length)) {
    case 'boolean':
      if (term.value === 'true' || term.value === '1') return { kind: 'boolean', boolean: true, term };
      if (term.value === 'false' || term.value === '0') return { kind: 'boolean', boolean: false, term };
      return { kind: 'ill-typed', term };
    case 'dateTime': {
      const time = parseDateTime(term.value);
      return time === undefined ? { kind: 'ill-typed', term } : { kind: 'dateTime', time, term };
    }
    default:
      return { kind: 'other', term };
  }
}

function parseNumber(text: string): number {
  if (text.endsWith('INF')) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

function parseDateTime(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const time = Date.parse(match[8] === undefined ? `${text}Z` : text);
  return Number.isNaN(time) ? undefined : time;
}

/** The term of a value that an expression made. */
export function termOf(value: Value): Term {
  if (value.term) return value.term;
  switch (value.kind) {
    case 'number':
      return typed(lexicalNumber(value.number, value.type), value.type);
    case 'string':
      return value.language === '' ? literal(value.string) : literal(value.string, value.language);
    case 'boolean':
      return typed(value.boolean, 'boolean');
    default:
      return value.term;
  }
}

/** Lexical form of a computed number: the canonical one of XML Schema 1.0. */
function lexicalNumber(number: number, type: NumericType): string {
  if (Number.isNaN(number)) return 'NaN';
  if (!Number.isFinite(number)) return number < 0 ? '-INF' : 'INF';
  if (type === 'integer') return BigInt(number).toString();
  if (type === 'decimal') {
    // Fifteen digits are what a double keeps of a decimal; the rest is noise of binary arithmetic.
    const rounded = Number(number.toPrecision(15));
    if (Number.isInteger(rounded)) return `${BigInt(rounded)}.0`;
    const text = String(rounded);
    return text.includes('e') ? rounded.toFixed(20).replace(/0+$/, '') : text;
  }
  if (type === 'float') return floatText(number);
  return exponential(number.toExponential());
}

/** The shortest digits that still name the same 32-bit number. */
function floatText(number: number): string {
  for (let digits = 0; digits < 9; digits++) {
    const text = number.toExponential(digits);
    if (Math.fround(Number(text)) === Math.fround(number)) return exponential(text);
  }
  return exponential(number.toExponential());
}

function exponential(text: string): string {
  const [digits, exponent] = text.split('e');
  return `${digits!.includes('.') ? digits! : `${digits!}.0`}E${Number(exponent)}`;
}

export const numberValue = (number: number, type: NumericType): Value => ({ kind: 'number', number, type });
export const stringValue = (string: string, language = ''): Value => ({ kind: 'string', string, language });
const TRUE: Value = { kind: 'boolean', boolean: true };
const FALSE: Value = { kind: 'boolean', boolean: false };
export const booleanValue = (boolean: boolean): Value => (boolean ? TRUE : FALSE);
export const iriValue = (iri: string): Value => ({ kind: 'other', term: namedNode(iri) });

/** The type of the result of an arithmetic operation. */
export function promote(a: NumericType, b: NumericType): NumericType {
  return NUMERIC[Math.max(NUMERIC.indexOf(a), NUMERIC.indexOf(b))]!;
}

/** `=` of SPARQL 1.1, section 17.3; undefined is an error. */
export function equalValues(a: Value, b: Value): boolean | undefined {
  if (a.kind === 'number' && b.kind === 'number') return a.number === b.number;
  if (a.kind === 'boolean' && b.kind === 'boolean') return a.boolean === b.boolean;
  if (a.kind === 'dateTime' && b.kind === 'dateTime') return a.time === b.time;
  if (a.kind === 'string' && b.kind === 'string') return a.string === b.string && a.language === b.language;
  const left = termOf(a);
  const right = termOf(b);
  if (left.equals(right)) return true;
  // RDFterm-equal: two literals that are not the same term are an error where their values are not known,
  // and different where they are known to be of different kinds.
  if (left.termType !== 'Literal' || right.termType !== 'Literal') return false;
  if (a.kind === 'other' || b.kind === 'other' || a.kind === 'ill-typed' || b.kind === 'ill-typed')
    return undefined;
  return false;
}

/** Negative, zero or positive for `<`; undefined where the operands cannot be compared, NaN among them. */
export function compareValues(a: Value, b: Value): number | undefined {
  if (a.kind === 'number' && b.kind === 'number') {
    return Number.isNaN(a.number) || Number.isNaN(b.number)
      ? undefined
      : a.number - b.number || sameInfinity(a.number, b.number);
  }
  if (a.kind === 'string' && b.kind === 'string' && a.language === '' && b.language === '') {
    return compareText(a.string, b.string);
  }
  if (a.kind === 'boolean' && b.kind === 'boolean') return Number(a.boolean) - Number(b.boolean);
  if (a.kind === 'dateTime' && b.kind === 'dateTime') return a.time - b.time;
  return undefined;
}

function sameInfinity(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** By code point, as SPARQL wants it, not by UTF-16 unit. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
}

/** Effective boolean value, section 17.2.2; undefined is an error. */
export function booleanOf(value: Value | undefined): boolean | undefined {
  switch (value?.kind) {
    case 'boolean':
      return value.boolean;
    case 'number':
      return value.number !== 0 && !Number.isNaN(value.number);
    case 'string':
      return value.language === '' ? value.string !== '' : undefined;
    case 'ill-typed': {
      const { datatype } = value.term as RDF.Literal;
      const name = datatype.value.slice(XSD.length);
      return name === 'boolean' || NUMERIC_TYPES.has(name) ? false : undefined;
    }
    default:
      return undefined;
  }
}

/** Order for ORDER BY, section 15.1: nothing, blank nodes, IRIs, literals; ties keep their order. */
export function orderValues(a: Value | undefined, b: Value | undefined): number {
  if (!a || !b) return Number(Boolean(a)) - Number(Boolean(b));
  const compared = compareValues(a, b);
  if (compared !== undefined) return compared;
  const left = termOf(a);
  const right = termOf(b);
  const rank = (term: Term): number =>
    term.termType === 'BlankNode' ? 0 : term.termType === 'NamedNode' ? 1 : 2;
  return rank(left) - rank(right) || compareText(left.value, right.value);
}
