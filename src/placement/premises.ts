/**
 * The triples behind a verdict: the solutions of a constraint with all of their variables.
 *
 * A constraint selects what it answers with; what it rests on are the triples that its inner variables
 * matched. Asking the same query for all variables gives them, once for all elements.
 */
import { type RDF, type Term, variable } from '../rdf/terms.ts';
import { type Algebra, type ParsedQuery, patternsOf } from '../sparql/algebra.ts';
import type { GraphView } from '../store/graph-view.ts';
import type { Application } from './application.ts';
import type { EvaluationContext } from './evaluate.ts';

export type Solution = Readonly<Record<string, Term>>;

/** Every solution by element, with every variable that has a value. */
export function fullSolutions(
  application: Application,
  view: GraphView,
  { engine, entailment }: EvaluationContext,
): ReadonlyMap<string, readonly Solution[]> {
  const solutions = new Map<string, Solution[]>();
  const options = { bindings: application.bindings, entailment };
  const result = engine.querySync(withAllVariables(application.query.query), view, options);
  // What the plan does not cover is explained by the needed properties alone.
  if (result?.kind !== 'select') return solutions;
  for (const row of result.rows) {
    const solution: Record<string, Term> = {};
    for (const [index, name] of result.variables.entries()) {
      const term = row[index];
      if (term) solution[name] = term;
    }
    const element = solution['element']?.value;
    if (element === undefined) continue;
    const known = solutions.get(element);
    if (known) known.push(solution);
    else solutions.set(element, [solution]);
  }
  return solutions;
}

/** The query with all variables of its patterns selected. */
function withAllVariables(parsed: ParsedQuery): ParsedQuery {
  const names = new Set<string>();
  for (const pattern of patternsOf(parsed.operation)) {
    for (const term of [pattern.subject, pattern.predicate, pattern.object, pattern.graph] as RDF.Term[]) {
      if (term.termType === 'Variable') names.add(term.value);
    }
  }
  const variables = [...names].map((name) => variable(name));
  return {
    ...parsed,
    operation: selecting(parsed.operation, variables),
    quadOperation: selecting(parsed.quadOperation, variables),
  };
}

function selecting(operation: Algebra.Operation, variables: readonly RDF.Variable[]): Algebra.Operation {
  const { type, input } = operation as { type: string; input?: Algebra.Operation };
  if (type === 'project') return { ...(operation as Algebra.Project), variables: [...variables] };
  return input ? ({ ...operation, input: selecting(input, variables) } as Algebra.Operation) : operation;
}
