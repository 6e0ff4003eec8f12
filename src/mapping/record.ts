/**
 * Records: what a source yields, and what the record store keeps of it.
 *
 * A record has a key within its source; a new version of it replaces or merges into the last document.
 * Merging is per top-level member (per attribute), by the time of observation: an older value never wins.
 * Secrets are cut out before a record comes here.
 */
import type { FabricError } from '../errors.ts';
import type { Json, JsonObject } from '../log/change.ts';

export type { Json, JsonObject };

/** One version of one record, as a source yields it. */
export interface SourceRecord {
  /** Name of the source in the configuration. */
  readonly source: string;
  /** Identity of the record within its source; for NGSI-LD the id of the entity. */
  readonly key: string;
  readonly op: 'replace' | 'merge' | 'delete';
  /** The whole document for `replace`, the members to overwrite for `merge`; absent for `delete`. */
  readonly value?: JsonObject;
  /** Members to take away, for `merge`. */
  readonly drop?: readonly string[];
  /** ISO 8601; absent when the source does not say. */
  readonly observedAt?: string;
  /** Times of single members, where they have their own. */
  readonly times?: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
}

/** What comes out of a body for each record in it, readable or not. */
export type SourceReading =
  | {
      readonly ok: true;
      readonly record: SourceRecord;
      /** Place among the records of the body, from 0; the unreadable ones count. */
      readonly position: number;
      /** What was noticed and did not stop the record. */
      readonly diagnostics?: readonly Diagnostic[];
    }
  | {
      readonly ok: false;
      /** Never quotes the body: it may hold a secret. */
      readonly problem: FabricError;
      readonly position: number;
      /** Length of the unreadable piece, where it is known; 0 where it is not. */
      readonly bytes: number;
    };

/** The last known document of a record; `value` is null after a delete (a tombstone). */
export interface RecordDocument {
  readonly source: string;
  readonly key: string;
  readonly value: JsonObject | null;
  /** When each member was observed, or, for members that are gone, taken away. */
  readonly times: Readonly<Record<string, string>>;
  /** The newest of all times, that of a delete included. */
  readonly observedAt: string;
  readonly receivedAt: string;
  /** The last time of which it is known what all members were: what was not there then comes only from later. */
  readonly wholeAt?: string;
}

/** Something noticed on the way of a record into the graph that did not stop it. */
export interface Diagnostic {
  /** Stable code, kebab-case: `value-unknown`, `term-unmapped`, `time-in-future` ... */
  readonly code: string;
  readonly message: string;
  /** Attribute, column or path in the record. */
  readonly attribute?: string;
  /** IRI of the term it is about. */
  readonly term?: string;
  /** Where in the data it was noticed, as far as that is known. */
  readonly at?: DataPlace;
  /** The place of the mapping that was at work. */
  readonly rule?: RulePlace;
}

/** A place of a mapping document; line and column count from 1. */
export interface RulePlace {
  readonly document: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** What messages call the node there. */
  readonly label: string;
}

/** A place in the data of a mapping. */
export interface DataPlace {
  /** What messages call the source. */
  readonly source?: string | undefined;
  /** Number of the record within its logical source, from 0. */
  readonly record?: number;
  /** Data row of a table or line of NDJSON, from 1; 1 in a document that is the whole text. */
  readonly row?: number;
  /** Line of the text, from 1. */
  readonly line?: number;
}
