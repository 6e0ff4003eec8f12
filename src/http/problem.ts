/**
 * From refusals to HTTP: the only place where the type of a `FabricError` becomes a status and a problem
 * document (RFC 9457), ours or that of NGSI-LD. A fault of our own answers 500 and must never tell its inside.
 */
import { FabricError, PROBLEM_NS, PROBLEMS, type ProblemType } from '../errors.ts';

/** The status of each type; a new type does not compile until it stands here. */
const STATUS: Readonly<Record<ProblemType, number>> = {
  'syntax-error': 400,
  'request-invalid': 400,
  'config-invalid': 500,
  'mapping-invalid': 422,
  'mapping-failed': 422,
  'shape-violation': 422,
  'record-invalid': 422,
  'unknown-source': 404,
  'not-found': 404,
  'already-exists': 409,
  'unknown-tenant': 404,
  'media-type-unsupported': 415,
  'not-acceptable': 406,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'graph-owned': 409,
  'query-deadline': 503,
  'query-too-large': 422,
  'query-unsupported': 422,
  'placement-conflict': 409,
  'constraint-broken': 500,
  'snapshot-unavailable': 410,
  overloaded: 429,
  'storage-full': 507,
  'log-unavailable': 503,
  'log-damaged': 500,
  'store-damaged': 500,
  'backup-damaged': 422,
  'backup-unknown': 422,
  'data-directory-unusable': 500,
  'data-directory-locked': 500,
  unauthenticated: 401,
  forbidden: 403,
  'path-refused': 403,
  'origin-refused': 403,
  'shim-failed': 502,
  unreachable: 502,
  'not-supported': 422,
  'request-timeout': 408,
  'headers-too-large': 431,
  'internal-fault': 500,
};

/** What can go wrong with a message before it means anything (RFC 9110). */
const TRANSPORT = {
  malformed: { type: 'request-invalid', message: 'The request is not well-formed HTTP' },
  'too-slow': { type: 'request-timeout', message: 'The request did not arrive in time' },
  'headers-too-large': { type: 'headers-too-large', message: 'The header fields are larger than allowed' },
} as const satisfies Record<string, { type: ProblemType; message: string }>;

export type TransportFault = keyof typeof TRANSPORT;

/** A refusal of the HTTP message itself, whatever it was about to say. */
export class TransportError extends FabricError {
  constructor(fault: TransportFault, message?: string) {
    super(TRANSPORT[fault].type, message ?? TRANSPORT[fault].message);
  }
}

/** An RFC 9457 problem document with its status and the header fields that go with it. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly document: ProblemDocument;
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly [extension: string]: unknown;
}

export interface ProblemContext {
  /** UUIDv7 of the request; becomes `instance`. */
  readonly requestId?: string;
  /** Whether only reading was asked for: too many readers is 503, too many writers 429. */
  readonly reading?: boolean;
}

/** Media type of a problem document. */
export const PROBLEM_JSON = 'application/problem+json';

/**
 * The answer to a refusal, or to anything else that was thrown: then 500 and no inner detail.
 * Extension members never shadow a member of RFC 9457.
 */
export function problemOf(thrown: unknown, context: ProblemContext = {}): ProblemAnswer {
  const error = asRefusal(thrown);
  if (!error) return internalProblem(context);
  const status = statusOf(error, context);
  const { title, mend } = PROBLEMS[error.type];
  return {
    status,
    headers: headersOf(error, status),
    document: {
      ...error.extensions,
      type: error.iri,
      title,
      status,
      detail: error.message,
      ...instanceOf(context),
      ...(error.location === undefined ? {} : { location: error.location }),
      mend,
    },
  };
}

/** A refusal as a member of a report, where there is no answer of its own. */
export function problemDocument(error: FabricError): ProblemDocument {
  return problemOf(error).document;
}

const ETSI_NS = 'https://uri.etsi.org/ngsi-ld/errors/';

/** NGSI-LD's own types (GS CIM 009, HTTP binding, "Error types"); other refusals keep ours. */
const ETSI: Partial<Record<ProblemType, readonly [name: string, status: number]>> = {
  'syntax-error': ['InvalidRequest', 400],
  'request-invalid': ['InvalidRequest', 400],
  'record-invalid': ['BadRequestData', 400],
  'mapping-failed': ['BadRequestData', 400],
  'shape-violation': ['BadRequestData', 400],
  'not-found': ['ResourceNotFound', 404],
  'already-exists': ['AlreadyExists', 409],
  'unknown-tenant': ['NonexistentTenant', 404],
  'not-supported': ['OperationNotSupported', 422],
};

/** As {@link problemOf}, for the NGSI-LD door: the ETSI type in `type`, ours in `fabricType`. */
export function ngsiLdProblemOf(thrown: unknown, context: ProblemContext = {}): ProblemAnswer {
  const answer = problemOf(thrown, context);
  const error = asRefusal(thrown);
  if (!error) return retyped(answer, 'InternalError', 500);
  if (error instanceof TransportError) return answer;
  // A context that is not shipped: nothing is fetched, so it is not available (504 since v1.9.1).
  if (error.type === 'origin-refused' && typeof error.extensions['context'] === 'string') {
    return retyped(answer, 'LdContextNotAvailable', 504);
  }
  const etsi = ETSI[error.type];
  return etsi ? retyped(answer, ...etsi) : answer;
}

function retyped(answer: ProblemAnswer, name: string, status: number): ProblemAnswer {
  const { document } = answer;
  return {
    ...answer,
    status,
    document: { ...document, type: ETSI_NS + name, status, fabricType: document.type },
  };
}

function statusOf(error: FabricError, context: ProblemContext): number {
  if (error.type === 'overloaded' && context.reading === true) return 503;
  return STATUS[error.type];
}

function headersOf(error: FabricError, status: number): Record<string, string> {
  const headers: Record<string, string> = {};
  // What follows on the connection may be the rest of a message that was not understood.
  if (error instanceof TransportError) headers['Connection'] = 'close';
  const retry = error.extensions['retryAfterSeconds'];
  if (typeof retry === 'number') headers['Retry-After'] = String(Math.max(1, Math.ceil(retry)));
  else if (error.type === 'overloaded') headers['Retry-After'] = '1';
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer realm="continuum-fabric"';
  const allowed = error.extensions['allowed'];
  if (status === 405 && Array.isArray(allowed)) headers['Allow'] = allowed.join(', ');
  return headers;
}

function internalProblem(context: ProblemContext): ProblemAnswer {
  return {
    status: 500,
    headers: {},
    document: {
      type: `${PROBLEM_NS}internal-fault`,
      title: PROBLEMS['internal-fault'].title,
      status: 500,
      detail: 'The log of the fabric has the cause under the id of the request',
      mend: PROBLEMS['internal-fault'].mend,
      ...instanceOf(context),
    },
  };
}

function instanceOf(context: ProblemContext): { instance?: string } {
  return context.requestId === undefined ? {} : { instance: `urn:uuid:${context.requestId}` };
}

/** A `FabricError`, or what the HTTP framework throws for a request that it cannot read. */
export function asRefusal(thrown: unknown): FabricError | undefined {
  if (thrown instanceof FabricError) return thrown;
  if (thrown instanceof URIError) {
    return new FabricError('request-invalid', 'The address has a percent-encoding that is not UTF-8');
  }
  return undefined;
}

/** Every type with its IRI, title, mend and status, for documentation. */
export function problemCatalogue(): readonly { type: string; title: string; mend: string; status: number }[] {
  return Object.entries(PROBLEMS).map(([slug, { title, mend }]) => ({
    type: PROBLEM_NS + slug,
    title,
    mend,
    status: STATUS[slug as ProblemType],
  }));
}
