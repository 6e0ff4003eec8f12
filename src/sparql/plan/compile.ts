/**
 * Algebra to plan. Operators run from the row of what stands before them; where that would differ from
 * SPARQL's bottom-up semantics, the part is computed by itself and joined.
 */
import { Algebra } from '../algebra.ts';
import { compileGroup } from './aggregate.ts';
import { bindingsOf, variablesOf } from './analysis.ts';
import { compileExtend } from './filter.ts';
import { compileGraph } from './graph.ts';
import { compileIsolated, isSubquery } from './isolate.ts';
import { compileJoin } from './join.ts';
import { compileDistinct, compileOrderBy, compileSlice } from './modifiers.ts';
import { compileLeftJoin, compileMinus, compileUnion } from './optional.ts';
import { compilePath } from './path.ts';
import { compilePattern } from './pattern.ts';
import type { Compile, PlanContext } from './plan.ts';
import { type Bindings, NotCovered, union } from './scope.ts';
import { compileValues } from './values.ts';

/**
 * Plans an operation.
 *
 * @throws NotCovered for what is left to the general engine
 */
export const compile: Compile = (operation, context, incoming) => {
  const foreign = isSubquery(operation) && context.root !== operation;
  if (foreign || seesTooMuch(operation, context, incoming)) {
    return compileIsolated(operation, context, incoming, compile);
  }
  switch (operation.type) {
    case Algebra.Types.PATTERN:
      return compilePattern(operation, context);
    case Algebra.Types.BGP:
    case Algebra.Types.JOIN:
    case Algebra.Types.FILTER:
      return compileJoin(operation, context, incoming, compile);
    case Algebra.Types.PATH:
      return compilePath(operation, context);
    case Algebra.Types.LEFT_JOIN:
      return compileLeftJoin(operation, context, incoming, compile);
    case Algebra.Types.UNION:
      return compileUnion(operation, context, incoming, compile);
    case Algebra.Types.MINUS:
      return compileMinus(operation, context, incoming, compile);
    case Algebra.Types.EXTEND:
      return compileExtend(operation, context, incoming, compile);
    case Algebra.Types.VALUES:
      return compileValues(operation, context, incoming);
    case Algebra.Types.GRAPH:
      return compileGraph(operation, context, incoming, compile);
    case Algebra.Types.GROUP:
      return compileGroup(operation, context, incoming, compile);
    case Algebra.Types.PROJECT:
    case Algebra.Types.REDUCED: {
      const { input } = operation as Algebra.Single;
      return compile(input, { ...context, root: input }, incoming);
    }
    case Algebra.Types.DISTINCT:
      return compileDistinct(operation, context, incoming, compile);
    case Algebra.Types.ORDER_BY:
      return compileOrderBy(operation, context, incoming, compile);
    case Algebra.Types.SLICE:
      return compileSlice(operation, context, incoming, compile);
    default:
      throw new NotCovered(operation.type);
  }
};

/**
 * Whether a part of the operation, run from a row, would see a value that it must not see: a variable of
 * the rows before it that its own group does not surely bind (a pattern that is not well designed, a
 * filter on a variable from outside).
 */
function seesTooMuch(operation: Algebra.Operation, context: PlanContext, incoming: Bindings): boolean {
  if (incoming.possible.size === 0) return false;
  const leaks = (names: ReadonlySet<string>, certain: ReadonlySet<string>): boolean =>
    [...names].some(
      (name) => incoming.possible.has(name) && !certain.has(name) && !context.substituted.has(name),
    );
  switch (operation.type) {
    case Algebra.Types.FILTER:
    case Algebra.Types.EXTEND: {
      const { input, expression } = operation as Algebra.Filter;
      return leaks(variablesOf(expression), bindingsOf(input).certain);
    }
    case Algebra.Types.LEFT_JOIN: {
      const { input, expression } = operation;
      const names = expression
        ? union(variablesOf(input[1]), variablesOf(expression))
        : variablesOf(input[1]);
      return leaks(names, bindingsOf(input[0]).certain);
    }
    case Algebra.Types.MINUS: {
      const { input } = operation;
      return leaks(variablesOf(input[1]), bindingsOf(input[0]).certain);
    }
    case Algebra.Types.GROUP:
      return leaks(incoming.possible, new Set());
    default:
      return false;
  }
}
