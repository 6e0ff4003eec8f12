/**
 * One component on one element, as the answer gives it: shares, claims, and what a shim has to know.
 */

import type { RDF } from '../rdf/terms.ts';
import { aeros } from '../rdf/vocab.ts';
import { objectsOf } from '../store/lookup.ts';
import type { AssessedComponent } from './assess.ts';
import type { AllocatedElement, Allocation } from './decision.ts';
import type { EvaluationContext } from './evaluate.ts';
import { weigh } from './objective.ts';
import type { ComponentRequest, PlacementRequest } from './request.ts';
import { CONTAINER_TECHNOLOGY, HOSTNAME, LOW_LEVEL_ORCHESTRATOR } from './terms.ts';

export function allocationOf(
  component: AssessedComponent,
  element: number,
  { request, context, base }: { request: PlacementRequest; context: EvaluationContext; base: string },
): Allocation {
  return {
    component: component.name,
    componentId: componentIri(component.request, serviceIri(request, base)),
    element: elementOf(element, context),
    ...weigh(component.objectives, element),
    claims: component.claims,
  };
}

/** The IRI of the service: its own, or one under the base of the fabric. */
export function serviceIri({ service }: PlacementRequest, base: string): string {
  return 'id' in service && service.id !== undefined
    ? service.id
    : `${base}service/${encodeURIComponent(service.name)}`;
}

/** The IRI of a component: its own, or one made from that of its service, for URNs as aerOS makes it. */
function componentIri({ id, name }: ComponentRequest, service: string): string {
  if (id !== undefined) return id;
  return service.startsWith('urn:') ? `${service}:Component:${name}` : `${service}/component/${name}`;
}

const MEMBERS = [
  ['hostname', HOSTNAME],
  ['domain', aeros.domain],
  ['lowLevelOrchestrator', LOW_LEVEL_ORCHESTRATOR],
  ['containerTechnology', CONTAINER_TECHNOLOGY],
] as const satisfies readonly (readonly [keyof AllocatedElement, RDF.NamedNode])[];

function elementOf(number: number, { view, elements }: EvaluationContext): AllocatedElement {
  const members: { -readonly [Member in keyof AllocatedElement]?: string } = {};
  for (const [member, property] of MEMBERS) {
    const [first] = objectsOf(view, elements.term(number), property)
      .map(({ value }) => value)
      .sort();
    if (first !== undefined) members[member] = first;
  }
  return { ...members, id: elements.ids[number]! };
}
