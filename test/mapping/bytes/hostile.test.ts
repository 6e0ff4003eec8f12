/**
 * Sources as they should not be, under mappings that repeat themselves: both engines give the same lines, each
 * of them once, and tell the same problems.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { type ByteCase, type Outcome, runBoth } from './run-both.ts';

/** More cases than the seconds of an ordinary run allow. */
const RUNS = Number(process.env['FABRIC_DIFFERENTIAL_RUNS'] ?? 250);
const SEED = process.env['SEED'];

const PREFIXES = `@prefix rml: <http://w3id.org/rml/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <http://ex.org/> .
`;

// ---- sources ----

/** Texts, and bytes that are no UTF-8. */
type Piece = string | Uint8Array;

const encoder = new TextEncoder();
const bytesOf = (pieces: readonly Piece[]): Uint8Array =>
  Uint8Array.from(
    pieces.flatMap((piece) => [...(typeof piece === 'string' ? encoder.encode(piece) : piece)]),
  );

const damage = fc
  .constantFrom([0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0x80], [0xf4, 0x90, 0x80, 0x80])
  .map((bytes) => Uint8Array.from(bytes));

/** Numbers of records in the orders that tell how duplicates are looked for. */
const numbers: fc.Arbitrary<readonly number[]> = fc
  .tuple(
    fc.array(fc.nat(30), { maxLength: 25 }),
    fc.constantFrom('rising', 'distinct', 'any', 'of one length'),
  )
  .map(([list, order]) => {
    if (order === 'any') return list;
    if (order === 'of one length') return list.map((number) => 10 + (number % 10));
    const distinct = [...new Set(list)];
    return order === 'distinct' ? distinct : distinct.sort((one, other) => one - other);
  });

const word = fc.constantFrom(
  'x',
  'y',
  'x',
  '',
  ' ',
  'en',
  'EN',
  'é',
  '😀',
  'a"b',
  "it's",
  'p,q',
  'l\nm',
  'r\r\ns',
  '\u0000',
  '%',
  'http://x/',
  'http://w3id.org/rml/defaultGraph',
  '<',
);
const long = fc.constantFrom('z'.repeat(200), 'é"'.repeat(150), '\\'.repeat(9000));
const value = fc.oneof({ weight: 30, arbitrary: word }, { weight: 1, arbitrary: long });

const mark = fc.constantFrom('', '', '', '\uFEFF');

interface Drawn {
  readonly number: number;
  readonly values: readonly [string, string];
}

const drawn: fc.Arbitrary<readonly Drawn[]> = numbers.chain((list) =>
  fc
    .array(fc.tuple(value, value), { minLength: list.length, maxLength: list.length })
    .map((pairs) => list.map((number, index) => ({ number, values: pairs[index]! }))),
);

const cell = (text: string): string =>
  /[",\r\n]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text;

/** Rows that are lost, blank rows, and rows that end the reading. */
const oddRow: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Piece>('', '\r', '1', '1,2,3,4,5', '"1"', ',', ' ') },
  { weight: 3, arbitrary: damage },
  { weight: 1, arbitrary: fc.constantFrom('"1"x,2', '1,"2') },
);

const csvText: fc.Arbitrary<readonly Piece[]> = fc
  .record({
    rows: drawn,
    header: fc.constantFrom(['a', 'b', 'c'], ['c', 'a', 'b', 'q"q'], ['a', 'b', 'c', 'd\ne']),
    more: fc.constantFrom(0, 0, 1, 70),
    end: fc.constantFrom('\n', '\r\n', '\r'),
    isEnded: fc.boolean(),
    mark,
    odd: fc.array(fc.tuple(fc.nat(25), oddRow), { maxLength: 2 }),
    quotesAll: fc.boolean(),
  })
  .map(({ rows, header, more, end, isEnded, mark: first, odd, quotesAll }) => {
    const names = [...header, ...Array.from({ length: more }, (_, index) => `m${index}`)];
    const write = (text: string): string => (quotesAll ? `"${text.replaceAll('"', '""')}"` : cell(text));
    const lineOf = (of: (name: string) => string): Piece => names.map((name) => write(of(name))).join();
    const lines: Piece[] = rows.map(({ number, values: [b, c] }) =>
      lineOf((name) => (name === 'a' ? String(number) : name === 'b' ? b : name === 'c' ? c : '-')),
    );
    for (const [at, piece] of odd) lines.splice(at % (lines.length + 1), 0, piece);
    const all = [lineOf((name) => name), ...lines].flatMap((line) => [line, end]);
    return [first, ...(isEnded ? all : all.slice(0, -1))];
  });

/** A JSON text as another producer would write it. */
const spelled = (text: string, spelling: number): string => {
  if (spelling === 0) return JSON.stringify(text);
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
};

const scalar = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(value, fc.nat(1)).map(([text, spelling]) => spelled(text, spelling)) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...'0 -0 -0.0 1e2 1E400 1e+21 1e21 2.50 9007199254740993 true false null'.split(' '),
      ...'[] [1] {} {"d":"e"} {"d":{}}'.split(' '),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...String.raw`"\ud800" "\udc00\ud800" "\/" "\\n" "\\u0041" "\\\\"`.split(' ')),
  },
);

/** An object with its members in any order, some of them twice. */
const recordText = (number: number): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.constantFrom('"b"', '"c"', '"b"', '"\\u0062"', '"n"', '"q\\"q"'), scalar), {
        maxLength: 5,
      }),
      fc.constantFrom('', ' ', '\t', '\r'),
      fc.nat(5),
    )
    .map(([members, space, at]) => {
      const list: (readonly [string, string])[] = [...members];
      list.splice(at % (list.length + 1), 0, ['"a"', String(number)]);
      return `{${space}${list.map(([name, text]) => `${name}${space}:${space}${text}`).join(`${space},`)}${space}}`;
    });

const recordTexts: fc.Arbitrary<readonly string[]> = numbers.chain((list) =>
  fc.tuple(...list.map((number) => recordText(number))),
);

const oddLine: fc.Arbitrary<Piece> = fc.oneof(
  fc.constantFrom<Piece>(
    '',
    ' ',
    '\r',
    '\uFEFF',
    '\u00a0',
    '1',
    'null',
    '[]',
    '{',
    '{"a":1,}',
    '{"a":1}{"a":2}',
    '{"a":01}',
    '"',
    '\uFEFF{"a":77,"b":1}',
    '{"a":"\n"}',
    '{"a":1,"b":"\u0001"}',
  ),
  damage,
);

const ndjsonText: fc.Arbitrary<readonly Piece[]> = fc
  .record({
    records: recordTexts,
    end: fc.constantFrom('\n', '\r\n', '\n\n'),
    isEnded: fc.boolean(),
    mark,
    odd: fc.array(fc.tuple(fc.nat(25), oddLine), { maxLength: 3 }),
  })
  .map(({ records, end, isEnded, mark: first, odd }) => {
    const lines: Piece[] = [...records];
    for (const [at, piece] of odd) lines.splice(at % (lines.length + 1), 0, piece);
    const all = lines.flatMap((line) => [line, end]);
    return [first, ...(isEnded ? all : all.slice(0, -1))];
  });

const jsonText: fc.Arbitrary<readonly Piece[]> = fc
  .record({
    records: recordTexts,
    space: fc.constantFrom('', ' ', '\n', '\r\n\t'),
    mark,
    fault: fc.oneof(
      { weight: 8, arbitrary: fc.constant<Piece>('') },
      { weight: 1, arbitrary: fc.constantFrom<Piece>(',', ']', '"', 'x', '}') },
      { weight: 1, arbitrary: damage },
    ),
    at: fc.nat(60),
    more: fc.constantFrom('', '"z":[1,{"a":2}],', '"rowz":{},', '"z":"rows",'),
  })
  .map(({ records, space, mark: first, fault, at, more }) => {
    const text = `{${space}${more}"rows"${space}:${space}[${space}${records.join(`${space},${space}`)}]${space},"y":1}${space}`;
    const place = at % (text.length + 1);
    const isSplit = /[\uDC00-\uDFFF]/.test(text[place] ?? '');
    return [
      first,
      text.slice(0, isSplit ? place - 1 : place),
      fault,
      text.slice(isSplit ? place - 1 : place),
    ];
  });

interface Source {
  readonly location: string;
  readonly turtle: string;
  readonly pieces: readonly Piece[];
}

const nulls = fc.constantFrom('', '', ' ; rml:null "x"', ' ; rml:null "" , "é"');

const source: fc.Arbitrary<Source> = fc.oneof(
  fc.tuple(csvText, nulls).map(([pieces, absent]) => ({
    location: 't.csv',
    turtle: `rml:source [ a rml:FilePath ; rml:path "t.csv"${absent} ] ; rml:referenceFormulation rml:CSV`,
    pieces,
  })),
  fc.tuple(ndjsonText, nulls).map(([pieces, absent]) => ({
    location: 't.ndjson',
    turtle: `rml:source [ a rml:FilePath ; rml:path "t.ndjson"${absent} ] ; rml:referenceFormulation rml:JSONPath`,
    pieces,
  })),
  fc.tuple(jsonText, nulls).map(([pieces, absent]) => ({
    location: 't.json',
    turtle: `rml:source [ a rml:FilePath ; rml:path "t.json"${absent} ] ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$.rows[*]"`,
    pieces,
  })),
);

// ---- mappings: few terms, so that quads come again across records, statements and triples maps ----

const SUBJECTS = [
  'rml:template "http://ex.org/{a}"',
  'rml:template "http://ex.org/{a}"',
  'rml:template "http://ex.org/{a}/{b}"',
  'rml:template "http://ex.org/{b}{c}"',
  'rml:template "{b}" ; rml:termType rml:BlankNode',
  'rml:reference "a" ; rml:termType rml:IRI',
  'rml:reference "b" ; rml:termType rml:UnsafeIRI',
  'rml:constant ex:s',
  'rml:constant ex:12',
  'rml:template "{a}"',
  'rml:template "é{b}-{a}"',
  'rml:template "http://ex.org/é{b}" ; rml:termType rml:URI',
  'rml:template "{a}" ; rml:termType rml:BlankNode',
  'rml:termType rml:BlankNode',
];
const OBJECTS = [
  'rml:reference "b"',
  'rml:reference "c"',
  'rml:template "{b}" ; rml:termType rml:Literal',
  'rml:template "{b}{c}" ; rml:termType rml:Literal',
  'rml:template "http://ex.org/{b}"',
  'rml:reference "b" ; rml:termType rml:IRI',
  'rml:reference "b" ; rml:datatype xsd:integer',
  'rml:reference "b" ; rml:languageMap [ rml:reference "c" ]',
  'rml:reference "c" ; rml:datatypeMap [ rml:template "http://ex.org/{b}" ]',
  'rml:reference "b" ; rml:termType rml:BlankNode',
  'rml:reference "b" ; rml:datatype xsd:string',
  'rml:reference "b" ; rml:language "EN"',
  'rml:template "{b}" ; rml:languageMap [ rml:constant "en" ]',
  'rml:template "{a}"',
  'rml:template "{b}" ; rml:datatype xsd:integer',
  'rml:constant "x"',
  'rml:constant "é"@en',
  'rml:constant ex:x',
  'rml:constant 0',
  'rml:constant "1e2"^^xsd:double',
  'rml:termType rml:BlankNode',
];
const PREDICATES = [
  'rml:predicate ex:p',
  'rml:predicate ex:p',
  'rml:predicate ex:q',
  'rml:predicateMap [ rml:template "http://ex.org/{c}" ]',
];
const GRAPHS = [
  '',
  '',
  '',
  ' ; rml:graph ex:g',
  ' ; rml:graphMap [ rml:reference "b" ; rml:termType rml:IRI ]',
];

const sideOf = fc.constantFrom('a', 'b', 'c', 'zz');

const statement = (maps: number): fc.Arbitrary<string> =>
  fc
    .record({
      predicate: fc.constantFrom(...PREDICATES),
      graph: fc.constantFrom(...GRAPHS),
      object: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...OBJECTS) },
        {
          weight: 1,
          arbitrary: fc
            .record({ parent: fc.nat(maps - 1), child: sideOf, side: sideOf })
            .map(
              ({ parent, child, side }) =>
                `rml:parentTriplesMap ex:m${parent} ; rml:joinCondition [ rml:child "${child}" ; rml:parent "${side}" ]`,
            ),
        },
      ),
    })
    .map(
      ({ predicate, graph, object }) =>
        `rml:predicateObjectMap [ ${predicate} ; rml:objectMap [ ${object} ]${graph} ]`,
    );

const mappingOf = ({ turtle }: Source): fc.Arbitrary<string> =>
  fc
    .integer({ min: 1, max: 3 })
    .chain((maps) =>
      fc
        .array(
          fc.tuple(
            fc.constantFrom(...SUBJECTS),
            fc.constantFrom('', '', ' ; rml:class ex:C'),
            fc.array(statement(maps), { minLength: 1, maxLength: 3 }),
          ),
          { minLength: maps, maxLength: maps },
        )
        .map((all) =>
          all
            .map(
              ([subject, type, statements], index) =>
                `ex:m${index} a rml:TriplesMap ; rml:baseIRI <http://ex.org/> ; rml:logicalSource [ ${turtle} ] ; rml:subjectMap [ ${subject}${type} ] ;\n  ${statements.join(' ;\n  ')} .\n`,
            )
            .join(''),
        ),
    );

const cases: fc.Arbitrary<ByteCase> = source.chain((one) =>
  fc
    .record({
      mapping: mappingOf(one),
      chunkBytes: fc.oneof(fc.constant(1 << 20), fc.integer({ min: 1, max: 40 })),
      rereadable: fc.boolean(),
    })
    .map(({ mapping, ...rest }) => ({
      mapping: PREFIXES + mapping,
      sources: { [one.location]: bytesOf(one.pieces) },
      ...rest,
    })),
);

const counted = { supported: 0, filled: 0, repeated: 0, refused: 0, told: 0 };

/** Lines as they are written: what is no UTF-16 would be written as U+FFFD. */
const written = ({ lines }: Outcome): readonly string[] => lines.map((line) => line.toWellFormed()).sort();

async function check(input: ByteCase): Promise<void> {
  const { bytes, terms } = await runBoth(input);
  const lines = written(terms);
  equal(new Set(lines).size, lines.length, 'the term engine gives a line twice');
  if ('unsupported' in bytes) return;
  counted.supported++;
  counted.filled += Number(lines.length > 0);
  counted.refused += Number(terms.refused !== undefined);
  counted.told += Number(terms.codes.length > 0);
  equal(bytes.refused, terms.refused);
  // A document that breaks off has no records for the term engine, and those before the break for the other.
  if (bytes.refused !== undefined && 't.json' in input.sources) return;
  deepEqual(written(bytes), lines);
  deepEqual(new Set(bytes.codes), new Set(terms.codes));
}

describe('byte engine, hostile sources', () => {
  it('agrees with the term engine and repeats nothing', async function () {
    this.timeout(60_000 + RUNS * 100);
    const seed = SEED === undefined ? {} : { seed: Number(SEED) };
    await fc.assert(fc.asyncProperty(cases, check), { numRuns: RUNS, ...seed });
    const { supported, filled, refused, told } = counted;
    ok(supported > RUNS / 2, `${supported} of ${RUNS} were run`);
    ok(filled > supported / 2, `${filled} of ${supported} have lines`);
    ok(refused > 0 && refused < supported / 2, `${refused} of ${supported} were refused`);
    ok(told > supported / 10, `${told} of ${supported} meet a problem of the data`);
  });
});
