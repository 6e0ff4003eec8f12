/**
 * What updates change, on the graphs of a fabric: only user graphs, as a net difference.
 */
import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { namedNode, quad, type RDF, toNQuads } from '../../src/rdf/terms.ts';
import { engineOf, trig, viewOf } from './fixture.ts';

const graphs = new GraphNames('https://example.org/f/');
const record = graphs.record('src', 'k');
const iri = (name: string) => namedNode(`urn:x:${name}`);
const quads: readonly RDF.Quad[] = [
  ...trig(':a :p 1 . :g { :a :p 2 } :h { :b :p 3 }'),
  quad(iri('a'), iri('p'), iri('fromRecord'), record),
  quad(iri('a'), iri('p'), iri('derived'), graphs.derived('rule')),
  quad(iri('a'), iri('p'), iri('decision'), graphs.system('decisions')),
];
const engine = engineOf({ graphs });
const view = viewOf(quads, graphs);

const short = (q: RDF.Quad): string =>
  toNQuads(q)
    .replace(/<urn:x:(\w+)>/g, '$1')
    .replace(/"(\d+)"\^\^<[^>]+>/g, '$1')
    .replace(/ \.$/, '');

async function difference(text: string): Promise<{ added: string[]; removed: string[] }> {
  const { added, removed } = await engine.update(engine.parse(text), view, {
    seq: 2,
    blankNodePrefix: 'u2-',
  });
  return { added: added.map(short).sort(), removed: removed.map(short).sort() };
}

const cases: readonly { title: string; text: string; added?: string[]; removed?: string[] }[] = [
  {
    title: 'INSERT without GRAPH goes to the RDF default graph',
    text: 'INSERT DATA { :n :p 1 }',
    added: ['n p 1'],
  },
  {
    title: 'WHERE sees the merge, DELETE without GRAPH touches only the RDF default graph',
    text: 'DELETE { ?s :p ?o } INSERT { ?s :seen ?o } WHERE { ?s :p ?o }',
    removed: ['a p 1'],
    added: ['a seen 1', 'a seen 2', 'a seen derived', 'a seen fromRecord', 'b seen 3'],
  },
  {
    title: 'WITH names the graph',
    text: 'WITH :g DELETE { ?s :p ?o } WHERE { ?s :p ?o }',
    removed: ['a p 2 g'],
  },
  {
    title: 'USING chooses the graphs of WHERE',
    text: 'INSERT { ?s :copied ?o } USING :h WHERE { ?s :p ?o }',
    added: ['b copied 3'],
  },
  {
    title: 'WITH makes an absent graph an empty one',
    text: 'WITH :new INSERT { :n :p 1 } WHERE {}',
    added: ['n p 1 new'],
  },
  {
    title: 'WITH leaves the named graphs to be seen',
    text: 'WITH :g INSERT { ?s :p ?x } WHERE { ?s :p ?o . GRAPH :h { ?x :p 3 } }',
    added: ['a p b g'],
  },
  {
    title: 'GRAPH without a pattern asks for the graph',
    text: 'PREFIX x: <urn:x:> INSERT { ?g x:is x:here } WHERE { GRAPH ?g {} FILTER(?g IN (x:g, x:none)) };',
    added: ['g is here'],
  },
  { title: 'CLEAR ALL means user graphs', text: 'CLEAR ALL', removed: ['a p 1', 'a p 2 g', 'b p 3 h'] },
  { title: 'CLEAR NAMED means named user graphs', text: 'CLEAR NAMED', removed: ['a p 2 g', 'b p 3 h'] },
  { title: 'DROP DEFAULT means the RDF default graph', text: 'DROP DEFAULT', removed: ['a p 1'] },
  { title: 'COPY replaces', text: 'COPY :g TO :h', removed: ['b p 3 h'], added: ['a p 2 h'] },
  {
    title: 'MOVE empties its source',
    text: 'MOVE :g TO DEFAULT',
    removed: ['a p 1', 'a p 2 g'],
    added: ['a p 2'],
  },
  {
    title: 'ADD may read a record graph',
    text: `ADD <${record.value}> TO :new`,
    added: ['a p fromRecord new'],
  },
  {
    title: 'operations follow one another, and what they undo is no difference',
    text: 'INSERT DATA { :n :p 1 }; DELETE { ?s :p 1 } WHERE { ?s :p 1 }; INSERT DATA { :a :p 1 }',
  },
  {
    title: 'SILENT passes over what is refused',
    text: `LOAD SILENT <urn:x:f>; CLEAR SILENT GRAPH <${record.value}>`,
  },
  { title: 'inserting what is there changes nothing', text: 'INSERT DATA { :a :p 1 }' },
  {
    title: 'a template leaves out what is no quad',
    text: 'INSERT { ?o :of ?s . ?s :of ?none } WHERE { ?s :p ?o FILTER(isLiteral(?o)) }',
  },
  { title: 'nothing is asked', text: '' },
];

describe('sparql: updates', () => {
  for (const { title, text, added = [], removed = [] } of cases) {
    it(title, async () => {
      assert.deepEqual(await difference(text), { added, removed });
    });
  }

  it('labels blank nodes by the prefix and an ordinal, the same within a solution', async () => {
    const { added } = await difference(
      'INSERT { ?s :has _:n . _:n :v ?o } WHERE { ?s :p ?o FILTER(isLiteral(?o)) }',
    );
    const nodes = new Set(added.flatMap((line) => line.match(/_:u2-\d+/g) ?? []));
    assert.equal(added.length, 6);
    assert.deepEqual([...nodes].sort(), ['_:u2-0', '_:u2-1', '_:u2-2']);
  });

  const refusals: readonly [string, string, FabricError['type']][] = [
    ['a record graph', `INSERT DATA { GRAPH <${record.value}> { :n :p 1 } }`, 'graph-owned'],
    ['a derived graph', `CLEAR GRAPH <${graphs.derived('rule').value}>`, 'graph-owned'],
    ['a system graph', `MOVE <${graphs.system('decisions').value}> TO :g`, 'graph-owned'],
    [
      'a record graph met by a variable',
      'DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }',
      'graph-owned',
    ],
    ['loading', 'LOAD <urn:x:file>', 'query-unsupported'],
    ['creating a graph that is there', 'CREATE GRAPH :g', 'already-exists'],
    ['copying a graph that is not there', 'COPY :none TO :g', 'not-found'],
    [
      'a late refusal after a good operation',
      'INSERT DATA { :n :p 1 }; LOAD <urn:x:file>',
      'query-unsupported',
    ],
  ];
  for (const [title, text, type] of refusals) {
    it(`refuses ${title}`, async () => {
      await assert.rejects(
        difference(text),
        (error: unknown) => error instanceof FabricError && error.type === type,
      );
    });
  }
});
