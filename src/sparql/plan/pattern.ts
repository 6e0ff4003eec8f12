/**
 * One triple pattern: an index lookup for each row, which binds the variables that are still free.
 */
import type { RDF } from '../../rdf/terms.ts';
import { ANY, type GraphView, MERGED, NAMED, type QuadIds, type TermId } from '../../store/graph-view.ts';
import type { Algebra } from '../algebra.ts';
import type { PlanContext, Run } from './plan.ts';
import { isVariable, UNBOUND } from './scope.ts';

/** A position of a pattern: the slot of its variable, or -1 and the id of its term. */
export interface Position {
  readonly slot: number;
  readonly id: TermId;
}

function positionOf(term: RDF.Term, context: PlanContext): Position {
  if (isVariable(term)) return { slot: context.scope.slot(term.value), id: ANY };
  return { slot: -1, id: context.evaluation.view.find(term) };
}

/** The place of the graph, where `unbound` is what an unbound variable matches. */
export function graphPosition(graph: RDF.Term, context: PlanContext): Position {
  if (graph.termType !== 'DefaultGraph') return positionOf(graph, context);
  switch (context.graph.kind) {
    case 'default':
      return { slot: -1, id: MERGED };
    case 'constant':
      return { slot: -1, id: context.evaluation.view.find(context.graph.graph) };
    case 'variable':
      return { slot: context.scope.slot(context.graph.name), id: ANY };
  }
}

/** Subjects with more quads than this are asked pattern by pattern. */
const STAR_QUADS_MAX = 128;

/**
 * The quads of the subject at hand, fetched once for all the patterns of a group that ask it: a star of
 * eight attributes is one lookup and not eight.
 */
export class SubjectStar {
  readonly #view: GraphView;
  #subject: TermId = ANY;
  #graph: TermId = ANY;
  #quads: QuadIds | undefined;

  constructor(view: GraphView) {
    this.#view = view;
  }

  /** All quads of a subject in a graph; undefined where they are too many to look through. */
  quadsOf(subject: TermId, graph: TermId): QuadIds | undefined {
    if (subject !== this.#subject || graph !== this.#graph) {
      this.#subject = subject;
      this.#graph = graph;
      const few = this.#view.estimate(subject, ANY, ANY, graph) <= STAR_QUADS_MAX;
      this.#quads = few ? this.#view.match(subject, ANY, ANY, graph) : undefined;
    }
    return this.#quads;
  }
}

export function compilePattern(pattern: Algebra.Pattern, context: PlanContext, star?: SubjectStar): Run {
  const { evaluation } = context;
  const { view } = evaluation;
  const s = positionOf(pattern.subject, context);
  const p = positionOf(pattern.predicate, context);
  const o = positionOf(pattern.object, context);
  const g = graphPosition(pattern.graph, context);
  const slots = [s.slot, p.slot, o.slot, g.slot].filter((slot) => slot >= 0);
  const repeated = new Set(slots).size < slots.length;
  return (row, emit) => {
    const subject = s.slot < 0 ? s.id : row[s.slot]!;
    const predicate = p.slot < 0 ? p.id : row[p.slot]!;
    const object = o.slot < 0 ? o.id : row[o.slot]!;
    let graph = g.slot < 0 ? g.id : row[g.slot]!;
    const freeGraph = graph === UNBOUND;
    if (freeGraph) graph = NAMED;
    if (star && subject !== ANY && predicate !== ANY && !freeGraph) {
      const quads = star.quadsOf(subject, graph);
      if (quads) return emitFrom(quads, predicate, object);
    }
    if (subject !== ANY && predicate !== ANY && object !== ANY && !freeGraph) {
      evaluation.tick(0);
      return view.has(subject, predicate, object, graph) ? emit() : true;
    }
    const found = view.match(subject, predicate, object, graph);
    evaluation.tick(found.length >> 2);
    if (repeated) return emitRepeated(found);
    const bindS = s.slot >= 0 && subject === UNBOUND;
    const bindP = p.slot >= 0 && predicate === UNBOUND;
    const bindO = o.slot >= 0 && object === UNBOUND;
    let goOn = true;
    for (let i = 0; goOn && i < found.length; i += 4) {
      if (bindS) row[s.slot] = found[i]!;
      if (bindP) row[p.slot] = found[i + 1]!;
      if (bindO) row[o.slot] = found[i + 2]!;
      if (freeGraph) row[g.slot] = found[i + 3]!;
      goOn = emit();
    }
    if (bindS) row[s.slot] = UNBOUND;
    if (bindP) row[p.slot] = UNBOUND;
    if (bindO) row[o.slot] = UNBOUND;
    if (freeGraph) row[g.slot] = UNBOUND;
    return goOn;

    /** The subject is bound, so only the object can be free. */
    function emitFrom(quads: QuadIds, wanted: TermId, term: TermId): boolean {
      evaluation.tick(1);
      for (let i = 1; i < quads.length; i += 4) {
        if (quads[i] !== wanted) continue;
        if (term !== ANY) {
          if (quads[i + 1] === term) return emit();
          continue;
        }
        row[o.slot] = quads[i + 1]!;
        const more = emit();
        row[o.slot] = UNBOUND;
        if (!more) return false;
      }
      return true;
    }

    /** A variable that stands twice must be the same term in both places. */
    function emitRepeated(matches: readonly TermId[]): boolean {
      const before = slots.map((slot) => row[slot]!);
      let more = true;
      for (let i = 0; more && i < matches.length; i += 4) {
        slots.forEach((slot, index) => {
          row[slot] = before[index]!;
        });
        if (bindAt(s, i) && bindAt(p, i + 1) && bindAt(o, i + 2) && (g.slot < 0 || bindAt(g, i + 3)))
          more = emit();
      }
      slots.forEach((slot, index) => {
        row[slot] = before[index]!;
      });
      return more;
    }

    function bindAt({ slot }: Position, at: number): boolean {
      if (slot < 0) return true;
      const id = found[at]!;
      if (row[slot] !== UNBOUND) return row[slot] === id;
      row[slot] = id;
      return true;
    }
  };
}
