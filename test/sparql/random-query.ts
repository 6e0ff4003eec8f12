/**
 * Random data and random queries over it, dense enough that many answers are not empty.
 *
 * Filters compare only where the standard leaves no choice: engines differ on comparing terms of different
 * kinds.
 */
import fc from 'fast-check';
import { defaultGraph, literal, namedNode, quad, type RDF, typed } from '../../src/rdf/terms.ts';

const IRIS = ['a', 'b', 'c', 'd'].map((name) => namedNode(`urn:x:${name}`));
const PREDICATES = ['p', 'q', 'r'].map((name) => namedNode(`urn:x:${name}`));
const NUMBERS = [1, 2, 3].map((value) => typed(value, 'integer'));
const GRAPHS = [defaultGraph(), namedNode('urn:x:g'), namedNode('urn:x:h')];

const someQuad: fc.Arbitrary<RDF.Quad> = fc
  .record({
    s: fc.constantFrom(...IRIS),
    p: fc.constantFrom(...PREDICATES),
    o: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...IRIS) },
      fc.constantFrom(...NUMBERS, literal('x', 'en')),
    ),
    g: fc.oneof({ weight: 3, arbitrary: fc.constant(GRAPHS[0]!) }, fc.constantFrom(...GRAPHS)),
  })
  .map(({ s, p, o, g }) => quad(s, p, o, g));

export const someData = fc.uniqueArray(someQuad, {
  minLength: 20,
  maxLength: 45,
  selector: (q) => `${q.subject.value} ${q.predicate.value} ${q.object.value} ${q.graph.value}`,
});

const variable = fc.constantFrom('?x', '?y', '?z', '?w');
const subject = fc.oneof({ weight: 4, arbitrary: variable }, fc.constantFrom(':a', ':b'));
const object = fc.oneof({ weight: 4, arbitrary: variable }, fc.constantFrom(':a', ':c', '1', '2'));
const predicate = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(':p', ':q', ':r') }, fc.constant('?v'));

// Without negated sets and alternatives at the top: the peer gives a pair once where both ends are bound, the
// standard as often as there are triples. The table of cases of the plan has them.
const path: fc.Arbitrary<string> = fc.constantFrom(':p/:q', '^:p', ':p+', '(:p|:q)+', '^:p/:q', '(:p/^:q)+');

/** Only between variables: the peer wants a constant to be a node of the graph, the standard does not. */
const emptyPath = fc.constantFrom(':p*', ':q?', '(:p/:q)*');

const triple = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(subject, predicate, object).map((terms) => `${terms.join(' ')} .`) },
  { weight: 1, arbitrary: fc.tuple(subject, path, object).map((terms) => `${terms.join(' ')} .`) },
  { weight: 1, arbitrary: fc.tuple(variable, emptyPath, variable).map((terms) => `${terms.join(' ')} .`) },
);
const triples = fc.array(triple, { minLength: 1, maxLength: 3 }).map((list) => list.join(' '));

const simpleTest = fc.oneof(
  fc.tuple(variable, fc.constantFrom(':a', ':b')).map(([v, iri]) => `${v} = ${iri}`),
  fc.tuple(variable, variable).map(([v, w]) => `sameTerm(${v}, ${w})`),
  variable.map((v) => `BOUND(${v})`),
  variable.map((v) => `isIRI(${v})`),
  variable.map((v) => `isNumeric(${v}) && ${v} > 1`),
  fc.tuple(variable, fc.constantFrom('1, 2', ':a, :c')).map(([v, list]) => `${v} IN (${list})`),
  variable.map((v) => `STRSTARTS(STR(${v}), "urn:x:")`),
  variable.map((v) => `COALESCE(${v} + 1, 2) > 2`),
);
const test = fc.oneof(
  { weight: 3, arbitrary: simpleTest },
  fc.tuple(simpleTest, simpleTest).map(([a, b]) => `(${a} || ${b})`),
  simpleTest.map((a) => `!(${a})`),
);

const values = fc.oneof(
  variable.map((v) => `VALUES ${v} { :a :b 1 }`),
  fc
    .tuple(fc.constantFrom('?x', '?y'), fc.constantFrom('?z', '?w'))
    .map(([a, b]) => `VALUES (${a} ${b}) { (:a UNDEF) (UNDEF :b) (:c 1) }`),
);

const subquery = fc
  .record({ v: variable, body: triples, distinct: fc.boolean() })
  .map(({ v, body, distinct }) =>
    distinct
      ? `{ SELECT DISTINCT ${v} { ${body} } }`
      : `{ SELECT ${v} (COUNT(*) AS ?n) { ${body} } GROUP BY ${v} }`,
  );

const { group } = fc.letrec<{ group: string; element: string }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'pattern' },
    { weight: 6, arbitrary: triples },
    { weight: 2, arbitrary: tie('group').map((inner) => `OPTIONAL { ${inner} }`) },
    { weight: 1, arbitrary: fc.tuple(tie('group'), tie('group')).map(([a, b]) => `{ ${a} } UNION { ${b} }`) },
    { weight: 1, arbitrary: tie('group').map((inner) => `MINUS { ${inner} }`) },
    { weight: 2, arbitrary: test.map((text) => `FILTER(${text})`) },
    { weight: 1, arbitrary: triples.map((inner) => `FILTER NOT EXISTS { ${inner} }`) },
    { weight: 1, arbitrary: triples.map((inner) => `FILTER EXISTS { ${inner} }`) },
    { weight: 1, arbitrary: values },
    { weight: 1, arbitrary: subquery },
    { weight: 1, arbitrary: tie('group').map((inner) => `{ ${inner} }`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('?g', ':g'), triples)
        .map(([g, inner]) => `GRAPH ${g} { ${inner} }`),
    },
  ),
  group: fc
    .tuple(triples, fc.array(tie('element'), { maxLength: 3, depthIdentifier: 'pattern' }))
    .map(([first, rest]) => [first, ...rest].join(' ')),
}));

const PROLOGUE = 'PREFIX : <urn:x:> ';

/** SELECT queries whose answer does not depend on an unsaid order. */
export const someQuery: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: group.map((body) => `${PROLOGUE}SELECT * { ${body} }`) },
  {
    weight: 1,
    arbitrary: fc.tuple(variable, group).map(([v, body]) => `${PROLOGUE}SELECT DISTINCT ${v} { ${body} }`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(variable, variable, group)
      .map(
        ([key, v, body]) =>
          `${PROLOGUE}SELECT ${key} (COUNT(${v}) AS ?c) (COUNT(DISTINCT ${v}) AS ?d) (SUM(IF(isNumeric(${v}), ${v}, 0)) AS ?s) { ${body} } GROUP BY ${key} HAVING (COUNT(*) > 1)`,
      ),
  },
  {
    weight: 1,
    arbitrary: group.map((body) => `${PROLOGUE}SELECT * { ${body} BIND(STR(?x) AS ?text) }`),
  },
);
