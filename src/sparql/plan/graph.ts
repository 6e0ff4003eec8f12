/**
 * GRAPH: a constant graph is where the patterns within look; a variable is bound by the patterns themselves
 * where each solution needs one, else the graphs are gone through one by one.
 */
import type { RDF } from '../../rdf/terms.ts';
import { ANY } from '../../store/graph-view.ts';
import { Algebra } from '../algebra.ts';
import type { Compile, PlanContext, Run } from './plan.ts';
import { type Bindings, bothBound, isVariable, UNBOUND, union } from './scope.ts';

export function compileGraph(
  operation: Algebra.Graph,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  const { name, input } = operation;
  if (isVariable(name)) {
    const pushed = withGraph(input, name);
    return pushed
      ? compile(pushed, context, incoming)
      : eachGraph(operation, name, context, incoming, compile);
  }
  const inner = compile(input, { ...context, graph: { kind: 'constant', graph: name } }, incoming);
  if (withGraph(input, name)) return inner;
  // Only where no pattern asks the graph does it matter whether there is one.
  const { view } = context.evaluation;
  let exists: boolean | undefined;
  return (row, emit) => {
    exists ??= view.match(ANY, ANY, ANY, view.find(name)).length > 0;
    return exists ? inner(row, emit) : true;
  };
}

let ordinal = 0;

function eachGraph(
  { input }: Algebra.Graph,
  name: RDF.Variable,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  // A space cannot stand in the name of a variable of a query.
  const hidden = `graph ${ordinal++}`;
  const hiddenSlot = context.scope.slot(hidden);
  const slot = context.scope.slot(name.value);
  const itself = { certain: new Set([name.value]), possible: new Set([name.value]) };
  const inner = compile(
    input,
    {
      ...context,
      graph: { kind: 'variable', name: hidden },
      substituted: union(context.substituted, itself.certain),
    },
    bothBound(incoming, itself),
  );
  return (row, emit) => {
    const before = row[slot]!;
    const graphs = context.evaluation.namedGraphs();
    let goOn = true;
    for (const graph of before === UNBOUND ? graphs : graphs.has(before) ? [before] : []) {
      row[hiddenSlot] = graph;
      row[slot] = graph;
      goOn = inner(row, emit);
      if (!goOn) break;
    }
    row[hiddenSlot] = UNBOUND;
    row[slot] = before;
    return goOn;
  };
}

/** `operation` with the graph in each of its patterns; undefined where some solution would not ask any graph. */
function withGraph(
  operation: Algebra.Operation,
  graph: RDF.Variable | RDF.NamedNode,
): Algebra.Operation | undefined {
  const inner = (input: Algebra.Operation): Algebra.Operation | undefined => withGraph(input, graph);
  switch (operation.type) {
    case Algebra.Types.BGP: {
      const { patterns } = operation;
      if (patterns.length === 0) return undefined;
      return { type: Algebra.Types.BGP, patterns: patterns.map((pattern) => ({ ...pattern, graph })) };
    }
    case Algebra.Types.PATH:
      return { ...operation, graph };
    case Algebra.Types.JOIN: {
      const inputs = operation.input;
      const pushed = inputs.map((input) => (input.type === Algebra.Types.VALUES ? input : inner(input)));
      if (pushed.includes(undefined) || pushed.every((input) => input?.type === Algebra.Types.VALUES))
        return undefined;
      return { ...operation, input: pushed } as Algebra.Join;
    }
    case Algebra.Types.UNION: {
      const pushed = operation.input.map(inner);
      return pushed.includes(undefined) ? undefined : ({ ...operation, input: pushed } as Algebra.Union);
    }
    case Algebra.Types.LEFT_JOIN: {
      const { input, expression } = operation;
      const pushed = input.map(inner);
      if (pushed.includes(undefined) || (expression && asksExistence(expression))) return undefined;
      return { ...operation, input: pushed } as Algebra.LeftJoin;
    }
    case Algebra.Types.FILTER:
    case Algebra.Types.EXTEND: {
      const { input, expression } = operation;
      const pushed = asksExistence(expression) ? undefined : inner(input);
      return pushed && { ...operation, input: pushed };
    }
    default:
      return undefined;
  }
}

function asksExistence(expression: Algebra.Expression): boolean {
  if (expression.subType === Algebra.ExpressionTypes.EXISTENCE) return true;
  const { args } = expression as { args?: readonly Algebra.Expression[] };
  return args?.some(asksExistence) ?? false;
}
