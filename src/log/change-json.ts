/**
 * Version 1 of changes as bytes, which is only read: JSON with a table of terms, and quads as four indexes into
 * it each. New changes are written by `change-codec.ts`.
 */
import { FabricError } from '../errors.ts';
import { decodeTerm, quad, type RDF } from '../rdf/terms.ts';
import type { Cause, Change } from './change.ts';

const VERSION = 1;
/** The first byte of a change of this version: `{`. */
export const JSON_OPENING = 0x7b;

interface Encoded {
  readonly v: number;
  readonly seq: number;
  readonly at: string;
  readonly cause: Cause;
  /** Term table. */
  readonly t: readonly string[];
  /** Quads as four indexes into the table each: subject, predicate, object, graph. */
  readonly a: readonly number[];
  readonly r: readonly number[];
}

/** @throws FabricError `data-directory-unusable` for a version that is not known */
export function decodeJsonChange(bytes: Uint8Array): Change {
  const encoded = JSON.parse(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  ) as Encoded;
  if (encoded.v !== VERSION) {
    throw new FabricError(
      'data-directory-unusable',
      `A change in the log has version ${encoded.v} of JSON; this program reads version ${VERSION}`,
    );
  }
  const terms = encoded.t.map(decodeTerm);
  const unpack = (packed: readonly number[]): RDF.Quad[] => {
    const quads: RDF.Quad[] = [];
    for (let i = 0; i < packed.length; i += 4) {
      quads.push(
        quad(
          terms[packed[i]!] as RDF.Quad_Subject,
          terms[packed[i + 1]!] as RDF.Quad_Predicate,
          terms[packed[i + 2]!] as RDF.Quad_Object,
          terms[packed[i + 3]!] as RDF.Quad_Graph,
        ),
      );
    }
    return quads;
  };
  return {
    seq: encoded.seq,
    at: encoded.at,
    cause: encoded.cause,
    added: unpack(encoded.a),
    removed: unpack(encoded.r),
  };
}
