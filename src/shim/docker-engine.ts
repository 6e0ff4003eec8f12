/**
 * A client of the Docker Engine API over its Unix socket: only what a shim needs.
 *
 * The version is negotiated once per client. Refusals of the daemon become `shim-failed` with the daemon's
 * own message, a socket that does not answer becomes `unreachable`; a secret in a body or a header must
 * never come back in a message.
 */
import { type IncomingMessage, request } from 'node:http';
import { FabricError, messageOf } from '../errors.ts';
import type { Json } from '../log/change.ts';

/** The newest version that this client was written against. */
const API_NEWEST = '1.51';
/** The oldest that has all that is used here (Docker 19.03). */
const API_OLDEST = '1.40';

export interface EngineOptions {
  readonly socketPath: string;
  /** A call that takes longer has failed; pulling an image has its own limit. */
  readonly deadlineMs?: number;
  readonly pullDeadlineMs?: number;
}

export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are answers and not failures, beside 2xx. */
  readonly accept?: readonly number[];
  readonly deadlineMs?: number;
}

export interface EngineAnswer {
  readonly status: number;
  readonly text: string;
}

export interface DockerEngine {
  /** The version that calls are made with, such as `1.41`. */
  version(): Promise<string>;
  call(call: EngineCall): Promise<EngineAnswer>;
  /** Pulls an image. `auth` is the JSON of the registry's credentials. */
  pull(image: string, auth?: Json): Promise<void>;
}

export function dockerEngine(options: EngineOptions): DockerEngine {
  const deadlineMs = options.deadlineMs ?? 60_000;
  const send = (call: EngineCall, prefix: string) => exchange(options.socketPath, call, prefix, deadlineMs);
  let negotiated: Promise<string> | undefined;
  const version = () => {
    negotiated ??= negotiate((call) => send(call, '')).catch((thrown: unknown) => {
      negotiated = undefined; // A daemon that was down may be up next time.
      throw thrown;
    });
    return negotiated;
  };
  const call = async (engineCall: EngineCall) => {
    const answer = await send(engineCall, `/v${await version()}`);
    if (answer.status < 300 || (engineCall.accept ?? []).includes(answer.status)) return answer;
    throw new FabricError(
      'shim-failed',
      `Docker refused ${engineCall.method} ${engineCall.path} (${answer.status}): ${daemonMessage(answer.text)}`,
    );
  };
  return {
    version,
    call,
    pull: async (image, auth) => {
      const answer = await call({
        method: 'POST',
        path: '/images/create',
        query: { fromImage: withTag(image) },
        headers: auth === undefined ? {} : { 'X-Registry-Auth': base64Url(JSON.stringify(auth)) },
        deadlineMs: options.pullDeadlineMs ?? 600_000,
      });
      // The status is sent before the pull begins: its failure is a line of the stream.
      for (const line of answer.text.split('\n')) {
        const failure = member(line, 'error');
        if (failure !== undefined)
          throw new FabricError('shim-failed', `Docker cannot pull ${image}: ${failure}`);
      }
    },
  };
}

/** An image without a tag means `latest`; without this the daemon would pull every tag there is. */
export function withTag(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return /[:@]/.test(last) ? image : `${image}:latest`;
}

async function negotiate(send: (call: EngineCall) => Promise<EngineAnswer>): Promise<string> {
  const answer = await send({ method: 'GET', path: '/version' });
  const newest = member(answer.text, 'ApiVersion');
  if (answer.status !== 200 || newest === undefined) {
    throw new FabricError('shim-failed', `Docker did not tell its version (${answer.status})`);
  }
  const oldest = member(answer.text, 'MinAPIVersion') ?? newest;
  const chosen = isOlder(newest, API_NEWEST) ? newest : API_NEWEST;
  if (isOlder(chosen, API_OLDEST) || isOlder(chosen, oldest)) {
    throw new FabricError(
      'not-supported',
      `Docker speaks API ${oldest} to ${newest}; this shim speaks ${API_OLDEST} to ${API_NEWEST}`,
    );
  }
  return chosen;
}

function isOlder(a: string, b: string): boolean {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor === bMajor ? aMinor < bMinor : aMajor < bMajor;
}

function exchange(
  socketPath: string,
  call: EngineCall,
  prefix: string,
  deadlineMs: number,
): Promise<EngineAnswer> {
  const query = new URLSearchParams(call.query).toString();
  const body = encodeBody(call.body);
  const limitMs = call.deadlineMs ?? deadlineMs;
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown) => {
      reject(
        new FabricError('unreachable', `Docker at ${socketPath} does not answer: ${messageOf(thrown)}`, {
          cause: thrown,
        }),
      );
    };
    const outgoing = request(
      {
        socketPath,
        method: call.method,
        path: `${prefix}${call.path}${query === '' ? '' : `?${query}`}`,
        headers: { Host: 'docker', ...body.headers, ...call.headers },
        signal: AbortSignal.timeout(limitMs),
      },
      (incoming) => {
        readText(incoming).then((text) => {
          resolve({ status: incoming.statusCode ?? 0, text });
        }, fail);
      },
    );
    outgoing.on('error', fail);
    outgoing.end(body.bytes);
  });
}

function encodeBody(body: EngineCall['body']): { bytes?: Uint8Array; headers: Record<string, string> } {
  if (body === undefined) return { headers: {} };
  if (body instanceof Uint8Array) return { bytes: body, headers: { 'Content-Type': 'application/x-tar' } };
  return { bytes: Buffer.from(JSON.stringify(body)), headers: { 'Content-Type': 'application/json' } };
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}

function daemonMessage(text: string): string {
  return member(text, 'message') ?? text.trim();
}

function member(text: string, name: string): string | undefined {
  try {
    const value = (JSON.parse(text) as Readonly<Record<string, unknown>> | null)?.[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function base64Url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}
