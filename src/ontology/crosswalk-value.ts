/**
 * One value of one attribute, from the spelling of a dialect to the literal or IRI of our terms.
 *
 * A value that cannot be read is never guessed and never dropped: it comes back as it was, marked `invalid`,
 * so that a shape can refuse it. Numbers are moved by exact decimal factors only.
 */
import { canonicalJson, type Json } from '../rdf/canonical-json.ts';
import { literal, namedNode, type RDF } from '../rdf/terms.ts';
import { geo, rdf, xsd } from '../rdf/vocab.ts';
import type { PropertyRow } from './crosswalk-table.ts';
import { canonicalDateTime } from './date-time.ts';
import {
  type Decimal,
  decimalLexical,
  floatLexical,
  integerLexical,
  isGreater,
  multiply,
  parseDecimal,
} from './decimal.ts';
import { canonicalArea, parsePoint } from './wkt.ts';

/** What a value became. */
export type Converted =
  | {
      readonly kind: 'value';
      /** For the aerOS term. */
      readonly aeros?: RDF.Quad_Object;
      /** For the canonical terms, one each, in the order of the row. */
      readonly cf: readonly RDF.Quad_Object[];
      /** Something that people should know. */
      readonly note?: Note;
    }
  /** A sentinel: the source says that it does not know. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'invalid'; readonly expected: string };

export interface Note {
  readonly code: 'scale-adjusted' | 'value-rounded' | 'value-unmapped';
  readonly message: string;
}

/** How to read a value: the row, the unit of the dialect, and the spellings of the enumeration. */
export interface Reading {
  readonly row: PropertyRow;
  /** Value × this = value in the unit of the row. */
  readonly factor: Decimal | undefined;
  /** The value stands in the unit of the canonical term already. */
  readonly canonical: boolean;
  readonly aerosDatatype: RDF.NamedNode | undefined;
  readonly cfDatatype: RDF.NamedNode | undefined;
  readonly individuals: EnumerationIndex | undefined;
}

/** The individuals of one enumeration. */
export interface EnumerationIndex {
  readonly name: string;
  /** By spelling in lower case. */
  readonly bySpelling: ReadonlyMap<string, RDF.NamedNode>;
  readonly byIri: ReadonlyMap<string, RDF.NamedNode>;
}

/** Converts the object of one quad. */
export function convert(reading: Reading, object: RDF.Quad_Object): Converted {
  const { row } = reading;
  if (row.sentinels.length > 0 && !reading.canonical && isSentinel(row, object.value)) return UNKNOWN;
  switch (row.kind) {
    case 'number':
    case 'ratio':
      return object.termType === 'Literal' ? number(reading, object.value) : invalid('a number');
    case 'boolean':
      return object.termType === 'Literal' ? boolean(reading, object.value) : invalid('true or false');
    case 'dateTime':
      return dateTime(reading, object);
    case 'string':
      return object.termType === 'BlankNode'
        ? invalid('a text')
        : both(reading, (datatype) => literal(object.value, datatype));
    case 'text':
      return object.termType === 'BlankNode'
        ? invalid('a text')
        : both(reading, () => (object.termType === 'Literal' ? object : literal(object.value)));
    case 'iri':
      return iri(reading, object);
    case 'enumeration':
      return enumeration(reading, object);
    case 'geo-point':
      return reading.canonical ? number(reading, object.value) : point(object);
    case 'geo-area':
      return area(reading, object);
    case 'json':
      return object.termType === 'Literal' ? json(reading, object.value) : invalid('a JSON text');
    case 'secret':
      return UNKNOWN;
  }
}

const UNKNOWN: Converted = { kind: 'unknown' };
const invalid = (expected: string): Converted => ({ kind: 'invalid', expected });

function isSentinel(row: PropertyRow, value: string): boolean {
  if (row.sentinels.includes(value)) return true;
  if (row.kind !== 'number' && row.kind !== 'ratio') return false;
  // "-1.0" and "-1E0" are -1; only a negative number is worth the second look
  if (!value.startsWith('-')) return false;
  const decimal = parseDecimal(value);
  return decimal !== undefined && row.sentinels.includes(decimalLexical(decimal));
}

function both(reading: Reading, make: (datatype: RDF.NamedNode) => RDF.Quad_Object): Converted {
  const { row } = reading;
  return {
    kind: 'value',
    ...(row.aeros === undefined ? {} : { aeros: make(reading.aerosDatatype ?? xsd.string) }),
    cf: row.cf.map(() => make(reading.cfDatatype ?? xsd.string)),
  };
}

const PERCENT: Decimal = { negative: false, digits: '1', exponent: -2 };
const ONE: Decimal = { negative: false, digits: '1', exponent: 0 };

function number(reading: Reading, text: string): Converted {
  const { row } = reading;
  const read = parseDecimal(text);
  if (!read) return invalid('a number');
  if (reading.canonical) {
    const { term, rounded } = numeric(read, reading.cfDatatype);
    return { kind: 'value', cf: row.cf.map(() => term), ...(rounded ? { note: roundedNote(text) } : {}) };
  }
  let value = reading.factor ? multiply(read, reading.factor) : read;
  let note: Note | undefined;
  if (row.kind === 'ratio' && isGreater(value, ONE)) {
    value = multiply(value, PERCENT);
    note = { code: 'scale-adjusted', message: `value ${text} is above 1 and was read as percent` };
  }
  const aeros = row.aeros === undefined ? undefined : numeric(value, reading.aerosDatatype);
  const canonical = row.cf.length === 0 ? undefined : row.cfFactor ? multiply(value, row.cfFactor) : value;
  const cf = canonical && numeric(canonical, reading.cfDatatype);
  if (aeros?.rounded === true || cf?.rounded === true) note = roundedNote(text);
  return {
    kind: 'value',
    ...(aeros ? { aeros: aeros.term } : {}),
    cf: cf ? row.cf.map(() => cf.term) : [],
    ...(note ? { note } : {}),
  };
}

const roundedNote = (text: string): Note => ({
  code: 'value-rounded',
  message: `value ${text} is not whole and was rounded up`,
});

/** The literal of a number in the canonical form of its datatype. */
function numeric(value: Decimal, datatype: RDF.NamedNode | undefined) {
  switch (datatype?.value) {
    case xsd.integer.value: {
      const { lexical, rounded } = integerLexical(value);
      return { term: literal(lexical, xsd.integer), rounded };
    }
    case xsd.float.value:
      return { term: literal(floatLexical(value), xsd.float), rounded: false };
    default:
      return { term: literal(decimalLexical(value), xsd.decimal), rounded: false };
  }
}

const BOOLEANS: ReadonlyMap<string, string> = new Map([
  ['true', 'true'],
  ['false', 'false'],
  ['1', 'true'],
  ['0', 'false'],
]);

function boolean(reading: Reading, text: string): Converted {
  const value = BOOLEANS.get(text) ?? BOOLEANS.get(text.trim().toLowerCase());
  return value === undefined ? invalid('true or false') : both(reading, () => literal(value, xsd.boolean));
}

function dateTime(reading: Reading, object: RDF.Quad_Object): Converted {
  const value = object.termType === 'Literal' ? canonicalDateTime(object.value) : undefined;
  if (value === undefined) return invalid('a date and time');
  return both(reading, () => literal(value, xsd.dateTime));
}

const ABSOLUTE_IRI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/;

function iri(reading: Reading, object: RDF.Quad_Object): Converted {
  if (object.termType !== 'Literal') return both(reading, () => object);
  // simplified entities carry relationships as bare texts
  return ABSOLUTE_IRI.test(object.value)
    ? both(reading, () => namedNode(object.value))
    : invalid('the identifier of an entity');
}

const ENTITY_URN = /^urn:ngsi-ld:[^:]+:(.+)$/;

function enumeration(reading: Reading, object: RDF.Quad_Object): Converted {
  const index = reading.individuals;
  if (!index || object.termType === 'BlankNode') return invalid('a value of an enumeration');
  const known =
    index.byIri.get(object.value) ??
    index.bySpelling.get((ENTITY_URN.exec(object.value)?.[1] ?? object.value).trim().toLowerCase());
  if (known) return both(reading, () => known);
  const kept =
    object.termType === 'NamedNode' || ABSOLUTE_IRI.test(object.value)
      ? namedNode(object.value)
      : namedNode(`urn:ngsi-ld:${index.name}:${encodeURIComponent(object.value.trim())}`);
  return {
    ...(both(reading, () => kept) as Extract<Converted, { kind: 'value' }>),
    note: { code: 'value-unmapped', message: `${object.value} is no known ${index.name}` },
  };
}

function point(object: RDF.Quad_Object): Converted {
  const read = object.termType === 'Literal' ? parsePoint(object.value) : undefined;
  if (!read) return invalid('a point, POINT(longitude latitude)');
  return {
    kind: 'value',
    aeros: literal(read.wkt, geo.wktLiteral),
    cf: [literal(read.longitude, xsd.decimal), literal(read.latitude, xsd.decimal)],
  };
}

function area(reading: Reading, object: RDF.Quad_Object): Converted {
  const read = object.termType === 'Literal' ? canonicalArea(object.value) : undefined;
  if (read === undefined) return invalid('an area, POLYGON((longitude latitude, ...))');
  return both(reading, () => literal(read, geo.wktLiteral));
}

function json(reading: Reading, text: string): Converted {
  const canonical = canonicalText(text);
  return both(reading, (datatype) =>
    datatype.value === rdf.JSON.value ? literal(canonical, rdf.JSON) : literal(canonical, datatype),
  );
}

/** Members in order of their names, no white space; a text that is not JSON becomes a JSON string. */
function canonicalText(text: string): string {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return JSON.stringify(text);
  }
  return canonicalJson(value);
}
