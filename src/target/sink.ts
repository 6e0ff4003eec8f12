/**
 * What takes the quads of one output: a file, an address, an endpoint.
 *
 * Nothing may be seen of it outside before `close`; `abort` leaves the place as it was.
 */
import type { RDF } from '../rdf/terms.ts';

export interface QuadSink {
  /** What messages call it. */
  readonly name: string;
  write(quads: readonly RDF.Quad[]): Promise<void>;
  /** Gives on what is gathered, for who reads along; absent where nothing is to be had before the end. */
  flush?(): Promise<void>;
  /** Finishes the output and makes it visible. */
  close(): Promise<void>;
  abort(): Promise<void>;
}

/** A place that takes bytes, with back-pressure. */
export interface ByteSink {
  readonly name: string;
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}
