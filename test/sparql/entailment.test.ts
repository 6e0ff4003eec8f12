/**
 * What `entailment=fabric` shows, to the plan and to the general engine alike.
 */
import { loadTBox } from '../../src/ontology/tbox.ts';
import { checkQuery } from './check.ts';
import { engineOf, trig, viewOf } from './fixture.ts';

const tbox = loadTBox(
  trig(`
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    PREFIX owl: <http://www.w3.org/2002/07/owl#>
    :Edge rdfs:subClassOf :Element . :Element rdfs:subClassOf :Thing .
    :hosts owl:inverseOf :runsOn .
    :runsOn rdfs:subPropertyOf :dependsOn .
    :linkedTo a owl:SymmetricProperty .
    :requiredBy owl:inverseOf :dependsOn .
  `),
);
const view = viewOf(
  trig(`
    :e a :Edge ; :hosts :app ; :linkedTo :f .
    :f a :Element ; :label "f" .
    :other :runsOn "nowhere" .
    :g { :in a :Edge }
  `),
);
const engine = engineOf({ tbox });

const cases: readonly { title: string; query: string; rows: readonly string[] }[] = [
  { title: 'instances of a superclass', query: 'SELECT ?x { ?x a :Thing }', rows: ['e', 'f'] },
  { title: 'all classes of an instance', query: 'SELECT ?c { :e a ?c }', rows: ['Edge', 'Element', 'Thing'] },
  { title: 'an inverse', query: 'SELECT ?x { :app :runsOn ?x }', rows: ['e'] },
  { title: 'a super-property, through an inverse', query: 'SELECT ?x { :app :dependsOn ?x }', rows: ['e'] },
  { title: 'an inverse of a super-property', query: 'SELECT ?x { :e :requiredBy ?x }', rows: ['app'] },
  { title: 'symmetry', query: 'SELECT ?x { :f :linkedTo ?x }', rows: ['e'] },
  { title: 'no literal as a subject', query: 'SELECT ?s { ?s :hosts ?o }', rows: ['e'] },
  {
    title: 'every predicate between two terms',
    query: 'SELECT ?p { :app ?p :e }',
    rows: ['runsOn', 'dependsOn'],
  },
  {
    title: 'everything about a subject',
    query: 'SELECT ?p ?o { :app ?p ?o }',
    rows: ['runsOn e', 'dependsOn e'],
  },
  {
    title: 'an IRI that no quad holds',
    query: 'SELECT ?c { ?c a :Thing FILTER EXISTS { ?c a :Element } }',
    rows: ['e', 'f'],
  },
  { title: 'named graphs by themselves', query: 'SELECT ?x ?g { GRAPH ?g { ?x a :Thing } }', rows: ['in g'] },
  { title: 'paths', query: 'SELECT ?x { :f :linkedTo/:requiredBy ?x }', rows: ['app'] },
];

describe('sparql: entailment=fabric', () => {
  for (const { title, query, rows } of cases) {
    it(`shows ${title}`, async () => {
      await checkQuery(engine, view, query, rows, { entailment: 'fabric' });
      const general = query.replace(/\}$/, 'FILTER(MD5("") != "") }');
      await checkQuery(engine, view, general, rows, { entailment: 'fabric' });
    });
  }

  it('shows nothing of it when it is not asked for', async () => {
    await checkQuery(engine, view, 'SELECT ?x { ?x a :Thing }', []);
    await checkQuery(engine, view, 'SELECT ?x { :app :runsOn ?x }', []);
  });
});
