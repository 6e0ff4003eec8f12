/** What an operator meets: wrong input to every command, signals, closed pipes, files left behind. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningService, runService } from '../../src/cli/run-service.ts';
import { loadConfig } from '../../src/config.ts';
import { makeLogger } from '../../src/logging.ts';
import { fabric, type Ran, type Started, start } from './command.ts';

const REQUEST = join('queries', 'requests', 'video-analytics.json');
const READINGS = join('mappings', 'samples', 'telemetry', 'readings.ndjson');
const TELEMETRY = join('mappings', 'telemetry.rml.ttl');
/** Far longer than closing takes, and shorter than the time that requests are given to finish. */
const PROMPT_MS = 8_000;

let folder: string;
let service: RunningService;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fabric-operation-'));
  await writeFile(join(folder, 'list.json'), '[]');
  const config = loadConfig({ overrides: { server: { port: 0 } } });
  service = await runService(config, join(folder, 'data'), makeLogger('silent'));
});

after(async () => {
  await service.close();
  await rm(folder, { recursive: true });
});

interface Refusal {
  readonly title: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly message: RegExp;
}

describe('wrong input', () => {
  const missing = join('no', 'such', 'folder', 'file');
  const refusals: readonly Refusal[] = [
    {
      title: 'a port that is no number',
      args: ['serve', '--data', 'x', '--port', 'abc'],
      code: 2,
      message: /no whole number/,
    },
    {
      title: 'a number with a fraction',
      args: ['query', 'ASK {}', '--timeout', '1.5'],
      code: 2,
      message: /no whole number/,
    },
    {
      title: 'an address that is none',
      args: ['query', 'ASK {}', '--url', 'notaurl'],
      code: 2,
      message: /"notaurl" is no address/,
    },
    {
      title: 'an address of another scheme',
      args: ['dump', '--url', 'ftp://x'],
      code: 2,
      message: /no address of a service/,
    },
    {
      title: 'a token file that is not there',
      args: ['dump', '--token-file', missing],
      code: 2,
      message: /Token file .* cannot be read/,
    },
    {
      title: 'a media type that no header can hold',
      args: ['load', 'telemetry', READINGS, '--media-type', 'a\nb'],
      code: 2,
      message: /cannot be sent/,
    },
    {
      title: 'a folder to load',
      args: ['load', 'telemetry', 'src', '--media-type', 'text/csv'],
      code: 2,
      message: /src cannot be read: it is a directory/,
    },
    {
      title: 'a folder as a source',
      args: ['map', TELEMETRY, '--source', 'readings.ndjson=src'],
      code: 2,
      message: /"src" cannot be read: it is a directory/,
    },
    {
      title: 'an output that cannot be written',
      args: ['map', TELEMETRY, '--source', `readings.ndjson=${READINGS}`, '--output', missing],
      code: 2,
      message: /cannot be written/,
    },
    {
      title: 'a dump that cannot be written',
      args: ['dump', '--output', missing],
      code: 2,
      message: /cannot be written/,
    },
    {
      title: 'a member of Object as a format of RDF',
      args: ['validate', 'ontology/shapes.ttl', '--format', 'toString'],
      code: 2,
      message: /is not known/,
    },
    {
      title: 'a member of Object as a format of answers',
      args: ['query', 'ASK {}', '--format', 'toString'],
      code: 2,
      message: /no format of answers/,
    },
    {
      title: 'a source that is not there',
      args: ['load', 'nosource', READINGS],
      code: 4,
      message: /"nosource" is not configured/,
    },
    {
      title: 'a query that does not exist',
      args: ['query', 'fre-memory-per-domain'],
      code: 4,
      message: /free-memory-per-domain/,
    },
    { title: 'a decision that does not exist', args: ['explain', 'foo'], code: 4, message: /no decision/ },
    {
      title: 'a depth of explanation that there is not',
      args: ['place', REQUEST, '--explain', 'foo'],
      code: 4,
      message: /explain: Invalid option/,
    },
  ];
  const asked = new Set(['query', 'dump', 'load', 'place', 'explain']);
  const withService = ({ args }: Refusal): string[] =>
    asked.has(args[0]!) && !args.includes('--url') ? [...args, '--url', service.server.url] : [...args];

  for (const refusal of refusals) {
    const { title, code, message } = refusal;
    it(`is refused with exit code ${code}: ${title}`, async () => {
      const args = withService(refusal);
      const [ran, asJson] = await Promise.all([fabric(...args), fabric('--json', ...args)]);
      assert.equal(ran.code, code, ran.err);
      assert.match(ran.err, message);
      assert.doesNotMatch(ran.err, /\n\s+at /, 'a refusal shows no stack');
      assert.equal(asJson.code, code, asJson.err);
      const problem = JSON.parse(asJson.err) as Record<string, unknown>;
      assert.match(String(problem['detail']), message);
    });
  }

  it('is a problem document under --json for a wrong command line too', async () => {
    for (const args of [[], ['plaec'], ['map'], ['map', 'x', '--sauce'], ['serve']]) {
      const { code, out, err } = await fabric('--json', ...args);
      assert.equal(code, 2, args.join(' '));
      assert.equal(out, '');
      assert.equal((JSON.parse(err) as { type: string }).type.split('#')[1], 'request-invalid');
    }
  });

  it('reserves nothing for a shim that does not exist', async () => {
    const before_ = service.fabric.seq;
    const { code, err } = await fabric('place', REQUEST, '--shim', 'kubernets', '--url', service.server.url);
    assert.equal(code, 2, err);
    assert.match(err, /Did you mean "kubernetes"/);
    assert.equal(service.fabric.seq, before_);
  });

  it('says once what is wrong', async () => {
    const { err } = await fabric('place', join(folder, 'list.json'));
    assert.equal(err.split('list.json').length, 2, err);
    const path = join(folder, 'wrong.yaml');
    await writeFile(path, 'server: { port: 99999 }\n');
    const { err: settings } = await fabric('config', '--config', path);
    assert.equal(settings.split('server.port').length, 2, settings);
  });
});

describe('--json', () => {
  it('gives graphs as JSON as well as rows', async () => {
    const at = ['--url', service.server.url];
    const graph = await fabric('--json', 'query', 'CONSTRUCT { <urn:s> <urn:p> 1 } WHERE {}', ...at);
    assert.equal(graph.code, 0, graph.err);
    assert.match(JSON.stringify(JSON.parse(graph.out)), /urn:s/);
    const rows = await fabric('--json', 'query', 'SELECT (1 AS ?one) {}', ...at);
    assert.ok('results' in (JSON.parse(rows.out) as object));
  });
});

/** Resolves when the process has written a line that matches. */
async function said({ process: { stdout } }: Started, line: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of stdout!) {
    text += String(chunk);
    if (line.test(text)) return text;
  }
  throw new Error(`It ended after: ${text}`);
}

async function endedSoon({ ended }: Started, signalledAt: number): Promise<Ran> {
  const ran = await ended;
  const tookMs = performance.now() - signalledAt;
  assert.ok(tookMs < PROMPT_MS, `It took ${Math.round(tookMs)} ms`);
  return ran;
}

describe('an operator', () => {
  const signals: readonly (readonly [NodeJS.Signals, readonly string[], RegExp])[] = [
    ['SIGINT', ['demo', '--port', '0'], /is up at/],
    ['SIGINT', ['serve', '--port', '0'], /is ready at/],
    ['SIGTERM', ['serve', '--port', '0'], /is ready at/],
  ];
  for (const [signal, args, ready] of signals) {
    it(`ends ${args[0]!} with ${signal}, at once and with nothing left behind`, async () => {
      const temporary = await mkdtemp(join(folder, 'tmp-'));
      const data = args[0] === 'serve' ? ['--data', join(folder, `data-${signal}`)] : [];
      const started = start([...args, ...data], { TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' });
      const text = await said(started, ready);
      // A connection that is kept open must not hold the end up.
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)![0];
      assert.equal((await fetch(`${url}/v1/status`)).status, 200);
      const signalledAt = performance.now();
      started.process.kill(signal);
      const { code, err } = await endedSoon(started, signalledAt);
      assert.equal(code, 0, err);
      assert.deepEqual(await readdir(temporary), []);
    });
  }

  it('finds nothing left behind by a demo that could not start', async () => {
    const taken: Server = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const temporary = join(folder, 'taken');
    await mkdir(temporary);
    const { port } = taken.address() as AddressInfo;
    const { ended } = start(['demo', '--port', String(port)], {
      TMPDIR: temporary,
      NODE_DISABLE_COMPILE_CACHE: '1',
    });
    const { code, err } = await ended;
    taken.close();
    assert.equal(code, 2);
    assert.match(err, /cannot be bound/);
    assert.deepEqual(await readdir(temporary), []);
  });

  it('is told of a missing token before a data directory is made', async () => {
    const directory = join(folder, 'exposed');
    const { code, err } = await fabric('serve', '--data', directory, '--host', '0.0.0.0');
    assert.equal(code, 2);
    assert.match(err, /server\.token is not set/);
    assert.ok(!(await readdir(folder)).includes('exposed'));
  });

  it('may close the pipe', async () => {
    const started = start(['dump', '--url', service.server.url]);
    started.process.stdout!.destroy();
    const { code, err } = await started.ended;
    assert.equal(code, 0, err);
    assert.equal(err, '');
  });
});
