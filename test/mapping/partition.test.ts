import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { mapSources } from '../../src/mapping/execute/batch.ts';
import { partitionRules } from '../../src/mapping/partition.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import { type Hole, type TextPattern, textsMeet } from '../../src/mapping/text-pattern.ts';
import { quadKey } from '../../src/rdf/terms.ts';
import { textData } from '../text-data.ts';
import { PREFIXES } from './check.ts';

const LETTERS = ['a', '/'];

/** All texts over {@link LETTERS} up to a length. */
function* textsUpTo(length: number, start = ''): Generator<string> {
  yield start;
  if (length > 0) for (const letter of LETTERS) yield* textsUpTo(length - 1, start + letter);
}

/** Whether a text belongs to a pattern, by backtracking over where its holes end. */
function belongs(text: string, { texts, hole }: TextPattern): boolean {
  const [start = '', ...rest] = texts;
  if (!text.startsWith(start)) return false;
  const tail = text.slice(start.length);
  if (rest.length === 0) return tail === '';
  for (let end = 0; end <= tail.length; end++) {
    if (hole === 'encoded' && tail.slice(0, end).includes('/')) break;
    if (belongs(tail.slice(end), { texts: rest, hole })) return true;
  }
  return false;
}

const part = fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 2 });
const pattern = fc.record({
  texts: fc.array(part, { minLength: 1, maxLength: 3 }),
  hole: fc.constantFrom<Hole>('encoded', 'any'),
});

describe('text patterns, properties', () => {
  it('meet exactly when they share a text', () => {
    const texts = [...textsUpTo(10)];
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        const shared = texts.some((text) => belongs(text, a) && belongs(text, b));
        equal(textsMeet(a, b), shared);
        equal(textsMeet(b, a), shared);
      }),
      { numRuns: 400 },
    );
  });
});

/** Subject map, predicate and object map of a triples map over `d.json`, with a graph where there is one. */
interface Statement {
  readonly subject: string;
  readonly predicate: string;
  readonly object: string;
  readonly graph?: string;
}

const mapOf = ({ subject, predicate, object, graph }: Statement, index: number): string => `
ex:m${index} a rml:TriplesMap ;
  rml:logicalSource [ rml:source "d.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" ] ;
  rml:subjectMap [ ${subject} ] ;
  rml:predicateObjectMap [ rml:predicateMap [ ${predicate} ] ; rml:objectMap [ ${object} ] ${
    graph === undefined ? '' : `; rml:graphMap [ ${graph} ]`
  } ] .`;

const planOf = (statements: readonly Statement[]): ReturnType<typeof compileMapping> =>
  compileMapping(PREFIXES + statements.map(mapOf).join(''), { name: 'test.ttl', baseIRI: 'http://b.org/' });

const P = 'rml:constant ex:p';
const S = 'rml:template "http://ex.org/s/{a}"';
const literalOf = (more: string): Statement => ({
  subject: S,
  predicate: P,
  object: `rml:reference "a" ${more}`,
});

/** Pairs of statements, and whether they may give the same quad. */
const PAIRS: Readonly<Record<string, readonly [Partial<Statement>, Partial<Statement>, boolean]>> = {
  'other constant predicates': [{}, { predicate: 'rml:constant ex:q' }, false],
  'a predicate from the data': [{}, { predicate: 'rml:template "http://ex.org/{a}"' }, true],
  'subjects with other prefixes': [{}, { subject: 'rml:template "http://ex.org/t/{a}"' }, false],
  'one template, other references': [{}, { subject: 'rml:template "http://ex.org/s/{b}"' }, true],
  'a slash that no encoded value holds': [{}, { subject: 'rml:template "http://ex.org/s/{a}/x"' }, false],
  'a slash that an unsafe value may hold': [
    { subject: 'rml:template "http://ex.org/s/{a}" ; rml:termType rml:UnsafeIRI' },
    { subject: 'rml:template "http://ex.org/s/{a}/x" ; rml:termType rml:UnsafeIRI' },
    true,
  ],
  'other suffixes': [
    { subject: 'rml:template "http://ex.org/{a}-x"' },
    { subject: 'rml:template "http://ex.org/{a}-y"' },
    false,
  ],
  'a subject that is a whole value': [{}, { subject: 'rml:reference "a" ; rml:termType rml:IRI' }, true],
  'a relative template of the base': [
    { subject: 'rml:template "s/{a}"' },
    { subject: 'rml:template "http://b.org/s/{b}"' },
    true,
  ],
  'a relative template of another base': [{ subject: 'rml:template "s/{a}"' }, {}, false],
  'an IRI and a blank node': [{}, { subject: 'rml:reference "a" ; rml:termType rml:BlankNode' }, false],
  'new blank nodes of two rules': [
    { subject: 'rml:termType rml:BlankNode' },
    { subject: 'rml:termType rml:BlankNode' },
    false,
  ],
  'other datatypes': [literalOf('; rml:datatype xsd:byte'), literalOf('; rml:datatype xsd:int'), false],
  'other languages': [literalOf('; rml:language "en"'), literalOf('; rml:language "de"'), false],
  'one language in other letters': [literalOf('; rml:language "en"'), literalOf('; rml:language "EN"'), true],
  'a language and a datatype': [literalOf('; rml:language "en"'), literalOf('; rml:datatype xsd:int'), false],
  'a natural datatype and a stated one': [literalOf(''), literalOf('; rml:datatype xsd:integer'), true],
  'a natural datatype and a language': [literalOf(''), literalOf('; rml:language "en"'), false],
  'a literal and an IRI': [literalOf(''), { object: 'rml:template "http://ex.org/{a}"' }, false],
  'other constants': [{ object: 'rml:constant "x"' }, { object: 'rml:constant "y"' }, false],
  'a constant that a template makes': [
    { object: 'rml:constant "x1"' },
    { object: 'rml:template "x{a}" ; rml:termType rml:Literal' },
    true,
  ],
  'other graphs': [{ graph: 'rml:constant ex:g' }, { graph: 'rml:constant ex:h' }, false],
  'the default graph by name': [{ graph: 'rml:constant rml:defaultGraph' }, {}, true],
  'a named graph and the default one': [{ graph: 'rml:constant ex:g' }, {}, false],
  'a graph from the data, which may be the default one': [
    { graph: 'rml:reference "a" ; rml:termType rml:IRI' },
    {},
    true,
  ],
};

describe('partitions', () => {
  const plain: Statement = { subject: S, predicate: P, object: 'rml:reference "a"' };

  for (const [title, [first, second, meet]] of Object.entries(PAIRS)) {
    it(`${title}: ${meet ? 'may meet' : 'are apart'}`, () => {
      const { patterns, partitions } = partitionRules(
        planOf([
          { ...plain, ...first },
          { ...plain, ...second },
        ]).triplesMaps,
      );
      equal(patterns.length, 2);
      deepEqual(partitions, meet ? [[0, 1]] : [[0], [1]]);
    });
  }

  it('values of queries may bring datatypes and languages, in legacy mappings too', () => {
    const { triplesMaps } = compileMapping(
      `${PREFIXES} @prefix d2rq: <http://www.wiwiss.fu-berlin.de/suhl/bizer/D2RQ/0.1#> .
ex:db a d2rq:Database ; d2rq:jdbcDSN "jdbc:sqlite:x" .
ex:m old:logicalSource [ old:source ex:db ; rr:sqlVersion rr:SQL2008 ; old:query "SELECT a FROM t" ] ;
  rr:subjectMap [ rr:template "http://ex.org/{a}" ] ;
  rr:predicateObjectMap [ rr:predicate ex:p ; rr:objectMap [ old:reference "a" ], [ old:reference "a" ; rr:datatype xsd:integer ],
    [ old:reference "a" ; rr:language "en" ] ] .`,
      { name: 'test.ttl' },
    );
    deepEqual(partitionRules(triplesMaps).partitions, [[0, 1, 2]]);
  });

  it('name what makes each pattern', () => {
    const { triplesMaps } = compileMapping(
      `${PREFIXES}
ex:child rml:logicalSource [ rml:source "d.csv" ; rml:referenceFormulation rml:CSV ] ;
  rml:subjectMap [ rml:template "http://ex.org/c/{a}" ; rml:class ex:C ; rml:graph ex:g ] ;
  rml:predicateObjectMap [ rml:predicate ex:p, ex:q ; rml:object "x" ;
    rml:objectMap [ rml:parentTriplesMap ex:parent ; rml:joinCondition [ rml:child "b" ; rml:parent "b" ] ] ] .
ex:parent rml:logicalSource [ rml:source "e.csv" ; rml:referenceFormulation rml:CSV ] ;
  rml:subjectMap [ rml:template "http://ex.org/p/{a}" ] ; rml:predicateObjectMap [ rml:predicate ex:p ; rml:object "x" ] .`,
      { name: 'test.ttl' },
    );
    const { patterns, partitions } = partitionRules(triplesMaps);
    const made = patterns.map(({ rule, maker }) => [
      rule,
      maker.kind,
      ...('predicate' in maker ? [maker.predicate, maker.object] : []),
    ]);
    deepEqual(made, [
      [0, 'class'],
      [0, 'object', 0, 0],
      [0, 'object', 1, 0],
      [0, 'reference', 0, 0],
      [0, 'reference', 1, 0],
      [1, 'object', 0, 0],
    ]);
    deepEqual(partitions, [[0], [1], [2], [3], [4], [5]]);
  });
});

const SUBJECTS = [
  'rml:template "http://ex.org/{a}"',
  'rml:template "http://ex.org/{a}/{b}"',
  'rml:template "http://ex.org/x{a}"',
  'rml:template "{a}"',
  'rml:template "{a}" ; rml:termType rml:UnsafeIRI',
  'rml:reference "b" ; rml:termType rml:IRI',
  'rml:reference "a" ; rml:termType rml:BlankNode',
  'rml:constant ex:x',
];
const OBJECTS = [
  ...SUBJECTS,
  'rml:reference "a"',
  'rml:reference "n"',
  'rml:template "{a}" ; rml:termType rml:Literal',
  'rml:reference "n" ; rml:datatype xsd:integer',
  'rml:reference "a" ; rml:language "en"',
  'rml:reference "a" ; rml:languageMap [ rml:reference "l" ]',
  'rml:constant "x"',
];
const GRAPHS = ['rml:constant ex:x', 'rml:template "http://ex.org/{a}"', 'rml:constant rml:defaultGraph'];
const statement = fc.record(
  {
    subject: fc.constantFrom(...SUBJECTS),
    predicate: fc.constantFrom(P, 'rml:constant ex:x', 'rml:template "http://ex.org/{a}"'),
    object: fc.constantFrom(...OBJECTS),
    graph: fc.constantFrom(...GRAPHS),
  },
  { requiredKeys: ['subject', 'predicate', 'object'] },
);
const row = fc.record({
  a: fc.constantFrom('x', 'xx', 'y/x', 'http://ex.org/x', ''),
  b: fc.constantFrom('x', 'http://ex.org/x', 'http://ex.org/x/x'),
  n: fc.constantFrom(1, 2),
  l: fc.constantFrom('en', 'EN', 'de'),
});

describe('partitions, properties', () => {
  it('rules that are apart never give the same quad', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(statement, { minLength: 2, maxLength: 4 }),
        fc.array(row, { minLength: 1, maxLength: 4 }),
        async (statements, rows) => {
          const plan = planOf(statements);
          const quads = statements.map(() => new Set<string>());
          const access = { open: () => textData(JSON.stringify(rows)) };
          const options = { strict: false, keepDuplicates: true };
          for await (const { quad, rule } of mapSources(plan, access, options))
            quads[rule]!.add(quadKey(quad));
          quads.forEach((own, i) => {
            quads.forEach((other, j) => {
              if (i >= j || ![...own].some((key) => other.has(key))) return;
              const pair = planOf([statements[i]!, statements[j]!]).triplesMaps;
              deepEqual(partitionRules(pair).partitions, [[0, 1]], `rules ${i} and ${j} share a quad`);
            });
          });
        },
      ),
      { numRuns: 150 },
    ));
});
