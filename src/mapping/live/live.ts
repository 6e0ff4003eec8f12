/**
 * The port of live mapping: keyed records in, deltas of the graph out.
 *
 * Whoever maps records that come, change and go speaks these types, whatever engine stands behind them. A
 * delta is net: it never adds a quad that is there already and never removes one that is not.
 */
import type { RDF } from '../../rdf/terms.ts';
import type { JsonObject } from '../record.ts';

/** Identity of a record: the name of its source, and its key within it. */
export interface RecordId {
  readonly source: string;
  readonly key: string;
}

/** What happens to a record. Whoever sends effects has settled their order: the last one counts. */
export type LiveEffect = RecordId &
  (
    | {
        /** The document takes the place of the one before. */
        readonly op: 'upsert';
        /** As the formulation of the source reads it (`Formulation.adopt`). */
        readonly document: unknown;
        /** From this moment on the record is gone; milliseconds since the epoch. */
        readonly expiresAtMs?: number;
      }
    | {
        /** Members of a JSON document that take the place of those before; the others stay. */
        readonly op: 'merge';
        readonly members: JsonObject;
        /** Members to take away. */
        readonly drop?: readonly string[];
        /** Absent: as before. */
        readonly expiresAtMs?: number;
      }
    | { readonly op: 'delete' }
  );

/**
 * What changed in the graph. `removed` go before `added`; no quad is in both, none twice in one of them;
 * nothing in `removed` was absent before and nothing in `added` present.
 */
export interface Delta {
  readonly added: readonly RDF.Quad[];
  readonly removed: readonly RDF.Quad[];
}

/** A mapping that follows its records. */
export interface LiveMapper {
  /**
   * Takes effects in, all together or, when it throws, none of them.
   *
   * @returns what they change in the graph, joins and other records that see them included
   * @throws FabricError `mapping-failed`
   */
  apply(effects: readonly LiveEffect[]): Delta;
  /** Deletes the records whose time has passed. @param nowMs  milliseconds since the epoch */
  expire(nowMs: number): Delta;
}
