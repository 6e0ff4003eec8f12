/**
 * The log: port. The only truth; an acknowledgement means that {@link ChangeLog.append} has resolved.
 *
 * An adapter must never skip a change in silence: it returns every change in order, or refuses to open.
 */
import type { Change } from './change.ts';

/** What was found when a log was opened. */
export interface LogOpening {
  /** First change that is retained; `lastSeq + 1` when none is. */
  readonly firstSeq: number;
  /** Last change; 0 for a log that never had one. */
  readonly lastSeq: number;
  /** A torn tail that was cut: written before a crash, never acknowledged. */
  readonly cut?: { readonly file: string; readonly offset: number; readonly bytes: number };
}

/** What of the past is kept although it is no longer needed for a restart. */
export interface LogRetention {
  readonly bytes: number;
  /** Milliseconds since the epoch; what was last written before this goes. */
  readonly since: number;
}

export interface ChangeLog {
  readonly opening: LogOpening;
  /** Sequence number of the last change that is durable. */
  readonly lastSeq: number;
  /** Sequence number of the first change that is retained. */
  readonly firstSeq: number;

  /**
   * Appends a group in order and resolves when all of it is durable. Calls that overlap are made durable
   * together where the adapter can.
   *
   * @throws FabricError `storage-full`: nothing of the group is in the log, which goes on when there is room;
   *   `log-unavailable`: the log takes no more writes until it is opened again
   */
  append(changes: readonly Change[]): Promise<void>;

  /** Bytes that the changes after `seq` take in the log, roughly and never too few; 0 where none is on disk. */
  bytesAfter(seq: number): number;

  /**
   * Changes from `seq` on, in order, up to the last durable one at the time of the call.
   *
   * @throws FabricError `snapshot-unavailable` when `seq` lies before what is retained
   */
  read(fromSeq: number): AsyncIterable<Change>;

  /** Calls `listener` for every change made durable from now on, in order. Returns the unsubscription. */
  tail(listener: (change: Change) => void): () => void;

  /**
   * Lets changes up to `seq` go, in whole segments; never later ones. With `keep`, only as much as it takes
   * to hold no more than so many bytes and nothing older than a time.
   */
  release(seq: number, keep?: LogRetention): Promise<void>;

  close(): Promise<void>;
}
