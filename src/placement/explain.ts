/**
 * Why an element was refused: every constraint that it violates, with the triples that say so.
 *
 * Reasons are made when they are asked for, one element at a time, so that an answer about ten thousand
 * elements can be streamed. Nothing is judged here; the verdicts are those of the placement itself.
 */
import type { Json } from '../log/change.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { namedNode, quadKey, type RDF, toNQuads } from '../rdf/terms.ts';
import { type GraphView, MERGED, UNKNOWN } from '../store/graph-view.ts';
import { objectsOf, quadsOf } from '../store/lookup.ts';
import type {
  ComponentSummary,
  ConstraintCount,
  ExplainedViolation,
  Rejection,
  Violation,
  ViolationStatus,
} from './decision.ts';
import {
  type EvaluationContext,
  type Judgement,
  jsonOf,
  NOT_PROVEN,
  SATISFIED,
  VIOLATED,
  viewFor,
} from './evaluate.ts';
import { premisesOfFact } from './facts.ts';
import { fullSolutions, type Solution } from './premises.ts';

/** What was found for one component. */
export interface JudgedComponent {
  readonly name: string;
  readonly judgements: readonly Judgement[];
  /** Numbers of the elements that satisfy all constraints, best first. */
  readonly candidates: readonly number[];
}

/** How many near misses a summary gives. */
const NEAREST_MISSES = 10;

/** Reads reasons off the judgements of one placement. */
export class Explainer {
  readonly #context: EvaluationContext;
  readonly #graphs: GraphNames;
  readonly #views = new Map<string, GraphView>();
  readonly #solutions = new Map<string, ReadonlyMap<string, readonly Solution[]>>();

  constructor(context: EvaluationContext, graphs: GraphNames) {
    this.#context = context;
    this.#graphs = graphs;
  }

  /** Every rejected element of every component, in the order of the request, then by IRI. */
  *rejections(components: readonly JudgedComponent[]): Generator<Rejection> {
    for (const component of components) {
      for (let element = 0; element < this.#context.elements.size; element++) {
        const failed = failures(component, element);
        if (failed.length === 0) continue;
        const violations = failed.map((judgement) => this.#explained(judgement, element));
        yield { component: component.name, element: this.#context.elements.ids[element]!, violations };
      }
    }
  }

  summary(component: JudgedComponent): ComponentSummary {
    const { elements } = this.#context;
    return {
      component: component.name,
      elements: elements.size,
      candidates: component.candidates.length,
      constraints: countsOf(component),
      nearestMisses: nearest(component, elements.size).map((element) => ({
        component: component.name,
        element: elements.ids[element]!,
        violations: failures(component, element).map((judgement) => this.#violation(judgement, element)),
      })),
    };
  }

  #violation(judgement: Judgement, element: number): Violation {
    const { query, required } = judgement.application;
    const status = judgement.verdicts[element] === VIOLATED ? 'violated' : 'not-proven';
    const wanted = judgement.required[element] === undefined ? required : jsonOf(judgement.required[element]);
    const observed = jsonOf(judgement.observed[element]);
    const missing = status === 'violated' ? [] : this.#missing(judgement, element);
    return {
      constraint: query.iri,
      name: query.name,
      status,
      required: wanted,
      observed,
      ...(missing.length === 0 ? {} : { missing }),
      message: messageOf(query.label, status, wanted, observed, missing),
    };
  }

  #explained(judgement: Judgement, element: number): ExplainedViolation {
    return {
      ...this.#violation(judgement, element),
      triples: this.#triples(judgement, element).map(toNQuads),
    };
  }

  /** Properties that the file needs and the snapshot does not state. */
  #missing(judgement: Judgement, element: number): string[] {
    const view = this.#viewOf(judgement);
    const subject = this.#context.elements.term(element);
    return judgement.application.query.needs.filter(
      (property) => objectsOf(view, subject, namedNode(property)).length === 0,
    );
  }

  /** Triples of the snapshot, never computed facts. */
  #triples(judgement: Judgement, element: number): RDF.Quad[] {
    const { engine, snapshot, elements, entailment } = this.#context;
    const { application } = judgement;
    const subject = elements.term(element);
    const found = new Map<string, RDF.Quad>();
    const put = (q: RDF.Quad): void => {
      found.set(quadKey(q), q);
    };
    const options = { bindings: application.bindings, entailment };
    for (const solution of this.#solutionsOf(judgement, element)) {
      const premises = engine.premises(application.query.query, this.#viewOf(judgement), solution, options);
      for (const premise of premises) if (isIn(snapshot, premise)) put(premise);
    }
    const stated = application.facts.flatMap((wanted) =>
      premisesOfFact(wanted, subject.value, this.#context),
    );
    for (const property of application.query.needs) stated.push([subject.value, namedNode(property)]);
    for (const [about, property] of stated) for (const q of this.#quadsOf(about, property)) put(q);
    return [...found.values()];
  }

  #solutionsOf(judgement: Judgement, element: number): readonly Solution[] {
    const { application } = judgement;
    let solutions = this.#solutions.get(application.key);
    if (!solutions) {
      solutions = fullSolutions(application, this.#viewOf(judgement), this.#context);
      this.#solutions.set(application.key, solutions);
    }
    const found = solutions.get(this.#context.elements.ids[element]!);
    return found ?? [{ ...application.bindings, element: this.#context.elements.term(element) }];
  }

  #quadsOf(subject: string, property: RDF.NamedNode): RDF.Quad[] {
    const found = quadsOf(this.#context.snapshot, { subject: namedNode(subject), predicate: property });
    return found.filter(({ graph }) => this.#graphs.classOf(graph) !== 'system');
  }

  #viewOf(judgement: Judgement): GraphView {
    const { key } = judgement.application;
    let view = this.#views.get(key);
    if (!view) {
      view = viewFor(judgement.application, this.#context);
      this.#views.set(key, view);
    }
    return view;
  }
}

export function failures({ judgements }: JudgedComponent, element: number): Judgement[] {
  return judgements.filter(({ verdicts }) => verdicts[element] !== SATISFIED);
}

export function countsOf({ judgements }: JudgedComponent): ConstraintCount[] {
  const counts = new Map<string, { constraint: string; name: string; violated: number; notProven: number }>();
  for (const { application, verdicts } of judgements) {
    const { iri, name } = application.query;
    const count = counts.get(iri) ?? { constraint: iri, name, violated: 0, notProven: 0 };
    for (const verdict of verdicts) {
      if (verdict === VIOLATED) count.violated++;
      else if (verdict === NOT_PROVEN) count.notProven++;
    }
    counts.set(iri, count);
  }
  return [...counts.values()].sort(
    (a, b) => b.violated + b.notProven - (a.violated + a.notProven) || (a.name < b.name ? -1 : 1),
  );
}

/** Fewest failing constraints first, then the smallest shortfall in all, then by IRI. */
function nearest(component: JudgedComponent, size: number): number[] {
  const misses: { element: number; failed: number; shortfall: number }[] = [];
  for (let element = 0; element < size; element++) {
    const failed = failures(component, element);
    if (failed.length === 0) continue;
    const shortfall = failed.reduce((sum, judgement) => sum + shortfallOf(judgement, element), 0);
    misses.push({ element, failed: failed.length, shortfall });
  }
  misses.sort((a, b) => a.failed - b.failed || a.shortfall - b.shortfall || a.element - b.element);
  return misses.slice(0, NEAREST_MISSES).map(({ element }) => element);
}

/** How far the observed value is from the required one, as a part of the latter; 1 where that has no meaning. */
function shortfallOf(judgement: Judgement, element: number): number {
  if (judgement.verdicts[element] === NOT_PROVEN) return 1;
  const required = judgement.required[element] ?? judgement.application.bindings['required'];
  const wanted = required === undefined ? judgement.application.required : jsonOf(required);
  const observed = jsonOf(judgement.observed[element]);
  if (typeof wanted !== 'number' || typeof observed !== 'number') return 1;
  return Math.abs(wanted - observed) / Math.max(Math.abs(wanted), Math.abs(observed), Number.MIN_VALUE);
}

function messageOf(
  label: string,
  status: ViolationStatus,
  required: Json,
  observed: Json,
  missing: readonly string[],
): string {
  if (status === 'violated') return `${label}: required ${textOf(required)}, observed ${textOf(observed)}`;
  if (missing.length > 0) return `${label} is not proven: ${missing.map(localName).join(', ')} is not known`;
  return `${label} is not proven: ${textOf(observed)} cannot be compared with ${textOf(required)}`;
}

function textOf(value: Json): string {
  if (value === null) return 'no value';
  if (Array.isArray(value)) return (value as readonly Json[]).map(textOf).join(' or ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function localName(iri: string): string {
  return iri.slice(Math.max(iri.lastIndexOf('#'), iri.lastIndexOf('/')) + 1);
}

function isIn(view: GraphView, q: RDF.Quad): boolean {
  const ids = [q.subject, q.predicate, q.object].map((term) => view.find(term));
  const graph = q.graph.termType === 'DefaultGraph' ? MERGED : view.find(q.graph);
  if (graph === UNKNOWN || ids.includes(UNKNOWN)) return false;
  return view.has(ids[0]!, ids[1]!, ids[2]!, graph);
}
