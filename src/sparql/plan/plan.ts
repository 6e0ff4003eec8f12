/**
 * The shape of a plan: every operator runs from a row, binds some of its slots, and calls on for each
 * solution; when the call says false it stops. On return the row is as it was.
 *
 * A plan is made for one evaluation on one view, so constants are ids already and operators may keep state.
 */
import type { RDF } from '../../rdf/terms.ts';
import type { Algebra } from '../algebra.ts';
import type { Evaluation } from './evaluation.ts';
import type { Bindings, Row, Scope } from './scope.ts';

/** Called for each solution; false asks for no more. */
export type Emit = () => boolean;

/** Runs an operator from a row; false when it was asked to stop. */
export type Run = (row: Row, emit: Emit) => boolean;

/** Where triple patterns without a graph of their own look: in the default graph, a constant graph, or that of a slot. */
export type GraphContext =
  | { readonly kind: 'default' }
  | { readonly kind: 'constant'; readonly graph: RDF.NamedNode }
  /** The hidden variable that holds the graph; always bound when a pattern is matched. */
  | { readonly kind: 'variable'; readonly name: string };

/** What holds around an operation while it is planned. */
export interface PlanContext {
  readonly evaluation: Evaluation;
  readonly scope: Scope;
  readonly graph: GraphContext;
  /** Variables whose value stands in their place everywhere in this part, as if written there (EXISTS). */
  readonly substituted: ReadonlySet<string>;
  /** Variables bound before the query begins: substituted, in subqueries too. */
  readonly preBound: ReadonlySet<string>;
  /** The operation that owns the scope: a SELECT that is not this one has a scope of its own. */
  readonly root: Algebra.Operation;
}

/**
 * Plans an operation that runs from rows in which the variables of `incoming` may be bound.
 *
 * @throws NotCovered
 */
export type Compile = (operation: Algebra.Operation, context: PlanContext, incoming: Bindings) => Run;

/** One after the other, each from the rows of the one before. */
export function sequence(runs: readonly Run[]): Run {
  if (runs.length === 1) return runs[0]!;
  return (row, emit) => {
    let next = emit;
    for (let i = runs.length - 1; i >= 0; i--) {
      const run = runs[i]!;
      const after = next;
      next = () => run(row, after);
    }
    return next();
  };
}
