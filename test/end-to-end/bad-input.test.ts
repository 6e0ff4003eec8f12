/** Bad input of every kind, with ten thousand good records sent around it: each refused by name, none lost. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.ts';
import { FabricError } from '../../src/errors.ts';
import { openFabric } from '../../src/fabric.ts';
import { type Answer, checkProblem, type IngestAnswer, type Problem } from './door.ts';
import { removeFolder, startFabric, type TestFabric, temporaryFolder, until } from './harness.ts';

const GOOD = 10_000;
const NDJSON = 'application/x-ndjson';
const element = (index: number | string): string => `urn:ngsi-ld:InfrastructureElement:Crowd:${index}`;
/** A clock that runs: deadlines are measured by it. */
const started = Date.now() - 3_600_000;
const at = (seconds: number): string => new Date(started + seconds * 1000).toISOString();

/** One reading; what it says of memory follows from its index, so that the test knows what must be there. */
const reading = (index: number, megabytes = index): string =>
  JSON.stringify({
    element: element(index),
    observedAt: at(0),
    hostname: `host-${index}`,
    memory: { availableMegabytes: megabytes },
  });
const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => reading(from + index));

/** Bad input: how it is sent, and how it must be answered. */
interface Case {
  readonly title: string;
  readonly send: (fabric: TestFabric) => Promise<Answer>;
  readonly status: number;
  readonly type: string;
  readonly check?: (problem: Problem) => void;
}

const located =
  (line: number, column?: number) =>
  ({ location }: Problem): void => {
    assert.equal(location?.line, line, JSON.stringify(location));
    if (column !== undefined) assert.equal(location.column, column);
    else assert.ok(location.column !== undefined && location.column > 0);
  };

const CASES: readonly Case[] = [
  {
    title: 'a body of which no line is JSON',
    send: (fabric) => fabric.send('/v1/ingest/telemetry', '{"element": \n', { type: NDJSON }),
    status: 400,
    type: 'syntax-error',
    check: located(1),
  },
  {
    title: 'CSV with a quote that is never closed',
    send: (fabric) =>
      fabric.send('/v1/ingest/telemetry-csv', 'element,hostname\n"urn:x:1,host\n', { type: 'text/csv' }),
    status: 400,
    type: 'syntax-error',
    check: ({ location }) => {
      assert.ok(location?.line !== undefined);
    },
  },
  {
    title: 'a record without its key',
    send: (fabric) => fabric.send('/v1/ingest/telemetry', { hostname: 'nobody' }),
    status: 422,
    type: 'record-invalid',
  },
  {
    title: 'an unknown source, with the name that was meant',
    send: (fabric) => fabric.send('/v1/ingest/telemtry', reading(0), {}),
    status: 404,
    type: 'unknown-source',
    check: ({ hint }) => {
      assert.match(hint as string, /telemetry/);
    },
  },
  {
    title: 'records in a media type that no source reads',
    send: (fabric) => fabric.send('/v1/ingest/telemetry', '<a/>', { type: 'application/xml' }),
    status: 415,
    type: 'media-type-unsupported',
    check: ({ supported }) => {
      assert.ok((supported as string[]).length > 0);
    },
  },
  {
    title: 'a query that is no SPARQL',
    send: (fabric) =>
      fabric.send('/sparql', 'SELECT *\nWHERE { ?s ?p }', { type: 'application/sparql-query' }),
    status: 400,
    type: 'syntax-error',
    check: located(2),
  },
  {
    title: 'an update that is no SPARQL',
    send: (fabric) => fabric.send('/sparql', 'INSERT\nDATA\n{ a b }', { type: 'application/sparql-update' }),
    status: 400,
    type: 'syntax-error',
    check: located(3),
  },
  {
    title: 'a query past its deadline',
    send: (fabric) =>
      fabric.send(
        '/sparql?timeout=100',
        'SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(STRLEN(STR(?a)) < STRLEN(STR(?d))) }',
        { type: 'application/sparql-query' },
      ),
    status: 503,
    type: 'query-deadline',
  },
  {
    title: 'a query with more rows than allowed',
    send: (fabric) => fabric.send('/sparql', 'SELECT * { ?a ?b ?c }', { type: 'application/sparql-query' }),
    status: 422,
    type: 'query-too-large',
  },
  {
    title: 'an oversized document',
    send: (fabric) => fabric.send('/v1/placements', `{"a":"${'x'.repeat(1_100_000)}"}`),
    status: 413,
    type: 'body-too-large',
  },
  {
    title: 'an oversized query',
    send: (fabric) =>
      fabric.send('/sparql', `ASK {} #${'x'.repeat(70_000)}`, { type: 'application/sparql-query' }),
    status: 413,
    type: 'body-too-large',
  },
  {
    title: 'an entity that is no JSON',
    send: (fabric) => fabric.send('/ngsi-ld/v1/entities', '{"id": }'),
    status: 400,
    type: 'https://uri.etsi.org/ngsi-ld/errors/InvalidRequest',
  },
  {
    title: 'an entity in a context that does not ship',
    send: (fabric) =>
      fabric.send(
        '/ngsi-ld/v1/entities',
        { id: 'urn:x:1', type: 'T', '@context': 'https://context.example/c.jsonld' },
        { type: 'application/ld+json' },
      ),
    status: 504,
    type: 'https://uri.etsi.org/ngsi-ld/errors/LdContextNotAvailable',
  },
  {
    title: 'malformed Turtle to validate',
    send: (fabric) =>
      fabric.send('/v1/validate', '<urn:s> a <urn:T> .\n<urn:s> <urn:p>', { type: 'text/turtle' }),
    status: 400,
    type: 'syntax-error',
    check: ({ location }) => {
      assert.equal(location?.line, 2);
    },
  },
  {
    title: 'data to validate in no RDF format',
    send: (fabric) => fabric.send('/v1/validate', 'a,b', { type: 'text/csv' }),
    status: 415,
    type: 'media-type-unsupported',
  },
  {
    title: 'a placement request with a member that there is not',
    send: (fabric) => fabric.send('/v1/placements', { service: 'urn:x:s', components: [], colour: 'red' }),
    status: 400,
    type: 'request-invalid',
    check: ({ errors }) => {
      assert.ok((errors as unknown[]).length > 0);
    },
  },
  {
    title: 'a path that there is not',
    send: (fabric) => fabric.request('/v1/nothing'),
    status: 404,
    type: 'not-found',
  },
  {
    title: 'a method that is not allowed',
    send: (fabric) => fabric.request('/v1/ingest/telemetry'),
    status: 405,
    type: 'method-not-allowed',
  },
];

describe('end to end: bad input among ten thousand good records', function () {
  this.timeout(60_000);
  let fabric: TestFabric;
  const PER_CASE = Math.floor(8000 / CASES.length);
  let sent = 0;

  before(async () => {
    fabric = await startFabric({
      config: { server: { bodyBytesMax: 1_000_000 }, query: { rowsMax: 2000 } },
    });
  });
  after(() => fabric.close());

  /** The next good records. */
  async function sendGood(count: number): Promise<void> {
    const { counts } = await fabric.ingest('telemetry', lines(sent, sent + count).join('\n'), NDJSON);
    assert.deepEqual([counts.accepted, counts.received], [count, count]);
    sent += count;
  }

  it('takes good lines around bad ones in one body, and says where the bad ones were', async () => {
    const bad = new Map([
      [100, '{"element": "urn:x:cut'],
      [500, 'not json'],
      [501, '[1, 2'],
      [900, JSON.stringify({ hostname: 'without a key' })],
      [1000, JSON.stringify({ element: element('bad'), memory: { availableMegabytes: 'plenty' } })],
    ]);
    const body = lines(0, 1500);
    for (const [position, text] of bad) body.splice(position, 0, text);
    const answer = await fabric.send('/v1/ingest/telemetry', body.join('\n'), { type: NDJSON });
    assert.equal(answer.status, 207);
    const { counts, problems } = answer.json as IngestAnswer;
    sent = 1500;
    assert.deepEqual(counts, {
      received: 1505,
      accepted: 1500,
      unchanged: 0,
      stale: 0,
      quarantined: 1,
      refused: 4,
    });
    assert.deepEqual(
      problems.map(({ position, problem }) => [position, problem?.type.split('#')[1]]),
      [
        [100, 'syntax-error'],
        [500, 'syntax-error'],
        [501, 'syntax-error'],
        [900, 'record-invalid'],
        [1000, 'shape-violation'],
      ],
    );
    assert.deepEqual(
      problems.slice(0, 3).map(({ problem }) => problem?.location?.line),
      [101, 501, 502],
    );
    const letters = await fabric.sparql(
      'SELECT ?at { GRAPH ?g { ?g a cf:DeadLetter ; cf:position ?at } } ORDER BY ?at',
    );
    assert.deepEqual(
      letters.map((row) => row['at']),
      ['100', '500', '501', '900'],
    );
  });

  for (const { title, send, status, type, check } of CASES) {
    it(`refuses ${title}`, async () => {
      const seq = await fabric.seq();
      const [answer] = await Promise.all([send(fabric), sendGood(PER_CASE)]);
      const problem = checkProblem(answer, status, type);
      check?.(problem);
      assert.ok((await fabric.seq()) >= seq + PER_CASE);
    });
  }

  it('keeps the lines of a client that left in the middle of its body', async () => {
    const { port, hostname } = new URL(fabric.url);
    const whole = lines(sent, sent + 50);
    const head = `POST /v1/ingest/telemetry HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: ${NDJSON}\r\nContent-Length: 1000000\r\n\r\n`;
    const socket = connect(Number(port), hostname);
    socket.write(`${head}${whole.join('\n')}\n{"element": "urn:x:half`);
    const last = `SELECT ?x { <${element(sent + 49)}> cf:hostname ?x }`;
    await until(async () => (await fabric.values(last)).length === 1, 'the whole lines are in');
    socket.destroy();
    sent += 50;
    await sendGood(10);
  });

  it('answers a request that fits nowhere with reasons, and not with a refusal', async () => {
    const request = {
      service: 'urn:ngsi-ld:Service:Huge',
      components: [{ name: 'all', requirements: { memoryBytes: 1e15 } }],
      explain: 'summary',
    };
    const [answer] = await Promise.all([fabric.send('/v1/placements', request), sendGood(10)]);
    assert.equal(answer.status, 200, answer.text);
    const decision = answer.json as { outcome: string; allocations: unknown[] };
    assert.equal(decision.outcome, 'unplaceable');
    assert.deepEqual(decision.allocations, []);
    assert.match(answer.text, /memory/);
  });

  it('has every good record, and nothing of the bad ones', async () => {
    await sendGood(GOOD - sent);
    const [{ n, sum } = {}] = await fabric.sparql(
      'SELECT (COUNT(?e) AS ?n) (SUM(?m) AS ?sum) { ?e a aeros:InfrastructureElement ; cf:memoryAvailableBytes ?m ; cf:hostname ?h }',
    );
    assert.equal(Number(n), GOOD);
    assert.equal(Number(sum), ((GOOD * (GOOD - 1)) / 2) * 1e6);
    assert.deepEqual(await fabric.sparql(`SELECT ?p { <${element('bad')}> ?p ?o }`), []);
    const status = (await fabric.request('/v1/status')).json as { records: number };
    assert.equal(status.records, GOOD);
  });

  it('keeps the last good state of a record that breaks a shape, until it is mended', async () => {
    const key = element(7);
    const graph = `${await fabric.baseIri()}graph/record/telemetry/${encodeURIComponent(key)}`;
    const memory = `SELECT ?x { <${key}> cf:memoryAvailableBytes ?x }`;
    const stale = `SELECT ?x { GRAPH ?g { <${graph}> cf:staleSince ?x } }`;
    const aside = `SELECT ?x { GRAPH ?x { ?x a cf:QuarantinedRecord ; cf:recordKey "${key}" } }`;
    const say = (megabytes: number, seconds: number) =>
      fabric.ingest('telemetry', {
        element: key,
        observedAt: at(seconds),
        memory: { availableMegabytes: megabytes },
      });
    const broken = await say(-5, 10);
    assert.deepEqual([broken.counts.quarantined, broken.counts.accepted], [1, 0]);
    assert.deepEqual(await fabric.values(memory), ['7000000']);
    assert.equal((await fabric.values(stale)).length, 1);
    const [quarantine] = await fabric.values(aside);
    const results = `SELECT ?x { GRAPH <${quarantine!}> { ?r sh:resultPath ?x } }`;
    assert.ok((await fabric.values(results)).some((path) => path.endsWith('#availableRam')));
    assert.equal((await say(8, 20)).counts.accepted, 1);
    assert.deepEqual(await fabric.values(memory), ['8000000']);
    assert.deepEqual(await fabric.values(aside), []);
    assert.deepEqual(await fabric.values(stale), []);
    assert.deepEqual(await fabric.dump(quarantine), []);
  });
});

describe('end to end: a mapping with a syntax error', () => {
  it('keeps the fabric from starting, and says where', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'broken.rml.ttl');
    writeFileSync(
      path,
      '@prefix rml: <http://w3id.org/rml/> .\n<#a> a rml:TriplesMap ;\n  rml:logicalSource [ a ] .\n',
    );
    mkdirSync(join(folder, 'data'));
    const config = loadConfig({ overrides: { sources: [{ kind: 'http', name: 'broken', mapping: path }] } });
    const open = openFabric({ config, logger: pino({ level: 'silent' }), directory: join(folder, 'data') });
    await assert.rejects(open, (error) => {
      assert.ok(error instanceof FabricError);
      assert.equal(error.type, 'syntax-error');
      assert.deepEqual([error.location?.line, typeof error.location?.column], [3, 'number']);
      assert.match(`${error.message} ${String(error.location?.source)}`, /broken\.rml\.ttl/);
      return true;
    });
    removeFolder(folder);
  });
});
