/**
 * The change: the one value that the whole fabric is a fold of.
 *
 * Every write, whatever its door, ends as a Change in the log; image, record store and views follow from
 * the sequence of them alone. A Change must never hold a secret.
 */
import type { Json, JsonObject } from '../rdf/canonical-json.ts';
import type { RDF } from '../rdf/terms.ts';

export type { Json, JsonObject };

/** Who acts. */
export interface Principal {
  readonly id: string;
  readonly kind: 'anonymous' | 'token' | 'internal';
}

export const ANONYMOUS: Principal = { id: 'anonymous', kind: 'anonymous' };
export const INTERNAL: Principal = { id: 'fabric', kind: 'internal' };

export const CAUSE_KINDS = ['record', 'update', 'placement', 'expiry', 'reload', 'admin', 'sample'] as const;

export type CauseKind = (typeof CAUSE_KINDS)[number];

/**
 * How a record changed: enough to fold the record store from the log.
 * `value` is the record as received (secrets cut out): the whole document for `replace`, the members to
 * overwrite for `merge`, nothing for `delete`. Times are ISO 8601 in UTC.
 */
export interface RecordEffect {
  readonly source: string;
  readonly key: string;
  readonly op: 'replace' | 'merge' | 'delete';
  readonly value?: JsonObject;
  /** Members to take away, for `merge`. */
  readonly drop?: readonly string[];
  /** When the values were observed; the time of receipt where the source does not say. */
  readonly observedAt: string;
  /** Times of single members that differ from `observedAt`. */
  readonly times?: Readonly<Record<string, string>>;
  readonly receivedAt: string;
}

/** A source, and the version of its mapping that was in force. */
export interface SourceVersion {
  readonly source: string;
  readonly mappingVersion: string;
}

/** Why a change happened. */
export interface Cause {
  readonly kind: CauseKind;
  readonly principal: string;
  readonly tenant: string;
  /** Id of the request, UUIDv7, where one asked for it. */
  readonly requestId?: string;
  /** For `record`: what happened to which record, and under which version of its mapping. */
  readonly record?: RecordEffect;
  readonly mappingVersion?: string;
  /** For `record`: records of these sources follow it in the same change, as they join with it. */
  readonly followed?: readonly SourceVersion[];
  /** For `record`: the version was refused by a shape and lies in quarantine. */
  readonly quarantined?: true;
  /** For `expiry`: records whose tombstone has had its time. */
  readonly forgotten?: readonly { readonly source: string; readonly key: string }[];
}

/** Whether a change says something of the record store, so that it counts even where no quad moves. */
export function concernsRecords({ record, forgotten }: Cause): boolean {
  return record !== undefined || forgotten !== undefined;
}

/** A change before it has its place in the sequence. */
export interface Draft {
  readonly cause: Cause;
  readonly added: readonly RDF.Quad[];
  readonly removed: readonly RDF.Quad[];
}

/**
 * One atomic step of the graph. `removed` go before `added`; each quad carries its graph; nothing in
 * `removed` was absent before and nothing in `added` present.
 */
export interface Change extends Draft {
  /** Place in the sequence: 1, 2, 3 ... without a hole. */
  readonly seq: number;
  /** ISO 8601, UTC; never before the `at` of the change before it. */
  readonly at: string;
}
