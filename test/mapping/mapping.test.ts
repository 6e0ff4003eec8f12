import { deepEqual, equal } from 'node:assert/strict';
import { checkMapping, csvMap, jsonMap, type MappingCase, runInput } from './check.ts';

const people = (...rows: readonly object[]): MappingCase['sources'] => ({
  'people.json': JSON.stringify(rows),
});

/** Term maps: one object map over JSON. */
const TERMS: Readonly<Record<string, Omit<MappingCase, 'mapping'> & { map: string; more?: string }>> = {
  'natural datatypes of JSON': {
    map: 'rml:reference "v[*]"',
    sources: { 'people.json': '[{"id":1,"v":["a",true,7,1.5,-0.25,1e3]}]' },
    expected: 'ex:1 ex:p "a", true, 7, "1.5"^^xsd:double, "-0.25"^^xsd:double, "1e3"^^xsd:double .',
  },
  'integers and decimals beyond a double keep their digits': {
    map: 'rml:reference "v[*]"',
    sources: {
      'people.json': '[{"id":12345678901234567890,"v":[9007199254740993,0.10000000000000000001,1.50]}]',
    },
    expected: `ex:12345678901234567890 ex:p 9007199254740993, "0.10000000000000000001"^^xsd:double, "1.50"^^xsd:double .`,
  },
  'a datatype takes the text of the number': {
    map: 'rml:reference "v" ; rml:datatype xsd:decimal',
    sources: { 'people.json': '[{"id":1,"v":1.10}]' },
    expected: 'ex:1 ex:p "1.10"^^xsd:decimal .',
  },
  'null and absent members give nothing': {
    map: 'rml:reference "v"',
    sources: people({ id: 1, v: null }, { id: 2 }, { id: 3, v: '' }),
    expected: 'ex:3 ex:p "" .',
  },
  'a template over arrays gives every combination': {
    map: 'rml:template "{a[*]}-{b[*]}" ; rml:termType rml:Literal',
    sources: people({ id: 1, a: [1, 2], b: ['x', 'y'] }),
    expected: 'ex:1 ex:p "1-x", "1-y", "2-x", "2-y" .',
  },
  'a template with one absent reference gives nothing': {
    map: 'rml:template "{a}-{b}" ; rml:termType rml:Literal',
    sources: people({ id: 1, a: 1 }),
    expected: '',
  },
  'IRI-safe encoding keeps letters beyond ASCII': {
    map: 'rml:template "http://ex.org/{v}"',
    sources: people({ id: 1, v: 'é/ü (ß)' }),
    expected: 'ex:1 ex:p <http://ex.org/é%2Fü%20%28ß%29> .',
  },
  'URI encoding keeps ASCII only': {
    map: 'rml:template "http://ex.org/{v}" ; rml:termType rml:URI',
    sources: people({ id: 1, v: 'é!' }),
    expected: 'ex:1 ex:p <http://ex.org/%C3%A9%21> .',
  },
  'relative IRIs are put behind the base': {
    map: 'rml:reference "v" ; rml:termType rml:IRI',
    sources: people({ id: 1, v: 'a/../b' }, { id: 2, v: 'urn:x:1' }),
    baseIRI: 'http://base.org/',
    expected: 'ex:1 ex:p <http://base.org/a/../b> . ex:2 ex:p <urn:x:1> .',
  },
  'escaped braces': {
    map: String.raw`rml:template "\\{{v}\\}" ; rml:termType rml:Literal`,
    sources: people({ id: 1, v: 'x' }),
    expected: 'ex:1 ex:p "{x}" .',
  },
  'language from the data': {
    map: 'rml:reference "v" ; rml:languageMap [ rml:reference "l" ]',
    sources: people({ id: 1, v: 'Haus', l: 'de-AT' }),
    expected: 'ex:1 ex:p "Haus"@de-AT .',
  },
  'datatype from the data': {
    map: 'rml:reference "v" ; rml:datatypeMap [ rml:template "http://www.w3.org/2001/XMLSchema#{t}" ]',
    sources: people({ id: 1, v: 5, t: 'byte' }),
    expected: 'ex:1 ex:p "5"^^xsd:byte .',
  },
  'constants of every sort': {
    map: 'rml:constant "hei"@no',
    sources: people({ id: 1 }),
    expected: 'ex:1 ex:p "hei"@no .',
  },
  'graphs of subject and predicate-object maps': {
    map: 'rml:reference "v"',
    more: '; rml:graph ex:g, rml:defaultGraph ; rml:graphMap [ rml:template "http://ex.org/g{id}" ]',
    sources: people({ id: 1, v: 'x' }),
    expected: 'ex:1 ex:p "x" . ex:g { ex:1 ex:p "x" } ex:g1 { ex:1 ex:p "x" }',
  },
  'a graph map that gives nothing gives no triple': {
    map: 'rml:reference "v"',
    more: '; rml:graphMap [ rml:template "http://ex.org/{g}" ]',
    sources: people({ id: 1, v: 'x' }, { id: 2, v: 'y', g: 'g' }),
    expected: 'ex:g { ex:2 ex:p "y" }',
  },
  'blank nodes of equal values are one node': {
    map: 'rml:reference "v" ; rml:termType rml:BlankNode',
    sources: people({ id: 1, v: 'a b' }, { id: 2, v: 'a b' }, { id: 3, v: 'a_20_b' }),
    expected: 'ex:1 ex:p _:x . ex:2 ex:p _:x . ex:3 ex:p _:y .',
  },
  'names that are special in JavaScript are data': {
    map: 'rml:reference "constructor"',
    sources: { 'people.json': '[{"id":1},{"id":2,"constructor":"c","__proto__":{"id":"bad"}}]' },
    expected: 'ex:2 ex:p "c" .',
  },
  'a filter goes to the general interpreter and keeps digits': {
    map: 'rml:reference "$.v[?@.n > 1].m"',
    sources: { 'people.json': '[{"id":1,"v":[{"n":1.5,"m":9007199254740993},{"n":0.5,"m":2}]}]' },
    expected: 'ex:1 ex:p 9007199254740993 .',
  },
  'lenient: data that make no IRI cost one triple': {
    map: 'rml:reference "v" ; rml:termType rml:IRI',
    sources: people({ id: 1, v: 'no iri' }, { id: 2, v: 'urn:x:ok' }),
    strict: false,
    expected: 'ex:2 ex:p <urn:x:ok> .',
    codes: ['iri-invalid'],
  },
  'lenient: a lexical form that its datatype lacks': {
    map: 'rml:reference "v" ; rml:datatype xsd:date',
    sources: people({ id: 1, v: '2026-02-29' }, { id: 2, v: '2024-02-29' }),
    strict: false,
    expected: 'ex:2 ex:p "2024-02-29"^^xsd:date .',
    codes: ['lexical-invalid'],
  },
  'lenient: a structured value': {
    map: 'rml:reference "v"',
    sources: people({ id: 1, v: { a: 1 } }, { id: 2, v: 'x' }),
    strict: false,
    expected: 'ex:2 ex:p "x" .',
    codes: ['value-structured'],
  },
};

describe('term maps', () => {
  for (const [title, { map, more, ...input }] of Object.entries(TERMS)) {
    it(title, () => checkMapping({ ...input, mapping: jsonMap(map, more) }));
  }
});

/** Tables: one object map over CSV. */
const TABLES: Readonly<Record<string, MappingCase>> = {
  'quotes, doubled quotes, line ends and commas in fields': {
    mapping: csvMap('rml:reference "name"'),
    sources: { 'people.csv': 'id,name\r\n1,"Al ""x"", \r\nBo"\r\n2,plain "quote"\r\n' },
    expected: String.raw`ex:1 ex:p "Al \"x\", \r\nBo" . ex:2 ex:p "plain \"quote\"" .`,
  },
  'a byte order mark is no part of the first name': {
    mapping: csvMap('rml:reference "name"'),
    sources: { 'people.csv': '\uFEFFid,name\n1,a\n' },
    expected: 'ex:1 ex:p "a" .',
  },
  'values are texts, empty cells too': {
    mapping: csvMap('rml:reference "name"'),
    sources: { 'people.csv': 'id,name\n1,007\n2,\n' },
    expected: 'ex:1 ex:p "007" . ex:2 ex:p "" .',
  },
  'nulls of the source': {
    mapping: csvMap('rml:reference "name"', '[ rml:path "people.csv" ; rml:null "", "NULL" ]'),
    sources: { 'people.csv': 'id,name\n1,\n2,NULL\n3,x' },
    expected: 'ex:3 ex:p "x" .',
  },
  'column names with spaces and braces': {
    mapping: csvMap(String.raw`rml:template "{Country Code}/{\\{n\\}}" ; rml:termType rml:Literal`),
    sources: { 'people.csv': 'id,Country Code,{n}\n1,BO,x\n' },
    expected: 'ex:1 ex:p "BO/x" .',
  },
  'lenient: ragged rows are told and left out': {
    mapping: csvMap('rml:reference "name"'),
    sources: { 'people.csv': 'id,name\n1,a\n2\n3,c,d\n4,e\n' },
    strict: false,
    expected: 'ex:1 ex:p "a" . ex:4 ex:p "e" .',
    codes: ['row-ragged', 'row-ragged'],
  },
  'lenient: an unknown column is told once': {
    mapping: csvMap('rml:reference "nam"'),
    sources: { 'people.csv': 'id,name\n1,a\n2,b\n' },
    strict: false,
    expected: '',
    codes: ['column-unknown'],
  },
};

describe('CSV', () => {
  for (const [title, input] of Object.entries(TABLES)) it(title, () => checkMapping(input));
});

const ndjsonMap = jsonMap('rml:reference "v"').replace('people.json', 'people.ndjson').replace('$[*]', '$');

describe('NDJSON', () => {
  it('reads one document a line, whatever the chunks', () =>
    checkMapping({
      mapping: ndjsonMap,
      sources: { 'people.ndjson': ['{"id":1,"v', '":"a"}\r\n\n{"id":2,"v":12345', '678901234567890}'] },
      expected: 'ex:1 ex:p "a" . ex:2 ex:p 12345678901234567890 .',
    }));

  it('goes on after a broken line when lenient', () =>
    checkMapping({
      mapping: ndjsonMap,
      sources: { 'people.ndjson': '{"id":1,"v":1}\n{"id":2,"v":\n{"id":3,"v":3}\n' },
      strict: false,
      expected: 'ex:1 ex:p 1 . ex:3 ex:p 3 .',
      codes: ['json-malformed'],
    }));

  it('is chosen by its own reference formulation too', () =>
    checkMapping({
      mapping: ndjsonMap
        .replace('people.ndjson', 'people.log')
        .replace('rml:JSONPath', '<https://w3id.org/continuum-fabric/ns#NDJSON>'),
      sources: { 'people.log': '{"id":1,"v":1}\n{"id":2,"v":2}' },
      expected: 'ex:1 ex:p 1 . ex:2 ex:p 2 .',
    }));
});

const joinMap = (conditions: string): string => `
ex:child a rml:TriplesMap ;
  rml:logicalSource [ rml:source "child.csv" ; rml:referenceFormulation rml:CSV ] ;
  rml:subjectMap [ rml:template "http://ex.org/c{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:of ; rml:objectMap [ rml:parentTriplesMap ex:parent ; ${conditions} ] ] .
ex:parent a rml:TriplesMap ;
  rml:logicalSource [ rml:source "parent.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" ] ;
  rml:subjectMap [ rml:template "http://ex.org/p{k}" ; rml:class ex:Parent ] .
`;
const joined = {
  'child.csv': 'id,a,b\n1,x,1\n2,x,2\n3,z,1\n',
  'parent.json': '[{"k":1,"a":"x","b":1},{"k":2,"a":["x","z"],"b":2},{"k":3,"a":"x","b":1}]',
};
const PARENTS = 'ex:p1 a ex:Parent . ex:p2 a ex:Parent . ex:p3 a ex:Parent .';

describe('joins', () => {
  const cases: Readonly<Record<string, readonly [mapping: string, expected: string]>> = {
    'one condition across formulations, numbers equal to their text': [
      joinMap('rml:joinCondition [ rml:child "b" ; rml:parent "b" ]'),
      'ex:c1 ex:of ex:p1, ex:p3 . ex:c2 ex:of ex:p2 . ex:c3 ex:of ex:p1, ex:p3 .',
    ],
    'several conditions': [
      joinMap(
        'rml:joinCondition [ rml:child "b" ; rml:parent "b" ], [ rml:child "a" ; rml:parent "$.a[*]" ]',
      ),
      'ex:c2 ex:of ex:p2 .',
    ],
    'several values on one side': [
      joinMap('rml:joinCondition [ rml:child "a" ; rml:parent "$.a[*]" ]'),
      'ex:c1 ex:of ex:p2 . ex:c2 ex:of ex:p2 . ex:c3 ex:of ex:p2 .',
    ],
    'templates and constants as sides': [
      joinMap(
        'rml:joinCondition [ rml:childMap [ rml:template "k{b}" ] ; rml:parentMap [ rml:template "k{k}" ] ],' +
          ' [ rml:childMap [ rml:constant "2" ] ; rml:parent "b" ]',
      ),
      'ex:c2 ex:of ex:p2 .',
    ],
  };
  for (const [title, [mapping, links]] of Object.entries(cases)) {
    it(title, () => checkMapping({ mapping, sources: joined, expected: PARENTS + links }));
  }

  it('without a condition: the subject of the same record', () =>
    checkMapping({
      mapping: `${jsonMap('rml:parentTriplesMap ex:other')}
        ex:other a rml:TriplesMap ; rml:subjectMap [ rml:template "http://ex.org/o{id}" ] ;
          rml:logicalSource [ rml:source "people.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" ] .`,
      sources: people({ id: 1 }, { id: 2 }),
      expected: 'ex:1 ex:p ex:o1 . ex:2 ex:p ex:o2 .',
    }));

  it('parents with blank nodes of their own are the nodes that their map describes', () =>
    checkMapping({
      mapping: joinMap('rml:joinCondition [ rml:child "b" ; rml:parent "b" ]').replace(
        'rml:template "http://ex.org/p{k}"',
        'rml:termType rml:BlankNode',
      ),
      sources: { 'child.csv': 'id,a,b\n1,x,2\n', 'parent.json': joined['parent.json'] },
      expected: 'ex:c1 ex:of _:b . _:a a ex:Parent . _:b a ex:Parent . _:c a ex:Parent .',
    }));

  it('a source that is child and parent of itself', () =>
    checkMapping({
      mapping: jsonMap(
        'rml:parentTriplesMap ex:map ; rml:joinCondition [ rml:child "boss" ; rml:parent "id" ]',
      ),
      sources: people({ id: 1, boss: 2 }, { id: 2, boss: 2 }, { id: 3 }),
      expected: 'ex:1 ex:p ex:2 . ex:2 ex:p ex:2 .',
    }));
});

describe('joins in a row', () => {
  const map = (name: string, next: string): string => `
    ex:${name} a rml:TriplesMap ; rml:subjectMap [ rml:template "http://ex.org/${name}{id}" ] ;
      rml:logicalSource [ rml:source "${name}.csv" ; rml:referenceFormulation rml:CSV ] ;
      rml:predicateObjectMap [ rml:predicate ex:up ; rml:objectMap [ ${next} ] ] .`;
  const up = (parent: string): string =>
    `rml:parentTriplesMap ex:${parent} ; rml:joinCondition [ rml:child "up" ; rml:parent "id" ]`;
  const sources = { 'a.csv': 'id,up\n1,2\n', 'b.csv': 'id,up\n2,3\n', 'c.csv': 'id,up\n3,1\n' };

  it('a parent that is a child itself', () =>
    checkMapping({
      mapping: map('a', up('b')) + map('b', up('c')) + map('c', 'rml:reference "up"'),
      sources,
      expected: 'ex:a1 ex:up ex:b2 . ex:b2 ex:up ex:c3 . ex:c3 ex:up "1" .',
    }));

  it('a circle of parents, each read once', async () => {
    const mapping = map('a', up('b')) + map('b', up('c')) + map('c', up('a'));
    await checkMapping({
      mapping,
      sources,
      expected: 'ex:a1 ex:up ex:b2 . ex:b2 ex:up ex:c3 . ex:c3 ex:up ex:a1 .',
    });
    const { opened } = await runInput({ mapping, sources });
    deepEqual([...opened].sort(), ['a.csv', 'b.csv', 'c.csv']);
  });
});

describe('legacy vocabulary', () => {
  it('means the same, but that references give plain strings', () =>
    checkMapping({
      mapping: `@base <http://base.org/> .
        <#people> a rr:TriplesMap ;
          old:logicalSource [ old:source "people.json" ; old:referenceFormulation ql:JSONPath ; old:iterator "$[*]" ] ;
          rr:subjectMap [ rr:template "{id}" ; rr:class ex:Person ; rr:graph ex:g ] ;
          rr:predicateObjectMap [ rr:predicate ex:age ; rr:objectMap [ old:reference "a.b[0]" ] ] ,
            [ rr:predicateMap [ rr:constant ex:typed ] ; rr:objectMap [ old:reference "age" ; rr:datatype xsd:int ] ] ,
            [ rr:predicate ex:same ; rr:objectMap [ rr:parentTriplesMap <#people> ;
              rr:joinCondition [ rr:child "id" ; rr:parent "id" ] ] ] .`,
      sources: people({ id: 'x', age: 5, a: { b: [7] } }),
      expected: `ex:g { <http://base.org/x> a ex:Person ; ex:age "7" ; ex:typed "5"^^xsd:int ;
        ex:same <http://base.org/x> }`,
    }));
});

describe('reading sources', () => {
  it('opens a text once, whatever the number of triples maps and iterators on it', async () => {
    const map = (name: string, iterator: string): string => `
      ex:${name} a rml:TriplesMap ; rml:subjectMap [ rml:template "http://ex.org/{id}" ; rml:class ex:${name} ] ;
        rml:logicalSource [ rml:source "people.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "${iterator}" ] .`;
    const { opened, quads } = await runInput({
      mapping: map('A', '$.a[*]') + map('B', '$.b[*]') + map('C', '$.a[*]'),
      sources: { 'people.json': '{"a":[{"id":1},{"id":2}],"b":[{"id":3}]}' },
    });
    deepEqual(opened, ['people.json']);
    equal(quads.length, 5);
  });
});
