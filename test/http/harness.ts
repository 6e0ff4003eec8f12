/**
 * A real listener on a free port for each test, over a given service; and bytes over a bare socket, for
 * what an HTTP client would never send.
 */
import { connect } from 'node:net';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { loadConfig } from '../../src/config.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/http/server.ts';
import type { FabricService } from '../../src/service.ts';
import { type Fake, fakeService } from './fake-service.ts';

export interface Setup {
  /** Entries of the service that answer otherwise. */
  readonly service?: Partial<FabricService>;
  /** Settings that differ from the defaults; the port is always a free one. */
  readonly config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly options?: Partial<ServerOptions>;
}

export interface Running extends RunningServer, AsyncDisposable {
  readonly fake: Fake;
  /** `fetch` with an address of the server. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
}

export async function start({ service, config = {}, options }: Setup = {}): Promise<Running> {
  const settings = loadConfig({ overrides: { ...config, server: { port: 0, ...config['server'] } } });
  const fake = fakeService(service, settings);
  const server = await startServer(fake.service, {
    config: settings,
    logger: pino({ level: 'silent' }),
    now: Date.now,
    newId: v7,
    ...options,
  });
  return {
    ...server,
    fake,
    ask: (path, init) => fetch(server.url + path, { redirect: 'manual', ...init }),
    [Symbol.asyncDispose]: async () => {
      await server.close(1_000);
    },
  };
}

/** Runs `body` against a server of its own. */
export async function withServer(setup: Setup, body: (server: Running) => Promise<void>): Promise<void> {
  const server = await start(setup);
  try {
    await body(server);
  } finally {
    await server.close(1_000);
  }
}

/**
 * Sends pieces over a socket, `pauseMs` apart, and gives all that comes back until the server closes.
 */
export function overSocket(port: number, pieces: readonly string[], pauseMs = 0): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    let next = 0;
    const send = (): void => {
      const piece = pieces[next++];
      if (piece === undefined || socket.destroyed) return;
      socket.write(piece);
      setTimeout(send, pauseMs);
    };
    socket.setEncoding('utf8');
    socket.on('connect', send);
    socket.on('data', (text: string) => {
      received += text;
    });
    socket.on('close', () => {
      resolve(received);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
  });
}
