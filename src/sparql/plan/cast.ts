/**
 * Casts between datatypes, SPARQL 1.1 section 17.5.
 */
import { literal, namedNode } from '../../rdf/terms.ts';
import {
  booleanOf,
  booleanValue,
  type NumericType,
  numberValue,
  stringValue,
  termOf,
  type Value,
  valueOf,
} from '../value.ts';
import type { Strict } from './functions.ts';

const XSD = 'http://www.w3.org/2001/XMLSchema#';

/** The cast that an IRI names; undefined where it names none. */
export function castTo(iri: string): Strict | undefined {
  if (!iri.startsWith(XSD)) return undefined;
  const name = iri.slice(XSD.length);
  switch (name) {
    case 'string':
      return toText;
    case 'boolean':
      return toBoolean;
    case 'integer':
    case 'decimal':
    case 'float':
    case 'double':
      return (a) => toNumber(a!, name);
    case 'dateTime':
      return toDateTime;
    default:
      return undefined;
  }
}

/** Numbers lose what their lexical form says beside the value (XPath functions, section 19.1.2). */
const toText: Strict = (a) => {
  if (a?.kind === 'boolean') return stringValue(String(a.boolean));
  if (a?.kind === 'number') return stringValue(numberText(a.number, a.type));
  const term = termOf(a!);
  return term.termType === 'BlankNode' ? undefined : stringValue(term.value);
};

function numberText(number: number, type: NumericType): string {
  const plain =
    Number.isFinite(number) &&
    (type === 'integer' || type === 'decimal' || number === 0 || isHandy(Math.abs(number)));
  if (type === 'integer' || (plain && Number.isInteger(number))) return BigInt(number).toString();
  return termOf(numberValue(number, plain ? 'decimal' : type)).value;
}

const isHandy = (size: number): boolean => size >= 1e-6 && size < 1e6;

const toBoolean: Strict = (a) => {
  switch (a?.kind) {
    case 'boolean':
      return booleanValue(a.boolean);
    case 'number':
      return booleanValue(booleanOf(a) === true);
    case 'string': {
      if (a.language !== '') return undefined;
      const value = valueOf(literal(a.string, namedNode(`${XSD}boolean`)));
      return value.kind === 'boolean' ? booleanValue(value.boolean) : undefined;
    }
    default:
      return undefined;
  }
};

const toDateTime: Strict = (a) => {
  if (a?.kind === 'dateTime') return a;
  if (a?.kind !== 'string' || a.language !== '') return undefined;
  const value = valueOf(literal(a.string, namedNode(`${XSD}dateTime`)));
  return value.kind === 'dateTime' ? value : undefined;
};

function toNumber(value: Value, type: 'integer' | 'decimal' | 'float' | 'double'): Value | undefined {
  if (value.kind === 'boolean') return numberValue(Number(value.boolean), type);
  let source: Value | undefined;
  if (value.kind === 'number') source = value;
  else if (value.kind === 'string' && value.language === '') {
    source = valueOf(literal(value.string, namedNode(XSD + type)));
  }
  if (source?.kind !== 'number') return undefined;
  if (type === 'double') return numberValue(source.number, type);
  if (type === 'float') return numberValue(Math.fround(source.number), type);
  if (!Number.isFinite(source.number)) return undefined;
  return numberValue(type === 'integer' ? Math.trunc(source.number) : source.number, type);
}
