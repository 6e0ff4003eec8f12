/** Who may come in: host names, web origins, tokens, tenants, and the state asked for. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { FabricError } from '../../src/errors.ts';
import { checkProblem, json } from './check.ts';
import { start, withServer } from './harness.ts';

/** fetch does not let go of its own Host. */
function askAs(port: number, host: string, path: string): Promise<{ status: number; type: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const { type = '' } = JSON.parse(text) as { type?: string };
        resolve({ status: response.statusCode ?? 0, type: type.replace(/^.*#/, '') });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

const HOSTS: readonly { readonly host: string; readonly status: number }[] = [
  { host: 'localhost', status: 200 },
  { host: 'LOCALHOST:80', status: 200 },
  { host: '127.0.0.1:8780', status: 200 },
  { host: '127.8.8.8', status: 200 },
  { host: '[::1]:8780', status: 200 },
  { host: 'fabric.example.org', status: 200 },
  { host: 'fabric.example.org:443', status: 200 },
  { host: 'evil.example.org', status: 403 },
  { host: 'localhost.evil.example.org', status: 403 },
  { host: '127.0.0.1.evil.example.org', status: 403 },
  { host: '10.0.0.1', status: 403 },
];

const ORIGINS: readonly {
  readonly what: string;
  readonly origin?: string;
  readonly own?: boolean;
  readonly method: 'GET' | 'POST';
  readonly status: number;
  readonly allowed?: string;
}[] = [
  { what: 'no page', method: 'POST', status: 200 },
  { what: 'a page of its own', own: true, method: 'POST', status: 200 },
  { what: 'a page of another origin', origin: 'https://evil.example.org', method: 'POST', status: 403 },
  { what: 'a page of another port', origin: 'http://127.0.0.1:1', method: 'POST', status: 403 },
  { what: 'a page without origin', origin: 'null', method: 'POST', status: 403 },
  { what: 'a read of another origin', origin: 'https://evil.example.org', method: 'GET', status: 200 },
  {
    what: 'a page of an allowed origin',
    origin: 'https://ui.example.org',
    method: 'POST',
    status: 200,
    allowed: 'https://ui.example.org',
  },
];

const TOKEN = 'a-token-of-sixteen-or-more';

const TOKENS: readonly { readonly what: string; readonly authorization?: string; readonly status: number }[] =
  [
    { what: 'no token', status: 401 },
    { what: 'the token', authorization: `Bearer ${TOKEN}`, status: 200 },
    { what: 'the token after another spelling of the scheme', authorization: `bearer ${TOKEN}`, status: 200 },
    { what: 'a wrong token', authorization: `Bearer ${TOKEN}x`, status: 401 },
    { what: 'a part of the token', authorization: `Bearer ${TOKEN.slice(0, -1)}`, status: 401 },
    { what: 'another scheme', authorization: `Basic ${TOKEN}`, status: 401 },
    { what: 'an empty token', authorization: 'Bearer ', status: 401 },
  ];

describe('http: guards', () => {
  for (const { host, status } of HOSTS) {
    it(`answers ${status} to a request for the host "${host}"`, async () => {
      await withServer({ config: { server: { allowedHosts: ['fabric.example.org'] } } }, async ({ port }) => {
        const answer = await askAs(port, host, '/v1/status');
        assert.deepEqual(answer, { status, type: status === 403 ? 'origin-refused' : '' });
      });
    });
  }

  for (const { what, origin, own, method, status, allowed } of ORIGINS) {
    it(`answers ${status} to ${what}`, async () => {
      await withServer(
        { config: { server: { allowedOrigins: ['https://ui.example.org'] } } },
        async (server) => {
          const sent = own === true ? server.url : origin;
          const headers: Record<string, string> = sent === undefined ? {} : { origin: sent };
          const answer = await (method === 'GET'
            ? server.ask('/v1/status', { headers })
            : server.ask('/v1/placements', json({}, headers)));
          assert.equal(answer.headers.get('access-control-allow-origin'), allowed ?? null);
          if (status === 403) await checkProblem(answer, { status, type: 'origin-refused' });
          else assert.equal(answer.status, status);
        },
      );
    });
  }

  it('answers the preflight of an allowed origin only', async () => {
    await withServer(
      { config: { server: { allowedOrigins: ['https://ui.example.org'] } } },
      async ({ ask }) => {
        const preflight = (origin: string) =>
          ask('/v1/placements', {
            method: 'OPTIONS',
            headers: {
              origin,
              'access-control-request-method': 'POST',
              'access-control-request-headers': 'x-a',
            },
          });
        const good = await preflight('https://ui.example.org');
        assert.equal(good.headers.get('access-control-allow-origin'), 'https://ui.example.org');
        assert.match(good.headers.get('access-control-allow-methods') ?? '', /POST/);
        const bad = await preflight('https://evil.example.org');
        assert.equal(bad.headers.get('access-control-allow-origin'), null);
        assert.equal(bad.headers.get('access-control-allow-methods'), null);
      },
    );
  });

  for (const { what, authorization, status } of TOKENS) {
    it(`answers ${status} to ${what}`, async () => {
      await withServer({ config: { server: { token: TOKEN } } }, async ({ ask, fake }) => {
        const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
        const answer = await ask('/v1/changes?from=5', { headers });
        if (status === 401) {
          assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
          await checkProblem(answer, { status, type: 'unauthenticated' });
          return;
        }
        assert.equal(answer.status, status);
        const context = fake.calls.find(({ entry }) => entry === 'changes')?.args[0];
        assert.deepEqual((context as { principal: unknown }).principal, { id: 'token', kind: 'token' });
      });
    });
  }

  it('lets probes in without a token and under any host, and nothing else', async () => {
    await withServer({ config: { server: { token: TOKEN } } }, async ({ ask, port }) => {
      assert.equal((await ask('/livez')).status, 200);
      assert.equal((await askAs(port, '10.1.2.3:80', '/readyz')).status, 200);
      for (const path of ['/', '/metrics', '/openapi.json', '/docs', '/nowhere', '/ngsi-ld/v1/entities']) {
        assert.equal((await ask(path)).status, 401, path);
      }
    });
  });

  it('does not start where others reach it without a token', async () => {
    const exposed = { config: { server: { host: '0.0.0.0' } } };
    await assert.rejects(start(exposed), (error: FabricError) => error.type === 'config-invalid');
    await using server = await start({ config: { server: { host: '0.0.0.0', token: TOKEN } } });
    assert.ok(server.port > 0);
  });

  it('says which address it cannot bind', async () => {
    await using first = await start();
    await assert.rejects(
      start({ config: { server: { port: first.port } } }),
      (error: FabricError) => error.type === 'config-invalid' && error.message.includes(String(first.port)),
    );
  });

  const CONTEXTS: readonly {
    readonly what: string;
    readonly path?: string;
    readonly headers?: Record<string, string>;
    readonly minSeq?: number;
    readonly refused?: { readonly status: number; readonly type: string };
  }[] = [
    { what: 'the tenant default', headers: { 'Fabric-Tenant': 'default' } },
    {
      what: 'another tenant',
      headers: { 'Fabric-Tenant': 'other' },
      refused: { status: 404, type: 'unknown-tenant' },
    },
    { what: 'minSeq in a header', headers: { 'Fabric-Min-Seq': '5' }, minSeq: 5 },
    { what: 'minSeq in the address', path: '&minSeq=6', minSeq: 6 },
    { what: 'a minSeq that is none', path: '&minSeq=-1', refused: { status: 400, type: 'request-invalid' } },
    { what: 'two of minSeq', path: '&minSeq=1&minSeq=2', refused: { status: 400, type: 'request-invalid' } },
  ];
  for (const { what, path = '', headers = {}, minSeq, refused } of CONTEXTS) {
    it(`${refused ? 'refuses' : 'takes'} ${what}`, async () => {
      await withServer({}, async ({ ask, fake }) => {
        const answer = await ask(`/v1/changes?from=5${path}`, { headers });
        if (refused) {
          await checkProblem(answer, refused);
          return;
        }
        assert.equal(answer.status, 200);
        const context = fake.calls.find(({ entry }) => entry === 'changes')?.args[0] as Record<
          string,
          unknown
        >;
        assert.equal(context['minSeq'], minSeq);
        assert.equal(context['tenant'], 'default');
        assert.equal(context['requestId'], answer.headers.get('fabric-request-id'));
      });
    });
  }

  it('tells an unknown NGSI-LD tenant in the words of the standard', async () => {
    await withServer({}, async ({ ask }) => {
      const answer = await ask('/ngsi-ld/v1/entities', json({ id: 'urn:x' }, { 'NGSILD-Tenant': 'other' }));
      await checkProblem(answer, {
        status: 404,
        type: 'https://uri.etsi.org/ngsi-ld/errors/NonexistentTenant',
      });
    });
  });

  it('sends a closed content security policy and no name of the framework', async () => {
    await withServer({}, async ({ ask }) => {
      const answer = await ask('/');
      assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(answer.headers.get('x-powered-by'), null);
    });
  });
});
