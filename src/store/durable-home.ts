/**
 * The durable home of the state: port. It holds the quads and record documents as of a checkpoint.
 *
 * It is written from time to time, never in front of an acknowledgement, and never queried: readers look at
 * the image. What it holds plus the log after `lastSeq` is the state, always.
 */
import type { RecordDocument } from '../mapping/record.ts';
import type { RDF } from '../rdf/terms.ts';

export interface HomeState {
  /** The change up to which the last complete checkpoint reaches; 0 before the first. */
  readonly lastSeq: number;
  /** Set hash of all quads as of `lastSeq` (`SetHash`). */
  readonly hash: string;
  /** Checksum of all documents as of `lastSeq` (`DocumentSum`); absent in stores of older programs. */
  readonly documents?: string;
  /**
   * A checkpoint that was begun and not completed: some of its quads may be written already. The state is
   * whole again after the log is replayed up to `seq`, and then its hash is known.
   */
  readonly unfinished?: { readonly seq: number; readonly hash: string };
}

/** What a checkpoint writes: the net difference since the one before. */
export interface Checkpoint {
  readonly seq: number;
  readonly hash: string;
  readonly present: readonly RDF.Quad[];
  readonly absent: readonly RDF.Quad[];
  readonly documents: readonly RecordDocument[];
  /** Records whose tombstone has passed too. */
  readonly forgotten: readonly { readonly source: string; readonly key: string }[];
}

export interface DurableHome {
  readonly state: HomeState;
  /**
   * All quads, in batches.
   *
   * @throws FabricError `store-damaged`
   */
  scan(): AsyncIterable<readonly RDF.Quad[]>;
  /**
   * All record documents; to be read to the end once before the first checkpoint.
   *
   * @throws FabricError `store-damaged` when they are not those of the checkpoint
   */
  documents(): AsyncIterable<RecordDocument>;
  /**
   * Writes a checkpoint in chunks that may be repeated without harm; its seq and hash go last, synced.
   *
   * @param pause  awaited between chunks, so that writing never stands in front of other work
   */
  checkpoint(checkpoint: Checkpoint, pause: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}
