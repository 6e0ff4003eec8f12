/**
 * The service as a command sees it: HTTP on an address, problem documents back as refusals.
 */
import { readFileSync } from 'node:fs';
import { FabricError, messageOf, PROBLEM_NS, PROBLEMS, type ProblemType } from '../errors.ts';

export interface ServiceOptions {
  readonly url: string;
  /** The bearer token itself. */
  readonly token?: string;
  /** File that holds the bearer token; FABRIC_SERVER_TOKEN and FABRIC_SERVER_TOKEN_FILE work as well. */
  readonly tokenFile?: string;
}

/** A refusal that came from the service. */
export class RemoteError extends FabricError {}

export class ServiceClient {
  readonly #base: string;
  readonly #token: string | undefined;

  /** @throws FabricError `request-invalid` for an address or a token that cannot be one, `not-found` */
  constructor({ url, token, tokenFile }: ServiceOptions) {
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
      throw new FabricError('request-invalid', `"${url}" is no address of a service`, {
        extensions: { hint: 'Give one such as http://127.0.0.1:8780.' },
      });
    }
    this.#base = url.replace(/\/$/, '');
    this.#token = token ?? tokenFrom(tokenFile, process.env);
  }

  /** @throws FabricError `request-invalid`, `unreachable`; RemoteError with the type that the service gave */
  async request(path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
    const headers = headersOf(init.headers ?? {});
    if (this.#token !== undefined) headers.set('authorization', `Bearer ${this.#token}`);
    let response: Response;
    try {
      response = await fetch(this.#base + path, { ...init, headers });
    } catch (thrown) {
      const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
      throw new FabricError('unreachable', `No fabric answers at ${this.#base}: ${messageOf(cause)}`, {
        extensions: { hint: 'Start one with `fabric serve --data DIR`, or name another with --url.' },
        cause: thrown,
      });
    }
    if (!response.ok) throw await remoteError(response);
    return response;
  }

  async json(path: string, init: RequestInit = {}): Promise<unknown> {
    const headers = new Headers(init.headers);
    if (!headers.has('accept')) headers.set('accept', 'application/json');
    return (await this.request(path, { ...init, headers })).json();
  }
}

/** What was named on the command line is stronger than the environment. */
function tokenFrom(tokenFile: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (tokenFile !== undefined) return readToken(tokenFile);
  const { FABRIC_SERVER_TOKEN: token, FABRIC_SERVER_TOKEN_FILE: file } = env;
  return token ?? (file === undefined ? undefined : readToken(file));
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (thrown) {
    throw new FabricError('not-found', `Token file ${path} cannot be read: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

function headersOf(given: RequestInit['headers']): Headers {
  try {
    return new Headers(given);
  } catch (thrown) {
    throw new FabricError('request-invalid', `What was given cannot be sent: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

async function remoteError(response: Response): Promise<RemoteError> {
  const text = await response.text();
  let problem: Record<string, unknown> = {};
  try {
    problem = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // no problem document: something else answers at this address
  }
  const { type, detail, location, title, status, instance, mend, ...rest } = problem;
  const slug = String(type).replace(PROBLEM_NS, '');
  const known = slug in PROBLEMS ? (slug as ProblemType) : 'not-supported';
  const message = typeof detail === 'string' ? detail : `${response.status} ${response.statusText}`;
  return new RemoteError(known, message, {
    ...(typeof location === 'object' && location !== null ? { location } : {}),
    extensions: { ...rest, status, title, instance, mend },
  });
}
