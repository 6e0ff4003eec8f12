/**
 * The SPARQL 1.1 Protocol: forms of requests, datasets, negotiation, bounds; and the W3C protocol tests as
 * far as the protocol alone decides them.
 */
import assert from 'node:assert/strict';
import { parseRdf, parseTurtleFamily } from '../../src/rdf/parse.ts';
import type { RDF } from '../../src/rdf/terms.ts';
import { describeWithData, readData } from '../data.ts';
import { checkProblem } from './check.ts';
import { withServer } from './harness.ts';

const SELECT = 'SELECT * { ?s ?p ?o }';
const CONSTRUCT = 'CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }';
const UPDATE = 'INSERT DATA { <urn:a> <urn:b> <urn:c> }';
const address = (parameters: Record<string, string>): string =>
  `/sparql?${new URLSearchParams(parameters).toString()}`;
const post = (type: string, body: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});
const FORM = 'application/x-www-form-urlencoded';

const NEGOTIATION: readonly {
  readonly query: string;
  readonly accept?: string;
  readonly type: string | 406;
}[] = [
  { query: SELECT, type: 'application/sparql-results+json; charset=utf-8' },
  { query: SELECT, accept: '*/*', type: 'application/sparql-results+json; charset=utf-8' },
  { query: SELECT, accept: 'application/json', type: 'application/json; charset=utf-8' },
  {
    query: SELECT,
    accept: 'application/sparql-results+xml',
    type: 'application/sparql-results+xml; charset=utf-8',
  },
  { query: SELECT, accept: 'text/csv', type: 'text/csv; charset=utf-8; header=present' },
  { query: SELECT, accept: 'text/tab-separated-values', type: 'text/tab-separated-values; charset=utf-8' },
  {
    query: SELECT,
    accept: 'text/csv;q=0.5, application/sparql-results+xml',
    type: 'application/sparql-results+xml; charset=utf-8',
  },
  {
    query: SELECT,
    accept: 'application/sparql-results+json, text/turtle;q=0.9',
    type: 'application/sparql-results+json; charset=utf-8',
  },
  { query: SELECT, accept: 'image/png, */*;q=0.1', type: 'application/sparql-results+json; charset=utf-8' },
  { query: SELECT, accept: 'image/png', type: 406 },
  { query: SELECT, accept: 'text/turtle', type: 406 },
  { query: 'ASK {}', type: 'application/sparql-results+json; charset=utf-8' },
  { query: 'ASK {}', accept: 'text/csv, */*;q=0.1', type: 'application/sparql-results+json; charset=utf-8' },
  { query: 'ASK {}', accept: 'text/csv', type: 406 },
  { query: CONSTRUCT, type: 'text/turtle; charset=utf-8' },
  { query: CONSTRUCT, accept: 'text/turtle', type: 'text/turtle; charset=utf-8' },
  { query: CONSTRUCT, accept: 'application/n-triples', type: 'application/n-triples; charset=utf-8' },
  { query: CONSTRUCT, accept: 'application/ld+json', type: 'application/ld+json; charset=utf-8' },
  { query: CONSTRUCT, accept: 'application/rdf+xml', type: 'application/rdf+xml; charset=utf-8' },
  {
    query: CONSTRUCT,
    accept: 'application/sparql-results+json, text/turtle;q=0.9',
    type: 'text/turtle; charset=utf-8',
  },
  {
    query: 'DESCRIBE <urn:a>',
    accept: 'application/n-triples',
    type: 'application/n-triples; charset=utf-8',
  },
];

const ASKED: readonly {
  readonly what: string;
  readonly path: string;
  readonly init?: RequestInit;
  readonly entry: 'query' | 'update';
  readonly request: object;
}[] = [
  { what: 'a query by GET', path: address({ query: SELECT }), entry: 'query', request: { text: SELECT } },
  {
    what: 'a query by form',
    path: '/sparql',
    init: post(FORM, new URLSearchParams({ query: SELECT, timeout: '5' }).toString()),
    entry: 'query',
    request: { text: SELECT, deadlineMs: 5 },
  },
  {
    what: 'a query by direct POST',
    path: '/sparql?entailment=fabric',
    init: post('application/sparql-query', SELECT),
    entry: 'query',
    request: { text: SELECT, entailment: 'fabric' },
  },
  {
    what: 'a dataset',
    path: `${address({ query: SELECT })}&default-graph-uri=urn:a&default-graph-uri=urn:b&named-graph-uri=urn:c`,
    entry: 'query',
    request: { text: SELECT, defaultGraphs: ['urn:a', 'urn:b'], namedGraphs: ['urn:c'] },
  },
  {
    what: 'an update by form',
    path: '/sparql',
    init: post(FORM, new URLSearchParams({ update: UPDATE }).toString()),
    entry: 'update',
    request: { text: UPDATE },
  },
  {
    what: 'an update by direct POST',
    path: '/sparql?using-graph-uri=urn:a&using-named-graph-uri=urn:b&timeout=9',
    init: post('application/sparql-update; charset=UTF-8', UPDATE),
    entry: 'update',
    request: { text: UPDATE, usingGraphs: ['urn:a'], usingNamedGraphs: ['urn:b'], deadlineMs: 9 },
  },
];

const REFUSED: readonly {
  readonly what: string;
  readonly path: string;
  readonly init?: RequestInit;
  readonly status: number;
  readonly type: string;
}[] = [
  {
    what: 'a query with an error',
    path: address({ query: 'SELECT * {' }),
    status: 400,
    type: 'syntax-error',
  },
  {
    what: 'two queries',
    path: `${address({ query: SELECT })}&query=ASK%7B%7D`,
    status: 400,
    type: 'request-invalid',
  },
  {
    what: 'a query in the address and in the body',
    path: address({ query: SELECT }),
    init: post('application/sparql-query', SELECT),
    status: 400,
    type: 'request-invalid',
  },
  {
    what: 'neither query nor update',
    path: '/sparql',
    init: post(FORM, 'a=b'),
    status: 400,
    type: 'request-invalid',
  },
  {
    what: 'both',
    path: '/sparql',
    init: post(FORM, new URLSearchParams({ query: SELECT, update: UPDATE }).toString()),
    status: 400,
    type: 'request-invalid',
  },
  { what: 'an update by GET', path: address({ update: UPDATE }), status: 405, type: 'method-not-allowed' },
  {
    what: 'an update by GET beside a query',
    path: address({ update: UPDATE, query: SELECT }),
    status: 405,
    type: 'method-not-allowed',
  },
  {
    what: 'another media type',
    path: '/sparql',
    init: post('text/plain', SELECT),
    status: 415,
    type: 'media-type-unsupported',
  },
  {
    what: 'another charset',
    path: '/sparql',
    init: post('application/sparql-query; charset=utf-16', SELECT),
    status: 415,
    type: 'media-type-unsupported',
  },
  {
    what: 'a query that is too long',
    path: '/sparql',
    init: post('application/sparql-query', `${SELECT}${' '.repeat(70_000)}`),
    status: 413,
    type: 'body-too-large',
  },
  {
    what: 'a query that is too long in a form',
    path: '/sparql',
    init: post(FORM, new URLSearchParams({ query: `${SELECT}${'a'.repeat(70_000)}` }).toString()),
    status: 413,
    type: 'body-too-large',
  },
  {
    what: 'a timeout beyond the limit',
    path: address({ query: SELECT, timeout: '99999999' }),
    status: 400,
    type: 'request-invalid',
  },
  {
    what: 'a timeout that is none',
    path: address({ query: SELECT, timeout: '5s' }),
    status: 400,
    type: 'request-invalid',
  },
  {
    what: 'another entailment',
    path: address({ query: SELECT, entailment: 'rdfs' }),
    status: 400,
    type: 'request-invalid',
  },
  {
    what: 'a graph that is no IRI',
    path: address({ query: SELECT, 'default-graph-uri': 'urn:a> <b' }),
    status: 400,
    type: 'request-invalid',
  },
];

describe('http: SPARQL protocol', () => {
  for (const { query, accept, type } of NEGOTIATION) {
    it(`answers ${query.split(' ')[0]} for ${accept ?? 'any type'} with ${type}`, async () => {
      await withServer({}, async ({ ask }) => {
        const answer = await ask(address({ query }), { headers: accept === undefined ? {} : { accept } });
        if (type === 406) {
          await checkProblem(answer, { status: 406, type: 'not-acceptable' });
          return;
        }
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('content-type'), type);
        assert.equal(answer.headers.get('fabric-seq'), '6');
        assert.equal(answer.headers.get('vary')?.includes('Accept'), true);
        assert.ok((await answer.text()).length > 0);
      });
    });
  }

  it('does not run a query whose answer no one could take', async () => {
    await withServer({}, async ({ ask, fake }) => {
      await ask(address({ query: SELECT }), { headers: { accept: 'image/png' } });
      assert.ok(!fake.calls.some(({ entry }) => entry === 'query'));
    });
  });

  for (const { what, path, init, entry, request } of ASKED) {
    it(`takes ${what}`, async () => {
      await withServer({}, async ({ ask, fake }) => {
        const answer = await ask(path, init);
        assert.equal(answer.status, 200, await answer.clone().text());
        assert.deepEqual(fake.lastOf(entry), [request]);
        if (entry === 'update') assert.deepEqual(await answer.json(), { seq: 8, added: 1, removed: 0 });
      });
    });
  }

  for (const { what, path, init, status, type } of REFUSED) {
    it(`refuses ${what}`, async () => {
      await withServer({}, async ({ ask }) => {
        await checkProblem(await ask(path, init), { status, type });
      });
    });
  }

  it('describes itself without a query', async () => {
    await withServer({}, async ({ ask, url }) => {
      for (const [accept, format] of [
        ['text/turtle', 'turtle'],
        ['application/rdf+xml', 'rdf-xml'],
        ['application/ld+json', 'json-ld'],
      ] as const) {
        const text = await (await ask('/sparql', { headers: { accept } })).text();
        const quads = await parseRdf(text, { format });
        const endpoints = quads.filter((q) => q.predicate.value.endsWith('#endpoint'));
        assert.deepEqual(
          endpoints.map((q) => q.object.value),
          [`${url}/sparql`],
        );
        const formats = quads.filter((q) => q.predicate.value.endsWith('#resultFormat'));
        assert.ok(formats.length >= 8);
      }
      const page = await ask('/sparql', { headers: { accept: 'text/html' } });
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    });
  });
});

/** Needs data in graphs, which is the fabric's part. */
const NEEDS_DATA = /dataset|base_uri|update_post/;

describeWithData('http: W3C SPARQL 1.1 protocol tests that need no data', () => {
  const cases = protocolCases(readData('sparql', 'sparql11', 'protocol', 'manifest.ttl')).filter(
    ({ name }) => !NEEDS_DATA.test(name),
  );
  it('finds cases', () => {
    assert.ok(cases.length >= 18, String(cases.length));
  });
  for (const { name, requests } of cases) {
    it(name, async () => {
      await withServer({}, async ({ ask }) => {
        for (const { path, init, statuses, format } of requests) {
          const answer = await ask(path, init);
          const family = `${String(answer.status)[0] ?? ''}xx`;
          assert.ok(
            statuses.some((status) => status === family || status === String(answer.status)),
            `${answer.status}, not ${statuses.join(', ')}`,
          );
          if (format !== undefined)
            assert.match(answer.headers.get('content-type') ?? '', FORMATS[format] ?? /^$/);
        }
      });
    });
  }
});

const FORMATS: Readonly<Record<string, RegExp>> = {
  boolean: /sparql-results/,
  tabular: /sparql-results|text\/csv|tab-separated/,
  RDF: /turtle|n-triples|rdf\+xml|ld\+json/,
};

interface ProtocolRequest {
  readonly path: string;
  readonly init: RequestInit;
  readonly statuses: readonly string[];
  readonly format: string | undefined;
}

function protocolCases(
  text: string,
): { readonly name: string; readonly requests: readonly ProtocolRequest[] }[] {
  const { quads } = parseTurtleFamily(text, { format: 'turtle', baseIRI: 'http://manifest.invalid/' });
  const index = new Map<string, RDF.Quad[]>();
  for (const q of quads) index.set(q.subject.value, [...(index.get(q.subject.value) ?? []), q]);
  const all = (subject: string, predicate: string): string[] =>
    (index.get(subject) ?? [])
      .filter((q) => q.predicate.value.endsWith(predicate))
      .map((q) => q.object.value);
  const one = (subject: string | undefined, predicate: string): string | undefined =>
    subject === undefined ? undefined : all(subject, predicate)[0];
  const listOf = (head: string | undefined): string[] => {
    const first = one(head, '#first');
    return first === undefined ? [] : [first, ...listOf(one(head, '#rest'))];
  };
  const requestOf = (node: string): ProtocolRequest => {
    const method = one(node, '#methodName') ?? 'GET';
    const headers = listOf(one(node, '#headers')).map((header): [string, string] => [
      one(header, '#fieldName') ?? '',
      one(header, '#fieldValue') ?? '',
    ]);
    const body = one(one(node, '#body'), '#chars');
    const response = one(node, '#resp') ?? '';
    const sent = Object.fromEntries(headers.filter(([name]) => name.toLowerCase() !== 'content-length'));
    return {
      path: (one(node, '#absolutePath') ?? '').replace(/^\/sparql\/?/, '/sparql'),
      // Bytes carry no media type of their own, which a text in fetch would.
      init: {
        method,
        headers: sent,
        ...(body === undefined || method === 'GET' ? {} : { body: new TextEncoder().encode(body) }),
      },
      statuses: all(response, '#expectedStatus').map((status) => status.replace(/^.*StatusCode/, '')),
      format: one(response, '#expectedFormat'),
    };
  };
  return quads
    .filter((q) => q.object.value.endsWith('#ProtocolTest'))
    .map((q) => ({
      name: q.subject.value.replace(/^.*[#/]/, ''),
      requests: listOf(one(one(q.subject.value, '#action'), '#requests')).map(requestOf),
    }));
}
