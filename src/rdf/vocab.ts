/**
 * Namespaces and terms: the one place where an IRI of a vocabulary is spelt.
 *
 * Nothing is ever minted into the namespace of aerOS: `aeros` holds terms that exist there (a test holds
 * them against the published list); what we add lives in `cf`, and `ontology/` defines it.
 */
import type { RDF } from './terms.ts';
import { namedNode } from './terms.ts';

export const NS = {
  aeros: 'https://w3id.org/aerOS/continuum#',
  cf: 'https://w3id.org/continuum-fabric/ns#',
  dct: 'http://purl.org/dc/terms/',
  geo: 'http://www.opengis.net/ont/geosparql#',
  ngsi: 'https://uri.etsi.org/ngsi-ld/',
  ngsiDefault: 'https://uri.etsi.org/ngsi-ld/default-context/',
  org: 'http://www.w3.org/ns/org#',
  owl: 'http://www.w3.org/2002/07/owl#',
  prov: 'http://www.w3.org/ns/prov#',
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  rdfs: 'http://www.w3.org/2000/01/rdf-schema#',
  sdmIt: 'https://smartdatamodels.org/dataModel.IT/',
  sh: 'http://www.w3.org/ns/shacl#',
  sosa: 'http://www.w3.org/ns/sosa/',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
} as const;

/** Terms of a namespace by local name. */
function terms<const Names extends readonly string[]>(
  namespace: string,
  names: Names,
): { readonly [Name in Names[number]]: RDF.NamedNode } {
  return Object.freeze(Object.fromEntries(names.map((name) => [name, namedNode(namespace + name)]))) as never;
}

export const rdf = terms(NS.rdf, ['type', 'first', 'rest', 'nil', 'JSON'] as const);

export const rdfs = terms(NS.rdfs, ['subClassOf', 'subPropertyOf', 'label', 'comment', 'Class'] as const);

export const owl = terms(NS.owl, [
  'Class',
  'Ontology',
  'FunctionalProperty',
  'equivalentClass',
  'equivalentProperty',
  'inverseOf',
  'SymmetricProperty',
] as const);

export const xsd = terms(NS.xsd, [
  'string',
  'boolean',
  'integer',
  'decimal',
  'double',
  'float',
  'dateTime',
] as const);

export const geo = terms(NS.geo, ['wktLiteral'] as const);

export const prov = terms(NS.prov, [
  'Activity',
  'Entity',
  'used',
  'startedAtTime',
  'endedAtTime',
  'wasGeneratedBy',
  'generatedAtTime',
  'value',
] as const);

export const sh = terms(NS.sh, [
  'ValidationReport',
  'ValidationResult',
  'Violation',
  'Warning',
  'Info',
  'conforms',
  'result',
  'focusNode',
  'resultPath',
  'resultMessage',
  'resultSeverity',
  'sourceConstraintComponent',
  'sourceShape',
  'value',
] as const);

/** Terms of the aerOS continuum ontology that the code itself names. */
export const aeros = terms(NS.aeros, ['InfrastructureElement', 'domain'] as const);

/** Terms of our own namespace that the code itself names; each is defined in `ontology/`. */
export const cf = terms(NS.cf, [
  // time
  'lastObservedAt',
  // network, as the topology view reads it
  'linkFrom',
  'linkTo',
  'latencyMs',
  'bandwidthBitsPerSecond',
  // record graphs, quarantine, shadows
  'staleSince',
  'QuarantinedRecord',
  'recordSource',
  'recordKey',
  'recordDocument',
  'recordGraph',
  'problem',
  'DeadLetter',
  'position',
  'byteLength',
  'mappingVersion',
  'remapVersion',
  'remapCursor',
  'joinsOwed',
  'loadOffset',
  'constraintScope',
  // placement
  'PlacementDecision',
  'Allocation',
  'basedOn',
  'outcome',
  'request',
  'digest',
  'idempotencyKey',
  'allocation',
  'allocatedComponent',
  'allocatedElement',
  'allocationState',
  'expiresAt',
  'decidedAt',
] as const);
