/**
 * What a part of a group is expected to cost for each row that reaches it: how many rows it makes of one.
 *
 * Counts come from the view; what a bound variable saves is a guess, and only the order hangs on it.
 */
import type { RDF } from '../../rdf/terms.ts';
import { ANY, MERGED, NAMED, type TermId } from '../../store/graph-view.ts';
import { Algebra } from '../algebra.ts';
import { bindingsOf } from './analysis.ts';
import type { PlanContext } from './plan.ts';
import { isVariable } from './scope.ts';

/** A part that shares nothing with what is bound multiplies the rows: it comes last unless it is one row. */
const UNCONNECTED = 1e6;

export function costOf(part: Algebra.Operation, context: PlanContext, bound: ReadonlySet<string>): number {
  const { possible } = bindingsOf(part);
  const connected = bound.size === 0 || possible.size === 0 || [...possible].some((name) => bound.has(name));
  const cost = fanOut(part, context, bound);
  return connected || cost <= 1 ? cost : cost * UNCONNECTED;
}

function fanOut(part: Algebra.Operation, context: PlanContext, bound: ReadonlySet<string>): number {
  switch (part.type) {
    case Algebra.Types.PATTERN:
      return patternFanOut(part, context, bound);
    case Algebra.Types.PATH: {
      const { subject, object } = part;
      const free = [subject, object].filter((term) => isVariable(term) && !bound.has(term.value)).length;
      return [1, 30, 1e5][free]!;
    }
    case Algebra.Types.VALUES: {
      const { bindings, variables } = part;
      const free = variables.some((variable) => !bound.has(variable.value));
      return free ? bindings.length : 0.1;
    }
    case Algebra.Types.BGP:
      return Math.min(1e6, ...part.patterns.map((pattern) => fanOut(pattern, context, bound)));
    case Algebra.Types.JOIN:
      return Math.min(1e6, ...part.input.map((input) => fanOut(input, context, bound)));
    case Algebra.Types.UNION:
      return part.input.reduce((sum, input) => sum + fanOut(input, context, bound), 0);
    case Algebra.Types.LEFT_JOIN:
    case Algebra.Types.MINUS:
      return fanOut((part as Algebra.Double).input[0], context, bound);
    case Algebra.Types.FILTER:
    case Algebra.Types.EXTEND:
      return fanOut((part as Algebra.Single).input, context, bound);
    case Algebra.Types.GRAPH:
      return 2 * fanOut((part as Algebra.Single).input, context, bound);
    default:
      // A subquery is computed once, whatever is bound.
      return 1000;
  }
}

function patternFanOut(pattern: Algebra.Pattern, context: PlanContext, bound: ReadonlySet<string>): number {
  const count = countOf(pattern, context);
  const isBound = (term: RDF.Term): boolean => isVariable(term) && bound.has(term.value);
  const subject = isBound(pattern.subject);
  const object = isBound(pattern.object);
  if (subject && (object || !isVariable(pattern.object))) return Math.min(count, 0.5);
  if (object && !isVariable(pattern.subject)) return Math.min(count, 0.5);
  if (subject)
    return Math.min(count, isVariable(pattern.predicate) && !isBound(pattern.predicate) ? 10 : 1.5);
  if (object) return Math.min(count, Math.max(2, Math.sqrt(count)));
  return count;
}

/** How many quads match the constants of a pattern; asked once, as every step of the ordering wants it. */
function countOf(pattern: Algebra.Pattern, context: PlanContext): number {
  const { view, counts } = context.evaluation;
  const known = counts.get(pattern);
  if (known !== undefined) return known;
  const id = (term: RDF.Term): TermId => (isVariable(term) ? ANY : view.find(term));
  const count = view.estimate(
    id(pattern.subject),
    id(pattern.predicate),
    id(pattern.object),
    graphOf(pattern.graph, context),
  );
  counts.set(pattern, count);
  return count;
}

function graphOf(graph: RDF.Term, context: PlanContext): TermId {
  const { view } = context.evaluation;
  if (isVariable(graph)) return NAMED;
  if (graph.termType !== 'DefaultGraph') return view.find(graph);
  switch (context.graph.kind) {
    case 'default':
      return MERGED;
    case 'constant':
      return view.find(context.graph.graph);
    case 'variable':
      return NAMED;
  }
}
