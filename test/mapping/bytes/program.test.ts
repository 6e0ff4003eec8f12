/** The byte engine case by case: duplicates, joins, faults of the data, and what it leaves to the term engine. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { runBoth } from './run-both.ts';

const PREFIXES = `@prefix rml: <http://w3id.org/rml/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <http://ex.org/> .
`;

const csv = 'rml:logicalSource [ rml:source "t.csv" ; rml:referenceFormulation rml:CSV ]';
const json = (iterator: string): string =>
  `rml:logicalSource [ rml:source "t.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "${iterator}" ]`;
const ndjson = 'rml:logicalSource [ rml:source "t.ndjson" ; rml:referenceFormulation rml:JSONPath ]';
const object = (map: string, predicate = 'ex:p'): string =>
  `rml:predicateObjectMap [ rml:predicate ${predicate} ; rml:objectMap [ ${map} ] ]`;
const map = (source: string, ...objects: readonly string[]): string => `${PREFIXES}
ex:map a rml:TriplesMap ; ${source} ; rml:subjectMap [ rml:template "http://ex.org/{a}" ] ;
  ${objects.join(' ; ')} .
`;
const reference = object('rml:reference "b"');

const names = (count: number): string => Array.from({ length: count }, (_, index) => `n${index}`).join();

interface Case {
  readonly title: string;
  readonly mapping: string;
  readonly sources: Readonly<Record<string, string | Uint8Array>>;
  /** Number of lines. */
  readonly lines: number;
  readonly codes?: readonly string[];
  readonly refused?: string;
  /** How often sources are opened. */
  readonly opened?: number;
  readonly rereadable?: boolean;
}

const latin = Uint8Array.from(Buffer.from('a,b\n1,x\n2,\xe9\n3,z\n', 'latin1'));

const CASES: readonly Case[] = [
  {
    title: 'subjects in order need one reading',
    mapping: map(csv, reference),
    sources: { 't.csv': 'a,b\n1,x\n2,x\n10,y\n' },
    lines: 3,
    opened: 1,
  },
  {
    title: 'subjects out of order are read once more',
    mapping: map(csv, reference),
    sources: { 't.csv': 'a,b\n1,x\n3,x\n2,y\n4,x\n' },
    lines: 4,
    opened: 2,
  },
  {
    title: 'a subject that comes twice makes lines be compared',
    mapping: map(csv, reference),
    sources: { 't.csv': 'a,b\n1,x\n3,x\n2,y\n3,x\n3,y\n1,x\n' },
    lines: 4,
    opened: 3,
  },
  {
    title: 'sources that cannot be read again lose no line and repeat none',
    mapping: map(csv, reference),
    sources: { 't.csv': 'a,b\n1,x\n3,x\n2,y\n3,x\n3,y\n1,x\n' },
    lines: 4,
    opened: 1,
    rereadable: false,
  },
  {
    title: 'two statements of one record may agree',
    mapping: map(csv, reference, object('rml:template "{b}" ; rml:termType rml:Literal')),
    sources: { 't.csv': 'a,b\n1,x\n2,y\n' },
    lines: 2,
    opened: 1,
  },
  {
    title: 'two triples maps may agree',
    mapping: `${map(csv, reference)}${map(csv, reference).replace(PREFIXES, '').replace('ex:map', 'ex:other')}`,
    sources: { 't.csv': 'a,b\n1,x\n2,y\n' },
    lines: 2,
  },
  {
    title: 'a constant subject is compared by line',
    mapping: map(csv, reference).replace('rml:template "http://ex.org/{a}"', 'rml:constant ex:s'),
    sources: { 't.csv': 'a,b\n1,x\n2,x\n3,y\n' },
    lines: 2,
    opened: 1,
  },
  {
    title: 'a join of many to many',
    mapping: `${map(csv, object('rml:parentTriplesMap ex:parent ; rml:joinCondition [ rml:child "b" ; rml:parent "k" ] ; rml:joinCondition [ rml:child "a" ; rml:parent "l" ]'))}
ex:parent a rml:TriplesMap ; ${ndjson} ; rml:subjectMap [ rml:template "http://ex.org/parent/{n}" ] .`,
    sources: {
      't.csv': 'a,b\n1,x\n2,x\n3,y\n',
      't.ndjson':
        '{"k":"x","l":1,"n":"p"}\n{"k":"x","l":"1","n":"q"}\n{"k":"x","l":1,"n":"p"}\n{"k":"y","l":4}\n',
    },
    lines: 2,
  },
  {
    title: 'a join within one source',
    mapping: map(
      csv,
      object('rml:parentTriplesMap ex:map ; rml:joinCondition [ rml:child "b" ; rml:parent "a" ]'),
    ),
    sources: { 't.csv': 'a,b\n1,2\n2,1\n3,9\n' },
    lines: 2,
    opened: 2,
  },
  {
    title: 'ragged rows and rows that are no UTF-8 are lost alone',
    mapping: map(csv, reference),
    sources: { 't.csv': 'a,b\n1,x\n2\n3,y,z\n4,"w"\n' },
    lines: 2,
    codes: ['row-ragged', 'row-ragged'],
  },
  {
    title: 'a column that is not there',
    mapping: map(csv, object('rml:reference "c"')),
    sources: { 't.csv': 'a,b\n1,x\n2,y\n' },
    lines: 0,
    codes: ['column-unknown'],
  },
  {
    title: 'a broken line is lost alone',
    mapping: map(ndjson, reference),
    sources: { 't.ndjson': '{"a":1,"b":2}\n{"a":2,"b":\n"x"}\n\n{"a":3,"b":true}' },
    lines: 2,
    codes: ['json-malformed', 'json-malformed'],
  },
  {
    title: 'members that come twice, escaped names, deep numbers',
    mapping: map(ndjson, reference, object('rml:reference "c.d"', 'ex:q')),
    sources: {
      't.ndjson':
        '{"a":1,"b":2,"\\u0062":12345678901234567890,"c":{"d":1},"c":{"e":1}}\n{"a":2,"c":{"d":1e+21}}\n',
    },
    lines: 2,
  },
  {
    title: 'a document of records on the way, with all around it',
    mapping: map(json('$.x.rows[*]'), reference),
    sources: {
      't.json': ' {"y":[{"a":0,"b":0}],"x":{"rows":[{"a":1,"b":"p"},{"a":2,"b":null},3],"z":{}},"w":1} ',
    },
    lines: 1,
  },
  {
    title: 'records that are members of an object',
    mapping: map(json('$[*]'), reference),
    sources: { 't.json': '{"p":{"a":1,"b":"p"},"q":{"a":2,"b":"q"}}' },
    lines: 2,
  },
  {
    title: 'values that are objects or lists',
    mapping: map(json('$'), reference),
    sources: { 't.json': '{"a":1,"b":[1]}' },
    lines: 0,
    codes: ['value-structured'],
  },
  {
    title: 'a header of many columns with quotes in a name',
    mapping: map(csv, reference),
    sources: { 't.csv': `a,b,"c""d",${names(80)}\n1,x,y,${names(80)}\n` },
    lines: 1,
  },
  {
    title: 'a line number behind a header of many columns',
    mapping: map(csv, reference),
    sources: { 't.csv': `a,b,"c\n",${names(80)}\n1\n` },
    lines: 0,
    codes: ['row-ragged'],
  },
  {
    title: 'marks of byte order before lines',
    mapping: map(ndjson, reference),
    sources: { 't.ndjson': '\uFEFF{"a":1,"b":2}\n\uFEFF\n\uFEFF {"a":2,"b":3}\n' },
    lines: 2,
  },
  {
    title: 'a member that comes twice, with escapes each time',
    mapping: map(ndjson, reference),
    sources: { 't.ndjson': String.raw`{"a":1,"b":"x\\n","b":"y\\n"}` },
    lines: 1,
  },
  {
    title: 'surrogates that are alone are one character',
    mapping: map(ndjson, reference, object('rml:reference "b" ; rml:termType rml:BlankNode', 'ex:q')),
    sources: {
      't.ndjson': String.raw`{"a":1,"b":"\ud800"} {"a":1,"b":"\udfff"} {"a":1,"b":"\ufffd"}`.replaceAll(
        '} ',
        '}\n',
      ),
    },
    lines: 2,
  },
  {
    title: 'numbers keep their text, whatever their exponent',
    mapping: map(ndjson, reference),
    sources: {
      't.ndjson': '1e+21 1e21 1E400 -0 1e-7 1E+2 -0.0 100000000000000000000000 2e+300'
        .split(' ')
        .map((number, index) => `{"a":${index},"b":${number}}\n`)
        .join(''),
    },
    lines: 9,
  },
  {
    title: 'every condition of a join tells what is wrong with its value',
    mapping: map(
      ndjson,
      object(
        'rml:parentTriplesMap ex:map ; rml:joinCondition [ rml:child "z" ; rml:parent "a" ] ; rml:joinCondition [ rml:child "b" ; rml:parent "a" ]',
      ),
    ),
    sources: { 't.ndjson': '{"a":1,"b":{}}\n' },
    lines: 0,
    codes: ['value-structured'],
  },
];

describe('byte engine', () => {
  for (const { title, mapping, sources, lines, codes = [], refused, opened, rereadable } of CASES) {
    for (const chunkBytes of [undefined, 3]) {
      it(`${title}, ${chunkBytes ?? 'all'} bytes at a time`, async () => {
        const both = await runBoth({
          mapping,
          sources,
          ...(chunkBytes === undefined ? {} : { chunkBytes }),
          ...(rereadable === undefined ? {} : { rereadable }),
        });
        const { bytes, terms } = both;
        if ('unsupported' in bytes) throw new Error(bytes.unsupported.join());
        deepEqual([...bytes.lines].sort(), [...terms.lines].sort());
        equal(bytes.lines.length, lines);
        deepEqual(bytes.codes, codes);
        equal(bytes.refused, refused);
        if (opened !== undefined) equal(both.opened.length, opened, 'openings');
      });
    }
  }

  it('loses a row that is no UTF-8 alone', async () => {
    const { bytes } = await runBoth({ mapping: map(csv, reference), sources: { 't.csv': latin } });
    if ('unsupported' in bytes) throw new Error(bytes.unsupported.join());
    equal(bytes.lines.length, 2);
    deepEqual(bytes.codes, ['encoding-invalid']);
  });

  it('refuses a broken document when its records before the break are out', async () => {
    const sources = { 't.json': '[{"a":1,"b":"x"},{"a":2,"b":}]' };
    const { bytes } = await runBoth({ mapping: map(json('$[*]'), reference), sources });
    if ('unsupported' in bytes) throw new Error(bytes.unsupported.join());
    equal(bytes.refused, 'syntax-error');
    equal(bytes.lines.length, 1);
  });

  for (const text of [
    String.raw`{"é":{"a":1,"b":"p"},"\u00e9":{"a":2,"b":"q"}}`,
    String.raw`{"\u00E9":{"a":1,"b":"p"},"\u00e9":{"a":2,"b":"q"}}`,
    '{"x":{"a":1,"b":"p"},"x":{"a":2,"b":"q"}}',
  ]) {
    it(`refuses records of which the last would count: ${text}`, async () => {
      const { bytes } = await runBoth({ mapping: map(json('$.*'), reference), sources: { 't.json': text } });
      if ('unsupported' in bytes) throw new Error(bytes.unsupported.join());
      equal(bytes.refused, 'syntax-error');
      equal(bytes.lines.length, 1);
    });
  }

  const LEFT: readonly (readonly [string, string, RegExp])[] = [
    ['lists', map(json('$[*]'), object('rml:reference "b[*]"')), /reference "b\[\*\]"/],
    ['filters', map(json('$[?@.a]'), reference), /iterator/],
    [
      'lists that a join looks into',
      `${map(json('$[*]'), object('rml:parentTriplesMap ex:lists ; rml:joinCondition [ rml:child "a" ; rml:parent "b[*]" ]'))}
ex:lists a rml:TriplesMap ; ${json('$.rows[*]')} ; rml:subjectMap [ rml:constant ex:c ] .`,
      /reference "b\[\*\]"/,
    ],
  ];
  for (const [what, mapping, reason] of LEFT) {
    it(`names what it leaves to the term engine: ${what}`, async () => {
      const { bytes } = await runBoth({ mapping, sources: { 't.json': '[]', 't.csv': 'a,b\n' } });
      match('unsupported' in bytes ? bytes.unsupported.join() : '', reason);
    });
  }
});
