import { checkRefusal, csvMap, jsonMap, type MappingInput, type Refusal } from './check.ts';

const NO_SOURCES: MappingInput['sources'] = {};

/** Mappings that are refused before anything is read: the sources do not even exist. */
const MAPPINGS: Readonly<Record<string, readonly [mapping: string, refusal: Omit<Refusal, 'type'>]>> = {
  'no triples map': ['ex:a ex:b ex:c .', { message: /has no triples map/ }],
  'no logical source': [
    'ex:map a rml:TriplesMap ; rml:subject ex:s .',
    { message: /<http:\/\/ex.org\/map> has no logical source/, line: 1, column: 1 },
  ],
  'an unknown reference formulation': [
    jsonMap('rml:reference "v"').replace('rml:JSONPath', 'rml:JSONpath'),
    { message: /unknown reference formulation .* did you mean <http:\/\/w3id.org\/rml\/JSONPath>/, line: 3 },
  ],
  'a misspelt property': [
    jsonMap('rml:refrence "v"'),
    { message: /has rml:refrence, .* did you mean rml:reference\?/, line: 5, column: 65 },
  ],
  'two expressions': [
    jsonMap('rml:reference "v" ; rml:template "{v}"'),
    { message: /has rml:template and rml:reference, one is allowed/, line: 5 },
  ],
  'no expression': [jsonMap('rml:termType rml:IRI'), { message: /has none of rml:template/, line: 5 }],
  'an open brace': [
    jsonMap('rml:template "a{v"'),
    { message: /the template "a\{v" in which a brace is not closed \(character 2\)/, line: 5 },
  ],
  'a literal as predicate': [
    jsonMap('rml:reference "v"').replace('rml:predicate ex:p', 'rml:predicate "p"'),
    { message: /cannot stand as predicate/, line: 5, column: 28 },
  ],
  'a datatype on an IRI': [
    jsonMap('rml:reference "v" ; rml:datatype xsd:int ; rml:termType rml:IRI'),
    { message: /has a datatype or language although its term type is rml:IRI/, line: 5 },
  ],
  'an impossible language': [
    jsonMap('rml:reference "v" ; rml:language "a-english"'),
    { message: /"a-english" as language, which is no language tag/, line: 5 },
  ],
  'a reference that is no JSONPath': [
    jsonMap('rml:reference "$.a[?@.b ==]"'),
    { message: /has the reference "\$\.a\[\?@\.b ==\]"/, line: 5 },
  ],
  'an iterator that is no JSONPath': [
    jsonMap('rml:reference "v"').replace('$[*]', '$[*]]'),
    { message: /has the iterator "\$\[\*\]\]"/, line: 3 },
  ],
  'an iterator on a table': [
    csvMap('rml:reference "v"').replace('rml:CSV', 'rml:CSV ; rml:iterator "$"'),
    { message: /a table has rows and takes no iterator/, line: 3 },
  ],
  'a parent that is no triples map': [
    jsonMap('rml:parentTriplesMap ex:nowhere'),
    { message: /refers to <http:\/\/ex.org\/nowhere>, which is no triples map/, line: 5 },
  ],
  'a join without condition across sources': [
    `${jsonMap('rml:parentTriplesMap ex:other')}
    ex:other a rml:TriplesMap ; rml:subject ex:s ;
      rml:logicalSource [ rml:source "other.csv" ; rml:referenceFormulation rml:CSV ] .`,
    { message: /has no join condition although its parent reads another source/, line: 5 },
  ],
  'a compression that is none': [
    csvMap('rml:reference "v"', '[ rml:path "people.csv" ; rml:compression rml:gzipp ]'),
    { message: /has the unknown compression "gzipp"; did you mean gzip\?/, line: 3 },
  ],
  'a table that is not named': [
    'ex:map rr:logicalTable [ rr:sqlVersion rr:SQL2008 ] ; rr:subject ex:s .',
    { message: /names neither a table nor an SQL query/, line: 1 },
  ],
};

describe('mappings that are refused', () => {
  for (const [title, [mapping, refusal]] of Object.entries(MAPPINGS)) {
    it(title, () => checkRefusal({ mapping, sources: NO_SOURCES }, { type: 'mapping-invalid', ...refusal }));
  }

  it('what is no Turtle', () =>
    checkRefusal(
      { mapping: 'ex:map a rml:TriplesMap ;\n  rml:subject ex:s ;;\n  rml:subjct', sources: NO_SOURCES },
      { type: 'syntax-error', message: /./, line: 3, column: 3 },
    ));
});

const PEOPLE = jsonMap('rml:reference "v" ; rml:termType rml:IRI');

const nested = (depth: number): string => `[{"id":1.0,"v":${'['.repeat(depth)}${']'.repeat(depth)}}]`;

/** Texts that cannot be read; their places are those of the data. */
const TEXTS: Readonly<Record<string, readonly [input: MappingInput, refusal: Omit<Refusal, 'type'>]>> = {
  'broken JSON': [
    { mapping: PEOPLE, sources: { 'people.json': '[{"id": 1},\n {"id" 2}]' } },
    { message: /Source "people.json", line 2: JSON has an unexpected character/, line: 2, column: 8 },
  ],
  'JSON that ends too early': [
    { mapping: PEOPLE, sources: { 'people.json': '[{"id": 1},\n {"id": 2' } },
    { message: /JSON ends too early/, line: 2 },
  ],
  'broken JSON is refused in lenient mode too': [
    { mapping: PEOPLE, sources: { 'people.json': '{' }, strict: false },
    { message: /JSON/, line: 1 },
  ],
  'JSON that is nested too deeply': [
    { mapping: PEOPLE, sources: { 'people.json': nested(100_000) }, strict: false },
    { message: /JSON is nested too deeply/ },
  ],
  'a ragged row': [
    { mapping: csvMap('rml:reference "n"'), sources: { 'people.csv': 'id,n\n1,"a\nb"\n2\n' } },
    { message: /Source "people.csv", line 4: Row 2 has 1 field, the header 2/, line: 4 },
  ],
  'a quote that is never closed': [
    {
      mapping: csvMap('rml:reference "n"'),
      sources: { 'people.csv': 'id,n\n1,a\n2,"b\n3,c\n' },
      strict: false,
    },
    { message: /Row 2 has a quoted field that is not closed/, line: 3 },
  ],
  'text after a closing quote': [
    { mapping: csvMap('rml:reference "n"'), sources: { 'people.csv': 'id,n\n1,"a"b\n' } },
    { message: /Row 1 has text after the quote that closes a field/, line: 2 },
  ],
  'a column that is named twice': [
    { mapping: csvMap('rml:reference "n"'), sources: { 'people.csv': 'id,n,n\n1,a,b\n' } },
    { message: /The header names the column "n" twice/, line: 1 },
  ],
};

describe('texts that are refused', () => {
  for (const [title, [input, refusal]] of Object.entries(TEXTS)) {
    it(title, () => checkRefusal(input, { type: 'syntax-error', ...refusal }, 0));
  }
});

/** Data that make no term: refused in strict mode, at the place of the mapping. */
const DATA: Readonly<Record<string, readonly [map: string, row: object, message: RegExp]>> = {
  'no IRI': [
    'rml:reference "v" ; rml:termType rml:IRI',
    { v: 'a b' },
    /makes "a b", which is no IRI \(record 1\)/,
  ],
  'an IRI with a line end': [
    'rml:reference "v" ; rml:termType rml:IRI',
    { v: 'http://ex.org/\n> <x> <y>' },
    /which is no IRI/,
  ],
  'no URI': ['rml:reference "v" ; rml:termType rml:URI', { v: 'http://ex.org/é' }, /which is no URI/],
  'no integer': [
    'rml:reference "v" ; rml:datatype xsd:integer',
    { v: '1.5' },
    /"1.5", which is no lexical form/,
  ],
  'no language': [
    'rml:reference "v" ; rml:languageMap [ rml:reference "l" ]',
    { v: 'x', l: 'en us' },
    /"en us"/,
  ],
  'an array': ['rml:reference "v"', { v: [1, 2] }, /for "v" gives an object or an array/],
};

describe('data that are refused in strict mode', () => {
  for (const [title, [map, row, message]] of Object.entries(DATA)) {
    const sources = { 'people.json': JSON.stringify([{ id: 1, ...row }]) };
    it(title, () =>
      checkRefusal({ mapping: jsonMap(map), sources }, { type: 'mapping-failed', message, line: 5 }),
    );
  }

  it('an unknown column', () =>
    checkRefusal(
      { mapping: csvMap('rml:reference "nam"'), sources: { 'people.csv': 'id,name\n1,a\n' } },
      { type: 'mapping-failed', message: /for "nam" names no column; there are id, name/, line: 5 },
    ));
});
