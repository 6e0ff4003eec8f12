/**
 * A home that keeps nothing: for a fabric in memory, whose state ends with its process.
 */
import type { RecordDocument } from '../mapping/record.ts';
import type { RDF } from '../rdf/terms.ts';
import type { Checkpoint, DurableHome, HomeState } from './durable-home.ts';
import { SetHash } from './set-hash.ts';

export class MemoryHome implements DurableHome {
  state: HomeState = { lastSeq: 0, hash: new SetHash().toString() };

  async *scan(): AsyncIterable<readonly RDF.Quad[]> {
    // nothing outlives the process
  }

  async *documents(): AsyncIterable<RecordDocument> {
    // nothing outlives the process
  }

  checkpoint({ seq, hash }: Checkpoint): Promise<void> {
    this.state = { lastSeq: seq, hash };
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
