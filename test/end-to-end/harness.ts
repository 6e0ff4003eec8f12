/**
 * The whole fabric behind its real doors, on a free port of loopback and in a directory of its own: within
 * this process, or as a child that can be killed. Only clock, logger and settings can be replaced.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { packageFolder } from '../../src/assets.ts';
import { loadConfig } from '../../src/config.ts';
import { type Fabric, openFabric } from '../../src/fabric.ts';
import { type RunningServer, startServer } from '../../src/http/server.ts';
import { Door } from './door.ts';

export interface Setup {
  /** Settings that differ from the defaults; the port is always a free one. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** A directory that outlives the fabric; absent: one of its own, removed at its end. */
  readonly directory?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Takes every line of the log, at the lowest level; absent: silence. */
  readonly onLogLine?: (line: string) => void;
}

/** Small segments, so that the log of a short test has several of them. */
const SMALL = { log: { segmentBytes: 256 * 1024 } };

export class TestFabric extends Door implements AsyncDisposable {
  readonly fabric: Fabric;
  readonly directory: string;
  readonly #server: RunningServer;
  readonly #ownDirectory: boolean;
  #closed = false;

  constructor(fabric: Fabric, server: RunningServer, directory: string, ownDirectory: boolean) {
    super(server.url);
    this.fabric = fabric;
    this.directory = directory;
    this.#server = server;
    this.#ownDirectory = ownDirectory;
  }

  /** Drains, checkpoints and closes, as SIGTERM does. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#server.close(1000);
    await this.fabric.close();
    if (this.#ownDirectory) removeFolder(this.directory);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

export async function startFabric(setup: Setup = {}): Promise<TestFabric> {
  const { now = Date.now, onLogLine } = setup;
  const directory = setup.directory ?? temporaryFolder();
  const overrides = {
    ...SMALL,
    ...setup.config,
    server: { ...(setup.config?.['server'] as object), port: 0 },
  };
  const config = loadConfig({ overrides });
  const logger = onLogLine ? pino({ level: 'trace' }, { write: onLogLine }) : pino({ level: 'silent' });
  const fabric = await openFabric({ config, logger, directory, now });
  const server = await startServer(fabric, { config, logger, now, newId: v7 });
  return new TestFabric(fabric, server, directory, setup.directory === undefined);
}

/** A clock that stands still until it is told to go on. */
export class Clock {
  #ms: number;

  constructor(time = '2026-03-01T12:00:00.000Z') {
    this.#ms = Date.parse(time);
  }

  readonly now = (): number => this.#ms;

  /** ISO 8601 of a moment so many seconds from now. */
  at(seconds: number): string {
    return new Date(this.#ms + seconds * 1000).toISOString();
  }

  advance(seconds: number): void {
    this.#ms += seconds * 1000;
  }
}

/** `fabric serve` as a process of its own. */
export class ServeProcess extends Door {
  /** From its start to the first 200 of `/readyz`. */
  readonly readyMs: number;
  readonly #child: ChildProcess;

  constructor(url: string, child: ChildProcess, readyMs: number) {
    super(url);
    this.#child = child;
    this.readyMs = readyMs;
  }

  /** Ends the process with a signal; resolves when it is gone. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
    return this.#child.exitCode;
  }
}

/** Starts `fabric serve` and waits until it is ready; what it wrote is in the error where it does not get there. */
export async function serve(
  directory: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<ServeProcess> {
  const started = performance.now();
  const file = join(directory, '..', 'config.yaml');
  writeFileSync(file, JSON.stringify({ logLevel: 'warn', ...SMALL, ...config })); // YAML has JSON in it
  const child = spawn(
    process.execPath,
    ['src/cli/fabric.js', 'serve', '--data', directory, '--port', '0', '--config', file, '--json'],
    {
      cwd: packageFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], TMPDIR: tmpdir() },
    },
  );
  let written = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      resolve((JSON.parse(line) as { readonly url: string }).url);
    });
    child.once('exit', (code) => {
      reject(new Error(`fabric serve ended with ${String(code)}: ${written}`));
    });
  });
  while ((await fetch(`${url}/readyz`)).status !== 200) await sleep(20);
  return new ServeProcess(url, child, performance.now() - started);
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'fabric-test-'));
}

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Every file below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Waits until a condition holds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 5000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Never within ${withinMs} ms: ${what}`);
    await sleep(10);
  }
}
