/**
 * Changes as bytes: JSON with a term table, so that a term that stands in many quads is written once.
 * The format carries a version; a reader must refuse a version that it does not know.
 */
import { decodeTerm, encodeTerm, quad, type RDF } from '../rdf/terms.ts';
import type { Cause, Change } from './change.ts';

const VERSION = 1;

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

export function encodeChange(change: Change): Buffer {
  const table = new Map<string, number>();
  const indexOf = (term: RDF.Term): number => {
    const text = encodeTerm(term);
    let index = table.get(text);
    if (index === undefined) {
      index = table.size;
      table.set(text, index);
    }
    return index;
  };
  const pack = (quads: readonly RDF.Quad[]): number[] => {
    const packed: number[] = [];
    for (const q of quads) {
      packed.push(indexOf(q.subject), indexOf(q.predicate), indexOf(q.object), indexOf(q.graph));
    }
    return packed;
  };
  const a = pack(change.added);
  const r = pack(change.removed);
  const encoded: Encoded = {
    v: VERSION,
    seq: change.seq,
    at: change.at,
    cause: change.cause,
    t: [...table.keys()],
    a,
    r,
  };
  return Buffer.from(JSON.stringify(encoded), 'utf8');
}

export function decodeChange(bytes: Uint8Array): Change {
  const encoded = JSON.parse(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  ) as Encoded;
  if (encoded.v !== VERSION) throw new Error(`A change of version ${encoded.v} is not known`);
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
