/**
 * Property paths (SPARQL 1.1 section 9 and 18.4): sequences, alternatives and inverses keep duplicates,
 * `*`, `+` and `?` give each pair once.
 */
import { ANY, type TermId, UNKNOWN } from '../../store/graph-view.ts';
import { Algebra } from '../algebra.ts';
import type { Evaluation } from './evaluation.ts';
import { graphPosition } from './pattern.ts';
import type { PlanContext, Run } from './plan.ts';
import { isVariable, NotCovered, UNBOUND } from './scope.ts';

type EmitPair = (subject: TermId, object: TermId) => boolean;

/** Pairs that a path connects in a graph; ANY where an end is free. False when it was asked to stop. */
type Walk = (subject: TermId, object: TermId, graph: TermId, emit: EmitPair) => boolean;

/**
 * Plans a path. Where the graph is a variable it must be bound when the path runs.
 */
export function compilePath(path: Algebra.Path, context: PlanContext): Run {
  const { evaluation } = context;
  const walk = compileWalk(path.predicate, evaluation);
  // A term that the view lacks still has a zero-length path to itself.
  const end = (term: Algebra.Path['subject']): { slot: number; id: TermId } =>
    isVariable(term)
      ? { slot: context.scope.slot(term.value), id: ANY }
      : { slot: -1, id: evaluation.idOf(term) };
  const s = end(path.subject);
  const o = end(path.object);
  const g = graphPosition(path.graph, context);
  const nullable = canBeEmpty(path.predicate);
  // A zero-length path from a variable starts at a node of the graph, whatever a neighbour bound it to.
  const isNode = nodeTest(evaluation);
  const mustBeNode = (term: Algebra.Path['subject']): boolean =>
    nullable && isVariable(term) && !context.substituted.has(term.value);
  const [checkSubject, checkObject] = [mustBeNode(path.subject), mustBeNode(path.object)];
  const same = s.slot >= 0 && s.slot === o.slot;
  return (row, emit) => {
    const subject = s.slot < 0 ? s.id : row[s.slot]!;
    const object = o.slot < 0 ? o.id : row[o.slot]!;
    const inGraph = (graph: TermId): boolean => {
      if (checkSubject && subject !== UNBOUND && !isNode(subject, graph)) return true;
      if (checkObject && object !== UNBOUND && !isNode(object, graph)) return true;
      return walk(subject, object, graph, (from, to) => {
        if (same && from !== to) return true;
        if (subject === UNBOUND) row[s.slot] = from;
        if (object === UNBOUND) row[o.slot] = to;
        const goOn = emit();
        if (subject === UNBOUND) row[s.slot] = UNBOUND;
        if (object === UNBOUND) row[o.slot] = UNBOUND;
        return goOn;
      });
    };
    if (g.slot < 0) return inGraph(g.id);
    if (row[g.slot] !== UNBOUND) return inGraph(row[g.slot]!);
    let goOn = true;
    for (const graph of evaluation.namedGraphs()) {
      row[g.slot] = graph;
      goOn = inGraph(graph);
      if (!goOn) break;
    }
    row[g.slot] = UNBOUND;
    return goOn;
  };
}

/** Whether a term stands in a graph, asked once of each: with entailment the answer is dear. */
function nodeTest({ view }: Evaluation): (id: TermId, graph: TermId) => boolean {
  const known = new Map<TermId, Map<TermId, boolean>>();
  return (id, graph) => {
    const ofGraph = known.get(graph) ?? new Map<TermId, boolean>();
    known.set(graph, ofGraph);
    let isNode = ofGraph.get(id);
    if (isNode === undefined) {
      isNode = view.has(id, ANY, ANY, graph) || view.has(ANY, ANY, id, graph);
      ofGraph.set(id, isNode);
    }
    return isNode;
  };
}

/** Whether a path has a solution of length zero. */
function canBeEmpty(path: Algebra.PropertyPathSymbol): boolean {
  switch (path.type) {
    case Algebra.Types.ZERO_OR_MORE_PATH:
    case Algebra.Types.ZERO_OR_ONE_PATH:
      return true;
    case Algebra.Types.ONE_OR_MORE_PATH:
    case Algebra.Types.INV:
      return canBeEmpty((path as Algebra.Inv).path);
    case Algebra.Types.SEQ:
      return path.input.every(canBeEmpty);
    case Algebra.Types.ALT:
      return path.input.some(canBeEmpty);
    default:
      return false;
  }
}

function compileWalk(path: Algebra.PropertyPathSymbol, evaluation: Evaluation): Walk {
  switch (path.type) {
    case Algebra.Types.LINK:
      return link(evaluation.view.find(path.iri), evaluation);
    case Algebra.Types.INV: {
      const inner = compileWalk(path.path, evaluation);
      return (subject, object, graph, emit) => inner(object, subject, graph, (from, to) => emit(to, from));
    }
    case Algebra.Types.SEQ:
      return path.input.map((step) => compileWalk(step, evaluation)).reduce(twoSteps);
    case Algebra.Types.ALT: {
      const branches = path.input.map((branch) => compileWalk(branch, evaluation));
      return (subject, object, graph, emit) =>
        branches.every((branch) => branch(subject, object, graph, emit));
    }
    case Algebra.Types.NPS:
      return negatedSet(
        path.iris.map((iri) => evaluation.view.find(iri)),
        evaluation,
      );
    case Algebra.Types.ZERO_OR_ONE_PATH:
      return zeroOrOne(compileWalk(path.path, evaluation), evaluation);
    case Algebra.Types.ZERO_OR_MORE_PATH:
      return closure(compileWalk(path.path, evaluation), true, evaluation);
    case Algebra.Types.ONE_OR_MORE_PATH:
      return closure(compileWalk(path.path, evaluation), false, evaluation);
    default:
      throw new NotCovered(`path ${(path as { type: string }).type}`);
  }
}

function link(predicate: TermId, evaluation: Evaluation): Walk {
  return (subject, object, graph, emit) => {
    if (predicate === UNKNOWN) return true;
    const found = evaluation.view.match(subject, predicate, object, graph);
    evaluation.tick(found.length >> 2);
    for (let i = 0; i < found.length; i += 4) if (!emit(found[i]!, found[i + 2]!)) return false;
    return true;
  };
}

function negatedSet(refused: readonly TermId[], evaluation: Evaluation): Walk {
  return (subject, object, graph, emit) => {
    const found = evaluation.view.match(subject, ANY, object, graph);
    evaluation.tick(found.length >> 2);
    for (let i = 0; i < found.length; i += 4) {
      if (refused.includes(found[i + 1]!)) continue;
      if (!emit(found[i]!, found[i + 2]!)) return false;
    }
    return true;
  };
}

/** From the end that is bound. */
function twoSteps(first: Walk, second: Walk): Walk {
  return (subject, object, graph, emit) => {
    if (subject === ANY && object !== ANY) {
      return second(ANY, object, graph, (middle, to) => first(ANY, middle, graph, (from) => emit(from, to)));
    }
    return first(subject, ANY, graph, (from, middle) =>
      second(middle, object, graph, (_middle, to) => emit(from, to)),
    );
  };
}

function zeroOrOne(step: Walk, evaluation: Evaluation): Walk {
  return (subject, object, graph, emit) => {
    if (subject === ANY && object === ANY) {
      for (const node of evaluation.nodes(graph)) {
        if (!oneFrom(node, ANY, graph, emit)) return false;
      }
      return true;
    }
    if (subject === ANY) {
      return oneTo(object, graph, emit);
    }
    return oneFrom(subject, object, graph, emit);
  };
  function oneFrom(subject: TermId, object: TermId, graph: TermId, emit: EmitPair): boolean {
    const seen = new Set<TermId>([subject]);
    if ((object === ANY || object === subject) && !emit(subject, subject)) return false;
    return step(subject, object, graph, (_from, to) => {
      if (seen.has(to)) return true;
      seen.add(to);
      return emit(subject, to);
    });
  }
  function oneTo(object: TermId, graph: TermId, emit: EmitPair): boolean {
    const seen = new Set<TermId>([object]);
    if (!emit(object, object)) return false;
    return step(ANY, object, graph, (from) => {
      if (seen.has(from)) return true;
      seen.add(from);
      return emit(from, object);
    });
  }
}

/** `*` and `+`: every node that can be reached, once for each start. */
function closure(step: Walk, zero: boolean, evaluation: Evaluation): Walk {
  const forward = (start: TermId, graph: TermId, visit: (node: TermId) => boolean): boolean =>
    reach(start, zero, evaluation, visit, (node, next) => step(node, ANY, graph, (_from, to) => next(to)));
  const backward = (start: TermId, graph: TermId, visit: (node: TermId) => boolean): boolean =>
    reach(start, zero, evaluation, visit, (node, next) => step(ANY, node, graph, (from) => next(from)));
  return (subject, object, graph, emit) => {
    if (subject !== ANY && object !== ANY) {
      let found = false as boolean;
      forward(subject, graph, (node) => {
        found = node === object;
        return !found;
      });
      return found ? emit(subject, object) : true;
    }
    if (subject !== ANY) return forward(subject, graph, (node) => emit(subject, node));
    if (object !== ANY) return backward(object, graph, (node) => emit(node, object));
    for (const start of evaluation.nodes(graph)) {
      if (!forward(start, graph, (node) => emit(start, node))) return false;
    }
    return true;
  };
}

/** Breadth first from `start`; every node reached is visited once, the start itself only if `zero` or by a cycle. */
function reach(
  start: TermId,
  zero: boolean,
  evaluation: Evaluation,
  visit: (node: TermId) => boolean,
  expand: (node: TermId, next: (to: TermId) => boolean) => boolean,
): boolean {
  const seen = new Set<TermId>();
  const queue: TermId[] = [start];
  if (zero) {
    seen.add(start);
    if (!visit(start)) return false;
  }
  let goOn = true as boolean;
  for (let at = 0; goOn && at < queue.length; at++) {
    evaluation.checkRows(queue.length);
    expand(queue[at]!, (to) => {
      if (seen.has(to)) return true;
      seen.add(to);
      queue.push(to);
      goOn = visit(to);
      return goOn;
    });
  }
  return goOn;
}
