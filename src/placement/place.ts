/**
 * The placer: request + snapshot -> decision.
 *
 * It reads one snapshot and changes nothing; equal inputs give an equal decision, and ties fall to the
 * smaller IRI. No hard constraint is ever traded for a better score, and what the graph does not state is
 * not proven. Clock, identifiers and digests are arguments.
 */
import { FabricError } from '../errors.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { namedNode } from '../rdf/terms.ts';
import { aeros } from '../rdf/vocab.ts';
import type { GraphView } from '../store/graph-view.ts';
import { type Topology, TopologyView } from '../view/topology.ts';
import { allocationOf, serviceIri } from './allocation.ts';
import { type AssessedComponent, assess, constraintsFor, freeAmounts } from './assess.ts';
import type { Decision, RankedAllocations, Rejection } from './decision.ts';
import { ElementTable } from './element-table.ts';
import { type EvaluationContext, judge, type PlacementEngine, SATISFIED } from './evaluate.ts';
import { Explainer } from './explain.ts';
import { type Fact, FactView } from './fact-view.ts';
import type { Policy } from './policy.ts';
import { keptRequest } from './redact-request.ts';
import type { PlacementRequest } from './request.ts';
import { type SearchResult, search } from './search.ts';
import { reasonsOf } from './unplaceable.ts';

export interface PlacerOptions {
  readonly engine: PlacementEngine;
  /** The policy in force; throws `constraint-broken` while a file is broken. */
  readonly policy: () => Policy;
  readonly graphs: GraphNames;
  /** Freshness that holds where a request does not say otherwise. */
  readonly freshnessSeconds: number;
  readonly reservationSeconds: number;
  readonly componentsMax: number;
  readonly searchStepsMax: number;
  /** A new unique name for a decision, a UUIDv7. */
  readonly mintId: () => string;
  /** A digest of a text, such as SHA-256 in hexadecimal. */
  readonly digest: (text: string) => string;
  /** `fabric` if absent: what the ontology implies counts too. */
  readonly entailment?: 'none' | 'fabric';
  /** Time that one constraint or objective may take; beyond it the placement is refused (`query-deadline`). */
  readonly deadlineMs?: number;
  /** Facts that hold besides the snapshot, such as which container technologies are compatible. */
  readonly background?: readonly Fact[];
}

export interface PlacementSnapshot {
  readonly view: GraphView;
  readonly seq: number;
}

/** A decision with the reasons against every rejected element, made as they are read. */
export interface ExplainedDecision {
  readonly decision: Decision;
  /** Readable as long as the snapshot is held. */
  readonly rejections: () => Iterable<Rejection>;
}

/** Enough for any query that looks at each element once. */
const DEADLINE_MS = 10_000;

export class Placer {
  readonly #options: PlacerOptions;
  readonly #topology = new TopologyView();

  constructor(options: PlacerOptions) {
    this.#options = options;
  }

  /** The decision alone; see {@link explained}. */
  async place(request: PlacementRequest, snapshot: PlacementSnapshot, now: number): Promise<Decision> {
    return (await this.explained(request, snapshot, now)).decision;
  }

  /**
   * Decides where all components of a request go, or says why they cannot.
   *
   * @param now  milliseconds since the epoch
   * @throws FabricError `request-invalid` for an unknown objective or too many components,
   *   `constraint-broken` while a file of the policy is broken; never because nothing fits
   */
  async explained(
    request: PlacementRequest,
    snapshot: PlacementSnapshot,
    now: number,
  ): Promise<ExplainedDecision> {
    const { graphs, policy, freshnessSeconds } = this.#options;
    this.#checkSize(request);
    const context = await this.#context(snapshot.view);
    const assessment = await assess(request, policy(), context, { freshnessSeconds, now });
    const { components } = assessment;
    const found = this.#search(request, components);
    const ranked = found.ways.map(
      (way, index): RankedAllocations => ({
        rank: index + 1,
        score: way.score / components.length,
        allocations: components.map((component, i) =>
          allocationOf(component, way.elements[i]!, { request, context, base: graphs.base }),
        ),
      }),
    );
    const explainer = new Explainer(context, graphs);
    return {
      decision: {
        ...this.#decision(request, snapshot, now, ranked),
        reasons: ranked.length > 0 ? [] : reasonsOf(components, found, context.elements.size),
        components: components.map(({ name, candidates }) => ({
          name,
          candidates: candidates.length,
          rejected: context.elements.size - candidates.length,
        })),
        search: { steps: found.steps, complete: found.complete },
        notes: assessment.notes,
        ...(request.explain === 'none' ? {} : { summary: components.map((c) => explainer.summary(c)) }),
      },
      rejections: () => explainer.rejections(components),
    };
  }

  /**
   * Checks a decision against the state that the single writer is about to change: each touched element has
   * to meet every constraint still, with room for all that the decision takes of it.
   *
   * @throws FabricError `placement-conflict` when it does not hold any more; the caller decides anew
   */
  async stillHolds(
    request: PlacementRequest,
    decision: Decision,
    view: GraphView,
    now: number,
  ): Promise<void> {
    const { policy, freshnessSeconds } = this.#options;
    const rules = policy();
    const byElement = Map.groupBy(decision.allocations, ({ element }) => element.id);
    for (const [element, allocations] of byElement) {
      const context = await this.#context(view, element);
      const taken = new Map<string, number>();
      if (context.elements.size === 0)
        throw conflict(decision, element, 'is no infrastructure element any more');
      for (const allocation of allocations) {
        const component = request.components.find(({ name }) => name === allocation.component);
        if (!component) throw new Error(`Decision ${decision.id} is not about this request`);
        for (const application of constraintsFor(component, rules, { freshnessSeconds, now })) {
          const { query, amount } = application;
          const { verdicts, observed } = await judge(application, context);
          if (verdicts[0] !== SATISFIED) throw conflict(decision, element, `fails "${query.label}" now`);
          if (query.claims === undefined || amount === undefined) continue;
          const total = (taken.get(query.claims) ?? 0) + amount;
          taken.set(query.claims, total);
          if (total <= Number(observed[0]?.value)) continue;
          throw conflict(decision, element, `has no room for "${query.label}" now`);
        }
      }
    }
  }

  #checkSize({ components }: PlacementRequest): void {
    const { componentsMax } = this.#options;
    if (components.length <= componentsMax) return;
    const message = `has ${components.length} components; at most ${componentsMax} are allowed`;
    throw new FabricError('request-invalid', `The placement request is invalid: components: ${message}`, {
      extensions: { errors: [{ path: 'components', message }], limit: 'placement.componentsMax' },
    });
  }

  /** @param only  an element to look at, in place of all */
  async #context(snapshot: GraphView, only?: string): Promise<EvaluationContext> {
    const { engine, background = [], entailment = 'fabric', deadlineMs = DEADLINE_MS } = this.#options;
    const view = background.length === 0 ? snapshot : new FactView(snapshot, background);
    const ids = await elementsOf(engine, view, entailment, only);
    const topology = (): Topology => this.#topology.at(snapshot);
    return { engine, snapshot, view, elements: new ElementTable(ids), topology, entailment, deadlineMs };
  }

  #search(request: PlacementRequest, components: readonly AssessedComponent[]): SearchResult {
    if (components.some(({ candidates }) => candidates.length === 0))
      return { ways: [], steps: 0, complete: true };
    const properties = [
      ...new Set(components.flatMap(({ claims }) => claims.map(({ property }) => property))),
    ];
    const free = freeAmounts(components);
    return search({
      components: components.map(({ candidates, scores, claims }) => ({
        candidates,
        scores,
        demands: claims.map(({ property, amount }) => ({ resource: properties.indexOf(property), amount })),
      })),
      free: (resource, element) => free(properties[resource]!, element),
      limit: request.limit,
      stepsMax: this.#options.searchStepsMax,
    });
  }

  #decision(
    request: PlacementRequest,
    snapshot: PlacementSnapshot,
    now: number,
    [best, ...alternatives]: readonly RankedAllocations[],
  ): Omit<Decision, 'reasons' | 'components' | 'search' | 'notes' | 'summary'> {
    const { graphs, mintId, digest, reservationSeconds } = this.#options;
    const allocations = best?.allocations ?? [];
    const lastsMs = (request.reservationSeconds ?? reservationSeconds) * 1000;
    const digested = [
      keptRequest(request),
      snapshot.seq,
      allocations.map(({ component, element, claims }) => [component, element.id, claims]),
    ];
    return {
      id: `${graphs.base}decision/${mintId()}`,
      outcome: best ? 'placed' : 'unplaceable',
      service: serviceIri(request, graphs.base),
      basedOn: snapshot.seq,
      decidedAt: new Date(now).toISOString(),
      ...(best && !request.dryRun ? { expiresAt: new Date(now + lastsMs).toISOString() } : {}),
      dryRun: request.dryRun,
      ...(request.idempotencyKey === undefined ? {} : { idempotencyKey: request.idempotencyKey }),
      digest: digest(JSON.stringify(digested)),
      allocations,
      score: best?.score ?? 0,
      alternatives,
    };
  }
}

const ELEMENTS = `SELECT DISTINCT ?element WHERE { ?element a <${aeros.InfrastructureElement.value}> }`;

/** @param only  an element to ask for, in place of all */
async function elementsOf(
  engine: PlacementEngine,
  view: GraphView,
  entailment: 'none' | 'fabric',
  only?: string,
): Promise<string[]> {
  const options = { entailment, ...(only === undefined ? {} : { bindings: { element: namedNode(only) } }) };
  const query = engine.parse(ELEMENTS, { kind: 'query' });
  const result = engine.querySync(query, view, options) ?? (await engine.query(query, view, options));
  if (result.kind !== 'select') throw new Error('The query for elements did not answer with rows');
  const at = result.variables.indexOf('element');
  return result.rows.flatMap((row) => (row[at]?.termType === 'NamedNode' ? [row[at].value] : []));
}

function conflict(decision: Decision, element: string, what: string): FabricError {
  return new FabricError('placement-conflict', `Element <${element}> ${what}`, {
    extensions: { decision: decision.id, element, basedOn: decision.basedOn },
  });
}
