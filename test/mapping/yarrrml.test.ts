import { deepEqual, equal } from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { runMapping } from '../../src/mapping/map.ts';
import type { LogicalTarget } from '../../src/mapping/normal-form.ts';
import { loadMappingSyntax, mappingFormatOf } from '../../src/mapping/parse/syntax.ts';
import { readYarrrml } from '../../src/mapping/parse/yarrrml.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import type { SourceData } from '../../src/mapping/reference/formulation.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import type { RDF } from '../../src/rdf/terms.ts';
import { describeWithData, readData } from '../data.ts';
import { canonicalNQuads, isomorphic } from '../rdf/canonical.ts';
import { textData } from '../text-data.ts';
import { PREFIXES } from './check.ts';

const SOURCES: Readonly<Record<string, string>> = {
  'people.csv': 'id,name,lang,age,boss,kind,tags\n1,Ann,en,30,2,Person,{x}\n2,Bob,de,041,,Robot,"a, b"\n',
  'cities.csv': 'code,city,mayor\nA,Aachen,1\nB,Bern,2\n',
  'semi.csv': 'id;name\n1;Zoe\n',
  'people.json': JSON.stringify([
    { id: 1, 'full name': 'Ann', f: { 'a(b)': 'x' } },
    { id: 2, 'full name': 'Bob' },
  ]),
  'zoo.xml': '<x:zoo xmlns:x="http://zoo.org/"><x:animal id="1"><x:name>Leo</x:name></x:animal></x:zoo>',
};

async function graphOf(yarrrml: string, sources = SOURCES, strict = true): Promise<RDF.Quad[]> {
  const plan = compileMapping(yarrrml, { name: 'test.yml', syntax: readYarrrml });
  const open = ({ location = '' }: { readonly location?: string | undefined }): SourceData => {
    const text = sources[location];
    if (text === undefined) throw new FabricError('not-found', `There is no "${location}"`);
    return textData(text);
  };
  const quads: RDF.Quad[] = [];
  for await (const quad of runMapping(plan, { open }, { strict })) quads.push(quad);
  return quads;
}

const HEAD = `
prefixes:
  {ex: 'http://ex.org/', grel: 'http://users.ugent.be/~bjdmeest/function/grel.ttl#'}
`;
const PEOPLE = `${HEAD}
mappings:
  people:
    sources: people.csv~csv
    s: ex:$(id)
    po:
`;
const person = (entry: string): string => `${PEOPLE}      - ${entry}\n`;

/** A document, and the graph that it makes of {@link SOURCES}: TriG, with the prefixes of the other tests. */
const CASES: Readonly<Record<string, readonly [document: string, expected: string]>> = {
  'a reference is a literal': [person('[ex:p, $(name)]'), 'ex:1 ex:p "Ann" . ex:2 ex:p "Bob" .'],
  'a constant is a literal': [person('[ex:p, 1.0]'), 'ex:1 ex:p "1.0" . ex:2 ex:p "1.0" .'],
  'a template is a literal': [
    person('[ex:p, "$(name) is $(age)"]'),
    'ex:1 ex:p "Ann is 30" . ex:2 ex:p "Bob is 041" .',
  ],
  'braces in a template are text': [person('[ex:p, "{$(name)}"]'), 'ex:1 ex:p "{Ann}" . ex:2 ex:p "{Bob}" .'],
  'the type of a node is an IRI': [person('[a, ex:$(kind)]'), 'ex:1 a ex:Person . ex:2 a ex:Robot .'],
  'rdf:type is "a"': [person('[rdf:type, ex:P]'), 'ex:1 a ex:P . ex:2 a ex:P .'],
  '~iri makes an IRI': [person('[ex:p, ex:x~iri]'), 'ex:1 ex:p ex:x . ex:2 ex:p ex:x .'],
  '~iri of a template': [
    person('[ex:p, "ex:x/$(name)~iri"]'),
    'ex:1 ex:p <http://ex.org/x/Ann> . ex:2 ex:p <http://ex.org/x/Bob> .',
  ],
  'type: iri': [person('{p: ex:p, o: {v: "ex:$(id)", type: iri}}'), 'ex:1 ex:p ex:1 . ex:2 ex:p ex:2 .'],
  'type: blank': [person('{p: ex:p, o: {value: $(id), type: blank}}'), 'ex:1 ex:p _:a . ex:2 ex:p _:b .'],
  'a datatype': [
    person('[ex:p, $(age), xsd:integer]'),
    'ex:1 ex:p "30"^^xsd:integer . ex:2 ex:p "041"^^xsd:integer .',
  ],
  'a datatype from the data': [
    person('{p: ex:p, o: {value: $(age), datatype: "ex:$(kind)"}}'),
    'ex:1 ex:p "30"^^ex:Person . ex:2 ex:p "041"^^ex:Robot .',
  ],
  'a language': [person('[ex:p, $(name), en~lang]'), 'ex:1 ex:p "Ann"@en . ex:2 ex:p "Bob"@en .'],
  'a language from the data': [
    person('[ex:p, $(name), $(lang)~lang]'),
    'ex:1 ex:p "Ann"@en . ex:2 ex:p "Bob"@de .',
  ],
  'several predicates and objects': [
    person('[[ex:p, ex:q], [$(id), $(name)]]'),
    'ex:1 ex:p "1", "Ann" ; ex:q "1", "Ann" . ex:2 ex:p "2", "Bob" ; ex:q "2", "Bob" .',
  ],
  'objects with qualifiers of their own': [
    person('{predicates: ex:p, objects: [[$(name), en~lang], [$(age), xsd:integer]]}'),
    'ex:1 ex:p "Ann"@en, 30 . ex:2 ex:p "Bob"@en, "041"^^xsd:integer .',
  ],
  'qualifiers of the whole entry': [
    person('{p: ex:p, datatype: ex:D, o: [$(name), {v: $(id), datatype: ex:E}]}'),
    'ex:1 ex:p "Ann"^^ex:D, "1"^^ex:E . ex:2 ex:p "Bob"^^ex:D, "2"^^ex:E .',
  ],
  'a predicate from the data': [person('["ex:p$(id)", x]'), 'ex:1 ex:p1 "x" . ex:2 ex:p2 "x" .'],
  'inverse predicates': [
    person('{p: ex:p, i: ex:q, o: ex:o~iri}'),
    'ex:1 ex:p ex:o . ex:2 ex:p ex:o . ex:o ex:q ex:1, ex:2 .',
  ],
  'a graph of an entry': [
    person('{p: ex:p, o: x, graphs: "ex:g$(id)"}'),
    'ex:g1 { ex:1 ex:p "x" } ex:g2 { ex:2 ex:p "x" }',
  ],
  'other sources for an entry': [
    person('{p: ex:p, o: $(name), sources: semi}').replace(
      'mappings:',
      'sources: {semi: {access: semi.csv, referenceFormulation: csv, delimiter: ";"}}\nmappings:',
    ),
    'ex:1 ex:p "Zoe" .',
  ],
  'external references': [
    `external: {who: Eve}\n${person('[ex:p, ["$(_who) $(name)", $(\\_who), $(_who)]]')}`.replace(
      ', $(\\_who)',
      '',
    ),
    'ex:1 ex:p "Eve Ann", "Eve" . ex:2 ex:p "Eve Bob", "Eve" .',
  ],
  'an absent external reference is a reference': [
    person('[ex:p, $(_who)]').replace('people.csv', 'x.csv').replace('ex:$(id)', 'ex:$(_who)'),
    'ex:7 ex:p "7" .',
  ],
  'an escaped external reference is a reference': [
    `external: {who: Eve}\n${person('[ex:p, $(\\_who)]')}`
      .replace('people.csv', 'x.csv')
      .replace('ex:$(id)', 'ex:1'),
    'ex:1 ex:p "7" .',
  ],
  'parentheses and colons are kept by backslashes': [
    person('[ex:p, "$\\\\(id\\\\) $(id) ex\\\\:a"]'),
    'ex:1 ex:p "$(id) 1 ex:a" . ex:2 ex:p "$(id) 2 ex:a" .',
  ],
  'a declared prefix counts in a literal, and no other': [
    person('[ex:p, [ex:a, "schema:b", "ex: c"]]'),
    'ex:1 ex:p "http://ex.org/a", "schema:b", "ex: c" . ex:2 ex:p "http://ex.org/a", "schema:b", "ex: c" .',
  ],
  'several subjects': [
    PEOPLE.replace('ex:$(id)', '[ex:$(id), ex:$(name)]').concat('      - [ex:p, x]\n'),
    'ex:1 ex:p "x" . ex:2 ex:p "x" . ex:Ann ex:p "x" . ex:Bob ex:p "x" .',
  ],
  'no subject is a blank node for each record': [
    person('[ex:p, x]').replace('    s: ex:$(id)\n', ''),
    '[] ex:p "x" . [] ex:p "x" .',
  ],
  'several sources, by name and in place': [
    `${HEAD}
sources:
  here: [people.csv~csv]
mappings:
  m:
    sources:
      - here
      - {access: cities.csv, referenceFormulation: csv}
    graphs: [ex:g, ex:h]
    s: ex:s
    po:
      - [ex:p, ex:o~iri]
`,
    'ex:g { ex:s ex:p ex:o } ex:h { ex:s ex:p ex:o }',
  ],
  'JSON, with a name in brackets': [
    `${HEAD}
mappings:
  m:
    sources:
      - ['people.json~jsonpath', '$.[*]']
    s: ex:$(id)
    po:
      - [ex:p, "$(['full name'])"]
      - [ex:id, $(id)]
`,
    'ex:1 ex:p "Ann" ; ex:id "1" . ex:2 ex:p "Bob" ; ex:id "2" .',
  ],
  'parentheses inside a reference': [
    `${HEAD}
mappings:
  m:
    sources: [people.json~jsonpath, '$[*]']
    s: ex:$(id)
    po: [[ex:p, "$(f['a(b)'])"]]
`,
    'ex:1 ex:p "x" .',
  ],
  'joins, with sides and without': [
    `${HEAD}
mappings:
  people: {sources: people.csv~csv, s: "ex:$(id)"}
  cities:
    sources: cities.csv~csv
    s: ex:$(code)
    po:
      - p: ex:mayor
        o:
          mapping: people
          condition: {function: equal, parameters: [[str1, $(mayor)], [str2, $(id)]]}
      - p: ex:also
        o:
          - mapping: people
            condition: {function: equal, parameters: [[str1, $(id), o], [str2, $(mayor), s]]}
      - p: ex:both
        inversepredicates: ex:city
        o:
          - mapping: [people]
            condition:
              - {f: equal, pms: [[str1, $(mayor)], [str2, $(id)]]}
              - {f: equal, pms: [[str1, $(city)], [str2, "Be$(kind)"]]}
`.replace('Be$(kind)', 'Aachen'),
    'ex:A ex:mayor ex:1 ; ex:also ex:1 ; ex:both ex:1 . ex:B ex:mayor ex:2 ; ex:also ex:2 . ex:1 ex:city ex:A .',
  ],
  'a mapping of the same record': [
    `${HEAD}
mappings:
  people: {sources: people.csv~csv, s: "ex:$(id)", po: [{p: ex:name, o: {mapping: names}}]}
  names: {sources: people.csv~csv, s: "ex:$(name)"}
`,
    'ex:1 ex:name ex:Ann . ex:2 ex:name ex:Bob .',
  ],
  'a function, in full': [
    person(
      '{p: ex:p, o: {function: grel:toUpperCase, parameters: [{parameter: grel:valueParameter, value: $(name)}]}}',
    ),
    'ex:1 ex:p "ANN" . ex:2 ex:p "BOB" .',
  ],
  'functions inside functions, by shortcuts': [
    person(
      '{p: ex:p, o: {f: grel:toLowerCase, pms: [[valueParameter, {f: grel:toUpperCase, pms: [[grel:valueParameter, $(name)]]}]], datatype: ex:D}}',
    ),
    'ex:1 ex:p "ann"^^ex:D . ex:2 ex:p "bob"^^ex:D .',
  ],
  'functions on one line': [
    person(
      '{p: ex:p, o: {f: "grel:toLowerCase(valueParameter = grel:toUpperCase(grel:valueParameter = $(name)))"}}',
    ),
    'ex:1 ex:p "ann" . ex:2 ex:p "bob" .',
  ],
  'a function for the subject': [
    PEOPLE.replace('ex:$(id)', '{f: grel:toUpperCase, pms: [[valueParameter, "ex:$(name)"]]}').concat(
      '      - [ex:p, x]\n',
    ),
    '<HTTP://EX.ORG/ANN> ex:p "x" . <HTTP://EX.ORG/BOB> ex:p "x" .',
  ],
  'a condition of a mapping': [
    PEOPLE.replace(
      '    po:',
      '    condition: {function: equal, parameters: [[str1, $(id)], [str2, "1"]]}\n    po:',
    ).concat('      - [ex:p, x]\n'),
    'ex:1 ex:p "x" .',
  ],
  'a condition of an entry': [
    person(
      '{p: ex:p, o: $(name), condition: {function: notEqual, parameters: [[str1, $(id)], [str2, "1"]]}}',
    ),
    'ex:2 ex:p "Bob" .',
  ],
  'conditions of one object': [
    person(
      '{p: ex:p, o: [{v: $(name), c: [{f: equal, pms: [[str1, $(id)], [str2, "1"]]}, {f: equal, pms: [[str1, $(lang)], [str2, en]]}]}, x]}',
    ),
    'ex:1 ex:p "Ann", "x" . ex:2 ex:p "x" .',
  ],
  'anchors and merge keys': [
    `${HEAD}
sources: {s: &src [people.csv~csv]}
mappings:
  a: &a {sources: [*src], s: "ex:$(id)", po: [[ex:p, x]]}
  b: {<<: *a, po: [[ex:q, y]]}
`,
    'ex:1 ex:p "x" ; ex:q "y" . ex:2 ex:p "x" ; ex:q "y" .',
  ],
};

describe('YARRRML', () => {
  const sources = { ...SOURCES, 'x.csv': '_who\n7\n' };
  for (const [title, [document, expected]] of Object.entries(CASES)) {
    it(title, async () => {
      const wanted = parseTurtleFamily(PREFIXES + expected, { format: 'trig' }).quads;
      equal(await canonicalNQuads(await graphOf(document, sources)), await canonicalNQuads(wanted));
    });
  }

  it('names targets at the root, in place, and by shortcuts', () => {
    const document = `targets:
  a: [out/a.ttl.gz~void, turtle, gzip]
  b: {access: http://localhost/sparql, type: sparql}
${person('{p: {value: ex:p, targets: b}, o: [{v: x, targets: [a, [out/c.nt, ntriples]]}, {v: y, language: {value: en, targets: a}}]}')}`;
    const plan = compileMapping(document, { name: 'test.yml', syntax: readYarrrml });
    const [part] = plan.triplesMaps[0]!.predicateObjects;
    const told = (targets: readonly LogicalTarget[]): string[] =>
      targets.map(({ description: place, serialization, compression }) => {
        const where = place.kind === 'file' ? place.path : place.kind === 'sparql' ? place.endpoint : '';
        return `${where} ${serialization?.split('/').at(-1)} ${compression}`;
      });
    deepEqual(told(part!.predicates[0]!.targets), ['http://localhost/sparql undefined none']);
    deepEqual(told(part!.objects[0]!.targets), ['out/a.ttl.gz Turtle gzip', 'out/c.nt N-Triples none']);
    deepEqual(told(part!.objects[1]!.language!.targets), ['out/a.ttl.gz Turtle gzip']);
  });

  it('describes databases, services and things', () => {
    const document = `${HEAD}
sources:
  db: {access: http://localhost:3306/x, type: mysql, credentials: {username: u, password: p}, query: SELECT 1, referenceFormulation: csv}
  service: {access: http://localhost/sparql, type: sparql, query: "SELECT * {?s ?p ?o}", referenceFormulation: jsonpath, iterator: "$.results.bindings[*]"}
  thing: {access: mqtt://localhost/a/b, type: wot, referenceFormulation: jsonpath}
  file: {access: a.csv, referenceFormulation: csv, encoding: UTF-16, delimiter: ";"}
  packed: {access: a.csv.gz, referenceFormulation: csv, compression: gzip}
  table: {table: people, queryFormulation: mysql}
mappings:
  m: {sources: [db, service, thing, file, packed, table], s: "ex:$(id)", po: [[ex:p, x]]}
`;
    const plan = compileMapping(document, { name: 'test.yml', syntax: readYarrrml });
    deepEqual(
      plan.sources.map(({ description }) => description),
      [
        { kind: 'database', dsn: 'jdbc:mysql://localhost:3306/x', username: 'u', password: 'p' },
        {
          kind: 'sparql',
          endpoint: 'http://localhost/sparql',
          format: 'http://www.w3.org/ns/formats/SPARQL_Results_JSON',
        },
        { kind: 'mqtt', broker: 'mqtt://localhost', topic: 'a/b' },
        { kind: 'file', path: 'a.csv', root: undefined },
        { kind: 'file', path: 'a.csv.gz', root: undefined },
        { kind: 'database', dsn: undefined, username: undefined, password: undefined },
      ],
    );
    deepEqual(
      plan.sources.map(({ query, iterator, encoding, compression, formulation }) => [
        query ?? iterator,
        encoding,
        compression,
        formulation.dialect?.delimiter,
      ]),
      [
        ['SELECT 1', undefined, 'none', undefined],
        ['SELECT * {?s ?p ?o}', undefined, 'none', undefined],
        [undefined, undefined, 'none', undefined],
        [undefined, 'utf-16', 'none', ';'],
        [undefined, undefined, 'gzip', undefined],
        ['people', undefined, 'none', undefined],
      ],
    );
  });

  it('is told by the ending of a name', async () => {
    equal(mappingFormatOf('a/b.yml'), 'yarrrml');
    equal(mappingFormatOf('a/B.YAML'), 'yarrrml');
    equal(mappingFormatOf('a.yml.ttl'), 'turtle');
    equal(await loadMappingSyntax('yarrrml'), readYarrrml);
  });
});

/** A document, what its refusal says, and where: line and column from 1. */
const REFUSALS: Readonly<Record<string, readonly [string, RegExp, number, number]>> = {
  'no YAML': ['mappings: [', /is no YAML/, 1, 12],
  'no mappings': ['prefixes: {}', /has no "mappings"/, 1, 1],
  'an unknown key': ['mapings: {}', /unknown key "mapings" in the document; did you mean "mapping/, 1, 1],
  'a key twice, by its shortcut': [
    'mappings:\n  m:\n    s: a\n    subject: b',
    /both "s" and "subject"/,
    4,
    5,
  ],
  'a mapping without rules': ['mappings:\n  m:\n', /the mapping "m" without any rules/, 2, 3],
  'a mapping without sources': ['mappings:\n  m:\n    s: urn:x:$(id)', /"m" has no logical source/, 2, 3],
  'an unknown source': ['mappings:\n  m: {sources: s1, s: urn:x}', /uses the source "s1"/, 2, 16],
  'a near source': [
    'sources: {people: [p.csv~csv]}\nmappings:\n  m: {sources: peple, s: urn:x}',
    /did you mean "people"/,
    3,
    16,
  ],
  'an unknown formulation': [
    'mappings:\n  m: {sources: [a.x~jsonpth]}',
    /"jsonpth"; did you mean "jsonpath"/,
    2,
    17,
  ],
  'an undeclared prefix': [
    person('[ey:p, x]'),
    /prefix "ey", which is not declared; did you mean "ex"/,
    10,
    10,
  ],
  'a predicate that is no IRI': [person('[p, x]'), /has "p" where an IRI is needed/, 10, 10],
  'a reference that is not closed': [person('[ex:p, "$(a"]'), /a reference is not closed/, 10, 16],
  'a predicate without an object': [person('[ex:p]'), /a predicate without an object/, 10, 9],
  'too many items': [person('[ex:p, a, xsd:int, b]'), /not of the form/, 10, 9],
  'a mapping that is not there': [
    person('{p: ex:p, o: {mapping: peeple}}'),
    /"peeple".*did you mean "people"/,
    10,
    32,
  ],
  'a join by something else': [
    person('{p: ex:p, o: {mapping: people, condition: {function: ex:f, parameters: []}}}'),
    /only "equal" is supported/,
    10,
    52,
  ],
  'a join of one side': [
    person('{p: ex:p, o: {mapping: people, condition: {f: equal, pms: [[str1, a, s], [str2, b, s]]}}}'),
    /of the same side/,
    10,
    52,
  ],
  'a language that is none': [person('[ex:p, x, english~lang]'), /"english" as language/, 10, 19],
  'a literal subject': [
    person('[ex:p, x]').replace('ex:$(id)', '{v: x, type: literal}'),
    /a literal as subject/,
    8,
    21,
  ],
  'an unknown target': [
    person('{p: ex:p, o: {v: x, targets: dump}}'),
    /uses the target "dump", which is not declared/,
    10,
    38,
  ],
  'an unused source that is wrong': [
    `sources: {s: [x.csv~cvs]}\n${person('[ex:p, x]')}`,
    /"cvs"; did you mean "csv"/,
    1,
    15,
  ],
  'an anchor that is not set': [person('[ex:p, *x]'), /./, 10, 16],
};

describe('YARRRML, refusals', () => {
  for (const [title, [document, message, line, column]] of Object.entries(REFUSALS)) {
    it(`${title}: refused with its place`, () => {
      try {
        compileMapping(document, { name: 'test.yml', syntax: readYarrrml });
      } catch (thrown) {
        if (!(thrown instanceof FabricError)) throw thrown;
        equal(message.test(thrown.message), true, `unexpected message: ${thrown.message}`);
        const { line: atLine, column: atColumn } = thrown.location ?? {};
        equal(`${atLine}:${atColumn}`, `${line}:${column}`, thrown.message);
        return;
      }
      throw new Error('Nothing was refused');
    });
  }
});

describeWithData('YARRRML mappings and their twins in Turtle', () => {
  it('the LDAP mapping of aerOS gives its knowledge graph', async () => {
    const texts = { 'http://ldap-collector:63300/ldap.json': readData('aeros', 'ldap', 'ldap.json') };
    const quads = await graphOf(readData('aeros', 'ldap', 'mappings.yaml'), texts);
    const wanted = parseTurtleFamily(readData('aeros', 'ldap', 'knowledge-graph.nt'), {
      format: 'n-triples',
    });
    equal(await isomorphic(quads, wanted.quads), true);
    equal(quads.length, 70);
  });
});
