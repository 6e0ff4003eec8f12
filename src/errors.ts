/**
 * The error family: every refusal the fabric can give, by a stable type.
 *
 * A refusal says what is wrong, where, and how to mend it. Expected answers (a validation report, an
 * unplaceable request) are values and never come through here; faults of our own are plain assertions.
 * This module must never know about HTTP: `http/problem.ts` alone maps a type to a status.
 */

/** Namespace of problem types (RFC 9457 `type` members). */
export const PROBLEM_NS = 'https://w3id.org/continuum-fabric/problems#';

/** The catalogue: each type with its title and what the user can do about it. */
export const PROBLEMS = {
  'syntax-error': {
    title: 'The text is not well-formed',
    mend: 'Correct the text at the given line and column.',
  },
  'request-invalid': {
    title: 'The request is not valid',
    mend: 'Correct the members named in `errors`; the schema is in /openapi.json.',
  },
  'config-invalid': {
    title: 'The configuration is not valid',
    mend: 'Correct the setting named in the message; `fabric config --schema` prints the schema.',
  },
  'mapping-invalid': {
    title: 'The mapping is not valid RML',
    mend: 'Correct the mapping at the given line; nothing was read with it.',
  },
  'mapping-failed': {
    title: 'The mapping could not be carried out',
    mend: 'Correct the data or the mapping at the place named in the message.',
  },
  'shape-violation': {
    title: 'The data breaks a shape',
    mend: 'Correct the values named in `report`, or set the policy of the source to `annotate`.',
  },
  'record-invalid': {
    title: 'The record cannot be read',
    mend: 'Correct the record at the given position; its neighbours are not affected.',
  },
  'unknown-source': {
    title: 'The source is not configured',
    mend: 'Use one of the configured sources, or add this one under `sources` in the configuration.',
  },
  'not-found': { title: 'The resource does not exist', mend: 'Check the identifier.' },
  'already-exists': {
    title: 'The resource exists already',
    mend: 'Update it instead, or use another identifier.',
  },
  'unknown-tenant': {
    title: 'The tenant does not exist',
    mend: 'Leave the tenant out, or name an existing one.',
  },
  'media-type-unsupported': {
    title: 'The media type is not supported',
    mend: 'Send one of the media types named in `supported`.',
  },
  'not-acceptable': {
    title: 'No supported media type is acceptable',
    mend: 'Ask for one of the media types named in `supported`.',
  },
  'method-not-allowed': { title: 'The method is not allowed here', mend: 'Use one of the allowed methods.' },
  'body-too-large': {
    title: 'The body is larger than allowed',
    mend: 'Split the body, or raise the limit named in the message.',
  },
  'graph-owned': {
    title: 'The graph is owned by the fabric',
    mend: 'Write to a user graph; record, derived and system graphs change only through their owners.',
  },
  'query-deadline': {
    title: 'The query passed its deadline',
    mend: 'Make the query more selective, or ask for a longer `timeout` within the configured limit.',
  },
  'query-too-large': {
    title: 'The answer is larger than allowed',
    mend: 'Add a LIMIT, or raise the limit named in the message.',
  },
  'query-unsupported': {
    title: 'The query uses a feature that is refused here',
    mend: 'Rewrite the query without the feature named in the message.',
  },
  'placement-conflict': {
    title: 'The state moved while the placement was being decided',
    mend: 'Send the request again.',
  },
  'constraint-broken': {
    title: 'A constraint or objective file cannot be used',
    mend: 'Correct the file named in the message; placements that need it are refused until then.',
  },
  'snapshot-unavailable': {
    title: 'The state of that time is no longer retained',
    mend: 'Ask for a later sequence number, or raise the retention of the log.',
  },
  overloaded: {
    title: 'The fabric has more work than it takes in',
    mend: 'Wait for the time given and send again.',
  },
  'storage-full': {
    title: 'There is no room to write',
    mend: 'Free disk space; reads go on meanwhile.',
  },
  'log-unavailable': {
    title: 'The log does not take writes',
    mend: 'Look at the cause in the message, mend it and open the fabric again.',
  },
  'log-damaged': {
    title: 'The log is damaged before its end',
    mend: 'Restore the data directory from a backup; `fabric doctor` describes the damage.',
  },
  'store-damaged': {
    title: 'The store does not hold what its checkpoint says',
    mend: 'Restore the data directory from a backup; `fabric doctor` describes the damage.',
  },
  'backup-damaged': {
    title: 'The backup is damaged',
    mend: 'Use another backup; nothing was restored from this one.',
  },
  'backup-unknown': {
    title: 'The archive is no backup that this program reads',
    mend: 'Name an archive that `fabric backup` made, and restore it with a program that is not older.',
  },
  'data-directory-unusable': {
    title: 'The data directory cannot be used',
    mend: 'Use a directory made by this version, or an empty one.',
  },
  'data-directory-locked': {
    title: 'The data directory is in use by another process',
    mend: 'Stop the other process, or use another directory.',
  },
  'request-timeout': {
    title: 'The request did not arrive in time',
    mend: 'Send the request without long silences.',
  },
  'headers-too-large': {
    title: 'The header of the request is larger than allowed',
    mend: 'Send fewer or shorter header fields.',
  },
  'internal-fault': {
    title: 'A fault of the fabric itself',
    mend: 'Look in its log under the id of the request; please report it.',
  },
  unauthenticated: { title: 'A token is needed', mend: 'Send `Authorization: Bearer <token>`.' },
  forbidden: {
    title: 'This is not allowed to this principal',
    mend: 'Use a principal that is allowed to do it.',
  },
  'path-refused': {
    title: 'The path is not allowed',
    mend: 'Name its folder as an allowed root (`--allow-root`) if it is to be trusted.',
  },
  'origin-refused': {
    title: 'The origin is not allowed',
    mend: 'Name the origin in the configuration if it is to be trusted.',
  },
  'shim-failed': {
    title: 'The orchestrator did not carry out an action',
    mend: 'Look at the cause in the message; applying again is safe.',
  },
  unreachable: { title: 'The service cannot be reached', mend: 'Start it, or correct its address.' },
  'not-supported': {
    title: 'This is not supported',
    mend: 'Use one of the supported forms named in the message.',
  },
} as const satisfies Record<string, { title: string; mend: string }>;

/** A problem type: the last part of its IRI. */
export type ProblemType = keyof typeof PROBLEMS;

/** A place in a text or a stream; lines and columns count from 1, offsets in bytes from 0. */
export interface Location {
  readonly source?: string;
  readonly line?: number;
  readonly column?: number;
  readonly offset?: number;
}

export interface FabricErrorOptions {
  readonly location?: Location;
  /** Members that travel with the problem document: `report`, `supported`, `errors`, `seq` ... */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * A refusal.
 *
 * @example throw new FabricError('unknown-source', 'Source "foo" is not configured')
 */
export class FabricError extends Error {
  override readonly name = 'FabricError';
  readonly type: ProblemType;
  readonly location: Location | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(type: ProblemType, message: string, options: FabricErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.type = type;
    this.location = options.location;
    this.extensions = options.extensions ?? {};
  }

  /** The type as an IRI. */
  get iri(): string {
    return PROBLEM_NS + this.type;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The nearest of `known` to `name` by edit distance, for "did you mean"; undefined when nothing is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance, or `bound` as soon as it cannot be smaller. */
function editDistance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) >= bound) return bound;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    let smallest = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const value = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + cost);
      current.push(value);
      smallest = Math.min(smallest, value);
    }
    if (smallest >= bound) return bound;
    previous = current;
  }
  return previous[b.length]!;
}
