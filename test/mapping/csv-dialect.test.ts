import { deepEqual, equal, match } from 'node:assert/strict';
import type { CsvDialect } from '../../src/mapping/normal-form.ts';
import { checkMapping, checkRefusal, csvMap } from './check.ts';
import { partsOf, problemsIn, valuesOf } from './read.ts';

interface DialectCase {
  readonly dialect: CsvDialect;
  readonly text: string;
  readonly references: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const DIALECTS: Readonly<Record<string, DialectCase>> = {
  'another delimiter': {
    dialect: { delimiter: ';' },
    text: 'a;b\n1,5;"2;3"\n',
    references: ['a', 'b'],
    rows: [['1,5', '2;3']],
  },
  'another quote': {
    dialect: { quoteChar: "'" },
    text: `a,b\n'x,"y"','it''s'\n`,
    references: ['a', 'b'],
    rows: [['x,"y"', "it's"]],
  },
  'no quotes': {
    dialect: { quoteChar: null },
    text: 'a,b\n"x,y"\n',
    references: ['a', 'b'],
    rows: [['"x', 'y"']],
  },
  'quotes escaped by a backslash': {
    dialect: { doubleQuote: false },
    text: 'a,b\n"say \\"hi\\"","c:\\\\x"\n',
    references: ['a', 'b'],
    rows: [['say "hi"', 'c:\\x']],
  },
  'comments anywhere': {
    dialect: { commentPrefix: '#' },
    text: '# made by hand\na,b\n1,2\n# 3,4\r\n5,#6\n# the end',
    references: ['a', 'b'],
    rows: [
      ['1', '2'],
      ['5', '#6'],
    ],
  },
  'rows before the header': {
    dialect: { skipRows: 2 },
    text: 'Report of today\n\na,b\n1,2\n',
    references: ['a', 'b'],
    rows: [['1', '2']],
  },
  'two rows of header': {
    dialect: { headerRowCount: 2 },
    text: 'a,b\nmetres,seconds\n1,2\n',
    references: ['b'],
    rows: [['2']],
  },
  'no header': {
    dialect: { header: false },
    text: '1,2\n3,4\n',
    references: ['_col.2'],
    rows: [['2'], ['4']],
  },
  'columns that are skipped': {
    dialect: { skipColumns: 1 },
    text: 'n,a,b\n1,x,y\n',
    references: ['a', 'b'],
    rows: [['x', 'y']],
  },
  'space after the delimiter': {
    dialect: { skipInitialSpace: true },
    text: 'a, b\n1, "x, y" \n'.replace('" ', '"'),
    references: ['a', 'b'],
    rows: [['1', 'x, y']],
  },
  'trimmed on both sides': {
    dialect: { trim: 'both' },
    text: 'a , b\n 1 , "x" \n',
    references: ['a', 'b'],
    rows: [['1', 'x']],
  },
  'blank rows that count': {
    dialect: { skipBlankRows: false },
    text: 'a\n1\n\n2\n',
    references: ['a'],
    rows: [['1'], [''], ['2']],
  },
  'tabs, trimmed': {
    dialect: { delimiter: '\t', trim: 'both' },
    text: 'a\tb\n 1 \t\t\n'.replace('\t\t', '\t'),
    references: ['a', 'b'],
    rows: [['1', '']],
  },
};

describe('CSV dialects', () => {
  for (const [title, { dialect, text, references, rows }] of Object.entries(DIALECTS)) {
    it(title, async () => {
      for (const size of [1, 3, text.length]) {
        const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
        deepEqual(await valuesOf({ formulation: 'csv', spec: { dialect }, chunks, references }), rows);
      }
    });
  }

  it('are described by CSVW in the mapping', () =>
    checkMapping({
      mapping: `@prefix csvw: <http://www.w3.org/ns/csvw#> .
        ${csvMap(
          'rml:reference "n"',
          `[ a csvw:Table ; csvw:url "people.csv" ; csvw:null "-" ;
             csvw:dialect [ csvw:delimiter ";" ; csvw:commentPrefix "#" ; csvw:trim true ] ]`,
        )}`,
      sources: { 'people.csv': '# people\nid; n\n1; Ann \n2;-\n' },
      expected: 'ex:1 ex:p "Ann" .',
    }));

  it('have tabs where the file is called so', () =>
    checkMapping({
      mapping: csvMap('rml:reference "n"', '"people.tsv"'),
      sources: { 'people.tsv': 'id\tn\n1\ta,b\n' },
      expected: 'ex:1 ex:p "a,b" .',
    }));

  const WRONG: Readonly<Record<string, readonly [string, RegExp]>> = {
    'an unknown property': [
      'csvw:delimeter ";"',
      /csvw:delimeter, which no dialect has; did you mean csvw:delimiter/,
    ],
    'a long delimiter': ['csvw:delimiter "||"', /one character is supported \(csvw:delimiter\)/],
    'a truth value that is none': ['csvw:header "perhaps"', /"perhaps", which is neither true nor false/],
    'a count that is none': ['csvw:skipRows "-1"', /"-1", which is no count/],
    'a line terminator': ['csvw:lineTerminators "|"', /rows end at CRLF, LF or CR/],
  };
  for (const [title, [property, message]] of Object.entries(WRONG)) {
    it(`are refused for ${title}`, () =>
      checkRefusal(
        {
          mapping: `@prefix csvw: <http://www.w3.org/ns/csvw#> .
            ${csvMap('rml:reference "n"', `[ csvw:url "people.csv" ; csvw:dialect [ ${property} ] ]`)}`,
          sources: {},
        },
        { type: 'mapping-invalid', message },
      ));
  }
});

describe('damaged CSV', () => {
  const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

  it('loses only the rows with bytes that are no UTF-8, and says where these are', async () => {
    const text = 'a,b\n1,\xe9\n2,ok\n3,\xc3\xa9\n\xff,"\xfe\n"\n5,ok\n';
    for (const size of [1, 2, 5, 100]) {
      const all = bytes(text);
      const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
        all.subarray(i * size, (i + 1) * size),
      );
      const parts = await partsOf({ formulation: 'csv', chunks });
      deepEqual(problemsIn(parts), [
        { code: 'encoding-invalid', row: 1, line: 2, fatal: false },
        { code: 'encoding-invalid', row: 4, line: 5, fatal: false },
      ]);
      const messages = parts.flatMap((part) => ('problem' in part ? [part.problem.message] : []));
      match(messages[0]!, /at byte 6\)/);
      match(messages[1]!, /at byte 18\)/);
      deepEqual(await valuesOf({ formulation: 'csv', chunks, references: ['a', 'b'] }), [
        ['2', 'ok'],
        ['3', 'é'],
        ['5', 'ok'],
      ]);
    }
  });

  it('is not read on after a header that is no UTF-8', async () => {
    const parts = await partsOf({ formulation: 'csv', chunks: [bytes('a\xff,b\n1,2\n')] });
    deepEqual(problemsIn(parts), [{ code: 'encoding-invalid', row: 0, line: 1, fatal: true }]);
  });

  it('keeps a replacement character that the data have', async () => {
    const values = await valuesOf({ formulation: 'csv', chunks: ['a\n\uFFFD\n'], references: ['a'] });
    deepEqual(values, [['\uFFFD']]);
  });

  it('does not fill the memory with a quote that is left open', async () => {
    let chunks = 0;
    function* endless(): Generator<string> {
      yield 'a,b\n1,"';
      for (; chunks < 10_000; chunks++) yield 'x'.repeat(65_536);
    }
    const parts = await partsOf({ formulation: 'csv', chunks: endless() });
    deepEqual(problemsIn(parts), [{ code: 'csv-malformed', row: 1, line: 2, fatal: true }]);
    equal(chunks < 100, true, `${chunks} chunks were read`);
  });
});
