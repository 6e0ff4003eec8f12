/**
 * Evaluates a whole query by an id-space plan: solutions to rows of terms, a truth value, or quads.
 */
import { type RDF, type Term, termKey } from '../../rdf/terms.ts';
import type { GraphView } from '../../store/graph-view.ts';
import { Algebra } from '../algebra.ts';
import type { QueryResult } from '../result.ts';
import { instantiate, TemplateBlankNodes } from '../template.ts';
import { bindingsOf } from './analysis.ts';
import { compile } from './compile.ts';
import { describe } from './describe.ts';
import { Evaluation, type EvaluationOptions } from './evaluation.ts';
import type { PlanContext } from './plan.ts';
import { type Bindings, isVariable, NOTHING_BOUND, NotCovered, Scope, UNBOUND } from './scope.ts';

export interface PlannedQuery {
  readonly kind: 'select' | 'ask' | 'construct' | 'describe';
  /** Without FROM: the view is the dataset already. */
  readonly operation: Algebra.Operation;
  readonly bindings: Readonly<Record<string, Term>>;
}

/** @throws NotCovered before anything is evaluated; FabricError `query-deadline`, `query-too-large` */
export function evaluatePlan(query: PlannedQuery, view: GraphView, options: EvaluationOptions): QueryResult {
  const evaluation = new Evaluation(view, options);
  const { kind, operation, bindings } = query;
  switch (kind) {
    case 'select': {
      const variables = columnsOf(operation);
      return {
        kind,
        variables,
        rows: solve(operation, variables, bindings, evaluation, termsOfRows(evaluation)),
      };
    }
    case 'ask': {
      const input = (operation as Algebra.Ask).input;
      return { kind, value: solve(input, [], bindings, evaluation, (rows) => rows.length > 0, 1) };
    }
    case 'construct': {
      const { input, template } = withSliceInside(operation) as Algebra.Construct;
      const variables = [...new Set(template.flatMap(variablesOfPattern))];
      const rows = solve(input, variables, bindings, evaluation, termsOfRows(evaluation));
      const blankNodes = new TemplateBlankNodes('c', view);
      const quads: RDF.Quad[] = [];
      const seen = new Set<string>();
      for (const row of rows) {
        const solution = new Map(variables.map((name, i) => [name, row[i]]));
        for (const q of instantiate(template, solution, blankNodes.next())) {
          const key = `${termKey(q.subject)}\u0001${termKey(q.predicate)}\u0001${termKey(q.object)}`;
          if (seen.has(key)) continue;
          seen.add(key);
          evaluation.checkRows(seen.size);
          quads.push(q);
        }
      }
      return { kind: 'graph', quads };
    }
    case 'describe': {
      const { input, terms } = withSliceInside(operation) as Algebra.Describe;
      const variables = terms.filter(isVariable).map((variable) => variable.value);
      const ids = solve(input, variables, bindings, evaluation, (rows) => rows.flat());
      const constants = terms.filter((term) => !isVariable(term)).map((term) => view.find(term));
      return { kind: 'graph', quads: describe([...constants, ...ids], evaluation) };
    }
  }
}

type Slots = readonly number[];

/** Runs a pattern or SELECT and gives the ids of `variables` in each solution. */
function solve<T>(
  operation: Algebra.Operation,
  variables: readonly string[],
  bindings: Readonly<Record<string, Term>>,
  evaluation: Evaluation,
  finish: (rows: Slots[]) => T,
  limit = Number.POSITIVE_INFINITY,
): T {
  const names = new Set(Object.keys(bindings));
  const scope = new Scope();
  const preset: Bindings = names.size === 0 ? NOTHING_BOUND : { certain: names, possible: names };
  const context: PlanContext = {
    evaluation,
    scope,
    graph: { kind: 'default' },
    substituted: names,
    preBound: names,
    root: operation,
  };
  const run = compile(operation, context, preset);
  const slots = variables.map((name) => scope.slot(name));
  const bound = Object.entries(bindings).map(
    ([name, term]) => [scope.slot(name), evaluation.idOf(term)] as const,
  );
  const row = scope.emptyRow();
  for (const [slot, id] of bound) row[slot] = id;
  const rows: number[][] = [];
  run(row, () => {
    rows.push(slots.map((slot) => row[slot]!));
    evaluation.checkRows(rows.length);
    return rows.length < limit;
  });
  return finish(rows);
}

const termsOfRows =
  (evaluation: Evaluation) =>
  (rows: Slots[]): (Term | undefined)[][] =>
    rows.map((row) => row.map((id) => (id === UNBOUND ? undefined : evaluation.term(id))));

/** The variables of a SELECT, in the order of its clause. */
export function columnsOf(operation: Algebra.Operation): string[] {
  let node = operation;
  while (node.type !== Algebra.Types.PROJECT) {
    if (!('input' in node) || Array.isArray(node.input)) return [...bindingsOf(operation).possible];
    node = node.input;
  }
  return node.variables.map((variable) => variable.value);
}

/** LIMIT and OFFSET of CONSTRUCT and DESCRIBE count solutions, not triples. */
export function withSliceInside(operation: Algebra.Operation): Algebra.Operation {
  if (operation.type !== Algebra.Types.SLICE) return operation;
  const { input, start, length } = operation;
  const inner = withSliceInside(input) as Algebra.Construct;
  const slice = {
    type: Algebra.Types.SLICE,
    input: inner.input,
    start,
    ...(length === undefined ? {} : { length }),
  };
  return { ...inner, input: slice as Algebra.Operation };
}

function variablesOfPattern(pattern: Algebra.Pattern): string[] {
  return [pattern.subject, pattern.predicate, pattern.object, pattern.graph]
    .filter(isVariable)
    .map((variable) => variable.value);
}

export { NotCovered };
