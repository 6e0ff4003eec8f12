/**
 * What a query answers: solutions, a truth value, or a graph.
 */
import type { RDF, Term } from '../rdf/terms.ts';

export type QueryResult =
  | {
      readonly kind: 'select';
      readonly variables: readonly string[];
      /** A term for each variable, undefined where the solution leaves it unbound. */
      readonly rows: readonly (readonly (Term | undefined)[])[];
    }
  | { readonly kind: 'ask'; readonly value: boolean }
  /** CONSTRUCT and DESCRIBE. */
  | { readonly kind: 'graph'; readonly quads: readonly RDF.Quad[] };

/** The net difference that an update makes. */
export interface UpdateResult {
  readonly added: readonly RDF.Quad[];
  readonly removed: readonly RDF.Quad[];
}
