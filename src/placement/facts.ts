/**
 * The facts of a request that SPARQL says badly: distances along the network, points in an area, lists.
 *
 * A property that a header names under `# facts:` is computed here when there is a rule for it; any other
 * becomes `cf:currentRequest <property> value`, one fact for each value of the list.
 */
import { namedNode, type RDF, typed } from '../rdf/terms.ts';
import { aeros, cf } from '../rdf/vocab.ts';
import type { GraphView } from '../store/graph-view.ts';
import { onlyObjectOf } from '../store/lookup.ts';
import type { Topology } from '../view/topology.ts';
import { decimalText, type FactsWanted, termOfValue } from './application.ts';
import { type Area, isWithin } from './area.ts';
import { domainOf, type ElementTable } from './element-table.ts';
import type { Fact } from './fact-view.ts';
import {
  CURRENT_REQUEST,
  LATITUDE_DEGREES,
  LONGITUDE_DEGREES,
  PATH_LATENCY_MS,
  WITHIN_REQUESTED_AREA,
} from './terms.ts';

export interface FactSources {
  readonly view: GraphView;
  readonly elements: ElementTable;
  readonly topology: () => Topology;
}

export function factsOf(wanted: FactsWanted, sources: FactSources): Iterable<Fact> {
  switch (wanted.predicate.value) {
    case PATH_LATENCY_MS.value:
      return pathLatencies(wanted.value as string, sources);
    case WITHIN_REQUESTED_AREA.value:
      return withinArea(wanted.value as Area, sources);
    default: {
      const values = Array.isArray(wanted.value) ? (wanted.value as unknown[]) : [wanted.value];
      return values.map((value): Fact => [CURRENT_REQUEST, wanted.predicate, termOfValue(value)]);
    }
  }
}

/** Subjects and properties of the snapshot that a computed fact about an element rests on. */
export function premisesOfFact(
  wanted: FactsWanted,
  element: string,
  sources: FactSources,
): (readonly [subject: string, predicate: RDF.NamedNode])[] {
  if (wanted.predicate.value !== PATH_LATENCY_MS.value) return [];
  const to = wanted.value as string;
  const route = routeBetween(element, to, sources);
  const stated = [
    [element, aeros.domain],
    [to, aeros.domain],
  ] as (readonly [string, RDF.NamedNode])[];
  for (const link of route?.links ?? []) {
    for (const predicate of [cf.linkFrom, cf.linkTo, cf.latencyMs]) stated.push([link, predicate]);
  }
  return stated;
}

function routeBetween(element: string, to: string, { view, topology }: FactSources) {
  return topology().route(placeOf(view, element), placeOf(view, to));
}

function placeOf(view: GraphView, id: string): { id: string; domain?: string } {
  const domain = domainOf(view, namedNode(id));
  return domain === undefined ? { id } : { id, domain };
}

function* pathLatencies(to: string, { view, elements, topology }: FactSources): Generator<Fact> {
  const network = topology();
  const target = placeOf(view, to);
  for (const [number, id] of elements.ids.entries()) {
    const route = network.route(placeOf(view, id), target);
    if (route) yield [elements.term(number), PATH_LATENCY_MS, typed(decimalText(route.latencyMs), 'decimal')];
  }
}

function* withinArea(area: Area, { view, elements }: FactSources): Generator<Fact> {
  for (let number = 0; number < elements.size; number++) {
    const element = elements.term(number);
    const longitude = degreesOf(onlyObjectOf(view, element, LONGITUDE_DEGREES));
    const latitude = degreesOf(onlyObjectOf(view, element, LATITUDE_DEGREES));
    if (longitude === undefined || latitude === undefined) continue;
    yield [element, WITHIN_REQUESTED_AREA, typed(isWithin(area, longitude, latitude), 'boolean')];
  }
}

function degreesOf(term: RDF.Term | undefined): number | undefined {
  if (term?.termType !== 'Literal' || term.value.trim() === '') return undefined;
  const degrees = Number(term.value);
  return Number.isFinite(degrees) ? degrees : undefined;
}
