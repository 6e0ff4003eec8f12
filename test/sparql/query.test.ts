/**
 * What queries answer, where the semantics are easy to get wrong: cases as data over one small dataset.
 */
import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { namedNode, quad, type Term, toNQuads, typed } from '../../src/rdf/terms.ts';
import type { SparqlEngine } from '../../src/sparql/engine.ts';
import { type CheckOptions, checkQuery, short } from './check.ts';
import { engineOf, trig, viewOf } from './fixture.ts';

const data = trig(`
  :a :p 1, 2 ; :q :b ; :name "one", "eins"@DE .
  :b :p 3 ; :q :c .
  :c :p 4 ; :r :a .
  :a :knows _:k . _:k :name "deep" .
  :g { :a :p 9 . :z :p 1 }
  :h { :a :r 5 . :z :p 1 }
`);

interface QueryCase extends CheckOptions {
  readonly title: string;
  readonly query: string;
  readonly rows: readonly string[];
}

const cases: readonly QueryCase[] = [
  {
    title: 'alternatives count a pair as often as it is connected',
    query: 'SELECT ?o { :a :q|(:q|:q) ?o }',
    rows: ['b', 'b', 'b'],
  },
  { title: 'a negated set passes over its predicates', query: 'SELECT ?o { :b !(:p) ?o }', rows: ['c'] },
  {
    title: 'a negated set with an inverse looks both ways',
    query: 'SELECT ?o { :b !(:p|^:r) ?o }',
    rows: ['c', 'a'],
  },
  {
    title: 'zero or more starts at a constant that is no node',
    query: 'SELECT ?o { :no :q* ?o }',
    rows: ['no'],
  },
  { title: 'one or more follows cycles once', query: 'SELECT ?o { :a (:q|:r)+ ?o }', rows: ['b', 'c', 'a'] },
  { title: 'a path runs from its bound end', query: 'SELECT ?s { ?s :q/:q :c }', rows: ['a'] },
  {
    title: 'a graph without patterns is each named graph',
    query: 'SELECT ?g { GRAPH ?g {} }',
    rows: ['g', 'h'],
  },
  {
    title: 'an aggregate inside GRAPH is taken in each graph',
    query: 'SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s :p ?o } } }',
    rows: ['g 2', 'h 1'],
  },
  {
    title: 'a triple in two graphs is two solutions',
    query: 'SELECT ?g { GRAPH ?g { :z :p 1 } }',
    rows: ['g', 'h'],
  },
  {
    title: 'FROM merges, and a triple in both graphs counts once',
    query: 'SELECT ?s ?p ?o FROM :g FROM :h { ?s ?p ?o }',
    rows: ['a p 9', 'z p 1', 'a r 5'],
  },
  {
    title: 'FROM alone leaves no named graph',
    query: 'SELECT ?g FROM :g { GRAPH ?g { ?s ?p ?o } }',
    rows: [],
  },
  {
    title: 'the dataset of the protocol stands in the place of FROM',
    query: 'SELECT ?s FROM :g { ?s :r ?o }',
    dataset: { default: ['urn:x:h'], named: [] },
    rows: ['a'],
  },
  {
    title: 'a filter in an inner group does not see the outer variable',
    query: 'SELECT ?o { :a :q ?x . { :b :p ?o FILTER(BOUND(?x)) } }',
    rows: [],
  },
  {
    title: 'an OPTIONAL that is not well designed is evaluated from the inside',
    query: 'SELECT ?s ?n { VALUES ?o { 9 } ?s :q ?m OPTIONAL { ?m :q ?n OPTIONAL { ?n :p ?o } } }',
    rows: ['a -', 'b -'],
  },
  {
    title: 'a subquery keeps its variables to itself',
    query: 'SELECT ?s ?m { ?s :q ?o { SELECT (MAX(?v) AS ?m) { ?o :p ?v } } }',
    rows: ['a 4', 'b 4'],
  },
  {
    title: 'MINUS without a shared variable takes nothing away',
    query: 'SELECT ?s { ?s :q ?o MINUS { ?x :p 1 } }',
    rows: ['a', 'b'],
  },
  {
    title: 'NOT EXISTS sees the row',
    query: 'SELECT ?s { ?s :q ?o FILTER NOT EXISTS { ?s :p ?v FILTER(?v > 2) } }',
    rows: ['a'],
  },
  {
    title: 'BIND of an error leaves its variable unbound',
    query: 'SELECT ?x ?y { :a :q ?x BIND(?x + 1 AS ?y) }',
    rows: ['b -'],
  },
  {
    title: 'a term is found by its own form, a number compares by its value',
    query: 'SELECT ?s { { ?s :p 01 } UNION { ?s :p ?v FILTER(?v = 01) } }',
    rows: ['a'],
  },
  { title: 'language tags compare in lower case', query: 'SELECT ?s { ?s :name "eins"@de }', rows: ['a'] },
  {
    title: 'ORDER BY with LIMIT keeps ties in their order',
    query: 'SELECT ?o { ?s :p ?o } ORDER BY DESC(?o) LIMIT 2 OFFSET 1',
    ordered: true,
    rows: ['3', '2'],
  },
  {
    title: 'grouping without rows gives one group only without GROUP BY',
    query:
      'SELECT ?n { { SELECT (COUNT(*) AS ?n) { :none ?p ?o } } UNION { SELECT (COUNT(*) AS ?n) { :none ?p ?o } GROUP BY ?p } }',
    rows: ['0'],
  },
  {
    title: 'an error in SUM leaves the sum unbound',
    query: 'SELECT (SUM(?v) AS ?n) { :a :p|:q ?v }',
    rows: ['-'],
  },
  {
    title: 'CONSTRUCT with LIMIT counts solutions',
    query: 'CONSTRUCT { ?s :x ?o ; :y ?o } { ?s :q ?o } ORDER BY ?s LIMIT 1',
    rows: ['a x b', 'a y b'],
  },
  {
    title: 'CONSTRUCT leaves out what is no triple',
    query: 'CONSTRUCT { ?o :of ?s } { ?s :p ?o }',
    rows: [],
  },
  {
    title: 'DESCRIBE follows blank nodes',
    query: 'SELECT (COUNT(*) AS ?n) { :a ?p ?o }',
    rows: ['6'],
  },
  { title: 'ASK stops at the first solution', query: 'ASK { ?s :p ?o }', rows: ['true'] },
  {
    title: 'a variable bound beforehand holds in subqueries and filters too',
    query: 'SELECT ?s ?n { ?s :q ?o { SELECT (COUNT(?v) AS ?n) { ?s :p ?v } } FILTER(?s = :a) }',
    bindings: { s: namedNode('urn:x:a') },
    rows: ['a 2'],
  },
  {
    title: 'a function outside the plan is answered all the same',
    query: 'SELECT (SHA1(STR(?o)) AS ?h) { :b :p ?o }',
    rows: ['"77de68daecd823babbb58edb1c8e14d7106e83bb"'],
  },
  {
    title: 'variables bound beforehand reach the general engine',
    query: 'SELECT ?s (MD5(STR(?o)) AS ?h) { ?s :p ?o }',
    bindings: { o: typed(3, 'integer') },
    rows: ['b "eccbc87e4b5ce2fe28308fd9f2a7baf3"'],
  },
];

describe('sparql: queries', () => {
  const engine = engineOf();
  const view = viewOf(data);
  for (const { title, query, rows, ...options } of cases) {
    it(title, () => checkQuery(engine, view, query, rows, options));
  }

  it('describes a resource with the blank nodes that it leads to', async () => {
    const result = await engine.query(engine.parse('DESCRIBE :a'), view);
    assert.ok(result.kind === 'graph');
    assert.equal(result.quads.length, 7);
    assert.ok(result.quads.some((q) => q.object.value === 'deep'));
  });

  it('keeps the labels of blank nodes in both engines', async () => {
    const label = data.find((q) => q.object.termType === 'BlankNode')!.object.value;
    for (const query of [
      'SELECT ?k { :a :knows ?k }',
      'SELECT ?k { :a :knows ?k FILTER(STRLEN(MD5("x")) > 0) }',
    ]) {
      await checkQuery(engine, view, query, [`_:${label}`]);
    }
  });

  it('answers at once only what the plan covers', () => {
    assert.ok(engine.querySync(engine.parse('ASK { :a :p 1 }'), view));
    assert.equal(engine.querySync(engine.parse('SELECT (RAND() AS ?r) {}'), view), undefined);
  });

  it('gives fresh blank nodes to each solution of a template', async () => {
    const result = await engine.query(engine.parse('CONSTRUCT { ?s :has [ :v ?o ] } { ?s :p ?o }'), view);
    assert.ok(result.kind === 'graph');
    const labels = new Set(
      result.quads.filter((q) => q.subject.termType === 'BlankNode').map((q) => q.subject.value),
    );
    assert.equal(labels.size, 4);
  });
});

describe('sparql: graphs of the fabric', () => {
  const graphs = new GraphNames('https://example.org/f/');
  const p = namedNode('urn:x:p');
  const one = (graph: Parameters<typeof quad>[3], value: number) =>
    quad(namedNode('urn:x:s'), p, typed(value, 'integer'), graph);
  const quads = [
    one(undefined, 1),
    one(graphs.record('src', 'k'), 2),
    one(graphs.derived('rule'), 3),
    one(graphs.system('decisions'), 4),
    one(graphs.record('src', 'k'), 1),
  ];
  const view = viewOf(quads, graphs);
  const engine = engineOf({ graphs });

  it('merges record, user and derived graphs into the default graph, each triple once', async () => {
    await checkQuery(engine, view, 'SELECT ?o { :s :p ?o }', ['1', '2', '3']);
    await checkQuery(engine, view, 'SELECT ?o { :s :p ?o FILTER(MD5("") != "") }', ['1', '2', '3']);
  });

  it('shows system graphs only by name', async () => {
    await checkQuery(engine, view, 'SELECT ?o { GRAPH ?g { :s :p ?o } }', ['1', '2', '3', '4']);
    const from = `SELECT ?o FROM <${graphs.system('decisions').value}> { :s :p ?o }`;
    await checkQuery(engine, view, from, ['4']);
  });

  it('names the quads behind a solution with their graphs', () => {
    const parsed = engine.parse('SELECT * { ?s :p ?o OPTIONAL { ?s :q ?x } }');
    const solution = { s: namedNode('urn:x:s'), o: typed(1, 'integer') };
    const premises = engine.premises(parsed, view, solution).map(toNQuads).sort();
    assert.deepEqual(premises, [one(undefined, 1), one(graphs.record('src', 'k'), 1)].map(toNQuads).sort());
    assert.deepEqual(engine.premises(parsed, view, { s: namedNode('urn:x:s'), o: typed(4, 'integer') }), []);
  });
});

describe('sparql: premises', () => {
  const engine = engineOf();
  const view = viewOf(trig(':e :in :d1 ; :ram 4 . :d1 :partOf :d2 . :d2 :partOf :d3 . :d1 :partOf :x .'));
  const premises = (query: string, solution: Record<string, string>): string[] => {
    const terms = Object.entries(solution).map(([name, local]) => [name, namedNode(`urn:x:${local}`)]);
    const quads = engine.premises(
      engine.parse(query),
      view,
      Object.fromEntries(terms) as Record<string, Term>,
    );
    return quads
      .map((q) => [q.subject, q.predicate, q.object].map((term) => short(term as Term)).join(' '))
      .sort();
  };

  it('complete the variables that the query does not project', () => {
    assert.deepEqual(premises('SELECT ?e { ?e :in ?d ; :ram ?r FILTER(?r > 1) }', { e: 'e' }), [
      'e in d1',
      'e ram 4',
    ]);
    assert.deepEqual(
      premises('SELECT ?e (SUM(?r) AS ?n) { ?e :in ?d ; :ram ?r } GROUP BY ?e', { e: 'e', d: 'd1' }),
      ['e in d1'],
    );
  });

  it('name the edges of a shortest way along a path', () => {
    const chain = ['d1 partOf d2', 'd2 partOf d3', 'e in d1'];
    assert.deepEqual(premises('SELECT ?e { ?e :in ?d . ?d :partOf* :d3 }', { e: 'e' }), chain);
    assert.deepEqual(premises('SELECT ?e { :d3 ^:partOf+ ?d . ?e :in ?d }', { e: 'e' }), chain);
  });

  it('are none where a path has no length', () => {
    assert.deepEqual(premises('SELECT ?d { ?d :partOf* :d3 }', { d: 'd3' }), []);
  });
});

describe('sparql: refusals', () => {
  const many = viewOf(
    Array.from({ length: 3000 }, (_, i) =>
      quad(namedNode(`urn:x:s${i}`), namedNode('urn:x:p'), typed(i, 'integer')),
    ),
  );
  const refusalOf = async (work: () => unknown): Promise<FabricError> => {
    try {
      await work();
    } catch (thrown) {
      assert.ok(thrown instanceof FabricError, String(thrown));
      return thrown;
    }
    return assert.fail('nothing was refused');
  };
  const query = (text: string, options = {}, engine: SparqlEngine = engineOf()) =>
    refusalOf(() => engine.query(engine.parse(text), many, options));

  it('says where the syntax is wrong', async () => {
    const error = await refusalOf(() => engineOf().parse('SELECT *\nWHERE { ?s ?p }'));
    assert.equal(error.type, 'syntax-error');
    assert.deepEqual([error.location?.line, error.location?.column], [2, 15]);
  });

  it('names the prefix that was meant', async () => {
    const engine = engineOf({ prefixes: { aeros: 'urn:aeros:' } });
    const error = await refusalOf(() => engine.parse('SELECT * {\n  ?s aerso:domain ?o }'));
    assert.equal(error.extensions['hint'], 'Did you mean "aeros:"?');
    assert.deepEqual([error.location?.line, error.location?.column], [2, 6]);
  });

  it('takes no update for a query, nor a query for an update', async () => {
    const engine = engineOf();
    const update = await refusalOf(() => engine.parse('CLEAR ALL', { kind: 'query' }));
    const select = await refusalOf(() => engine.parse('ASK {}', { kind: 'update' }));
    assert.deepEqual([update.type, select.type], ['syntax-error', 'syntax-error']);
  });

  for (const [title, text] of [
    ['plan', 'SELECT * { ?a :p ?x . ?b :p ?y . ?c :p ?z FILTER(?x + ?y + ?z < 0) }'],
    ['general engine', 'SELECT * { ?a :p ?x . ?b :p ?y . ?c :p ?z FILTER(MD5(STR(?x + ?y + ?z)) = "") }'],
  ] as const) {
    it(`stops the ${title} at its deadline`, async () => {
      const started = performance.now();
      const error = await query(text, { deadlineMs: 200 });
      assert.equal(error.type, 'query-deadline');
      assert.ok(performance.now() - started < 6000, 'it took much longer than its deadline');
    }).timeout(20_000);
  }

  it('leaves the view alone once the general engine has answered', async () => {
    let released = false;
    let late = 0;
    const watched = new Proxy(many, {
      get(target, name) {
        if (released) late++;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
    const engine = engineOf();
    const text = 'SELECT * { ?a :p ?x . ?b :p ?y . ?c :p ?z FILTER(MD5(STR(?x + ?y + ?z)) = "") }';
    const error = await refusalOf(() => engine.query(engine.parse(text), watched, { deadlineMs: 200 }));
    released = true;
    assert.equal(error.type, 'query-deadline');
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(late, 0);
  }).timeout(20_000);

  for (const [title, text] of [
    ['plan', 'SELECT * { ?a :p ?x }'],
    ['general engine', 'SELECT * { ?a :p ?x FILTER(MD5(STR(?x)) != "") }'],
  ] as const) {
    it(`stops the ${title} at too many rows`, async () => {
      const error = await query(text, { rowsMax: 2999 });
      assert.equal(error.type, 'query-too-large');
      assert.equal(error.extensions['limit'], 'query.rowsMax');
    });
  }

  it('refuses SERVICE without asking anybody', async () => {
    const error = await query('SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }');
    assert.equal(error.type, 'query-unsupported');
  });
});
