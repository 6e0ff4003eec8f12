/**
 * Parts that must not see the row they are joined to: subqueries, and patterns for which evaluating from
 * the row would differ from SPARQL's bottom-up semantics. They are computed by themselves, once, and joined
 * by a hash of what both sides always bind.
 */
import type { TermId } from '../../store/graph-view.ts';
import type { Algebra } from '../algebra.ts';
import { bindingsOf, variablesOf } from './analysis.ts';
import type { Compile, PlanContext, Run } from './plan.ts';
import { type Bindings, NOTHING_BOUND, type Row, Scope, UNBOUND } from './scope.ts';

export interface Solutions {
  readonly names: readonly string[];
  /** All solutions, a term id for each of `names`, given the substituted values of the row around. */
  rows(row: Row): readonly Row[];
}

/** Plans `operation` in a scope of its own; only substituted variables and the graph reach into it. */
export function solutionsOf(operation: Algebra.Operation, context: PlanContext, compile: Compile): Solutions {
  const projected = isSubquery(operation) ? bindingsOf(operation).possible : undefined;
  const substituted = new Set(
    [...context.substituted].filter(
      (name) => context.preBound.has(name) || projected === undefined || projected.has(name),
    ),
  );
  const scope = new Scope();
  const run = compile(operation, { ...context, scope, substituted, root: operation }, presetOf(substituted));
  const names = [...bindingsOf(operation).possible];
  const slots = names.map((name) => scope.slot(name));
  const reached = variablesOf(operation);
  const carried = [...substituted].filter((name) => reached.has(name) || context.preBound.has(name));
  if (context.graph.kind === 'variable') carried.push(context.graph.name);
  const carry = carried.map((name) => [context.scope.slot(name), scope.slot(name)] as const);
  let key: string | undefined;
  let kept: Row[] = [];
  return {
    names,
    rows: (row) => {
      const current = carry.map(([outer]) => row[outer]).join();
      if (current === key) return kept;
      const inner = scope.emptyRow();
      for (const [from, to] of carry) inner[to] = row[from]!;
      const found: Row[] = [];
      run(inner, () => {
        found.push(slots.map((slot) => inner[slot]!));
        context.evaluation.checkRows(found.length);
        return true;
      });
      key = current;
      kept = found;
      return found;
    },
  };
}

const presetOf = (names: ReadonlySet<string>): Bindings =>
  names.size === 0 ? NOTHING_BOUND : { certain: names, possible: names };

const SUBQUERY = new Set(['project', 'distinct', 'reduced', 'slice', 'orderby']);

/** Whether an operation is a SELECT within a pattern. */
export function isSubquery(operation: Algebra.Operation): boolean {
  return SUBQUERY.has(operation.type);
}

/** Joins the row with the solutions of a part computed by itself. */
export function compileIsolated(
  operation: Algebra.Operation,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  const solutions = solutionsOf(operation, context, compile);
  const { certain } = bindingsOf(operation);
  const columns = solutions.names.map((name, index) => ({ index, slot: context.scope.slot(name), name }));
  const keyed = columns.filter(({ name }) => certain.has(name) && incoming.certain.has(name));
  let indexed: readonly Row[] | undefined;
  let index = new Map<TermId | string, Row[]>();
  const keyOf = (value: (column: (typeof keyed)[number]) => TermId): TermId | string =>
    keyed.length === 1 ? value(keyed[0]!) : keyed.map(value).join();
  const candidates = (row: Row): readonly Row[] => {
    const rows = solutions.rows(row);
    if (keyed.length === 0) return rows;
    if (rows !== indexed) {
      index = Map.groupBy(rows, (other) => keyOf((column) => other[column.index]!));
      indexed = rows;
    }
    return index.get(keyOf((column) => row[column.slot]!)) ?? [];
  };
  return (row, emit) => {
    const before = columns.map(({ slot }) => row[slot]!);
    let goOn = true;
    const found = candidates(row);
    context.evaluation.tick(found.length);
    for (const other of found) {
      let compatible = true;
      for (const { index: at, slot } of columns) {
        const mine = before[at]!;
        const its = other[at]!;
        if (mine !== UNBOUND && its !== UNBOUND && mine !== its) {
          compatible = false;
          break;
        }
        row[slot] = mine === UNBOUND ? its : mine;
      }
      if (compatible) goOn = emit();
      if (!goOn) break;
    }
    for (const { index: at, slot } of columns) row[slot] = before[at]!;
    return goOn;
  };
}
