/** Bodies: media types, sizes, compression, encodings, depth, and the place of an error. */
import assert from 'node:assert/strict';
import { deflateSync, gzipSync } from 'node:zlib';
import { checkProblem, type ExpectedProblem, json } from './check.ts';
import { overSocket, withServer } from './harness.ts';

const SMALL = { server: { bodyBytesMax: 1_000, ingestBodyBytesMax: 2_000, jsonDepthMax: 8 } };

interface Refusal extends ExpectedProblem {
  readonly what: string;
  readonly path?: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = { 'content-type': 'application/json' };

const REFUSALS: readonly Refusal[] = [
  {
    what: 'JSON that breaks off',
    body: '{"a":\n [1,',
    status: 400,
    type: 'syntax-error',
    members: { location: { line: 2, column: 5, offset: 10 } },
  },
  {
    what: 'JSON with a wrong character',
    body: '{"a": 1,\n  b}',
    status: 400,
    type: 'syntax-error',
    members: { location: { line: 2, column: 3, offset: 11 } },
  },
  { what: 'an empty body', body: '', status: 400, type: 'syntax-error' },
  {
    what: 'a body that is not UTF-8',
    body: Buffer.from([0x22, 0xff, 0x22]),
    status: 400,
    type: 'syntax-error',
  },
  {
    what: 'JSON that nests too deep',
    body: `{"a":\n${'['.repeat(8)}${']'.repeat(8)}}`,
    status: 400,
    type: 'request-invalid',
    members: { location: { line: 2, column: 8 }, depthMax: 8 },
  },
  {
    what: 'a million brackets',
    path: '/v1/placements',
    body: '['.repeat(900),
    status: 400,
    type: 'request-invalid',
  },
  {
    what: 'a body that is too long',
    body: JSON.stringify('x'.repeat(1_000)),
    status: 413,
    type: 'body-too-large',
    members: { bytesMax: 1_000, setting: 'server.bodyBytesMax' },
  },
  {
    what: 'a compressed body that grows too long',
    body: gzipSync(JSON.stringify('x'.repeat(5_000_000))),
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
    status: 413,
    type: 'body-too-large',
  },
  {
    what: 'damaged compression',
    body: Buffer.from('not gzip at all'),
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
    status: 400,
    type: 'syntax-error',
  },
  {
    what: 'compression that breaks off',
    body: gzipSync('{"a":"bcdefghijklmnop"}').subarray(0, 20),
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
    status: 400,
    type: 'syntax-error',
  },
  {
    what: 'an unknown compression',
    body: 'x',
    headers: { ...JSON_TYPE, 'content-encoding': 'zstd' },
    status: 415,
    type: 'media-type-unsupported',
  },
  {
    what: 'another media type',
    body: '<a/>',
    headers: { 'content-type': 'application/xml' },
    status: 415,
    type: 'media-type-unsupported',
    members: { supported: ['application/json'] },
  },
  {
    what: 'another charset',
    body: '{}',
    headers: { 'content-type': 'application/json; charset=iso-8859-1' },
    status: 415,
    type: 'media-type-unsupported',
  },
  {
    what: 'an ingest body that is too long',
    path: '/v1/ingest/lines',
    body: 'x\n'.repeat(1_500),
    headers: { 'content-type': 'text/csv' },
    status: 413,
    type: 'body-too-large',
    members: { bytesMax: 2_000, setting: 'server.ingestBodyBytesMax' },
  },
];

describe('http: bodies', () => {
  for (const { what, path = '/v1/placements', body, headers = JSON_TYPE, ...expected } of REFUSALS) {
    it(`refuses ${what}`, async () => {
      await withServer({ config: SMALL }, async ({ ask, fake }) => {
        const sent = typeof body === 'string' ? body : new Uint8Array(body);
        await checkProblem(await ask(path, { method: 'POST', headers, body: sent }), expected);
        assert.ok(!fake.calls.some(({ entry }) => entry === 'place'));
        assert.equal((await ask('/v1/placements', json({}))).status, 200, 'a neighbour is served');
      });
    });
  }

  const TAKEN: readonly {
    readonly what: string;
    readonly body: string | Buffer;
    readonly headers: Record<string, string>;
  }[] = [
    {
      what: 'UTF-8 by name',
      body: '{"a":"ä"}',
      headers: { 'content-type': 'Application/JSON; charset="UTF-8"' },
    },
    { what: 'gzip', body: gzipSync('{"a":"ä"}'), headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
    {
      what: 'deflate',
      body: deflateSync('{"a":"ä"}'),
      headers: { ...JSON_TYPE, 'content-encoding': 'deflate' },
    },
    { what: 'brackets in strings', body: '{"a":"ä"}', headers: JSON_TYPE },
  ];
  for (const { what, body, headers } of TAKEN) {
    it(`takes ${what}`, async () => {
      await withServer({ config: SMALL }, async ({ ask, fake }) => {
        const sent = typeof body === 'string' ? body : new Uint8Array(body);
        const answer = await ask('/v1/placements', { method: 'POST', headers, body: sent });
        assert.equal(answer.status, 200, await answer.text());
        assert.deepEqual(fake.lastOf('place'), [{ a: 'ä' }, undefined]);
      });
    });
  }

  it('takes brackets in strings for text', async () => {
    await withServer({ config: SMALL }, async ({ ask, fake }) => {
      const body = { a: `${'['.repeat(20)}\\"${'{'.repeat(20)}` };
      assert.equal((await ask('/v1/placements', json(body))).status, 200);
      assert.deepEqual(fake.lastOf('place')[0], body);
    });
  });

  it('lets a client that keeps sending read why it was refused', async () => {
    await withServer({ config: SMALL }, async ({ ask }) => {
      const body = new ReadableStream({
        start(controller) {
          for (let i = 0; i < 200; i++) controller.enqueue(new Uint8Array(50_000).fill(32));
          controller.close();
        },
      });
      const init: RequestInit & { duplex: 'half' } = {
        method: 'POST',
        headers: JSON_TYPE,
        body,
        duplex: 'half',
      };
      await checkProblem(await ask('/v1/placements', init), { status: 413, type: 'body-too-large' });
    });
  });

  it('does not wait for a client that falls silent', async () => {
    await withServer({ options: { limits: { bodyIdleMs: 100 } } }, async ({ port, fake, ask }) => {
      const head = 'POST /v1/ingest/lines HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n';
      const answer = await overSocket(port, [`${head}Content-Length: 100\r\nConnection: close\r\n\r\nabc\n`]);
      assert.match(answer, /^HTTP\/1\.1 408 /);
      assert.match(answer, /#request-timeout"/);
      assert.ok(fake.calls.some(({ entry }) => entry === 'ingest'));
      assert.equal((await ask('/livez')).status, 200);
    });
  });
});
