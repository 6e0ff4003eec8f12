/**
 * The graph as readers see it: one state, in numbers.
 *
 * A term is an id; a pattern is four ids. The query engine, the RDF/JS face and placement all read through
 * this port, whatever stands behind it: a snapshot of the image, an overlay of changes on one, a view with
 * entailment. A view never changes while somebody holds it.
 */
import type { RDF, Term } from '../rdf/terms.ts';

/** Matches any term; in the place of the graph: any graph, the user's default graph included. */
export const ANY = 0;
/** What {@link GraphView.find} gives for a term that the view does not hold: it matches nothing. */
export const UNKNOWN = -1;
/** In the place of the graph: the default graph of queries, the merge of record, user and derived graphs. */
export const MERGED = -2;
/** In the place of the graph: any named graph, as `GRAPH ?g` has it. */
export const NAMED = -3;

/** A term id: positive for terms of the image, from {@link firstIdOf} downwards for terms laid over it. */
export type TermId = number;

/** The first id that whatever lies at `level` over the image gives out; the next ones count down. */
export function firstIdOf(level: number): TermId {
  return -level * 2 ** 32;
}

/** Matched quads, flat: subject, predicate, object, graph, subject ... The graph is ANY for MERGED. */
export type QuadIds = readonly number[];

export interface GraphView {
  /** The state that is seen: the sequence number of the last change in it. */
  readonly seq: number;

  /** How many layers lie over the image: 0 for a state of the image itself. */
  readonly level: number;

  /** The id of a term, or {@link UNKNOWN}. */
  find(term: RDF.Term): TermId;

  /** The term of an id that this view gave out. */
  term(id: TermId): Term;

  /**
   * All quads that match. A triple that stands in several graphs comes once for `graph = MERGED`.
   * Constant in none of the four: the whole graph; see `estimate` before asking.
   */
  match(subject: TermId, predicate: TermId, object: TermId, graph: TermId): QuadIds;

  /** How many quads match: exact where that is cheap, else an upper bound. */
  estimate(subject: TermId, predicate: TermId, object: TermId, graph: TermId): number;

  /** Whether the quad is there; `graph` may be MERGED. */
  has(subject: TermId, predicate: TermId, object: TermId, graph: TermId): boolean;
}

/** A view that somebody holds; its state stays readable until it is released. */
export interface Snapshot extends Disposable {
  readonly seq: number;
  readonly view: GraphView;
  release(): void;
}
