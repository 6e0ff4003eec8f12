/**
 * The service as a command sees it: HTTP on an address, problem documents back as refusals.
 */
import { readFileSync } from 'node:fs';
import { FabricError, messageOf, PROBLEM_NS, PROBLEMS, type ProblemType } from '../errors.ts';

export interface ServiceOptions {
  readonly url: string;
  /** File that holds the bearer token; FABRIC_SERVER_TOKEN works as well. */
  readonly tokenFile?: string;
}

/** A refusal that came from the service. */
export class RemoteError extends FabricError {}

export class ServiceClient {
  readonly #base: string;
  readonly #token: string | undefined;

  constructor(options: ServiceOptions) {
    this.#base = options.url.replace(/\/$/, '');
    this.#token =
      options.tokenFile === undefined
        ? process.env['FABRIC_SERVER_TOKEN']
        : readFileSync(options.tokenFile, 'utf8').trim();
  }

  /** @throws FabricError `unreachable`; RemoteError with the type that the service gave */
  async request(path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
    const headers = new Headers(init.headers);
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
