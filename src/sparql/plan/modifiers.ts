/**
 * Solution modifiers: DISTINCT, ORDER BY, LIMIT and OFFSET (SPARQL 1.1 section 15). Projection itself does
 * nothing here: whoever takes the solutions takes the projected variables only.
 */
import { Algebra } from '../algebra.ts';
import { orderValues, type Value } from '../value.ts';
import { bindingsOf } from './analysis.ts';
import { expressionOf } from './filter.ts';
import type { Compile, PlanContext, Run } from './plan.ts';
import { type Bindings, bothBound, type Row } from './scope.ts';

export function compileDistinct(
  operation: Algebra.Distinct,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  const input = compile(operation.input, { ...context, root: operation.input }, incoming);
  const slots = [...bindingsOf(operation).possible].map((name) => context.scope.slot(name));
  const only = slots.length === 1 ? slots[0]! : undefined;
  return (row, emit) => {
    const seen = new Set<string | number>();
    return input(row, () => {
      const key = only === undefined ? slots.map((slot) => row[slot]).join() : row[only]!;
      if (seen.has(key)) return true;
      seen.add(key);
      context.evaluation.checkRows(seen.size);
      return emit();
    });
  };
}

export function compileSlice(
  operation: Algebra.Slice,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  const end = operation.length === undefined ? Number.POSITIVE_INFINITY : operation.start + operation.length;
  const input = withLimit(operation.input, end, context, incoming, compile);
  return (row, emit) => {
    let count = 0;
    let goOn = true;
    if (end <= operation.start) return true;
    input(row, () => {
      if (count++ < operation.start) return true;
      goOn = emit();
      return goOn && count < end;
    });
    return goOn;
  };
}

/** Only the first rows of an order are wanted: the others need not be kept. */
function withLimit(
  operation: Algebra.Operation,
  limit: number,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  if (operation.type === Algebra.Types.PROJECT) {
    return withLimit(operation.input, limit, context, incoming, compile);
  }
  if (operation.type === Algebra.Types.ORDER_BY) {
    return compileOrderBy(operation, context, incoming, compile, limit);
  }
  return compile(operation, { ...context, root: operation }, incoming);
}

interface Keyed {
  readonly row: Row;
  readonly keys: readonly (Value | undefined)[];
  readonly ordinal: number;
}

export function compileOrderBy(
  operation: Algebra.OrderBy,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
  limit = Number.POSITIVE_INFINITY,
): Run {
  const input = compile(operation.input, { ...context, root: operation.input }, incoming);
  const bound = bothBound(incoming, bindingsOf(operation.input));
  const { evaluation } = context;
  const keys = operation.expressions.map((expression) => {
    const { operator, args } = expression as Algebra.OperatorExpression;
    const descending = expression.subType === Algebra.ExpressionTypes.OPERATOR && operator === 'desc';
    return { key: expressionOf(descending ? args[0]! : expression, context, bound, compile), descending };
  });
  const compare = (a: Keyed, b: Keyed): number => {
    for (let i = 0; i < keys.length; i++) {
      const order = orderValues(a.keys[i], b.keys[i]);
      if (order !== 0) return keys[i]!.descending ? -order : order;
    }
    return a.ordinal - b.ordinal;
  };
  return (row, emit) => {
    const kept: Keyed[] = [];
    let ordinal = 0;
    let worst: Keyed | undefined;
    // Twice the limit is kept before the worse half is dropped: cheaper than a heap for small limits.
    const room = Number.isFinite(limit) ? Math.max(64, 2 * limit) : Number.POSITIVE_INFINITY;
    input(row, () => {
      const entry = { row: NO_ROW, keys: keys.map(({ key }) => key(row, evaluation)), ordinal: ordinal++ };
      if (worst && compare(entry, worst) > 0) return true;
      kept.push({ ...entry, row: row.slice() });
      if (kept.length > room) {
        kept.sort(compare).length = limit;
        worst = kept.at(-1);
      } else evaluation.checkRows(kept.length);
      return true;
    });
    kept.sort(compare);
    const before = row.slice();
    let goOn = true;
    for (const entry of kept) {
      restore(row, entry.row);
      goOn = emit();
      if (!goOn) break;
    }
    restore(row, before);
    return goOn;
  };
}

const NO_ROW: Row = [];

function restore(row: Row, values: Row): void {
  for (let i = 0; i < row.length; i++) row[i] = values[i]!;
}
