/** What every refusal over HTTP must be, whatever it is about. */
import assert from 'node:assert/strict';
import { PROBLEM_NS, PROBLEMS } from '../../src/errors.ts';

export interface ExpectedProblem {
  readonly status: number;
  /** Slug of our catalogue, or a whole IRI. */
  readonly type: string;
  /** Parts of the document that must be there as they are. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Checks that an answer is an RFC 9457 problem document of the expected type, and gives the document. */
export async function checkProblem(
  response: Response,
  { status, type, members = {} }: ExpectedProblem,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.match(response.headers.get('fabric-seq') ?? '', /^\d+$/);
  const document = JSON.parse(text) as Record<string, unknown>;
  assert.equal(document['type'], type in PROBLEMS ? PROBLEM_NS + type : type);
  assert.equal(document['status'], status);
  assert.ok(typeof document['title'] === 'string' && document['title'] !== '');
  assert.ok(typeof document['detail'] === 'string' && document['detail'] !== '');
  assert.equal(document['instance'], `urn:uuid:${response.headers.get('fabric-request-id') ?? ''}`);
  for (const [name, value] of Object.entries(members)) assert.deepEqual(document[name], value, name);
  return document;
}

export const json = (value: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof value === 'string' ? value : JSON.stringify(value),
});
