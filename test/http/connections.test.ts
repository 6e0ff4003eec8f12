/** Connections: what is no HTTP, what is too large or too slow, and how the server goes down. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { overSocket, start, withServer } from './harness.ts';

const MESSAGES: readonly { readonly what: string; readonly sent: string; readonly status: number }[] = [
  { what: 'what is no HTTP', sent: 'nonsense\r\n\r\n', status: 400 },
  { what: 'a request without Host', sent: 'GET /v1/status HTTP/1.1\r\n\r\n', status: 400 },
  {
    what: 'an empty Host',
    sent: 'GET /v1/status HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n',
    status: 403,
  },
  {
    what: 'a header that is too large',
    sent: `GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`,
    status: 431,
  },
  {
    what: 'two lengths',
    sent: 'POST /v1/placements HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
    status: 400,
  },
  {
    what: 'a request that is well-formed',
    sent: 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    status: 200,
  },
];

describe('http: connections', () => {
  for (const { what, sent, status } of MESSAGES) {
    it(`answers ${status} to ${what}`, async () => {
      await withServer({}, async ({ port }) => {
        const answer = await overSocket(port, [sent]);
        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
        if (status >= 400) {
          assert.match(answer, /application\/problem\+json/i);
          assert.match(answer, /"type":"https:\/\/w3id\.org\/continuum-fabric\/problems#/);
        }
      });
    });
  }

  it('ends a connection whose header trickles in', async () => {
    await withServer({ options: { limits: { headersMs: 200 } } }, async ({ port, ask }) => {
      const began = performance.now();
      const trickle = ['GET /livez HTTP/1.1\r\n', ...Array.from({ length: 100 }, (_, i) => `X-${i}: 1\r\n`)];
      const answer = await overSocket(port, trickle, 100);
      assert.match(answer, /^HTTP\/1\.1 408 /);
      assert.ok(performance.now() - began < 5_000);
      assert.equal((await ask('/livez')).status, 200);
    });
  });

  it('ends a request whose body trickles in for too long', async () => {
    await withServer({ options: { limits: { headersMs: 200, requestMs: 400 } } }, async ({ port, ask }) => {
      const head =
        'POST /v1/placements HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n';
      const answer = await overSocket(port, [head, ...Array.from({ length: 100 }, () => ' ')], 50);
      assert.match(answer, /^HTTP\/1\.1 408 /);
      assert.equal((await ask('/livez')).status, 200);
    });
  });

  it('keeps going when a client leaves in the middle of its body', async () => {
    const seen: unknown[] = [];
    const ingest = async (
      _context: unknown,
      _source: string,
      body: AsyncIterable<Uint8Array>,
    ): Promise<never> => {
      try {
        for await (const chunk of body) seen.push(chunk.byteLength);
      } catch (thrown) {
        seen.push('left');
        throw thrown;
      }
      throw new Error('The body came to an end');
    };
    await withServer({ service: { ingest } }, async ({ ask, port }) => {
      const socket = connect(port, '127.0.0.1');
      const head = 'POST /v1/ingest/lines HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n';
      socket.write(`${head}Content-Length: 1000\r\n\r\nabc`);
      await pause(100);
      socket.destroy();
      await pause(100);
      assert.deepEqual(seen, [3, 'left']);
      assert.equal((await ask('/livez')).status, 200);
    });
  });

  it('lets running requests finish, refuses readiness meanwhile, and takes no new connections', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await start({
      service: {
        update: async () => {
          await released;
          return { seq: 8, added: 1, removed: 0 };
        },
      },
    });
    const running = server.ask('/sparql', {
      method: 'POST',
      headers: { 'content-type': 'application/sparql-update' },
      body: 'CLEAR ALL',
    });
    await pause(50);
    const closing = server.close(5_000);
    await assert.rejects(server.ask('/livez', { headers: { connection: 'close' } }));
    release();
    assert.equal((await running).status, 200);
    assert.equal(await closing, 0);
  });

  it('tells on a kept connection that it is going down', async () => {
    const server = await start({
      service: { query: () => pause(300).then(() => ({ result: { kind: 'ask', value: true }, seq: 7 })) },
    });
    const lines = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const answers = overSocket(server.port, [lines('/sparql?query=ASK%7B%7D'), lines('/readyz')], 150);
    await pause(100);
    assert.equal(await server.close(5_000), 0);
    const [first, second] = (await answers).split(/(?=HTTP\/1\.1 )/);
    assert.match(first ?? '', /^HTTP\/1\.1 200 /);
    // The kept connection either answers that it goes down or is closed, never says that it is ready.
    assert.match(second ?? 'HTTP/1.1 503 ', /^HTTP\/1\.1 503 /);
  });

  it('breaks what does not finish in time, and says how many', async () => {
    const server = await start({ service: { query: () => new Promise(() => undefined) } });
    const stuck = server.ask('/sparql?query=ASK%7B%7D');
    const broken = assert.rejects(stuck);
    await pause(50);
    assert.equal(await server.close(100), 1);
    await broken;
  });
});
