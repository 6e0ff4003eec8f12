/**
 * OPTIONAL, MINUS and UNION, run from the rows of what stands before them.
 */
import type { Algebra } from '../algebra.ts';
import { booleanOf } from '../value.ts';
import { bindingsOf } from './analysis.ts';
import { expressionOf } from './filter.ts';
import { solutionsOf } from './isolate.ts';
import type { Compile, PlanContext, Run } from './plan.ts';
import { type Bindings, bothBound, UNBOUND } from './scope.ts';

export function compileLeftJoin(
  operation: Algebra.LeftJoin,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  const [leftInput, rightInput] = operation.input;
  const left = compile(leftInput, context, incoming);
  const afterLeft = bothBound(incoming, bindingsOf(leftInput));
  const right = compile(rightInput, context, afterLeft);
  const { evaluation } = context;
  const condition =
    operation.expression &&
    expressionOf(operation.expression, context, bothBound(afterLeft, bindingsOf(rightInput)), compile);
  return (row, emit) =>
    left(row, () => {
      let matched = false as boolean;
      const goOn = right(row, () => {
        if (condition && booleanOf(condition(row, evaluation)) !== true) return true;
        matched = true;
        return emit();
      });
      if (!goOn) return false;
      return matched ? true : emit();
    });
}

export function compileUnion(
  operation: Algebra.Union,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  const branches = operation.input.map((input) => compile(input, context, incoming));
  return (row, emit) => {
    for (const branch of branches) if (!branch(row, emit)) return false;
    return true;
  };
}

/** MINUS drops a row when some solution of the right side agrees with it on at least one variable and disagrees on none. */
export function compileMinus(
  operation: Algebra.Minus,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  const [leftInput, rightInput] = operation.input;
  const left = compile(leftInput, context, incoming);
  const ours = bindingsOf(leftInput);
  const theirs = bindingsOf(rightInput);
  const shared = [...theirs.possible].filter((name) => ours.possible.has(name));
  if (shared.length === 0) return left;
  if (shared.every((name) => ours.certain.has(name) && theirs.certain.has(name))) {
    const right = compile(rightInput, context, bothBound(incoming, ours));
    return (row, emit) =>
      left(row, () => {
        let found = false as boolean;
        right(row, () => {
          found = true;
          return false;
        });
        return found ? true : emit();
      });
  }
  const solutions = solutionsOf(rightInput, context, compile);
  const slots = shared.map((name) => context.scope.slot(name));
  const columns = shared.map((name) => solutions.names.indexOf(name));
  return (row, emit) => {
    const rows = solutions.rows(row);
    return left(row, () => {
      context.evaluation.tick(rows.length);
      const dropped = rows.some((other) => {
        let common = 0;
        for (let i = 0; i < slots.length; i++) {
          const mine = row[slots[i]!]!;
          const its = other[columns[i]!]!;
          if (mine === UNBOUND || its === UNBOUND) continue;
          if (mine !== its) return false;
          common++;
        }
        return common > 0;
      });
      return dropped ? true : emit();
    });
  };
}
