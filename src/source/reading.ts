/**
 * Readings: what comes out of a body, one for each record in it, readable or not.
 *
 * An unreadable piece is a value like any other, so that its neighbours go on; nothing in a body is skipped
 * without a reading that says where it stood and why.
 */
import type { SourceReading } from '../mapping/record.ts';

export interface ReadOptions {
  /** Media type of the body; parameters such as `charset` are ignored. */
  readonly mediaType: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** Identity of the records of this body, given from outside: a level of a topic, an id in an address. */
  readonly key?: string;
  /** Address of the JSON-LD context that came beside the body (`Link` header). */
  readonly link?: string;
}

/** Takes bodies of one source apart. */
export interface SourceFormat {
  /**
   * Reads a body as a stream.
   *
   * @throws FabricError `media-type-unsupported` where the source does not take this kind of body
   */
  read(body: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncIterable<SourceReading>;
}

/** Bounds of what is read at once; bytes, and levels of nesting. */
export interface ReadLimits {
  /** A JSON document, which is read whole. */
  readonly documentBytesMax: number;
  /** A line of NDJSON, a row of CSV. */
  readonly lineBytesMax: number;
  readonly jsonDepthMax: number;
}
