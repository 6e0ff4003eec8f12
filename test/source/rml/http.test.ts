import { doesNotMatch, equal, match } from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { readHttpChunks } from '../../../src/source/rml/http.ts';
import { checkRefused, readText, settingsOf, sourceOf } from './reading.ts';

/** A server on the loopback while `work` runs. */
async function withServer(listener: RequestListener, work: (origin: string) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const answers: RequestListener = (request, response) => {
  switch (request.url) {
    case '/a.csv':
      response.end('id\n1\n');
      return;
    case '/a.csv.gz':
      response.end(gzipSync('id\n1\n'));
      return;
    case '/moved':
      response.writeHead(302, { location: '/a.csv' }).end();
      return;
    case '/away':
      response.writeHead(302, { location: 'http://127.0.0.2:1/a.csv' }).end();
      return;
    case '/round':
      response.writeHead(302, { location: '/round' }).end();
      return;
    case '/silent':
      response.write('id\n');
      return;
    case '/parts':
      response.write('x'.repeat(1_000));
      setImmediate(() => response.end('x'.repeat(1_000)));
      return;
    case '/large':
      response.end('x'.repeat(5_000));
      return;
    default:
      response.writeHead(404).end('not here');
  }
};

const READ: Readonly<Record<string, (origin: string) => string>> = {
  'an address': (origin) => `"${origin}/a.csv"`,
  'a distribution of DCAT': (origin) => `[ a dcat:Distribution ; dcat:downloadURL <${origin}/a.csv> ]`,
  'a table of CSVW': (origin) => `[ a csvw:Table ; csvw:url "${origin}/a.csv" ]`,
  'a thing': (origin) =>
    `[ a td:Thing ; td:hasPropertyAffordance [ td:hasForm [ hctl:hasTarget "${origin}/a.csv" ; htv:methodName "GET" ] ] ]`,
  'a source that is only named': (origin) => `<${origin}/a.csv>`,
  'an answer that is compressed': (origin) => `"${origin}/a.csv.gz"`,
  'an address that has moved': (origin) => `"${origin}/moved"`,
};

const REFUSED: Readonly<Record<string, readonly [string, string, RegExp]>> = {
  'an answer that is none': ['/none', 'unreachable', /answered 404/],
  'a way to an origin that is not allowed': ['/away', 'origin-refused', /127\.0\.0\.2/],
  'a way that goes round': ['/round', 'unreachable', /redirects more than 5 times/],
  'a server that falls silent': ['/silent', 'unreachable', /nothing came for 200 ms/],
  'an answer that is too large': ['/large', 'body-too-large', /answers with more than 1000 bytes/],
};

describe('HTTP sources', () => {
  for (const [title, source] of Object.entries(READ)) {
    it(`are read: ${title}`, () =>
      withServer(answers, async (origin) => {
        const options = settingsOf('/tmp', { allowedOrigins: [origin] });
        equal(await readText(sourceOf(source(origin)), options), 'id\n1\n');
      }));
  }

  for (const [title, [path, type, message]] of Object.entries(REFUSED)) {
    it(`are refused: ${title}`, () =>
      withServer(answers, async (origin) => {
        const limits = { httpTimeoutMs: 200, sourceBytesMax: 1_000 };
        const options = settingsOf('/tmp', { allowedOrigins: [origin], limits });
        await checkRefused(() => readText(sourceOf(`"${origin}${path}"`), options), type, message);
      }));
  }

  it('are refused from an origin that is not allowed, before anything is sent', () => {
    let asked = 0;
    const listener: RequestListener = (_request, response) => {
      asked++;
      response.end();
    };
    return withServer(listener, async (origin) => {
      for (const allowedOrigins of [[], ['http://127.0.0.1'], [origin.replace('http:', 'https:')]]) {
        await checkRefused(
          () => readText(sourceOf(`"${origin}/a.csv"`), settingsOf('/tmp', { allowedOrigins })),
          'origin-refused',
          /of an origin that mappings may not read/,
        );
      }
      equal(asked, 0);
    });
  });

  it('are read by a reader who takes longer than a server may', () =>
    withServer(answers, async (origin) => {
      const limits = { allowedOrigins: [origin], timeoutMs: 50, bytesMax: 10_000 };
      let bytes = 0;
      for await (const chunk of readHttpChunks(`${origin}/parts`, limits)) {
        bytes += chunk.length;
        await setTimeout(120);
      }
      equal(bytes, 2_000);
    }));

  it('are refused with credentials in their address, which no message repeats', () =>
    withServer(answers, async (origin) => {
      const named = origin.replace('//', '//ann:secret@');
      for (const allowedOrigins of [[], [origin]]) {
        const refusal: unknown = await readText(
          sourceOf(`"${named}/a.csv"`),
          settingsOf('/tmp', { allowedOrigins }),
        ).catch((thrown: unknown) => thrown);
        match(String(refusal), /is named with credentials/);
        doesNotMatch(inspect(refusal), /secret/);
      }
    }));

  it('are refused where nobody answers', () =>
    checkRefused(
      () =>
        readText(
          sourceOf('"http://127.0.0.1:1/a"'),
          settingsOf('/', { allowedOrigins: ['http://127.0.0.1:1'] }),
        ),
      'unreachable',
      /cannot be read/,
    ));
});
