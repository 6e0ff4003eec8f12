/**
 * `npm run image-contents`: what the Dockerfile does, without a container. Its paths are copied into an empty
 * folder, its RUN line installs there, its command is started, asked, stopped and started again on the same
 * data. Not part of `npm test`, because it installs packages.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execForm, pairs, parseDockerfile, type Stage } from './dockerfile.ts';

const TOKEN = 'a-token-of-the-image-test';
const READY_MS = 30_000;
const ENTITY = {
  id: 'urn:ngsi-ld:Domain:image',
  type: 'Domain',
  description: { type: 'Property', value: 'x' },
};

const root = join(import.meta.dirname, '..', '..');
const { stages } = parseDockerfile(readFileSync(join(root, 'docker', 'Dockerfile'), 'utf8'));
const [building, final] = [stages[0]!, stages.at(-1)!];

const texts = (stage: Stage, name: string): string[] =>
  stage.instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** COPY from the checkout; what comes from another stage lies in the same folder already. */
function copy(stage: Stage, app: string): void {
  for (const text of texts(stage, 'COPY').filter((line) => !line.startsWith('--from='))) {
    const words = text.split(/\s+/);
    const target = words.pop()!;
    for (const source of words) {
      const to = target.endsWith('/') ? join(app, target, source) : join(app, target);
      cpSync(join(root, source), to, { recursive: true });
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** The command of the image, with a folder for its volume and a free port for its own. */
async function start(
  app: string,
  data: string,
): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const port = String(await freePort());
  const [, ...entry] = execForm(texts(final, 'ENTRYPOINT')[0]!);
  const command = execForm(texts(final, 'CMD')[0]!);
  const volume = execForm(texts(final, 'VOLUME')[0]!)[0]!;
  const exposed = texts(final, 'EXPOSE')[0]!;
  const args = command.map((word) => (word === volume ? data : word === exposed ? port : word));
  const ofImage = Object.fromEntries(texts(final, 'ENV').flatMap((line) => [...pairs(line)]));
  const child = spawn(process.execPath, [...entry, ...args], {
    cwd: app,
    env: {
      PATH: process.env['PATH'],
      ...ofImage,
      FABRIC_SERVER_HOST: '127.0.0.1',
      FABRIC_SERVER_TOKEN: TOKEN,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { url: `http://127.0.0.1:${port}`, child };
}

async function untilReady(url: string, child: ChildProcess): Promise<number> {
  const from = performance.now();
  while (performance.now() - from < READY_MS) {
    assert.equal(child.exitCode, null, 'the service ended by itself');
    const status = await fetch(`${url}/readyz`).then(
      (response) => response.status,
      () => undefined,
    );
    if (status === 200) return Math.round(performance.now() - from);
    await sleep(50);
  }
  throw new Error(`Not ready within ${READY_MS} ms`);
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null], 'SIGTERM is answered with exit code 0');
}

const authorization = `Bearer ${TOKEN}`;

async function checkDoors(url: string): Promise<void> {
  assert.equal((await fetch(`${url}/v1/status`)).status, 401, 'without the token');
  const status = await fetch(`${url}/v1/status`, { headers: { authorization } });
  assert.equal(status.status, 200, 'with the token');
}

const address = (url: string): string => `${url}/ngsi-ld/v1/entities`;

async function write(url: string): Promise<void> {
  const headers = { authorization, 'content-type': 'application/json' };
  const created = await fetch(address(url), { method: 'POST', headers, body: JSON.stringify(ENTITY) });
  assert.equal(created.status, 201);
}

async function checkKept(url: string): Promise<void> {
  const body = new URLSearchParams({ query: `ASK { <${ENTITY.id}> ?p ?o }` });
  const headers = { authorization, accept: 'application/sparql-results+json' };
  const answer = await fetch(`${url}/sparql`, { method: 'POST', headers, body });
  assert.equal(
    ((await answer.json()) as { boolean: boolean }).boolean,
    true,
    'what was written is still there',
  );
}

const folder = mkdtempSync(join(tmpdir(), 'fabric-image-'));
let running: ChildProcess | undefined;
try {
  const [app, data] = [join(folder, 'app'), join(folder, 'data')];
  mkdirSync(app);
  mkdirSync(data);
  copy(building, app);
  const install = texts(building, 'RUN');
  assert.ok(install.length > 0);
  for (const line of install) {
    say(line);
    execFileSync('sh', ['-c', line], { cwd: app, stdio: ['ignore', 'inherit', 'inherit'] });
  }
  copy(final, app);
  for (const turn of ['first', 'second']) {
    const { url, child } = await start(app, data);
    running = child;
    const readyMs = await untilReady(url, child);
    await checkDoors(url);
    if (turn === 'first') await write(url);
    await checkKept(url);
    await stop(child);
    say(
      `${turn} start: ready after ${readyMs} ms, 401 without the token, 200 with it, SIGTERM ends it with 0`,
    );
  }
  say('The contents of the image work.');
} finally {
  running?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
}
