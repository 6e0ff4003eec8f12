/**
 * Claims: what decisions have taken from the elements, so that nothing is given away twice.
 *
 * A claim counts in full, on top of whatever telemetry measures, from the decision until it lapses. Counting
 * it while telemetry already shows its load wastes a little for a while and never oversells. It lapses
 *   - when its reservation ends and nobody has confirmed that the component runs;
 *   - when it was confirmed, its reservation has ended, and the element has reported since the confirmation:
 *     from then on telemetry shows the load. What no telemetry shows (GPUs) stays claimed;
 *   - when the decision is released.
 * A live claim is a triple of its allocation; the total of each element stands in the derived graph
 * `claims`. Everything here computes differences; only the writer writes.
 */
import { FabricError, nearest } from '../errors.ts';
import type { QuadDelta } from '../rdf/dataset.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { namedNode, quad, type RDF, typed } from '../rdf/terms.ts';
import { cf } from '../rdf/vocab.ts';
import type { GraphView } from '../store/graph-view.ts';
import { objectsOf, quadsOf, subjectsOf } from '../store/lookup.ts';
import { decimalText } from './application.ts';
import type { Claim, Decision } from './decision.ts';
import { allocationNode, decisionQuads, readDecision } from './prov.ts';
import type { PlacementRequest } from './request.ts';
import { CONFIRMED, CONFIRMED_AT, EXPIRED, RELEASED, RESERVED } from './terms.ts';

/** What the ledger of claims has to know besides the state. */
export interface ClaimRules {
  readonly graphs: GraphNames;
  /** Claims that no telemetry shows; see `Policy.unmeasuredClaims`. */
  readonly unmeasuredClaims: ReadonlySet<string>;
}

const NO_CHANGE: QuadDelta = { added: [], removed: [] };

/** The change that writes a decision with its claims; nothing for a dry run. */
export function draftOf(
  decision: Decision,
  request: PlacementRequest,
  view: GraphView,
  graphs: GraphNames,
): QuadDelta {
  if (decision.dryRun) return NO_CHANGE;
  const change = new ClaimChange(view, graphs);
  change.added.push(...decisionQuads(decision, request, graphs));
  for (const { component, element, claims } of decision.allocations) {
    for (const claim of claims) change.claim(allocationNode(decision.id, component), element.id, claim);
  }
  return change.delta();
}

/** The change that lets lapse what has had its time at `now` (milliseconds since the epoch). */
export function expiredClaims(view: GraphView, now: number, rules: ClaimRules): QuadDelta {
  const graph = rules.graphs.system('decisions');
  const change = new ClaimChange(view, rules.graphs);
  for (const allocation of subjectsOf(view, cf.allocationState, RESERVED, graph)) {
    if (!hasEnded(view, graph, allocation, now)) continue;
    change.move(allocation, RESERVED, EXPIRED);
    for (const claim of claimsOf(view, graph, allocation)) change.lapse(allocation, claim);
  }
  for (const allocation of subjectsOf(view, cf.allocationState, CONFIRMED, graph)) {
    if (!hasEnded(view, graph, allocation, now) || !isShown(view, graph, allocation)) continue;
    for (const claim of claimsOf(view, graph, allocation)) {
      if (!rules.unmeasuredClaims.has(claim.property)) change.lapse(allocation, claim);
    }
  }
  return change.delta();
}

/**
 * The earliest time at which a reservation ends, in milliseconds since the epoch. Confirmed allocations are not
 * counted: theirs is the next report of the element after that time, so they are looked at regularly.
 */
export function nextExpiry(view: GraphView, graphs: GraphNames): number | undefined {
  const graph = graphs.system('decisions');
  let next: number | undefined;
  for (const allocation of subjectsOf(view, cf.allocationState, RESERVED, graph)) {
    const end = timeOf(objectsOf(view, allocation, cf.expiresAt, graph)[0]);
    if (end !== undefined && (next === undefined || end < next)) next = end;
  }
  return next;
}

/** The change that gives back all that a decision took; undefined where there is no such decision. */
export function release(view: GraphView, decision: string, graphs: GraphNames): QuadDelta | undefined {
  const stored = readDecision(view, graphs, decision);
  if (!stored) return undefined;
  const graph = graphs.system('decisions');
  const change = new ClaimChange(view, graphs);
  for (const { id } of stored.allocations) {
    const allocation = namedNode(id);
    for (const state of [RESERVED, CONFIRMED, EXPIRED]) {
      if (objectsOf(view, allocation, cf.allocationState, graph)[0]?.equals(state)) {
        change.move(allocation, state, RELEASED);
      }
    }
    for (const claim of claimsOf(view, graph, allocation)) change.lapse(allocation, claim);
  }
  return change.delta();
}

/**
 * The change that notes that components of a decision run, as a shim or a source has said; undefined where
 * there is no such decision. An allocation that had expired takes its claims again: what runs, runs.
 *
 * @param components  names; all of the decision if absent
 * @throws FabricError `request-invalid` for a component that the decision does not allocate
 */
export function confirm(
  view: GraphView,
  decision: string,
  now: number,
  graphs: GraphNames,
  components?: readonly string[],
): QuadDelta | undefined {
  const stored = readDecision(view, graphs, decision);
  if (!stored) return undefined;
  const names = stored.allocations.map(({ component }) => component);
  const strange = components?.find((component) => !names.includes(component));
  if (strange !== undefined) throw notAllocated(strange, names);
  const change = new ClaimChange(view, graphs);
  for (const { id, component, element, state } of stored.allocations) {
    if (components && !components.includes(component)) continue;
    if (state !== 'reserved' && state !== 'expired') continue;
    const allocation = namedNode(id);
    change.move(allocation, state === 'reserved' ? RESERVED : EXPIRED, CONFIRMED);
    change.state(allocation, CONFIRMED_AT, typed(new Date(now).toISOString(), 'dateTime'));
    if (state === 'reserved') continue;
    const { claims } = stored.decision.allocations.find((allocated) => allocated.component === component)!;
    for (const claim of claims) change.claim(allocation, element, claim);
  }
  return change.delta();
}

/** Gathers a change to claims and to the totals that follow from them. */
class ClaimChange {
  readonly added: RDF.Quad[] = [];
  readonly #removed: RDF.Quad[] = [];
  readonly #view: GraphView;
  readonly #graphs: GraphNames;
  /** Differences of totals by element, then by property. */
  readonly #differences = new Map<string, Map<string, number>>();

  constructor(view: GraphView, graphs: GraphNames) {
    this.#view = view;
    this.#graphs = graphs;
  }

  claim(allocation: RDF.NamedNode, element: string, claim: Claim): void {
    this.state(allocation, namedNode(claim.property), amountTerm(claim.amount));
    this.#differ(element, claim.property, claim.amount);
  }

  lapse(allocation: RDF.Term, claim: LiveClaim): void {
    this.#removed.push(claim.quad);
    const [element] = objectsOf(this.#view, allocation, cf.allocatedElement, this.#decisions);
    if (element) this.#differ(element.value, claim.property, -claim.amount);
  }

  move(allocation: RDF.Term, from: RDF.NamedNode, to: RDF.NamedNode): void {
    this.#removed.push(quad(allocation as RDF.NamedNode, cf.allocationState, from, this.#decisions));
    this.state(allocation, cf.allocationState, to);
  }

  state(subject: RDF.Term, predicate: RDF.NamedNode, object: RDF.NamedNode | RDF.Literal): void {
    this.added.push(quad(subject as RDF.NamedNode, predicate, object, this.#decisions));
  }

  delta(): QuadDelta {
    const graph = this.#graphs.derived('claims');
    for (const [element, byProperty] of this.#differences) {
      for (const [property, difference] of byProperty) {
        const [subject, predicate] = [namedNode(element), namedNode(property)];
        const before = objectsOf(this.#view, subject, predicate, graph) as RDF.Literal[];
        const total = before.reduce((sum, { value }) => sum + Number(value), 0) + difference;
        const wanted = total > 0 ? amountTerm(total) : undefined;
        if (wanted && before.length === 1 && before[0]!.equals(wanted)) continue;
        for (const old of before) this.#removed.push(quad(subject, predicate, old, graph));
        if (wanted) this.added.push(quad(subject, predicate, wanted, graph));
      }
    }
    return { added: this.added, removed: this.#removed };
  }

  get #decisions(): RDF.NamedNode {
    return this.#graphs.system('decisions');
  }

  #differ(element: string, property: string, amount: number): void {
    const byProperty = this.#differences.get(element) ?? new Map<string, number>();
    byProperty.set(property, (byProperty.get(property) ?? 0) + amount);
    this.#differences.set(element, byProperty);
  }
}

interface LiveClaim extends Claim {
  readonly quad: RDF.Quad;
}

/** The live claims of an allocation: those of its answer that still stand as triples. */
function claimsOf(view: GraphView, graph: RDF.NamedNode, allocation: RDF.Term): LiveClaim[] {
  return quadsOf(view, { subject: allocation, graph })
    .filter(({ predicate, object }) => object.termType === 'Literal' && predicate.value.endsWith('Claimed'))
    .map((q) => ({ property: q.predicate.value, amount: Number(q.object.value), quad: q }));
}

function hasEnded(view: GraphView, graph: RDF.NamedNode, allocation: RDF.Term, now: number): boolean {
  const end = timeOf(objectsOf(view, allocation, cf.expiresAt, graph)[0]);
  return end !== undefined && end <= now;
}

/** Whether the element has reported after the component was seen running. */
function isShown(view: GraphView, graph: RDF.NamedNode, allocation: RDF.Term): boolean {
  const confirmedAt = timeOf(objectsOf(view, allocation, CONFIRMED_AT, graph).at(-1));
  const [element] = objectsOf(view, allocation, cf.allocatedElement, graph);
  if (confirmedAt === undefined || !element) return false;
  return objectsOf(view, element, cf.lastObservedAt).some((report) => (timeOf(report) ?? 0) > confirmedAt);
}

function timeOf(term: RDF.Term | undefined): number | undefined {
  const time = term === undefined ? Number.NaN : Date.parse(term.value);
  return Number.isNaN(time) ? undefined : time;
}

function notAllocated(component: string, names: readonly string[]): FabricError {
  const near = nearest(component, names);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return new FabricError('request-invalid', `The decision allocates no component "${component}"${hint}`, {
    extensions: { components: names },
  });
}

function amountTerm(amount: number): RDF.Literal {
  return typed(decimalText(amount), Number.isInteger(amount) ? 'integer' : 'decimal');
}
