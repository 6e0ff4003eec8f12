/** The doors of a running fabric, as a client sees them: nothing here knows what is behind the address. */
import assert from 'node:assert/strict';
import { PROBLEM_NS, PROBLEMS } from '../../src/errors.ts';
import { NS } from '../../src/rdf/vocab.ts';

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON. */
  readonly json: unknown;
}

/** Lexical forms by variable; an unbound variable is not there. */
export type Row = Readonly<Record<string, string>>;

/** What `POST /v1/ingest/{source}` answers with, alone or as `report` of a problem. */
export interface IngestAnswer {
  readonly seq: number;
  readonly counts: Readonly<
    Record<'received' | 'accepted' | 'unchanged' | 'stale' | 'quarantined' | 'refused', number>
  >;
  readonly diagnostics: Readonly<Record<string, number>>;
  readonly problems: readonly {
    readonly key: string;
    readonly position: number;
    readonly status: string;
    readonly problem?: Problem;
    readonly diagnostics: readonly { readonly code: string; readonly message: string }[];
  }[];
}

export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly location?: { readonly line?: number; readonly column?: number };
  readonly [extension: string]: unknown;
}

export interface Sending {
  readonly method?: string;
  /** Media type; JSON where none is said. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Door {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async request(path: string, init?: RequestInit): Promise<Answer> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.url + path, { redirect: 'manual', ...init });
      text = await response.text();
    } catch (cause) {
      throw new Error(`${init?.method ?? 'GET'} ${path} got no whole answer`, { cause });
    }
    return {
      status: response.status,
      headers: response.headers,
      text,
      get json(): unknown {
        return JSON.parse(text) as unknown;
      },
    };
  }

  /** Sends a body: text as it is, anything else as JSON. */
  send(path: string, body: unknown, { method = 'POST', type, headers }: Sending = {}): Promise<Answer> {
    return this.request(path, {
      method,
      headers: { 'content-type': type ?? 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  remove(path: string): Promise<Answer> {
    return this.request(path, { method: 'DELETE' });
  }

  /** Solutions of a SELECT; the prefixes of the fabric are known. */
  async sparql(query: string, parameters = ''): Promise<Row[]> {
    const answer = await this.request(`/sparql${parameters}`, {
      method: 'POST',
      headers: { 'content-type': 'application/sparql-query', accept: 'application/sparql-results+json' },
      body: `${PREFIXES}\n${query}`,
    });
    assert.equal(answer.status, 200, answer.text);
    const { results } = answer.json as {
      readonly results: {
        readonly bindings: readonly Readonly<Record<string, { readonly value: string }>>[];
      };
    };
    return results.bindings.map((binding) =>
      Object.fromEntries(Object.entries(binding).map(([name, { value }]) => [name, value])),
    );
  }

  /** The values of the one variable `?x`, sorted. */
  async values(query: string): Promise<string[]> {
    return (await this.sparql(query)).map((row) => row['x'] ?? '').sort();
  }

  update(text: string): Promise<Answer> {
    return this.send('/sparql', `${PREFIXES}\n${text}`, { type: 'application/sparql-update' });
  }

  async ingest(source: string, body: unknown, type?: string): Promise<IngestAnswer> {
    const answer = await this.send(`/v1/ingest/${source}`, body, type === undefined ? {} : { type });
    assert.ok([202, 207].includes(answer.status), answer.text);
    return answer.json as IngestAnswer;
  }

  /** Everything, as N-Quads, sorted; of one graph where one is named. */
  async dump(graph?: string): Promise<string[]> {
    const answer = await this.request(
      `/v1/dump${graph === undefined ? '' : `?graph=${encodeURIComponent(graph)}`}`,
    );
    assert.equal(answer.status, 200, answer.text);
    return answer.text
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  }

  async seq(): Promise<number> {
    return ((await this.request('/v1/status')).json as { readonly seq: number }).seq;
  }

  async baseIri(): Promise<string> {
    return ((await this.request('/v1/status')).json as { readonly baseIri: string }).baseIri;
  }
}

const PREFIXES = Object.entries(NS)
  .map(([prefix, namespace]) => `PREFIX ${prefix}: <${namespace}>`)
  .join('\n');

/** The address of an entity in the NGSI-LD door, or of something below it. */
export const entityPath = (id: string, below = ''): string =>
  `/ngsi-ld/v1/entities/${encodeURIComponent(id)}${below}`;

/** Checks that an answer is a problem document of a documented type, and gives the document. */
export function checkProblem(answer: Answer, status: number, type: string): Problem {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = answer.json as Problem;
  assert.equal(problem.status, status);
  assert.equal(problem.type, type in PROBLEMS ? PROBLEM_NS + type : type, answer.text);
  assert.ok(problem.detail !== '');
  return problem;
}
