/**
 * The port by which a mapping engine gives ids in the place of terms: terms go in as bytes, ids come out.
 *
 * Ids are those of whoever implements it; the engine only passes them on, and compares them.
 */

/** Quads of ids, flat: subject, predicate, object, graph, subject ... */
export type QuadIdColumns = Int32Array;

export interface TermIds {
  /** The id of the default graph, which is no term in N-Triples. */
  readonly defaultGraph: number;

  /**
   * The id of a term, the same for equal terms (RDF 1.1 Concepts, section 3.3) as long as the load goes on.
   *
   * @param bytes  hold the term from `from` up to `to` as `toNTriples` writes it, in UTF-8; they are not kept
   * @throws FabricError `not-supported` for a term that cannot be stored, `storage-full` when ids run out
   */
  intern(bytes: Uint8Array, from: number, to: number): number;
}
