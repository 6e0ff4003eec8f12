/**
 * The HTTP server: binds, bounds what a connection may do, and goes down without breaking what is being
 * answered. What is served stands in the doors.
 */
import { createServer, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { FabricError, messageOf } from '../errors.ts';
import type { FabricService } from '../service.ts';
import { createApp } from './app.ts';
import type { Doorway, OntologyDocument } from './exchange.ts';
import { checkExposure } from './guard.ts';
import { createMetrics } from './metrics.ts';
import { PROBLEM_JSON, problemOf, TransportError, type TransportFault } from './problem.ts';

export type { OntologyDocument } from './exchange.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** UUIDv7. */
  readonly newId: () => string;
  /** Turtle documents to publish under `/ontology`. */
  readonly ontology?: readonly OntologyDocument[];
  readonly limits?: Partial<ConnectionLimits>;
}

/** Bounds of a connection. The defaults suit people and machines; only tests have reason to change them. */
export interface ConnectionLimits {
  /** From the first byte of a request to the end of its header. */
  readonly headersMs: number;
  /** From the first byte of a request to the end of its body. */
  readonly requestMs: number;
  /** Longest silence within a body. */
  readonly bodyIdleMs: number;
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number;
  readonly headerBytesMax: number;
  readonly headersMax: number;
}

const LIMITS: ConnectionLimits = {
  headersMs: 10_000,
  requestMs: 900_000, // a body of 256 MiB over a slow line
  bodyIdleMs: 30_000,
  keepAliveMs: 65_000, // longer than that of usual proxies, so that they never meet a closed connection
  headerBytesMax: 16 * 1024,
  headersMax: 100,
};

export interface RunningServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /**
   * Takes no new connections, lets requests finish for at most `drainMs`, then breaks those that are left.
   * Resolves with how many were broken.
   */
  readonly close: (drainMs: number) => Promise<number>;
}

/**
 * Opens the doors.
 *
 * @throws FabricError `config-invalid` when others could reach the server without a token, or when the
 *   address cannot be bound
 */
export async function startServer(service: FabricService, options: ServerOptions): Promise<RunningServer> {
  const { config, logger, now, newId, ontology = [] } = options;
  checkExposure(config);
  const metrics = createMetrics(service);
  const leaving = new AbortController();
  const limits = { ...LIMITS, ...options.limits };
  const { bodyIdleMs } = limits;
  const doorway: Doorway = {
    service,
    config,
    logger,
    now,
    newId,
    ontology,
    bodyIdleMs,
    closing: leaving.signal,
    count: metrics.count,
  };
  const app = createApp(doorway, { metrics, draining: () => leaving.signal.aborted });
  const server = boundedServer(limits);
  server.on('request', app);
  const { port } = await listen(server, config.server);
  const { host } = config.server;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  logger.info({ url }, 'The doors are open');
  let closing: Promise<number> | undefined;
  return {
    url,
    port,
    close: (drainMs) => {
      leaving.abort();
      closing ??= drain(server, drainMs).finally(metrics.close);
      return closing;
    },
  };
}

function boundedServer(limits: ConnectionLimits): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    requireHostHeader: false, // the guard answers for it, with a problem document
    noDelay: true,
  });
  server.maxHeadersCount = limits.headersMax;
  const answering = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (req, res) => {
    answering.set(req.socket, res);
    res.once('close', () => {
      if (answering.get(req.socket) === res) answering.delete(req.socket);
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refuseMessage(error, socket, answering.get(socket)?.headersSent === true);
  });
  return server;
}

const FAULTS: Readonly<Record<string, TransportFault>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'too-slow',
};

/** Answers what could not even be read as a request, unless an answer is on its way; closes the connection. */
function refuseMessage(error: NodeJS.ErrnoException, socket: Duplex, isAnswering: boolean): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) {
    socket.destroy();
    return;
  }
  const { status, document } = problemOf(new TransportError(FAULTS[error.code ?? ''] ?? 'malformed'));
  const text = JSON.stringify(document);
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      `Content-Type: ${PROBLEM_JSON}`,
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Connection: close',
      '',
      text,
    ].join('\r\n'),
  );
}

function listen(server: Server, { host, port }: Config['server']): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new FabricError('config-invalid', `Address ${host}:${port} cannot be bound: ${messageOf(error)}`, {
          extensions: { settings: ['server.host', 'server.port'] },
          cause: error,
        }),
      );
    });
    server.listen(port, host, () => {
      resolve(server.address() as AddressInfo);
    });
  });
}

async function drain(server: Server, drainMs: number): Promise<number> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeIdleConnections();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, drainMs, 'late');
  });
  // A connection that falls idle meanwhile is closed at once, not at the end of its keep-alive.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, 50);
  const outcome = await Promise.race([closed, late]);
  clearTimeout(timer);
  clearInterval(sweep);
  if (outcome !== 'late') return 0;
  const broken = await connectionCount(server);
  server.closeAllConnections();
  await closed;
  return broken;
}

function connectionCount(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((error, count) => {
      resolve(error ? 0 : count);
    });
  });
}
