import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { mapRecord } from '../../src/mapping/map.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import { blankNode } from '../../src/rdf/terms.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';
import { checkMapping, checkRefusal, type MappingCase, PREFIXES, runInput } from './check.ts';

const JSON_SOURCE = `ex:json a rml:LogicalSource ; rml:source "p.json" ; rml:referenceFormulation rml:JSONPath ;
  rml:iterator "$[*]" .`;
const CSV_SOURCE = 'ex:csv a rml:LogicalSource ; rml:source "p.csv" ; rml:referenceFormulation rml:CSV .';

const field = (name: string, expression: string, more = ''): string =>
  `rml:field [ a rml:ExpressionField ; rml:fieldName "${name}" ; ${expression} ${more} ]`;
const ref = (name: string, reference = name): string => field(name, `rml:reference "${reference}"`);
const iterable = (name: string, how: string, fields: string): string =>
  `rml:field [ a rml:IterableField ; rml:fieldName "${name}" ; ${how} ; ${fields} ]`;
const view = (name: string, on: string, body: string): string =>
  `ex:${name} a rml:LogicalView ; rml:viewOn ex:${on} ; ${body} .`;
const join = (type: 'left' | 'inner', parent: string, condition: string, fields: string): string =>
  `rml:${type}Join [ rml:parentLogicalView ex:${parent} ; rml:joinCondition [ ${condition} ] ; ${fields} ]`;
/** A triples map over a view: for each object its number as predicate. */
const rule = (source: string, subject: string, ...objects: readonly string[]): string =>
  `ex:of-${source} a rml:TriplesMap ; rml:logicalSource ex:${source} ; rml:subjectMap [ ${subject} ]${objects
    .map((object, i) => `; rml:predicateObjectMap [ rml:predicate ex:p${i} ; rml:objectMap [ ${object} ] ]`)
    .join(' ')} .`;
const S = (template: string): string => `rml:template "http://ex.org/${template}"`;
const O = (reference: string): string => `rml:reference "${reference}"`;

const GREL = 'http://users.ugent.be/~bjdmeest/function/grel.ttl#';
const upper = (reference: string): string =>
  `rml:functionExecution [ rml:function <${GREL}toUpperCase> ;
    rml:input [ rml:parameter <${GREL}valueParameter> ; rml:inputValueMap [ rml:reference "${reference}" ] ] ]`;

const PEOPLE = {
  'p.json': '[{"n":"a","i":[{"t":"x","w":1.50},{"t":"y"}],"m":["u","v"]},{"n":"b","i":[],"m":[]}]',
};

const MANY = Array.from({ length: 600 }, (_, i) => i);

const CASES: Readonly<Record<string, MappingCase>> = {
  'indexes are integers, values keep the datatype and digits of their document': {
    mapping:
      JSON_SOURCE +
      view(
        'v',
        'json',
        ref('n') + ';' + iterable('i', 'rml:iterator "$.i[*]"', `${ref('w')} ; ${ref('t')}`),
      ) +
      rule('v', S('{n}'), O('#'), O('i.#'), O('i.w'), O('i.w.#')),
    sources: PEOPLE,
    expected: `ex:a ex:p0 0 ; ex:p1 0, 1 ; ex:p2 "1.50"^^xsd:double ; ex:p3 0 . ex:b ex:p0 1 .`,
  },
  'fields with many values are crossed; those without take no iteration away': {
    mapping:
      JSON_SOURCE +
      view('v', 'json', ref('n') + ';' + ref('m', 'm[*]') + ';' + ref('t', '$.i[*].t')) +
      rule('v', S('{n}'), 'rml:template "{m}{t}" ; rml:termType rml:Literal', O('n')),
    sources: PEOPLE,
    expected: 'ex:a ex:p0 "ux", "uy", "vx", "vy" ; ex:p1 "a" . ex:b ex:p1 "b" .',
  },
  'templates, constants and datatypes of constants': {
    mapping:
      JSON_SOURCE +
      view(
        'v',
        'json',
        [
          ref('n'),
          field('t', 'rml:template "{$.n}-{$.m[*]}"'),
          field('c', 'rml:constant 7'),
          field('i', 'rml:constant ex:iri'),
        ].join(';'),
      ) +
      rule('v', S('{n}'), O('t'), O('c'), `${O('i')} ; rml:termType rml:IRI`),
    sources: PEOPLE,
    expected: 'ex:a ex:p0 "a-u", "a-v" ; ex:p1 7 ; ex:p2 ex:iri . ex:b ex:p1 7 ; ex:p2 ex:iri .',
  },
  'an iterable field that is a reference and names no type': {
    mapping:
      JSON_SOURCE +
      view(
        'v',
        'json',
        `${ref('n')} ; rml:field [ a rml:IterableField ; rml:fieldName "i" ; rml:reference "$.i[*]" ; rml:field [ rml:fieldName "t" ; rml:reference "t" ] ]`,
      ) +
      rule('v', S('{n}/{i.#}'), O('i.t')),
    sources: PEOPLE,
    expected: '<http://ex.org/a/0> ex:p0 "x" . <http://ex.org/a/1> ex:p0 "y" .',
  },
  'JSON in a cell; a broken cell is told and its row stays': {
    mapping:
      CSV_SOURCE +
      view(
        'v',
        'csv',
        `${ref('n')} ; ${field(
          'j',
          'rml:reference "j"',
          `; ${iterable('k', 'rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]"', ref('t'))}`,
        )}`,
      ) +
      rule('v', S('{n}'), O('j.k.t'), O('n')),
    sources: { 'p.csv': 'n,j\na,"[{""t"":1},{""t"":""x""}]"\nb,{\nc,[]\n' },
    strict: false,
    codes: ['json-malformed'],
    expected: 'ex:a ex:p0 1, "x" ; ex:p1 "a" . ex:b ex:p1 "b" . ex:c ex:p1 "c" .',
  },
  'a table in a member, by a reference of the iterable field itself': {
    mapping:
      JSON_SOURCE +
      view(
        'v',
        'json',
        `${ref('n')} ; ${iterable('r', 'rml:reference "$.t" ; rml:referenceFormulation rml:CSV', `${ref('x')} ; ${ref('y')}`)}`,
      ) +
      rule('v', S('{n}/{r.#}'), O('r.x'), O('r.y')),
    sources: { 'p.json': JSON.stringify([{ n: 'a', t: 'x,y\n1,2\n"3,",4\n' }, { n: 'b' }]) },
    expected: '<http://ex.org/a/0> ex:p0 "1" ; ex:p1 "2" . <http://ex.org/a/1> ex:p0 "3," ; ex:p1 "4" .',
  },
  'XML in a cell, with prefixes of its own; a DTD in one is told': {
    mapping:
      CSV_SOURCE +
      view(
        'v',
        'csv',
        `${ref('n')} ; ${iterable(
          'e',
          `rml:reference "x" ; rml:iterator "/a:r/a:i" ; rml:referenceFormulation [ a rml:XPathReferenceFormulation ;
            rml:namespace [ rml:namespacePrefix "a" ; rml:namespaceURL "http://ex.org/a" ] ]`,
          `${ref('t', '@t')} ; ${ref('s', '.')}`,
        )}`,
      ) +
      rule('v', S('{n}/{e.#}'), O('e.t'), O('e.s')),
    sources: {
      'p.csv':
        'n,x\na,"<r xmlns=""http://ex.org/a""><i t=""1"">x</i><i t=""2"">y</i></r>"\nb,"<!DOCTYPE r [<!ENTITY e ""x"">]><r>&e;</r>"\n',
    },
    strict: false,
    codes: ['xml-doctype'],
    expected: '<http://ex.org/a/0> ex:p0 "1" ; ex:p1 "x" . <http://ex.org/a/1> ex:p0 "2" ; ex:p1 "y" .',
  },
  'fields that call functions, in the view and in its joins': {
    mapping:
      JSON_SOURCE +
      CSV_SOURCE +
      view('low', 'csv', `${ref('n')} ; ${ref('l')}`) +
      view(
        'v',
        'json',
        [
          ref('n'),
          field('N', upper('n')),
          field('m', upper('m[*]')),
          join('left', 'low', `rml:childMap [ ${upper('n')} ] ; rml:parent "n"`, field('L', upper('l'))),
        ].join(';'),
      ) +
      rule('v', S('{n}'), O('N'), O('m'), O('m.#'), O('L')),
    sources: { ...PEOPLE, 'p.csv': 'n,l\nA,x\n' },
    expected: 'ex:a ex:p0 "A" ; ex:p1 "U", "V" ; ex:p2 0, 1 ; ex:p3 "X" . ex:b ex:p0 "B" .',
  },
  'a view on a view counts the rows of the lower one': {
    mapping:
      JSON_SOURCE +
      view('low', 'json', ref('n') + ';' + iterable('i', 'rml:iterator "$.i[*]"', ref('t'))) +
      view('v', 'low', ref('m', 'n') + ';' + ref('t', 'i.t')) +
      rule('v', S('{#}'), O('m'), O('t'), O('t.#')),
    sources: PEOPLE,
    expected:
      'ex:0 ex:p0 "a" ; ex:p1 "x" ; ex:p2 0 . ex:1 ex:p0 "a" ; ex:p1 "y" ; ex:p2 0 . ex:2 ex:p0 "b" .',
  },
  'a left join keeps rows without a parent, an inner join takes them away; indexes count the parents': {
    mapping:
      JSON_SOURCE +
      CSV_SOURCE +
      view('low', 'json', ref('n') + ';' + ref('m', 'm[*]')) +
      view(
        'left',
        'csv',
        `${ref('n')} ; ${join('left', 'low', 'rml:child "n" ; rml:parent "n"', ref('jm', 'm'))}`,
      ) +
      view(
        'inner',
        'csv',
        `${ref('n')} ; ${join('inner', 'low', 'rml:child "n" ; rml:parent "n"', ref('jm', 'm'))}`,
      ) +
      rule('left', S('l{n}'), O('n'), O('jm'), O('jm.#')) +
      rule('inner', S('i{n}'), O('n'), O('jm'), O('jm.#')),
    sources: { ...PEOPLE, 'p.csv': 'n\na\nb\nc\n' },
    expected: `ex:la ex:p0 "a" ; ex:p1 "u", "v" ; ex:p2 0, 1 . ex:lb ex:p0 "b" . ex:lc ex:p0 "c" .
      ex:ia ex:p0 "a" ; ex:p1 "u", "v" ; ex:p2 0, 1 . ex:ib ex:p0 "b" .`,
  },
  'a join whose parent is a view with a join of its own': {
    mapping:
      CSV_SOURCE +
      'ex:csv2 a rml:LogicalSource ; rml:source "q.csv" ; rml:referenceFormulation rml:CSV .' +
      'ex:csv3 a rml:LogicalSource ; rml:source "r.csv" ; rml:referenceFormulation rml:CSV .' +
      view('third', 'csv3', ref('k') + ';' + ref('z')) +
      view(
        'second',
        'csv2',
        `${ref('n')} ; ${join('inner', 'third', 'rml:child "n" ; rml:parent "k"', ref('z'))}`,
      ) +
      view(
        'v',
        'csv',
        `${ref('n')} ; ${join('left', 'second', 'rml:child "n" ; rml:parent "n"', ref('zz', 'z'))}`,
      ) +
      rule('v', S('{n}'), O('n'), O('zz')),
    sources: { 'p.csv': 'n\na\nb\n', 'q.csv': 'n\na\nb\n', 'r.csv': 'k,z\na,1\na,2\n' },
    expected: 'ex:a ex:p0 "a" ; ex:p1 "1", "2" . ex:b ex:p0 "b" .',
  },
  'a join of a source with itself through two views': {
    mapping:
      CSV_SOURCE +
      view('boss', 'csv', ref('n') + ';' + ref('age')) +
      view(
        'v',
        'csv',
        `${ref('n')} ; ${ref('boss')} ; ${join('left', 'boss', 'rml:child "boss" ; rml:parent "n"', ref('ba', 'age'))}`,
      ) +
      rule('v', S('{n}'), O('ba')),
    sources: { 'p.csv': 'n,boss,age\na,b,1\nb,c,2\n' },
    expected: 'ex:a ex:p0 "2" .',
  },
  'two conditions have to hold, one of them a constant; types do not matter': {
    mapping:
      JSON_SOURCE +
      CSV_SOURCE +
      view('low', 'json', `${ref('id')} ; ${ref('kind')} ; ${ref('v')}`) +
      view(
        'v',
        'csv',
        `${ref('id')} ; rml:leftJoin [ rml:parentLogicalView ex:low ;
          rml:joinCondition [ rml:child "id" ; rml:parent "id" ] ;
          rml:joinCondition [ rml:childMap [ rml:constant "good" ] ; rml:parent "kind" ] ; ${ref('v')} ]`,
      ) +
      rule('v', S('{id}'), O('v')),
    sources: {
      'p.json': '[{"id":1,"kind":"good","v":"x"},{"id":1,"kind":"bad","v":"y"},{"kind":"good","v":"z"}]',
      'p.csv': 'id\n1\n2\n',
    },
    expected: 'ex:1 ex:p0 "x" .',
  },
  'referencing object maps join views with sources, and rows with themselves': {
    mapping:
      JSON_SOURCE +
      CSV_SOURCE +
      view('v', 'json', ref('n') + ';' + ref('m', 'm[*]')) +
      `ex:of-v a rml:TriplesMap ; rml:logicalSource ex:v ; rml:subjectMap [ ${S('v/{m}')} ] ;
        rml:predicateObjectMap [ rml:predicate ex:same ; rml:objectMap [ rml:parentTriplesMap ex:names ] ] ;
        rml:predicateObjectMap [ rml:predicate ex:row ; rml:objectMap [ rml:parentTriplesMap ex:rows ;
          rml:joinCondition [ rml:child "n" ; rml:parent "n" ] ] ] .
      ex:names a rml:TriplesMap ; rml:logicalSource ex:v ; rml:subjectMap [ ${S('n/{n}')} ] .
      ex:rows a rml:TriplesMap ; rml:logicalSource ex:csv ; rml:subjectMap [ ${S('r/{id}')} ] ;
        rml:predicateObjectMap [ rml:predicate ex:of ; rml:objectMap [ rml:parentTriplesMap ex:of-v ;
          rml:joinCondition [ rml:child "n" ; rml:parent "n" ] ] ] .`,
    sources: { ...PEOPLE, 'p.csv': 'n,id\na,1\nb,2\n' },
    expected: `<http://ex.org/v/u> ex:same <http://ex.org/n/a> ; ex:row <http://ex.org/r/1> .
      <http://ex.org/v/v> ex:same <http://ex.org/n/a> ; ex:row <http://ex.org/r/1> .
      <http://ex.org/r/1> ex:of <http://ex.org/v/u>, <http://ex.org/v/v> .`,
  },
  'a new blank node for each row': {
    mapping:
      JSON_SOURCE +
      view('v', 'json', ref('n') + ';' + ref('m', 'm[*]')) +
      rule('v', 'rml:termType rml:BlankNode', O('n')),
    sources: PEOPLE,
    expected: '[] ex:p0 "a" . [] ex:p0 "a" . [] ex:p0 "b" .',
  },
  'more combinations than a record may have are told and left out': {
    mapping:
      JSON_SOURCE +
      view('v', 'json', ref('n') + ';' + ref('m', 'm[*]') + ';' + ref('k', 'k[*]')) +
      rule('v', S('{n}'), 'rml:template "{m}{k}" ; rml:termType rml:Literal'),
    sources: {
      'p.json': JSON.stringify([
        { n: 'a', m: MANY, k: MANY },
        { n: 'b', m: [1], k: [2] },
      ]),
    },
    strict: false,
    codes: ['values-too-many'],
    expected: 'ex:b ex:p0 "12" .',
  },
  'null of the base source is null in fields': {
    mapping:
      'ex:csv rml:source "p.csv" ; rml:referenceFormulation rml:CSV ; rml:null "-" .' +
      view('v', 'csv', ref('n') + ';' + ref('m')) +
      rule('v', S('{n}'), O('m')),
    sources: { 'p.csv': 'n,m\na,-\nb,\n' },
    expected: 'ex:b ex:p0 "" .',
  },
};

describe('logical views', () => {
  for (const [title, input] of Object.entries(CASES)) it(title, () => checkMapping(input));

  it('read each source once, whatever the number of views and rules', async () => {
    const { opened } = await runInput(
      CASES[
        'a left join keeps rows without a parent, an inner join takes them away; indexes count the parents'
      ]!,
    );
    deepEqual(opened, ['p.json', 'p.csv']);
  });

  it('map one record as a batch does', async () => {
    const title = 'fields with many values are crossed; those without take no iteration away';
    const { mapping, sources } = CASES[title]!;
    const plan = compileMapping(PREFIXES + mapping, { name: 'test.ttl' });
    const document: unknown = JSON.parse(PEOPLE['p.json']);
    const { quads } = mapRecord(plan, document, { blankNode, strict: true });
    const batch = await runInput({ mapping, sources });
    equal(await canonicalNQuads(quads), await canonicalNQuads(batch.quads));
    equal(quads.length, 6);
  });

  it('map one record through joins of views as a batch does', async () => {
    const mapping =
      ['a', 'b']
        .map(
          (name) =>
            `ex:${name} rml:source "d.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$.${name}[*]" .`,
        )
        .join('') +
      view('low', 'b', `${ref('k')} ; ${ref('v', 'v[*]')}`) +
      view('v', 'a', `${ref('n')} ; ${join('inner', 'low', 'rml:child "n" ; rml:parent "k"', ref('v'))}`) +
      rule('v', 'rml:termType rml:BlankNode', O('n'), O('v'), O('v.#'));
    const document = {
      a: [{ n: 1 }, { n: 2 }],
      b: [
        { k: 1, v: ['x', 'y'] },
        { k: 3, v: ['z'] },
      ],
    };
    const plan = compileMapping(PREFIXES + mapping, { name: 'test.ttl' });
    const { quads } = mapRecord(plan, document, { blankNode, strict: true });
    const batch = await runInput({ mapping, sources: { 'd.json': JSON.stringify(document) } });
    equal(await canonicalNQuads(quads), await canonicalNQuads(batch.quads));
    equal(quads.length, 6);
    deepEqual(batch.opened, ['d.json']);
  });
});

const ANNOTATION = (body: string): string => `rml:structuralAnnotation [ ${body} ]`;
const BASIC = `${ref('n')} ; ${iterable('i', 'rml:iterator "$.i[*]"', ref('t'))}`;

/** Body of a view on JSON, or whole mapping; what the refusal says, and the text on the line that it names. */
const REFUSALS: Readonly<Record<string, { body?: string; objects?: string; message: RegExp; at?: string }>> =
  {
    'a field that does not exist': { objects: O('nn'), message: /"nn".*no such field; did you mean "n"\?/ },
    'the key of records': { objects: O('i'), message: /whole records, which are no values/ },
    'the key of the iterator': { objects: O('<it>'), message: /whole records/ },
    'no fields': { body: 'rml:viewOn ex:json', message: /without rml:field/ },
    'a field without a name': { body: 'rml:field [ rml:reference "n" ]', message: /without rml:fieldName/ },
    'a name with a dot': { body: ref('a.b', 'n'), message: /"a\.b", which holds a dot/ },
    'two fields with one name': {
      body: `${ref('n')} ; ${ref('n', 'm')}`,
      message: /two fields with the name "n"/,
    },
    'two fields with one name in a field': {
      body: iterable('i', 'rml:iterator "$.i[*]"', `${ref('t')} ; ${ref('t', 'u')}`),
      message: /two fields with the name "t"/,
    },
    'a field of a value': {
      body: `${ref('n')} ; ${field('x', 'rml:reference "x"', `; ${ref('y')}`)}`,
      message: /within values, which have no parts/,
    },
    'an iterator that is none': {
      body: `${ref('n')} ; ${iterable('i', 'rml:iterator "$.i[?("', ref('t'))}`,
      message: /iterator "\$\.i\[\?\("/,
    },
    'an iterable field with nothing to iterate': {
      body: `rml:field [ a rml:IterableField ; rml:fieldName "i" ; ${ref('t')} ]`,
      message: /without rml:iterator/,
    },
    'an unknown reference formulation': {
      body: iterable('i', 'rml:referenceFormulation ex:f', ref('t')),
      message: /unknown reference formulation/,
    },
    'another formulation of whole records': {
      body: `${ref('n')} ; ${iterable('i', 'rml:referenceFormulation rml:CSV', ref('t'))}`,
      message: /name the text in them by rml:reference/,
    },
    'an unknown property': { body: `${ref('n')} ; rml:iterator "$"`, message: /rml:iterator.*logical view/ },
    'a join without a condition': {
      body: `${ref('n')} ; rml:leftJoin [ rml:parentLogicalView ex:other ; ${ref('m', 'n')} ]`,
      message: /without rml:joinCondition/,
    },
    'a join with a source': {
      body: `${ref('n')} ; ${join('left', 'json', 'rml:child "n" ; rml:parent "n"', ref('m', 'n'))}`,
      message: /parent that is no logical view/,
    },
    'a join on a field that the parent lacks': {
      body: `${ref('n')} ; ${join('left', 'other', 'rml:child "n" ; rml:parent "name"', ref('m', 'n'))}`,
      message: /"name".*no such field/,
    },
    'a join on a field of another join': {
      body: [
        ref('n'),
        join('left', 'other', 'rml:child "n" ; rml:parent "n"', ref('m', 'n')),
        join('left', 'other', 'rml:child "m" ; rml:parent "n"', ref('k', 'n')),
      ].join(';'),
      message: /"m".*field of a join/,
    },
    'a field of a join that the parent lacks': {
      body: `${ref('n')} ; ${join('left', 'other', 'rml:child "n" ; rml:parent "n"', ref('m', 'o'))}`,
      message: /"o".*no such field/,
    },
    'a join that never holds': {
      body: `${ref('n')} ; ${join('inner', 'other', 'rml:childMap [ rml:template "a{n}" ] ; rml:parentMap [ rml:constant "b" ]', ref('m', 'n'))}`,
      message: /never holds: the child is "a\{\}", the parent "b"/,
    },
    'an annotation of no known kind': {
      body: `${BASIC} ; ${ANNOTATION('a ex:Annotation ; rml:onFields ("n")')}`,
      message: /of no known kind/,
    },
    'an annotation of a field that does not exist': {
      body: `${BASIC} ; ${ANNOTATION('a rml:UniqueAnnotation ; rml:onFields ("n" "tt")')}`,
      message: /names the field "tt"/,
    },
    'two primary keys': {
      body: [BASIC, ...[1, 2].map(() => ANNOTATION('a rml:PrimaryKeyAnnotation ; rml:onFields ("n")'))].join(
        ';',
      ),
      message: /more than one primary key/,
    },
    'a foreign key with too few targets': {
      body: `${BASIC} ; ${ANNOTATION('a rml:ForeignKeyAnnotation ; rml:onFields ("n" "i.t") ; rml:targetView ex:other ; rml:targetFields ("n")')}`,
      message: /2 fields but 1 target fields/,
    },
  };

const OTHER = view('other', 'json', ref('n'));

describe('logical views that are refused', () => {
  for (const [title, { body = BASIC, objects = O('n'), message }] of Object.entries(REFUSALS)) {
    const mapping = `${JSON_SOURCE}\n${OTHER}\n${view('v', 'json', body)}\n${rule('v', S('{n}'), objects)}`;
    it(`${title}, before any data are read`, () =>
      checkRefusal({ mapping, sources: {} }, { type: 'mapping-invalid', message }));
  }

  it('at line and column', () => {
    const rules = rule('v', S('{n}'), O('x'));
    return checkRefusal(
      { mapping: `${JSON_SOURCE}\n${view('v', 'json', ref('n'))}\n${rules}`, sources: {} },
      { type: 'mapping-invalid', message: /"x"/, line: 4, column: rules.indexOf(O('x')) + 1 },
    );
  });

  const CYCLES: Readonly<Record<string, string>> = {
    'views on one another': view('v', 'w', ref('n')) + view('w', 'v', ref('n')),
    'a view on itself': view('v', 'v', ref('n')),
    'views that join one another':
      view(
        'v',
        'json',
        `${ref('n')} ; ${join('left', 'w', 'rml:child "n" ; rml:parent "n"', ref('m', 'n'))}`,
      ) +
      view(
        'w',
        'json',
        `${ref('n')} ; ${join('left', 'v', 'rml:child "n" ; rml:parent "n"', ref('m', 'n'))}`,
      ),
    'a view that joins a view on itself':
      view(
        'v',
        'json',
        `${ref('n')} ; ${join('left', 'w', 'rml:child "n" ; rml:parent "n"', ref('m', 'n'))}`,
      ) + view('w', 'v', ref('n')),
  };
  for (const [title, views] of Object.entries(CYCLES)) {
    it(`cycles: ${title}`, () =>
      checkRefusal(
        { mapping: JSON_SOURCE + views + rule('v', S('{n}'), O('n')), sources: {} },
        { type: 'mapping-invalid', message: /is derived from itself: .*, then / },
      ));
  }

  it('accepts annotations that hold together', () =>
    checkMapping({
      mapping:
        JSON_SOURCE +
        OTHER +
        view(
          'v',
          'json',
          [
            BASIC,
            ANNOTATION('a rml:PrimaryKeyAnnotation ; rml:onFields ("n")'),
            ANNOTATION(
              'a rml:ForeignKeyAnnotation ; rml:onFields ("n") ; rml:targetView ex:other ; rml:targetFields ("n")',
            ),
          ].join(';'),
        ) +
        rule('v', S('{n}'), O('n')),
      sources: PEOPLE,
      // The promise that "n" is unique is broken by the rows; the graph does not depend on it.
      expected: 'ex:a ex:p0 "a" . ex:b ex:p0 "b" .',
    }));
});

const small = fc.constantFrom('a', 'b', 'c');
const child = fc.record({
  k: fc.option(small, { nil: null }),
  m: fc.array(small, { maxLength: 3 }),
  i: fc.array(fc.record({ t: fc.option(small, { nil: null }) }), { maxLength: 3 }),
});
const parent = fc.record({ k: fc.option(small, { nil: null }), v: fc.array(small, { maxLength: 2 }) });
type Child = typeof child extends fc.Arbitrary<infer T> ? T : never;
type Parent = typeof parent extends fc.Arbitrary<infer T> ? T : never;

/** The rows of the view below by nested loops: the definition without any cleverness. */
function naiveTexts(
  children: readonly Child[],
  parents: readonly Parent[],
  type: 'left' | 'inner',
): string[] {
  const orNull = <T>(values: readonly T[]): readonly (T | null)[] => (values.length === 0 ? [null] : values);
  const parentRows = parents.flatMap(({ k, v }) => orNull(v).map((value) => ({ k, v: value })));
  return children.flatMap(({ k, m, i }, number) =>
    orNull(m.map((value, index) => ({ value, index }))).flatMap((one) =>
      orNull(i.map(({ t }, index) => ({ t, index }))).flatMap((item) => {
        const found = parentRows.filter((row) => k !== null && row.k === k);
        const joined = found.length === 0 ? (type === 'inner' ? [] : [null]) : found;
        return joined.map((row) =>
          [number, k, one?.value, one?.index, item?.t, item?.index, row?.v]
            .map((value) => value ?? '-')
            .join(' '),
        );
      }),
    ),
  );
}

describe('logical views, properties', () => {
  const keys = ['#', 'k', 'm', 'm.#', 'i.t', 'i.#', 'v'];
  const mappingOf = (type: 'left' | 'inner'): string =>
    'ex:c rml:source "c.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" .' +
    'ex:p rml:source "p.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" .' +
    view('low', 'p', `${ref('k')} ; ${ref('v', 'v[*]')}`) +
    view(
      'v',
      'c',
      [
        ref('k'),
        ref('m', 'm[*]'),
        iterable('i', 'rml:iterator "$.i[*]"', ref('t')),
        join(type, 'low', 'rml:child "k" ; rml:parent "k"', ref('v')),
      ].join(';'),
    ) +
    // A node for each row shows the rows as they are; the other rule has them projected.
    rule('v', 'rml:termType rml:BlankNode', ...keys.map(O)) +
    rule('v', S('{#}'), O('m')).replace('ex:of-v', 'ex:of-m');

  for (const type of ['left', 'inner'] as const) {
    it(`rows are those of nested loops (${type} join)`, () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(child, { maxLength: 3 }),
          fc.array(parent, { maxLength: 4 }),
          async (children, parents) => {
            const sources = { 'c.json': JSON.stringify(children), 'p.json': JSON.stringify(parents) };
            const { quads } = await runInput({ mapping: mappingOf(type), sources });
            const naive = naiveTexts(children, parents, type);
            const nodes = Map.groupBy(
              quads.filter(({ subject }) => subject.termType === 'BlankNode'),
              ({ subject }) => subject.value,
            );
            const rows = Array.from(nodes.values(), (own) => {
              const valueOf = (index: number): string =>
                own.find(({ predicate }) => predicate.value === `http://ex.org/p${index}`)?.object.value ??
                '-';
              return keys.map((_, index) => valueOf(index)).join(' ');
            });
            deepEqual(rows.sort(), naive.toSorted());
            const projected = quads.filter(({ subject }) => subject.termType !== 'BlankNode');
            deepEqual(
              projected.map(({ subject, object }) => `${subject.value} ${object.value}`).sort(),
              [
                ...new Set(
                  naive
                    .map((row) => row.split(' '))
                    .filter(([, , m]) => m !== '-')
                    .map(([number, , m]) => `http://ex.org/${number} ${m}`),
                ),
              ].sort(),
            );
          },
        ),
        { numRuns: 80 },
      ));
  }
});
