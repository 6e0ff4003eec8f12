/**
 * The triples behind a solution, for explanations.
 */
import { quad, quadKey, type RDF, type Term } from '../rdf/terms.ts';
import { ANY, type GraphView, MERGED, NAMED, type QuadIds, type TermId } from '../store/graph-view.ts';
import { Algebra } from './algebra.ts';

export type Solution = Readonly<Record<string, Term>>;

/**
 * The quads of `view` that the triple patterns and simple paths of `operation` become with the values of
 * `solution`. A pattern whose variables are not all given contributes nothing, and neither does one that
 * has no quad (an OPTIONAL that did not match, the inside of NOT EXISTS). In the place of the default graph
 * of queries the quad says which graph holds it, by `inMerge`, which tells the graphs merged into it.
 */
export function premisesOf(
  operation: Algebra.Operation,
  view: GraphView,
  solution: Solution,
  inMerge: (graph: RDF.Term) => boolean,
): RDF.Quad[] {
  const found = new Map<string, RDF.Quad>();
  const state: Instance = { view, solution, inMerge };
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type } = node as { type?: string };
    if (type === 'pattern')
      for (const q of ofPattern(node as Algebra.Pattern, state)) found.set(quadKey(q), q);
    else if (type === 'path') for (const q of ofPath(node as Algebra.Path, state)) found.set(quadKey(q), q);
    else for (const inner of Object.values(node)) visit(inner);
  };
  visit(operation);
  return [...found.values()];
}

interface Instance {
  readonly view: GraphView;
  readonly solution: Solution;
  readonly inMerge: (graph: RDF.Term) => boolean;
}

const valueIn = (solution: Solution, term: RDF.Term): RDF.Term | undefined =>
  term.termType === 'Variable' ? solution[term.value] : term;

function ofPattern(pattern: Algebra.Pattern, { view, solution, inMerge }: Instance): RDF.Quad[] {
  const terms = [pattern.subject, pattern.predicate, pattern.object].map((term) => valueIn(solution, term));
  if (terms.includes(undefined)) return [];
  const [s, p, o] = terms.map((term) => view.find(term!)) as [TermId, TermId, TermId];
  const graph = valueIn(solution, pattern.graph);
  if (graph?.termType !== 'DefaultGraph') {
    return quadsOf(view, view.match(s, p, o, graph === undefined ? NAMED : view.find(graph)));
  }
  if (!view.has(s, p, o, MERGED)) return [];
  return quadsOf(view, view.match(s, p, o, ANY)).filter((q) => inMerge(q.graph));
}

/** One step of a path: an edge by a predicate, forwards or backwards. */
interface Step {
  readonly predicate: RDF.NamedNode;
  readonly backwards: boolean;
}

/** The steps that a path repeats or chooses among; undefined where it is more than that. */
function stepsOf(path: Algebra.PropertyPathSymbol, backwards = false): Step[] | undefined {
  switch (path.type) {
    case Algebra.Types.LINK:
      return [{ predicate: path.iri, backwards }];
    case Algebra.Types.INV:
      return stepsOf(path.path, !backwards);
    case Algebra.Types.ZERO_OR_MORE_PATH:
    case Algebra.Types.ONE_OR_MORE_PATH:
    case Algebra.Types.ZERO_OR_ONE_PATH:
      return stepsOf(path.path, backwards);
    case Algebra.Types.ALT: {
      const steps = path.input.map((branch) => stepsOf(branch, backwards));
      return steps.includes(undefined) ? undefined : steps.flatMap((list) => list!);
    }
    default:
      return undefined;
  }
}

/** The edges of a shortest way from one end to the other. */
function ofPath(path: Algebra.Path, instance: Instance): RDF.Quad[] {
  const { view, solution } = instance;
  const [subject, object] = [path.subject, path.object].map((term) => valueIn(solution, term));
  const steps = stepsOf(path.predicate);
  if (!subject || !object || !steps) return [];
  const graph = valueIn(solution, path.graph);
  const g = graph?.termType === 'DefaultGraph' ? MERGED : graph === undefined ? NAMED : view.find(graph);
  const goal = view.find(object);
  const start = view.find(subject);
  const cameBy = new Map<
    TermId,
    { readonly from: TermId; readonly edge: readonly [TermId, TermId, TermId] }
  >();
  const queue = [start];
  for (let at = 0; at < queue.length && !cameBy.has(goal); at++) {
    const node = queue[at]!;
    for (const { predicate, backwards } of steps) {
      const p = view.find(predicate);
      const found = backwards ? view.match(ANY, p, node, g) : view.match(node, p, ANY, g);
      for (let i = 0; i < found.length; i += 4) {
        const next = found[backwards ? i : i + 2]!;
        if (cameBy.has(next)) continue;
        cameBy.set(next, { from: node, edge: [found[i]!, p, found[i + 2]!] });
        queue.push(next);
      }
    }
  }
  const quads: RDF.Quad[] = [];
  let node = goal;
  do {
    const came = cameBy.get(node);
    if (!came) break;
    const [s, p, o] = came.edge.map((id) => view.term(id)) as [Term, Term, Term];
    quads.push(
      ...ofPattern({ subject: s, predicate: p, object: o, graph: path.graph } as Algebra.Pattern, instance),
    );
    node = came.from;
  } while (node !== start);
  return quads;
}

function quadsOf(view: GraphView, ids: QuadIds): RDF.Quad[] {
  const quads: RDF.Quad[] = [];
  for (let i = 0; i < ids.length; i += 4) {
    const [s, p, o, g] = [ids[i]!, ids[i + 1]!, ids[i + 2]!, ids[i + 3]!].map((id) => view.term(id));
    quads.push(
      quad(s as RDF.Quad_Subject, p as RDF.Quad_Predicate, o as RDF.Quad_Object, g as RDF.Quad_Graph),
    );
  }
  return quads;
}

const MODIFIERS: ReadonlySet<string> = new Set(['slice', 'distinct', 'reduced', 'project', 'orderby', 'ask']);

/**
 * The pattern of a query without what only orders, cuts or counts its solutions: the variables that it does
 * not project have values there.
 */
export function patternOf(operation: Algebra.Operation): Algebra.Operation {
  let node = operation;
  while (MODIFIERS.has(node.type)) node = (node as Algebra.Single).input;
  return node;
}
