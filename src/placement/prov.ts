/**
 * Decisions in the graph: what was decided, on what, and what of it still stands.
 *
 * A decision is a PROV activity in the system graph of decisions; its allocations are entities that it
 * generated. The answer as given is kept as JSON beside them; what changes later, the state of an
 * allocation, stands in triples alone. No value of an environment variable ever gets here.
 */
import type { Json } from '../log/change.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { literal, namedNode, quad, type RDF, type Term, typed } from '../rdf/terms.ts';
import { cf, prov, rdf } from '../rdf/vocab.ts';
import type { GraphView } from '../store/graph-view.ts';
import { objectsOf, subjectsOf } from '../store/lookup.ts';
import { decimalText } from './application.ts';
import type { Claim, Decision } from './decision.ts';
import { keptRequest } from './redact-request.ts';
import type { PlacementRequest } from './request.ts';
import { CONFIRMED, EXPIRED, RELEASED, RESERVED, SCORE } from './terms.ts';

export type AllocationState = 'reserved' | 'confirmed' | 'expired' | 'released';

const STATES: readonly (readonly [AllocationState, RDF.NamedNode])[] = [
  ['reserved', RESERVED],
  ['confirmed', CONFIRMED],
  ['expired', EXPIRED],
  ['released', RELEASED],
];

export interface StoredAllocation {
  readonly id: string;
  readonly component: string;
  readonly element: string;
  readonly state: AllocationState;
  /** What it still takes from the element. */
  readonly liveClaims: readonly Claim[];
}

/** A decision as it was given, with what has become of it. */
export interface StoredDecision {
  readonly decision: Decision;
  /** The request without secrets. */
  readonly request: Json;
  readonly allocations: readonly StoredAllocation[];
}

/** The triples of a decision, without its claims. */
export function decisionQuads(decision: Decision, request: PlacementRequest, graphs: GraphNames): RDF.Quad[] {
  const graph = graphs.system('decisions');
  const node = namedNode(decision.id);
  const at = typed(decision.decidedAt, 'dateTime');
  const answer = namedNode(`${decision.id}/answer`);
  const quads: RDF.Quad[] = [];
  const state = (subject: RDF.NamedNode, predicate: RDF.NamedNode, object: Term): void => {
    quads.push(quad(subject, predicate, object as RDF.Quad_Object, graph));
  };
  state(node, rdf.type, cf.PlacementDecision);
  state(node, rdf.type, prov.Activity);
  state(node, cf.outcome, literal(decision.outcome));
  state(node, cf.basedOn, typed(decision.basedOn, 'integer'));
  state(node, cf.digest, literal(decision.digest));
  for (const time of [cf.decidedAt, prov.startedAtTime, prov.endedAtTime]) state(node, time, at);
  state(node, cf.request, jsonLiteral(keptRequest(request)));
  if (decision.idempotencyKey !== undefined) state(node, cf.idempotencyKey, literal(decision.idempotencyKey));
  state(answer, rdf.type, prov.Entity);
  state(answer, prov.wasGeneratedBy, node);
  state(answer, prov.value, jsonLiteral(decision));
  for (const { component, componentId, element, score } of decision.allocations) {
    const allocation = allocationNode(decision.id, component);
    state(node, cf.allocation, allocation);
    state(node, prov.used, namedNode(element.id));
    state(allocation, rdf.type, cf.Allocation);
    state(allocation, rdf.type, prov.Entity);
    state(allocation, prov.wasGeneratedBy, node);
    state(allocation, cf.allocatedComponent, namedNode(componentId));
    state(allocation, cf.allocatedElement, namedNode(element.id));
    state(allocation, SCORE, typed(decimalText(score), 'decimal'));
    state(allocation, cf.allocationState, RESERVED);
    if (decision.expiresAt !== undefined)
      state(allocation, cf.expiresAt, typed(decision.expiresAt, 'dateTime'));
  }
  return quads;
}

export function allocationNode(decision: string, component: string): RDF.NamedNode {
  return namedNode(`${decision}/allocation/${component}`);
}

/** Reads a decision back; undefined where the graph holds none of that IRI. */
export function readDecision(view: GraphView, graphs: GraphNames, id: string): StoredDecision | undefined {
  const graph = graphs.system('decisions');
  const answer = objectsOf(view, namedNode(`${id}/answer`), prov.value, graph)[0];
  const request = objectsOf(view, namedNode(id), cf.request, graph)[0];
  if (!answer || !request) return undefined;
  const decision = JSON.parse(answer.value) as Decision;
  return {
    decision,
    request: JSON.parse(request.value) as Json,
    allocations: decision.allocations.map(({ component, element, claims }): StoredAllocation => {
      const node = allocationNode(id, component);
      const state = objectsOf(view, node, cf.allocationState, graph)[0];
      return {
        id: node.value,
        component,
        element: element.id,
        state: STATES.find(([, term]) => state?.equals(term))?.[0] ?? 'released',
        liveClaims: claims.flatMap(({ property }) =>
          objectsOf(view, node, namedNode(property), graph).map(({ value }) => ({
            property,
            amount: Number(value),
          })),
        ),
      };
    }),
  };
}

/** The decision that was made for an idempotency key, by its IRI. */
export function decisionOfKey(
  view: GraphView,
  graphs: GraphNames,
  idempotencyKey: string,
): string | undefined {
  const found = subjectsOf(view, cf.idempotencyKey, literal(idempotencyKey), graphs.system('decisions'));
  return found[0]?.value;
}

function jsonLiteral(value: unknown): RDF.Literal {
  return literal(JSON.stringify(value), rdf.JSON);
}
