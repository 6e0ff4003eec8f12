/** The service as a user runs it: a process of its own, over a fresh data directory, spoken to by HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageFolder } from '../../src/assets.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export class Served {
  readonly directory: string;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  #child: ChildProcess | undefined;

  private constructor(directory: string, port: number) {
    this.directory = directory;
    this.#port = port;
  }

  static async start(): Promise<Served> {
    const served = new Served(await mkdtemp(join(tmpdir(), 'fabric-bench-')), await freePort());
    await served.open();
    return served;
  }

  /** @returns milliseconds until it was ready */
  async open(): Promise<number> {
    const start = performance.now();
    const child = spawn(
      process.execPath,
      ['src/cli/fabric.js', 'serve', '--data', join(this.directory, 'data'), '--port', String(this.#port)],
      {
        cwd: packageFolder,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, FABRIC_LOG_LEVEL: 'error' },
      },
    );
    this.#child = child;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`The service ended with ${child.exitCode}`);
      const ready = await this.send('GET', '/readyz').catch(() => undefined);
      if (ready?.status === 200) return performance.now() - start;
      await sleep(20);
    }
  }

  send(method: string, path: string, body?: string, type = 'application/json'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers =
        body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
      const outgoing = request(
        { host: '127.0.0.1', port: this.#port, method, path, headers, agent: this.#agent },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', () => {
            resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  async must(status: number, ...call: Parameters<Served['send']>): Promise<string> {
    const answer = await this.send(...call);
    if (answer.status !== status)
      throw new Error(`${call[0]} ${call[1]} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    return answer.text;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async dispose(): Promise<void> {
    await this.stop();
    this.#agent.destroy();
    await rm(this.directory, { recursive: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => {
        resolve(port);
      });
    });
  });
}

/** Runs `work` on every item, so many at once. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
