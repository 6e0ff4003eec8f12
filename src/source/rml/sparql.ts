/**
 * SPARQL services as sources: a query goes to an endpoint by the SPARQL 1.1 protocol, its answer is the data.
 *
 * Only origins that are allowed are asked, redirects included. An answer streams where the reader takes bytes;
 * one that is read as rows is held whole, and bounded.
 */
import { FabricError, messageOf } from '../../errors.ts';
import type { LogicalSource } from '../../mapping/normal-form.ts';
import type { SourceData } from '../../mapping/reference/formulation.ts';
import { RESULT_MEDIA_TYPES, type ResultFormat } from '../../sparql/serialise.ts';
import { checkOrigin } from './http.ts';
import { checkVariables, readJsonSolutions, rowsOf, SOLUTIONS_HINT } from './sparql-solutions.ts';
import { wholeText } from './whole-text.ts';

export interface SparqlOptions {
  /** Origins that mappings may ask, as `https://data.example.org`; the same as for HTTP sources. */
  readonly allowedOrigins: readonly string[];
  /** Longest silence of an endpoint. */
  readonly timeoutMs?: number;
  /** Largest answer. */
  readonly bytesMax?: number;
  /** Longest answer that has to be in memory whole, as the rows of rml:SPARQL have. */
  readonly documentCharactersMax?: number | undefined;
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 60_000;
const BYTES_MAX = 1 << 30;
const REDIRECTS_MAX = 5;

/** Result formats by the last part of their IRI in the registry of the W3C (`formats:SPARQL_Results_JSON`). */
const FORMATS: Readonly<Record<string, ResultFormat>> = { JSON: 'json', XML: 'xml', CSV: 'csv', TSV: 'tsv' };

function resultFormatOf(iri: string | undefined): ResultFormat {
  return FORMATS[/SPARQL_Results_([A-Z]+)$/.exec(iri ?? '')?.[1] ?? ''] ?? 'json';
}

/**
 * Asks the endpoint of a source.
 *
 * @throws FabricError `origin-refused`; `unreachable` with `retryable` where the endpoint does not answer;
 *   `mapping-failed` where it refuses the query; `body-too-large` or `syntax-error`, then or while the answer is
 *   read
 */
export async function openSparql(source: LogicalSource, options: SparqlOptions): Promise<SourceData> {
  const { description, query } = source;
  if (description.kind !== 'sparql' || query === undefined) {
    throw new Error(`Source "${source.location}" is no SPARQL service with a query`);
  }
  const format = resultFormatOf(description.format);
  const chunks = await ask(description.endpoint, query, format, options);
  if (source.formulation.name !== 'sparql') return { kind: 'bytes', chunks };
  const name = description.endpoint;
  const charactersMax = options.documentCharactersMax;
  const text = await wholeText(chunks, { name, charactersMax, hint: SOLUTIONS_HINT });
  const answer = readJsonSolutions(text, name);
  checkVariables(answer.variables, name);
  return { kind: 'rows', rows: rowsOf(answer) };
}

/** The bytes of an answer. */
async function ask(
  endpoint: string,
  query: string,
  format: ResultFormat,
  options: SparqlOptions,
): Promise<AsyncIterable<Uint8Array>> {
  const silence = new Silence(options.timeoutMs ?? TIMEOUT_MS, options.signal);
  try {
    const response = await post(endpoint, query, format, { options, silence });
    if (!response.ok) throw await refusedBy(endpoint, response);
    checkMediaType(endpoint, response, format);
    return chunksOf(endpoint, response, { options, silence });
  } catch (thrown) {
    silence.abort(); // an answer that nobody reads would hold its connection
    throw thrown instanceof FabricError ? thrown : unreachable(endpoint, thrown, 0);
  }
}

interface Asking {
  readonly options: SparqlOptions;
  readonly silence: Silence;
}

/** SPARQL 1.1 protocol, section 2.1.2: a form, which every endpoint takes. */
async function post(
  endpoint: string,
  query: string,
  format: ResultFormat,
  { options, silence }: Asking,
): Promise<Response> {
  let url = endpoint;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    checkOrigin(url, options.allowedOrigins);
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: RESULT_MEDIA_TYPES[format].join(', ') },
      body: new URLSearchParams({ query }),
      redirect: 'manual',
      signal: silence.signal,
    });
    if (response.status < 300 || response.status >= 400) return response;
    const location = response.headers.get('location');
    await response.body?.cancel();
    if (location === null || (response.status !== 307 && response.status !== 308)) {
      throw new FabricError('mapping-failed', `Endpoint ${url} redirects; name the address that answers`);
    }
    url = new URL(location, url).href;
  }
  throw new FabricError('mapping-failed', `Endpoint ${endpoint} redirects more than ${REDIRECTS_MAX} times`);
}

/** Media types that say nothing about what is in them. */
const VAGUE = ['text/plain', 'application/octet-stream', 'text/xml'];

function checkMediaType(endpoint: string, response: Response, format: ResultFormat): void {
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === undefined || VAGUE.includes(type) || RESULT_MEDIA_TYPES[format].includes(type)) return;
  throw new FabricError(
    'mapping-failed',
    `Endpoint ${endpoint} answers with ${type}, where ${RESULT_MEDIA_TYPES[format][0]} was asked for`,
  );
}

const REASON_CHARACTERS_MAX = 300;

/** A refusal by status; what the endpoint says of it stands in the message, shortened. */
async function refusedBy(endpoint: string, response: Response): Promise<FabricError> {
  const { status } = response;
  const body = await startOf(response).catch(() => '');
  const reason = body.replace(/\s+/g, ' ').trim().slice(0, REASON_CHARACTERS_MAX);
  const said = reason === '' ? '' : `: ${reason}`;
  if (status === 429 || status >= 500) {
    return new FabricError('unreachable', `Endpoint ${endpoint} answers with status ${status}${said}`, {
      extensions: { retryable: true, status },
    });
  }
  return new FabricError(
    'mapping-failed',
    `Endpoint ${endpoint} refuses the query (status ${status})${said}`,
    {
      extensions: { code: 'sparql-refused', status },
    },
  );
}

/** As much of an answer as a message may show, and little more. */
async function startOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > REASON_CHARACTERS_MAX * 10) break;
  }
  return text;
}

async function* chunksOf(
  endpoint: string,
  response: Response,
  { options, silence }: Asking,
): AsyncGenerator<Uint8Array> {
  const bytesMax = options.bytesMax ?? BYTES_MAX;
  let bytesRead = 0;
  try {
    for await (const chunk of response.body ?? []) {
      silence.end(); // what the reader does meanwhile is no silence of the endpoint
      bytesRead += chunk.length;
      if (bytesRead > bytesMax) {
        throw new FabricError(
          'body-too-large',
          `Endpoint ${endpoint} answers with more than ${bytesMax} bytes; add a LIMIT`,
        );
      }
      yield chunk;
      silence.broken();
    }
  } catch (thrown) {
    throw thrown instanceof FabricError ? thrown : unreachable(endpoint, thrown, bytesRead);
  } finally {
    silence.abort();
  }
}

function unreachable(endpoint: string, thrown: unknown, bytesRead: number): FabricError {
  const { cause } = thrown as { readonly cause?: unknown };
  const detail = cause instanceof Error ? cause.message : messageOf(thrown);
  return new FabricError('unreachable', `Endpoint ${endpoint} cannot be reached: ${detail}`, {
    cause: thrown,
    extensions: { retryable: true, bytesRead },
  });
}

/** Ends a request after too long a silence, or when the caller does. */
class Silence {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  readonly #outer: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number, outer: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs;
    this.#outer = outer;
    this.broken();
  }

  get signal(): AbortSignal {
    const own = this.#controller.signal;
    return this.#outer === undefined ? own : AbortSignal.any([own, this.#outer]);
  }

  /** Something came: the time starts anew. */
  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#controller.abort(new Error(`nothing came for ${this.#timeoutMs} ms`));
    }, this.#timeoutMs);
    this.#timer.unref();
  }

  /** The time stands still. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /** Ends the request, if it has not ended. */
  abort(): void {
    this.end();
    this.#controller.abort();
  }
}
