/** The SPARQL endpoint over HTTP on live data: formats, datasets, entailment, updates, limits, named queries. */
import assert from 'node:assert/strict';
import { makeContinuum } from '../../src/demo/continuum.ts';
import type { RdfFormat } from '../../src/rdf/formats.ts';
import { parseRdf } from '../../src/rdf/parse.ts';
import { isomorphic } from '../rdf/canonical.ts';
import { checkProblem } from './door.ts';
import { removeFolder, startFabric, type TestFabric, temporaryFolder } from './harness.ts';

const DATA = String.raw`
  <urn:a> <urn:p> <urn:b>, "x", "tab\t \"quote\" \\ back , \r\n <&> ü 𝄞"@en-GB, 1, 1.50, 2e0, true, "2026-01-01"^^xsd:date, _:n .
  _:n <urn:p> _:n .
  GRAPH <urn:g> { <urn:a> <urn:p> "in g" }
  GRAPH <urn:h> { <urn:a> <urn:p> "in h" }`;

const query = (text: string, parameters: Readonly<Record<string, string>> = {}): string =>
  `/sparql?${new URLSearchParams({ ...parameters, query: text }).toString()}`;

describe('end to end: SPARQL', function () {
  this.timeout(60_000);
  const directory = temporaryFolder();
  let fabric: TestFabric;
  const start = (): Promise<TestFabric> =>
    startFabric({ directory, config: { query: { rowsMax: 5000, planMs: 200 } } });

  before(async () => {
    fabric = await start();
    const continuum = makeContinuum({ elements: 30, seed: 5 });
    const entities = [...continuum.surroundings, ...continuum.elements];
    const answer = await fabric.send('/ngsi-ld/v1/entityOperations/upsert', entities);
    assert.equal(answer.status, 201, answer.text);
    assert.equal((await fabric.update(`INSERT DATA { ${DATA} }`)).status, 200);
  });
  after(async () => {
    await fabric.close();
    removeFolder(directory);
  });

  const ask = async (text: string, parameters = {}): Promise<boolean> =>
    ((await fabric.request(query(text, parameters))).json as { readonly boolean: boolean }).boolean;
  const got = (text: string, accept: string) => fabric.request(query(text), { headers: { accept } });

  const SELECT = 'SELECT ?s ?o ?none { GRAPH ?g { } ?s <urn:p> ?o FILTER(!BOUND(?g)) }';
  const ALL = 'SELECT ?o { <urn:a> <urn:p> ?o }';

  describe('gives solutions', () => {
    /** Lexical forms, blank nodes left out: their labels are of each answer. */
    const EXPECTED = [
      'urn:b',
      'x',
      'tab\t "quote" \\ back , \r\n <&> ü 𝄞',
      '1',
      '1.50',
      '2e0',
      'true',
      '2026-01-01',
      'in g',
      'in h',
    ].sort();

    it('as JSON, with datatypes and languages', async () => {
      const { results } = (await got(ALL, 'application/sparql-results+json')).json as {
        readonly results: {
          readonly bindings: readonly { readonly o: Readonly<Record<string, string>> }[];
        };
      };
      const terms = results.bindings.map(({ o }) => o);
      const values = terms.filter(({ type }) => type !== 'bnode').map(({ value }) => value ?? '');
      assert.deepEqual(values.sort(), EXPECTED);
      // Language tags are kept in lower case, in which they are equal (RDF 1.1, section 3.3).
      assert.equal(terms.find((o) => 'xml:lang' in o)?.['xml:lang'], 'en-gb');
      assert.equal(
        terms.find((o) => o['value'] === '1.50')?.['datatype'],
        'http://www.w3.org/2001/XMLSchema#decimal',
      );
    });

    it('as XML', async () => {
      const { text, headers } = await got(ALL, 'application/sparql-results+xml');
      assert.match(headers.get('content-type') ?? '', /^application\/sparql-results\+xml/);
      const unescaped = (s: string): string =>
        s.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (_, hex?: string, dec?: string, name?: string) => {
          if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
          if (dec !== undefined) return String.fromCodePoint(Number(dec));
          return { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }[name ?? ''] ?? '?';
        });
      const found = [...text.matchAll(/<(?:uri|literal)[^>]*>([^<]*)</g)].map(([, value]) =>
        unescaped(value!),
      );
      assert.deepEqual(found.sort(), EXPECTED);
    });

    it('as CSV', async () => {
      const { text } = await got(ALL, 'text/csv');
      const [header, ...cells] = [...text.matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(?:\r\n|$)/g)]
        .map(([, cell]) => (cell!.startsWith('"') ? cell!.slice(1, -1).replaceAll('""', '"') : cell!))
        .filter((cell) => cell !== '');
      assert.equal(header, 'o');
      assert.deepEqual(cells.filter((cell) => !cell.startsWith('_:')).sort(), EXPECTED);
    });

    it('as TSV, whose terms are those of Turtle', async () => {
      const { text } = await got(ALL, 'text/tab-separated-values');
      const [header, ...lines] = text.trimEnd().split('\n');
      assert.equal(header, '?o');
      const turtle = lines.map((line) => `<urn:s> <urn:p> ${line} .`).join('\n');
      const quads = await parseRdf(turtle, { format: 'turtle' });
      const values = quads
        .filter(({ object }) => object.termType !== 'BlankNode')
        .map(({ object }) => object.value);
      assert.deepEqual(values.sort(), EXPECTED);
    });

    it('with unbound variables, and none', async () => {
      const { results } = (await got(SELECT, 'application/json')).json as {
        readonly results: { readonly bindings: readonly object[] };
      };
      assert.ok(results.bindings.every((binding) => !('none' in binding)));
      const empty = await got('SELECT ?p ?o { <urn:nothing> ?p ?o }', 'text/csv');
      assert.equal(empty.text, 'p,o\r\n');
    });
  });

  describe('gives graphs', () => {
    const CONSTRUCT = 'CONSTRUCT { ?s <urn:p> ?o } { GRAPH ?g { ?s <urn:p> ?o } }';
    const FORMATS: readonly (readonly [string, RdfFormat])[] = [
      ['text/turtle', 'turtle'],
      ['application/n-triples', 'n-triples'],
      ['application/ld+json', 'json-ld'],
      ['application/rdf+xml', 'rdf-xml'],
    ];
    for (const [mediaType, format] of FORMATS) {
      it(`as ${format}, read back the same`, async () => {
        const whole = 'CONSTRUCT { ?s <urn:p> ?o } { ?s <urn:p> ?o }';
        for (const text of [CONSTRUCT, whole, 'DESCRIBE <urn:a>']) {
          const reference = await parseRdf((await got(text, 'application/n-triples')).text, {
            format: 'n-triples',
          });
          const answer = await got(text, mediaType);
          assert.match(answer.headers.get('content-type') ?? '', new RegExp(mediaType.replace('+', '\\+')));
          const quads = await parseRdf(answer.text, { format });
          assert.ok(reference.length >= 2, `${text} gives ${reference.length}`);
          assert.ok(await isomorphic(quads, reference), answer.text);
        }
      });
    }
  });

  it('takes a query and an update in every way of the protocol', async () => {
    const form = 'application/x-www-form-urlencoded';
    const text = 'ASK { GRAPH <urn:g> { ?s ?p "in g" } }';
    const answers = [
      await fabric.request(query(text)),
      await fabric.send('/sparql', new URLSearchParams({ query: text }).toString(), { type: form }),
      await fabric.send('/sparql', text, { type: 'application/sparql-query' }),
    ];
    for (const answer of answers) assert.equal((answer.json as { boolean: boolean }).boolean, true);
    const update = 'INSERT DATA { GRAPH <urn:form> { <urn:a> <urn:b> "+ & %" } }';
    const done = await fabric.send('/sparql', new URLSearchParams({ update }).toString(), { type: form });
    assert.deepEqual((done.json as { added: number }).added, 1);
    assert.ok(await ask('ASK { GRAPH <urn:form> { ?s ?p "+ & %" } }'));
  });

  it('takes the dataset of the protocol', async () => {
    const values = async (
      text: string,
      ...graphs: readonly (readonly [string, string])[]
    ): Promise<string[]> => {
      const parameters = new URLSearchParams([
        ...graphs.map(([kind, iri]): [string, string] => [`${kind}-graph-uri`, iri]),
        ['query', text],
      ]);
      const { results } = (await fabric.request(`/sparql?${parameters.toString()}`)).json as {
        readonly results: { readonly bindings: readonly { readonly x: { readonly value: string } }[] };
      };
      return results.bindings.map(({ x }) => x.value).sort();
    };
    const plain = 'SELECT ?x { <urn:a> <urn:p> ?x }';
    const named = 'SELECT ?x { GRAPH ?g { <urn:a> <urn:p> ?x } }';
    assert.deepEqual(await values(plain, ['default', 'urn:g']), ['in g']);
    assert.deepEqual(await values(plain, ['default', 'urn:g'], ['default', 'urn:h']), ['in g', 'in h']);
    assert.deepEqual(await values(plain, ['named', 'urn:g']), []);
    assert.deepEqual(await values(named, ['named', 'urn:h'], ['default', 'urn:g']), ['in h']);
    // The dataset of the protocol stands in the place of that of the query.
    assert.deepEqual(await values('SELECT ?x FROM <urn:h> { <urn:a> <urn:p> ?x }', ['default', 'urn:g']), [
      'in g',
    ]);
  });

  it('entails what the ontology says, when asked to', async () => {
    const values = (pattern: string, entailment: string): Promise<string[]> =>
      fabric
        .sparql(`SELECT DISTINCT ?x { ${pattern} }`, `?entailment=${entailment}`)
        .then((rows) => rows.map((row) => row['x'] ?? '').sort());
    const athens = '<urn:ngsi-ld:Domain:athens>';
    const parts = `{ ?x aeros:domain ${athens} } UNION { ?x aeros:belongsTo ${athens} }`;
    const people = 'INSERT DATA { <urn:me> a aeros:User . <urn:component> cf:deployedOn <urn:node> }';
    assert.equal((await fabric.update(people)).status, 200);
    const stated = await values(parts, 'none');
    assert.ok(stated.length > 10);
    // A sub-property, a path along it, the tree of classes, an inverse.
    const entailed: readonly (readonly [string, readonly string[]])[] = [
      [`?x cf:partOf ${athens}`, stated],
      [`?x cf:partOf+ ${athens}`, stated],
      ['?x a <http://xmlns.com/foaf/0.1/Person>', ['urn:me']],
      ['<urn:node> aeros:deployedOnServiceComponent ?x', ['urn:component']],
    ];
    for (const [pattern, expected] of entailed) {
      assert.deepEqual(await values(pattern, 'none'), [], pattern);
      assert.deepEqual(await values(pattern, 'fabric'), expected, pattern);
    }
  });

  describe('updates', () => {
    const update = async (text: string): Promise<{ readonly added: number; readonly removed: number }> => {
      const answer = await fabric.update(text);
      assert.equal(answer.status, 200, answer.text);
      return answer.json as { readonly added: number; readonly removed: number };
    };
    const size = async (graph: string): Promise<number> =>
      Number((await fabric.sparql(`SELECT (COUNT(*) AS ?n) { GRAPH <${graph}> { ?s ?p ?o } }`))[0]?.['n']);

    it('delete and insert what a pattern finds, with blank nodes of each solution', async () => {
      await update(
        'INSERT DATA { GRAPH <urn:u> { <urn:1> <urn:v> 1 . <urn:2> <urn:v> 2 . <urn:3> <urn:w> _:b } }',
      );
      const done = await update(
        'WITH <urn:u> DELETE { ?s <urn:v> ?v } INSERT { ?s <urn:has> _:x . _:x <urn:v> ?next } WHERE { ?s <urn:v> ?v BIND(?v + 1 AS ?next) }',
      );
      assert.deepEqual([done.added, done.removed], [4, 2]);
      const rows = await fabric.sparql(
        'SELECT ?s ?n { GRAPH <urn:u> { ?s <urn:has> ?b . ?b <urn:v> ?n } FILTER(ISBLANK(?b)) } ORDER BY ?s',
      );
      assert.deepEqual(rows, [
        { s: 'urn:1', n: '2' },
        { s: 'urn:2', n: '3' },
      ]);
      assert.equal(
        (await fabric.values('SELECT DISTINCT ?x { GRAPH <urn:u> { ?s <urn:has> ?x } }')).length,
        2,
      );
      // Blank nodes of the data are matched by variables, and go.
      assert.equal((await update('DELETE WHERE { GRAPH <urn:u> { <urn:3> <urn:w> ?b } }')).removed, 1);
      assert.deepEqual(
        await update('DELETE DATA { GRAPH <urn:u> { <urn:1> <urn:none> 1 } }').then(({ removed }) => removed),
        0,
      );
    });

    it('clear, drop, copy and move user graphs, and leave all others alone', async () => {
      await update(
        'INSERT DATA { GRAPH <urn:c1> { <urn:s> <urn:p> 1, 2 } GRAPH <urn:c2> { <urn:s> <urn:p> 3 } }',
      );
      await update('COPY <urn:c1> TO <urn:c3>');
      assert.equal(await size('urn:c3'), 2);
      await update('MOVE <urn:c2> TO <urn:c3>');
      assert.deepEqual([await size('urn:c2'), await size('urn:c3')], [0, 1]);
      await update('CLEAR GRAPH <urn:c1>; DROP GRAPH <urn:c3>; CLEAR SILENT GRAPH <urn:never>');
      assert.deepEqual([await size('urn:c1'), await size('urn:c3')], [0, 0]);
    });

    it('refuse what is not theirs, and what would be fetched', async () => {
      const element =
        (await fabric.values('SELECT ?x { GRAPH ?x { ?e a aeros:InfrastructureElement } } LIMIT 1'))[0] ?? '';
      assert.notEqual(element, '');
      const before = await fabric.seq();
      const refused: readonly (readonly [string, number, string])[] = [
        [`INSERT DATA { GRAPH <${element}> { <urn:a> <urn:b> 1 } }`, 409, 'graph-owned'],
        [`CLEAR GRAPH <${element}>`, 409, 'graph-owned'],
        [`DELETE WHERE { GRAPH ?g { ?e a aeros:InfrastructureElement } }`, 409, 'graph-owned'],
        [`INSERT DATA { <urn:part> <urn:b> 1 } ; CLEAR GRAPH <${element}>`, 409, 'graph-owned'],
        ['LOAD <http://127.0.0.1:1/x.ttl>', 422, 'query-unsupported'],
        [
          'INSERT { <urn:a> <urn:b> ?o } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }',
          422,
          'query-unsupported',
        ],
      ];
      for (const [text, status, type] of refused) checkProblem(await fabric.update(text), status, type);
      assert.equal(await fabric.seq(), before);
      checkProblem(
        await fabric.request(query('SELECT * { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }')),
        422,
        'query-unsupported',
      );
      assert.equal(await ask('ASK { <urn:part> ?p ?o }'), false, 'an update is whole or not at all');
    });

    it('take eight megabytes, and no more', async () => {
      const line = (i: number): string => `<urn:big:${i}> <urn:p> "${'x'.repeat(900)}" .`;
      const lines = Array.from({ length: 8000 }, (_, i) => line(i)).join('\n');
      const head = 'INSERT DATA { GRAPH <urn:big> {';
      assert.equal((await update(`${head}${lines}}}`)).added, 8000);
      assert.equal((await update('DROP GRAPH <urn:big>')).removed, 8000);
      const more = `${head}${lines}${' '.repeat(8 * 1024 * 1024)}}}`;
      checkProblem(await fabric.update(more), 413, 'body-too-large');
    });

    it('outlast a restart', async () => {
      await update(
        'INSERT DATA { <urn:kept> <urn:p> _:b . _:b <urn:q> "1e0"^^xsd:double } ; CLEAR GRAPH <urn:h>',
      );
      const before = await fabric.dump();
      await fabric.close();
      fabric = await start();
      assert.deepEqual(await fabric.dump(), before);
      assert.equal(await size('urn:h'), 0);
    });

    it('CLEAR ALL means what users own', async () => {
      const elements = await fabric.values('SELECT ?x { ?x a aeros:InfrastructureElement }');
      await update('CLEAR ALL');
      assert.equal(await ask('ASK { <urn:a> ?p ?o }'), false);
      assert.deepEqual(await fabric.values('SELECT ?x { ?x a aeros:InfrastructureElement }'), elements);
      assert.equal((await fabric.update(`INSERT DATA { ${DATA} }`)).status, 200);
    });
  });

  describe('named queries', () => {
    const ARGUMENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      'stale-elements': { before: '2100-01-01T00:00:00Z' },
      'components-on-element': {},
      'why-there': { component: 'urn:service:named:Component:c' },
    };
    let element: string;

    before(async () => {
      const placed = await fabric.send('/v1/placements', {
        service: 'urn:service:named',
        components: [{ name: 'c', requirements: { memoryBytes: 1e6, freshnessSeconds: null } }],
      });
      element =
        (placed.json as { allocations: readonly { element: { id: string } }[] }).allocations[0]?.element.id ??
        '';
    });

    it('all answer, with their parameters', async () => {
      const { queries } = (await fabric.request('/v1/queries')).json as {
        readonly queries: readonly {
          readonly name: string;
          readonly label: string;
          readonly parameters: readonly string[];
          readonly href: string;
        }[];
      };
      assert.ok(queries.length >= 10);
      for (const { name, label, parameters, href } of queries) {
        const given = name === 'components-on-element' ? { element } : (ARGUMENTS[name] ?? {});
        assert.ok(label !== '' && label !== name);
        assert.deepEqual([...parameters], Object.keys(given), name);
        for (const entailment of ['none', 'fabric']) {
          const answer = await fabric.request(
            `${href}?${new URLSearchParams({ ...given, entailment }).toString()}`,
          );
          assert.equal(answer.status, 200, `${name}: ${answer.text}`);
          if (parameters.length === 0) continue;
          const { results } = answer.json as { readonly results: { readonly bindings: readonly object[] } };
          assert.ok(results.bindings.length > 0, `${name} finds nothing`);
        }
      }
    });

    it('take a typed parameter bare or as a term, and each that they declare', async () => {
      const path = '/v1/queries/components-on-element';
      const texts = await Promise.all(
        [element, `<${element}>`].map(
          async (value) =>
            (await fabric.request(`${path}?${new URLSearchParams({ element: value }).toString()}`)).text,
        ),
      );
      assert.equal(texts[0], texts[1]);
      assert.match(texts[0] ?? '', /urn:service:named/);
      const wrong: readonly (readonly [string, RegExp])[] = [
        ['', /needs the parameter \$element/],
        ['?elemnt=urn:a', /did you mean \$element/],
        ['?element=urn:a&element=urn:b', /more than once/],
        ['?element=a%20b', /is not a term/],
      ];
      for (const [parameters, expected] of wrong) {
        const problem = checkProblem(await fabric.request(path + parameters), 400, 'request-invalid');
        assert.match(problem.detail, expected);
      }
    });
  });

  it('says where a text is wrong', async () => {
    const wrong: readonly (readonly [string, number, number])[] = [
      ['SELECT * {\n  ?s ?p\n}', 3, 1],
      ['SELECT ?x WHERE { ?x a nosuch:Thing }', 1, 24],
      ['SELECT *\n{ ?s ?p "open }', 2, 9],
    ];
    for (const [text, line, column] of wrong) {
      const problem = checkProblem(await fabric.request(query(text)), 400, 'syntax-error');
      assert.deepEqual([problem.location?.line, problem.location?.column], [line, column], text);
    }
    const deep = `SELECT * { ${'{'.repeat(20_000)} }`;
    checkProblem(
      await fabric.send('/sparql', deep, { type: 'application/sparql-query' }),
      400,
      'syntax-error',
    );
    const nested = `ASK { FILTER(${'('.repeat(20_000)}1${')'.repeat(20_000)}) }`;
    checkProblem(
      await fabric.send('/sparql', nested, { type: 'application/sparql-query' }),
      400,
      'syntax-error',
    );
  });

  it('bounds the rows of an answer', async () => {
    const problem = checkProblem(
      await fabric.request(query('SELECT * { ?a ?p ?b . ?c ?q ?d }')),
      422,
      'query-too-large',
    );
    assert.equal(problem['limit'], 'query.rowsMax');
    assert.equal((await fabric.sparql('SELECT * { ?a ?p ?b . ?c ?q ?d } LIMIT 5000')).length, 5000);
  });

  it('cuts a query at its deadline and answers others meanwhile', async () => {
    // The general engine is loaded by the first query that needs it.
    await fabric.request(
      query('SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }', { timeout: '1500' }),
    );
    const hostile = [
      'SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }',
      'SELECT * { ?a ?b ?c . ?d ?e ?f FILTER(STR(?c) = CONCAT(STR(?f), "x")) ?g ?h ?i FILTER(?i = ?f + 1) }',
      'ASK { ?a ?b ?c FILTER EXISTS { ?d ?e ?f . ?g ?h ?i FILTER(STR(?f) = CONCAT(STR(?i), "z", STR(?c))) } }',
    ];
    for (const text of hostile) {
      let longestMs = 0;
      let answered = 0;
      const started = performance.now();
      const pending = fabric.request(query(text, { timeout: '2000' }));
      let open = true;
      void pending.then(() => {
        open = false;
      });
      while (open) {
        const asked = performance.now();
        assert.equal((await fabric.request('/livez')).status, 200);
        longestMs = Math.max(longestMs, performance.now() - asked);
        answered++;
      }
      checkProblem(await pending, 503, 'query-deadline');
      assert.ok(performance.now() - started < 4000, `${text} took ${performance.now() - started} ms`);
      assert.ok(
        longestMs < 1200 && answered > 3,
        `${text}: ${answered} answers, the slowest in ${longestMs} ms`,
      );
    }
  });
});
