/**
 * FILTER, BIND and EXISTS.
 */
import type { Algebra } from '../algebra.ts';
import { booleanOf } from '../value.ts';
import { bindingsOf } from './analysis.ts';
import { type CompileExists, compileExpression, type Expression } from './expression.ts';
import type { Compile, PlanContext, Run } from './plan.ts';
import { type Bindings, UNBOUND, union } from './scope.ts';

/** Plans an expression; `bound` is what the rows may hold where it is evaluated. */
export function expressionOf(
  expression: Algebra.Expression,
  context: PlanContext,
  bound: Bindings,
  compile: Compile,
): Expression {
  return compileExpression(expression, context.scope, existsIn(context, bound, compile));
}

/** EXISTS: the row's values stand in the place of its variables everywhere in the pattern (section 18.6). */
function existsIn(context: PlanContext, bound: Bindings, compile: Compile): CompileExists {
  return (input) => {
    const inner = { ...context, substituted: union(context.substituted, bound.possible) };
    const run = compile(input, inner, bound);
    return (row) => {
      let found = false;
      run(row, () => {
        found = true;
        return false;
      });
      return found;
    };
  };
}

export function compileFilter(
  expression: Algebra.Expression,
  context: PlanContext,
  bound: Bindings,
  compile: Compile,
): Run {
  const test = expressionOf(expression, context, bound, compile);
  const { evaluation } = context;
  return (row, emit) => (booleanOf(test(row, evaluation)) === true ? emit() : true);
}

/** BIND and SELECT expressions: an error leaves the variable unbound; a value that is there already must be the same. */
export function compileExtend(
  operation: Algebra.Extend,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  const input = compile(operation.input, context, incoming);
  const slot = context.scope.slot(operation.variable.value);
  const bound: Bindings = {
    certain: union(incoming.certain, bindingsOf(operation.input).certain),
    possible: union(incoming.possible, bindingsOf(operation.input).possible),
  };
  const expression = expressionOf(operation.expression, context, bound, compile);
  const { evaluation } = context;
  return (row, emit) =>
    input(row, () => {
      const value = expression(row, evaluation);
      if (!value) return emit();
      const id = evaluation.idOfValue(value);
      if (row[slot] !== UNBOUND) return row[slot] === id ? emit() : true;
      row[slot] = id;
      const goOn = emit();
      row[slot] = UNBOUND;
      return goOn;
    });
}
