/** Terms of all sorts for tests of the dictionary: few enough to meet again, odd enough to be mistaken. */
import fc from 'fast-check';
import { blankNode, defaultGraph, literal, namedNode, type RDF, type Term } from '../../src/rdf/terms.ts';

const XSD = 'http://www.w3.org/2001/XMLSchema#';
const NUMERIC = [
  'integer',
  'decimal',
  'double',
  'float',
  'long',
  'int',
  'nonNegativeInteger',
  'unsignedByte',
];
const OTHERS = ['boolean', 'date', 'dateTime', 'string', 'anyURI', 'time', 'unknown'];

const digits = fc.string({ unit: fc.constantFrom('0', '1', '9', '5'), maxLength: 21 });
const sign = fc.constantFrom('', '', '-', '+');

/** Numbers in every way of writing them, most of them usual. */
const anyNumber: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: -300, max: 300 }).map(String),
  fc.integer().map(String),
  fc.maxSafeInteger().map(String),
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
  fc
    .double({ noDefaultInfinity: true, noNaN: true })
    .map((number) => number.toExponential().replace('e', 'E').replace('+', '')),
  fc
    .tuple(fc.integer({ min: -99_999_999, max: 99_999_999 }), fc.nat({ max: 8 }))
    .map(([n, scale]) => (n / 10 ** scale).toFixed(scale)),
  fc
    .tuple(
      sign,
      digits,
      fc.option(digits),
      fc.option(fc.tuple(fc.constantFrom('e', 'E'), sign, fc.nat({ max: 400 }))),
    )
    .map(
      ([s, whole, part, exponent]) =>
        `${s}${whole}${part === null ? '' : `.${part}`}${exponent?.join('') ?? ''}`,
    ),
  fc.constantFrom('INF', '-INF', 'NaN', '', '-', '.', 'E', '1E', '-.', '1.E1'),
);

const zone = fc.oneof(
  fc.constantFrom('', 'Z', '+00:00', '-00:00', '+14:00', '-14:00', '+14:01', 'z', '+1:00', 'Z '),
  fc
    .tuple(fc.constantFrom('+', '-'), fc.nat({ max: 23 }), fc.nat({ max: 59 }))
    .map(([s, h, m]) => `${s}${pad(h)}:${pad(m)}`),
);
const fraction = fc.oneof(
  fc.constant(''),
  fc.string({ unit: fc.constantFrom('0', '1', '9'), maxLength: 11 }).map((text) => `.${text}`),
);
const pad = (number: number): string => String(number).padStart(2, '0');
const date = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1960, max: 2110 }), fc.nat({ max: 10_100 })),
    fc.nat({ max: 13 }),
    fc.nat({ max: 32 }),
  )
  .map(([year, month, day]) => `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}`);
const anyDate = fc.tuple(date, zone).map((parts) => parts.join(''));
const anyDateTime = fc
  .tuple(date, fc.nat({ max: 24 }), fc.nat({ max: 60 }), fc.nat({ max: 60 }), fraction, zone)
  .map(([day, h, m, s, part, z]) => `${day}T${pad(h)}:${pad(m)}:${pad(s)}${part}${z}`);

const of = (text: string, name: string): RDF.Literal => literal(text, namedNode(XSD + name));

/** Literals that are numbers, times or booleans, or nearly so. */
export const anyValueLiteral: fc.Arbitrary<RDF.Literal> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(anyNumber, fc.constantFrom(...NUMERIC)).map(([text, name]) => of(text, name)),
  },
  { weight: 2, arbitrary: anyDateTime.map((text) => of(text, 'dateTime')) },
  { weight: 1, arbitrary: anyDate.map((text) => of(text, 'date')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('true', 'false', '0', '1', 'True', '').map((text) => of(text, 'boolean')),
  },
);

const anyText = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '\ufffd',
    '\ufeff',
    '"',
    '\\',
    '\\u0041',
    'A',
    '\u0000',
    '\u007f',
    '\n',
    '>',
    '@en',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed()),
  fc.string({ unit: 'grapheme-composite', maxLength: 8 }).map((text) => text.toWellFormed()),
  fc
    .tuple(fc.constantFrom('x', 'é', '\\'), fc.nat({ max: 40_000 }))
    .map(([unit, times]) => unit.repeat(times)),
);
const anyTag = fc.constantFrom('en', 'EN', 'en-GB', 'en-gb', 'de', 'x-İ', 'x-É', 'x-é');

const few = <Item>(arbitrary: fc.Arbitrary<Item>): fc.Arbitrary<Item> => fc.oneof(arbitrary, arbitrary);

/** Any term that can be stored. */
export const anyTerm: fc.Arbitrary<Term> = few(
  fc.oneof(
    fc.nat({ max: 20 }).map((n) => namedNode(`http://example.org/element/${n}`)),
    anyText.map(namedNode),
    anyText.map(blankNode),
    anyText.map((text) => literal(text)),
    fc.tuple(anyText, anyTag).map(([text, tag]) => literal(text, tag)),
    fc.tuple(anyText, anyText).map(([text, iri]) => literal(text, namedNode(`${iri}#`))),
    fc.tuple(anyNumber, fc.constantFrom(...OTHERS)).map(([text, name]) => of(text, name)),
    anyValueLiteral,
    fc.constant(defaultGraph()),
  ),
);
