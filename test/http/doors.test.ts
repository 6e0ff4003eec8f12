/** Our own doors: intake, named queries and validation. */
import assert from 'node:assert/strict';
import { parseRdf } from '../../src/rdf/parse.ts';
import { checkProblem, type ExpectedProblem, json } from './check.ts';
import { withServer } from './harness.ts';

const csv = (body: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'text/csv; header=present' },
  body,
});

const INTAKE: readonly {
  readonly what: string;
  readonly body: string;
  readonly status: number;
  readonly seq: string;
  readonly problems: number;
}[] = [
  { what: 'good records', body: 'a\nb\n', status: 202, seq: '9', problems: 0 },
  { what: 'no records', body: '', status: 202, seq: '7', problems: 0 },
  { what: 'a bad one among good ones', body: 'a\nbad\nb\n', status: 207, seq: '9', problems: 1 },
  { what: 'one that is kept aside', body: 'odd\n', status: 207, seq: '7', problems: 1 },
];

describe('http: intake', () => {
  for (const { what, body, status, seq, problems } of INTAKE) {
    it(`answers ${status} to ${what}`, async () => {
      await withServer({}, async ({ ask, fake }) => {
        const answer = await ask('/v1/ingest/lines', csv(body));
        assert.equal(answer.status, status);
        assert.equal(answer.headers.get('fabric-seq'), seq);
        const report = (await answer.json()) as { problems: unknown[]; counts: { received: number } };
        assert.equal(report.problems.length, problems);
        assert.equal(report.counts.received, body.split('\n').filter((line) => line !== '').length);
        assert.deepEqual([fake.lastOf('ingest')[0], fake.lastOf('ingest')[2]], ['lines', 'text/csv']);
      });
    });
  }

  it('answers with the problem when nothing could be read, the report beside it', async () => {
    await withServer({}, async ({ ask }) => {
      const answer = await ask('/v1/ingest/lines', csv('bad\nbad too\n'));
      const document = await checkProblem(answer, { status: 422, type: 'record-invalid' });
      const report = document['report'] as { counts: unknown; problems: { problem: { type: string } }[] };
      assert.deepEqual(report.counts, {
        received: 2,
        accepted: 0,
        unchanged: 0,
        stale: 0,
        quarantined: 0,
        refused: 2,
      });
      assert.match(report.problems[1]?.problem.type ?? '', /#record-invalid$/);
    });
  });

  const REFUSED: readonly (ExpectedProblem & {
    readonly what: string;
    readonly path: string;
    readonly init: RequestInit;
  })[] = [
    {
      what: 'an unknown source',
      path: '/v1/ingest/unknown',
      init: csv('a'),
      status: 404,
      type: 'unknown-source',
    },
    {
      what: 'a body without a type',
      path: '/v1/ingest/lines',
      init: { method: 'POST', body: new Uint8Array([97]) },
      status: 415,
      type: 'media-type-unsupported',
    },
  ];
  for (const { what, path, init, ...expected } of REFUSED) {
    it(`refuses ${what}`, async () => {
      await withServer({}, async ({ ask }) => {
        await checkProblem(await ask(path, init), expected);
      });
    });
  }

  it('counts records and requests for Prometheus, by template and never by address', async () => {
    await withServer({}, async ({ ask }) => {
      await ask('/v1/ingest/lines', csv('a\nbad\n'));
      await ask('/v1/placements/abc');
      await ask('/no/such/place');
      const text = await (await ask('/metrics')).text();
      assert.match(text, /fabric_http_ingest_records_total\{source="lines",status="accepted"\} 1/);
      assert.match(
        text,
        /duration_seconds_count\{method="GET",route="\/v1\/placements\/\{id\}",status="200"\} 1/,
      );
      assert.match(text, /route="unmatched",status="404"\} 1/);
      assert.match(text, /fabric_seq 7/);
      assert.match(text, /fabric_source_connected\{source="lines"\} 1/);
      assert.match(text, /process_cpu_seconds_total/);
      assert.ok(!text.includes('abc'));
    });
  });
});

const BINDINGS: readonly { readonly given: string; readonly bound?: string }[] = [
  { given: '<urn:a>', bound: '<urn:a>' },
  { given: '"a \\"text\\""', bound: '"a \\"text\\""' },
  { given: '"text"@en-GB', bound: '"text"@en-GB' },
  {
    given: '"5"^^<http://www.w3.org/2001/XMLSchema#byte>',
    bound: '"5"^^<http://www.w3.org/2001/XMLSchema#byte>',
  },
  { given: '-42', bound: '"-42"^^<http://www.w3.org/2001/XMLSchema#integer>' },
  { given: '4.2', bound: '"4.2"^^<http://www.w3.org/2001/XMLSchema#decimal>' },
  { given: 'true', bound: '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>' },
  { given: 'urn:a' },
  { given: '<urn:a> . <urn:b>' },
  { given: '"a" "b"' },
  { given: '"a' },
  { given: '' },
];

describe('http: named queries', () => {
  it('lists them with their parameters', async () => {
    await withServer({}, async ({ ask }) => {
      const { queries } = (await (await ask('/v1/queries')).json()) as {
        queries: { name: string; parameters: string[] }[];
      };
      assert.deepEqual(
        queries.map(({ name, parameters }) => [name, parameters]),
        [['elements', ['domain']]],
      );
    });
  });

  for (const { given, bound } of BINDINGS) {
    it(`${bound === undefined ? 'refuses' : 'binds'} ${given}`, async () => {
      await withServer({}, async ({ ask, fake }) => {
        const answer = await ask(
          `/v1/queries/elements?${new URLSearchParams({ $domain: given, timeout: '5' }).toString()}`,
        );
        if (bound === undefined) {
          await checkProblem(answer, { status: 400, type: 'request-invalid' });
          return;
        }
        assert.equal(answer.status, 200);
        const [request] = fake.lastOf('query') as [{ bindings: unknown; deadlineMs: number }];
        assert.deepEqual(request.bindings, { domain: bound });
        assert.equal(request.deadlineMs, 5);
      });
    });
  }

  it('names the nearest query and the nearest parameter', async () => {
    await withServer({}, async ({ ask }) => {
      const query = await checkProblem(await ask('/v1/queries/element'), { status: 404, type: 'not-found' });
      assert.match(String(query['detail']), /did you mean elements/);
      const parameter = await checkProblem(await ask('/v1/queries/elements?$domian=1'), {
        status: 400,
        type: 'request-invalid',
      });
      assert.match(String(parameter['detail']), /did you mean \$domain/);
    });
  });
});

const TURTLE = '<urn:a> <urn:b> <urn:c> .';
const VALIDATIONS: readonly {
  readonly what: string;
  readonly path?: string;
  readonly init: RequestInit;
  readonly request?: object;
  readonly refused?: ExpectedProblem;
}[] = [
  {
    what: 'Turtle',
    path: '?base=http://e.org/',
    init: { method: 'POST', headers: { 'content-type': 'text/turtle' }, body: TURTLE },
    request: { text: TURTLE, format: 'turtle', baseIRI: 'http://e.org/' },
  },
  {
    what: 'JSON-LD',
    init: { method: 'POST', headers: { 'content-type': 'application/ld+json' }, body: '{}' },
    request: { text: '{}', format: 'json-ld' },
  },
  {
    what: 'an envelope',
    init: json({ data: TURTLE, format: 'text/turtle', shapes: { data: TURTLE, format: 'n-triples' } }),
    request: { text: TURTLE, format: 'turtle', shapes: { text: TURTLE, format: 'n-triples' } },
  },
  {
    what: 'an envelope of JSON-LD',
    init: json({ data: { '@id': 'urn:a' }, format: 'json-ld' }),
    request: { text: '{"@id":"urn:a"}', format: 'json-ld' },
  },
  {
    what: 'an envelope without data',
    init: json({ format: 'turtle' }),
    refused: { status: 400, type: 'request-invalid' },
  },
  {
    what: 'an envelope with another member',
    init: json({ data: TURTLE, format: 'turtle', shape: 1 }),
    refused: { status: 400, type: 'request-invalid' },
  },
  {
    what: 'an unknown format',
    init: json({ data: TURTLE, format: 'n3' }),
    refused: { status: 400, type: 'request-invalid' },
  },
  {
    what: 'a form',
    init: { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' },
    refused: { status: 415, type: 'media-type-unsupported' },
  },
];

describe('http: validation', () => {
  for (const { what, path = '', init, request, refused } of VALIDATIONS) {
    it(`${refused ? 'refuses' : 'takes'} ${what}`, async () => {
      await withServer({}, async ({ ask, fake }) => {
        const answer = await ask(`/v1/validate${path}`, init);
        if (refused) {
          await checkProblem(answer, refused);
          return;
        }
        assert.deepEqual(await answer.json(), { conforms: true, results: [] });
        assert.deepEqual(fake.lastOf('validate'), [request]);
      });
    });
  }

  it('gives the report as RDF', async () => {
    await withServer({}, async ({ ask }) => {
      const headers = { 'content-type': 'text/turtle', accept: 'application/n-triples' };
      const text = await (await ask('/v1/validate', { method: 'POST', headers, body: TURTLE })).text();
      const quads = await parseRdf(text, { format: 'n-triples' });
      assert.ok(
        quads.some(
          (q) => q.predicate.value === 'http://www.w3.org/ns/shacl#conforms' && q.object.value === 'true',
        ),
      );
    });
  });
});
