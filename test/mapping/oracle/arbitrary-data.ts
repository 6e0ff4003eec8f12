/**
 * Random data for random mappings: JSON and CSV with the values that break engines.
 */
import fc from 'fast-check';

export type Formulation = 'JSON' | 'CSV';

const HOSTILE = [
  'a',
  'b',
  'a',
  'b',
  'c',
  '1',
  '2',
  '01',
  'true',
  '',
  ' ',
  'a b',
  'é',
  'Ω/x',
  '😀',
  '𠜎',
  '"q"',
  "it's",
  'a\nb',
  'a\r\nb',
  '50%',
  '%41',
  '{x}',
  '}{',
  '\\',
  '\\n',
  'http://ex.org/abs',
  'urn:x:y',
  'a/b',
  '#f',
  '?q=1&r',
  'a,b',
  '\t',
  '\u0001',
  '\u0000',
  '\u007f',
  '\u2028',
  '\uE000',
  '\uFFFD',
  'NA',
  'en',
  'de-AT',
  'x y',
  '2024-02-29',
  '2023-02-29',
  '-0',
  '1e3',
  '.5',
  '+7',
  '<a>',
  '^`|',
  '[::1]',
  'ex:p',
  '//h/p',
  '.',
  '..',
  '~',
] as const; // prettier-ignore

export const text = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) },
);

/** A JSON scalar as it is written. */
const jsonScalar = fc.oneof(
  { weight: 6, arbitrary: text.map((value) => JSON.stringify(value)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"\\ud800"', '"\\uDFFFa"', '"\\u0061"', '"\\ud83d\\ude00"', '"a\\/b"'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '1',
      '2',
      '-0',
      '1.50',
      '1e3',
      '1e+21',
      '1E400',
      '-0.0',
      '9007199254740993',
      '-1E-2',
      '12345678901234567890',
      '0.1',
      'true',
      'false',
      'null',
    ),
  }, // prettier-ignore
);

export const NAMES = ['id', 'a', 'b c', 'é', 'x{y}'] as const;

const jsonRecord = fc
  .record(
    {
      id: jsonScalar,
      a: jsonScalar,
      'b c': jsonScalar,
      é: jsonScalar,
      'x{y}': jsonScalar,
      l: fc.array(jsonScalar, { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
      n: jsonScalar.map((value) => `{"m":${value}}`),
    },
    { requiredKeys: ['id'], noNullPrototype: true },
  )
  .map((members) => {
    const list = Object.entries(members).map(([name, value]) => `${JSON.stringify(name)}: ${value}`);
    return `{${list.join(', ')}}`;
  });

const cell = (value: string): string =>
  /[",\r\n]/.test(value) || value === '' ? `"${value.replaceAll('"', '""')}"` : value;

const csvText = fc
  .tuple(
    fc.array(fc.array(text, { minLength: NAMES.length, maxLength: NAMES.length }), { maxLength: 5 }),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
  )
  .map(([rows, end, isEnded]) => {
    const lines = [NAMES, ...rows].map((cells) => cells.map(cell).join(','));
    return lines.join(end) + (isEnded ? end : '');
  });

export interface Source {
  readonly formulation: Formulation;
  readonly location: string;
  readonly text: string;
  /** The value of `rml:logicalSource`. */
  readonly turtle: string;
}

export const jsonSource = (location: string): fc.Arbitrary<Source> =>
  fc.tuple(fc.array(jsonRecord, { maxLength: 5 }), fc.boolean()).map(([records, nested]) => ({
    formulation: 'JSON',
    location,
    text: nested ? `{"rows": [${records.join(',')}], "x": 1}` : `[${records.join(',\n')}]`,
    turtle: `[ rml:source "${location}" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "${nested ? '$.rows[*]' : '$[*]'}" ]`,
  }));

export const csvSource = (location: string): fc.Arbitrary<Source> =>
  fc.tuple(csvText, fc.subarray(['', 'NA', 'a'])).map(([table, nulls]) => ({
    formulation: 'CSV',
    location,
    text: table,
    turtle: `[ rml:source [ a rml:FilePath ; rml:path "${location}" ${nulls.map((n) => `; rml:null "${n}" `).join('')}] ; rml:referenceFormulation rml:CSV ]`,
  }));
