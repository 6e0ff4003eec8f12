/**
 * Group graph patterns: joins are taken apart, put in an order by what each part is expected to cost, and
 * run one inside the other; filters stand right after the part that binds their last variable.
 */
import { Algebra } from '../algebra.ts';
import { bindingsOf, variablesOf } from './analysis.ts';
import { costOf } from './cost.ts';
import { compileFilter } from './filter.ts';
import { compilePattern, SubjectStar } from './pattern.ts';
import { type Compile, type PlanContext, type Run, sequence } from './plan.ts';
import { type Bindings, bothBound, isVariable, NOTHING_BOUND } from './scope.ts';

/** Plans a join, a basic graph pattern or a filter over them. */
export function compileJoin(
  operation: Algebra.Operation,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  const parts: Algebra.Operation[] = [];
  const filters: Algebra.Expression[] = [];
  flatten(operation, parts, filters, context, true);
  return sequence([...ordered(parts, filters, context, incoming, compile)]);
}

/** Takes joins, basic graph patterns and harmless filters apart. */
function flatten(
  operation: Algebra.Operation,
  parts: Algebra.Operation[],
  filters: Algebra.Expression[],
  context: PlanContext,
  whole: boolean,
): void {
  switch (operation.type) {
    case Algebra.Types.JOIN:
      for (const input of operation.input) flatten(input, parts, filters, context, false);
      return;
    case Algebra.Types.BGP:
      parts.push(...operation.patterns);
      return;
    case Algebra.Types.FILTER: {
      const { input, expression } = operation;
      const { certain } = bindingsOf(input);
      const local = [...variablesOf(expression)].every(
        (name) => certain.has(name) || context.substituted.has(name),
      );
      // A filter sees only what its own group binds: where that is certain, no neighbour can change it.
      if (!local && !whole) parts.push(operation);
      else {
        flatten(input, parts, filters, context, whole);
        filters.push(...conjuncts(expression));
      }
      return;
    }
    default:
      parts.push(operation);
  }
}

/** The operands of `&&`: an error and a false in a filter do the same. */
function conjuncts(expression: Algebra.Expression): Algebra.Expression[] {
  if (expression.subType === Algebra.ExpressionTypes.OPERATOR && expression.operator === '&&') {
    return expression.args.flatMap(conjuncts);
  }
  return [expression];
}

function* ordered(
  parts: readonly Algebra.Operation[],
  filters: readonly Algebra.Expression[],
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Generator<Run> {
  const all = parts.map(bindingsOf).reduce(bothBound, NOTHING_BOUND);
  const rest = [...parts];
  const waiting = [...filters];
  let bound = incoming;
  let own = NOTHING_BOUND;
  const applicable = function* (last: boolean): Generator<Run> {
    for (let i = 0; i < waiting.length; i++) {
      const filter = waiting[i]!;
      // What the group may still bind must be bound first.
      const ready = [...variablesOf(filter)].every(
        (name) => own.certain.has(name) || !all.possible.has(name),
      );
      if (!ready && !last) continue;
      waiting.splice(i--, 1);
      yield compileFilter(filter, context, bound, compile);
    }
  };
  yield* applicable(rest.length === 0);
  const stars = starsOf(parts, context);
  while (rest.length > 0) {
    const next = cheapest(rest, waiting, context, bound);
    const part = rest.splice(next, 1)[0]!;
    const star = part.type === Algebra.Types.PATTERN ? stars.get(part.subject.value) : undefined;
    yield star ? compilePattern(part as Algebra.Pattern, context, star) : compile(part, context, bound);
    own = bothBound(own, bindingsOf(part));
    bound = bothBound(bound, bindingsOf(part));
    yield* applicable(rest.length === 0);
  }
}

/** Fewer patterns of one subject than this are asked one by one. */
const STAR_PATTERNS_MIN = 3;

/** Subjects of which several attributes are asked. */
function starsOf(
  parts: readonly Algebra.Operation[],
  context: PlanContext,
): ReadonlyMap<string, SubjectStar> {
  const counts = new Map<string, number>();
  if (!context.evaluation.wholeSubjects) return new Map();
  for (const part of parts) {
    if (part.type !== Algebra.Types.PATTERN) continue;
    const { subject, predicate, object } = part;
    if (!isVariable(subject) || isVariable(predicate) || object.equals(subject)) continue;
    counts.set(subject.value, (counts.get(subject.value) ?? 0) + 1);
  }
  const stars = new Map<string, SubjectStar>();
  for (const [name, count] of counts) {
    if (count >= STAR_PATTERNS_MIN) stars.set(name, new SubjectStar(context.evaluation.view));
  }
  return stars;
}

/** A part that lets a filter be applied is worth more than another of the same cost. */
const FILTER_GAIN = 0.6;

function cheapest(
  parts: readonly Algebra.Operation[],
  filters: readonly Algebra.Expression[],
  context: PlanContext,
  bound: Bindings,
): number {
  if (parts.length === 1) return 0;
  let best = 0;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    const { certain } = bindingsOf(part);
    const filtered = filters.some((filter) => {
      const names = [...variablesOf(filter)];
      return (
        names.some((name) => certain.has(name) && !bound.certain.has(name)) &&
        names.every((name) => certain.has(name) || bound.certain.has(name))
      );
    });
    const cost = costOf(part, context, bound.certain) * (filtered ? FILTER_GAIN : 1);
    if (cost < bestCost) {
      best = i;
      bestCost = cost;
    }
  }
  return best;
}
