/**
 * The port to the general engine: it answers what the id-space plan does not cover, over the same view.
 */
import type { Term } from '../rdf/terms.ts';
import type { GraphView } from '../store/graph-view.ts';
import type { Algebra } from './algebra.ts';
import type { QueryResult } from './result.ts';

export interface GeneralQuery {
  /** With the graph in each pattern and without FROM: the view is the dataset already. */
  readonly operation: Algebra.Operation;
  readonly kind: 'select' | 'ask' | 'construct' | 'describe';
  readonly view: GraphView;
  readonly baseIRI: string | undefined;
  readonly bindings: Readonly<Record<string, Term>>;
}

/** Bounds of an answer; `started` and `now` are milliseconds of the same clock. */
export interface GeneralLimits {
  readonly rowsMax: number;
  readonly deadlineMs: number | undefined;
  readonly started: number;
  readonly now: () => number;
}

export interface GeneralEngine {
  /**
   * @throws FabricError `query-deadline`, `query-too-large`, and `query-unsupported` for what cannot be
   *   evaluated
   */
  run(query: GeneralQuery, limits: GeneralLimits): Promise<QueryResult>;
}
