/**
 * Every operation of every door, once: the OpenAPI document and the landing page are made from this table,
 * and a test holds it against the routes that the server really has.
 */
import { RDF_MEDIA_TYPES } from '../rdf/formats.ts';
import { GRAPH_OFFERS, RESULT_OFFERS } from './answer-query.ts';
import type { Operation } from './operation.ts';

const mediaTypes = (names: readonly string[]): Record<string, null> =>
  Object.fromEntries(names.map((name) => [name, null]));

const RESULTS = mediaTypes([...RESULT_OFFERS, ...GRAPH_OFFERS].map((offer) => offer.mediaTypes[0]));
const GRAPH = mediaTypes(GRAPH_OFFERS.map((offer) => offer.mediaTypes[0]));
const RDF_BODY = mediaTypes(RDF_MEDIA_TYPES);
const ENTITY_BODY = { 'application/json': 'Entity', 'application/ld+json': 'Entity' };
const PATCH_BODY = { ...ENTITY_BODY, 'application/merge-patch+json': 'Entity' };
const BATCH_BODY = { 'application/json': 'Entities', 'application/ld+json': 'Entities' };
const DECISION = { 'application/json': 'Decision', 'application/x-ndjson': null };

const NGSI_DONE = { description: 'Done' };
const NGSI_PARTLY = {
  description: 'Done in part',
  content: { 'application/json': 'NgsiLdUpdateResult' },
};
const NGSI_BATCH = {
  description: 'Some were refused',
  content: { 'application/json': 'NgsiLdBatchResult' },
};

export const OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/ingest/{source}',
    door: 'ingest',
    summary: 'Take records in; the answer comes when they are durable',
    body: {
      'application/json': null,
      'application/x-ndjson': null,
      'text/csv': null,
      'application/ld+json': null,
    },
    answers: {
      202: { description: 'All are taken', content: { 'application/json': 'IngestReport' } },
      207: {
        description: 'Some were refused or kept aside',
        content: { 'application/json': 'IngestReport' },
      },
    },
  },
  {
    method: 'post',
    path: '/ngsi-ld/v1/entities',
    door: 'ngsi-ld',
    summary: 'Create an entity',
    parameters: ['local', 'Link'],
    body: ENTITY_BODY,
    answers: { 201: { description: 'Created; Location has its address' } },
  },
  {
    method: 'patch',
    path: '/ngsi-ld/v1/entities/{id}',
    door: 'ngsi-ld',
    summary: 'Merge a fragment into an entity',
    parameters: ['options', 'local', 'Link'],
    body: PATCH_BODY,
    answers: { 204: NGSI_DONE },
  },
  {
    method: 'delete',
    path: '/ngsi-ld/v1/entities/{id}',
    door: 'ngsi-ld',
    summary: 'Delete an entity',
    parameters: ['local'],
    answers: { 204: NGSI_DONE },
  },
  {
    method: 'post',
    path: '/ngsi-ld/v1/entities/{id}/attrs',
    door: 'ngsi-ld',
    summary: 'Append attributes to an entity',
    parameters: ['options', 'local', 'Link'],
    body: ENTITY_BODY,
    answers: { 204: NGSI_DONE, 207: NGSI_PARTLY },
  },
  {
    method: 'patch',
    path: '/ngsi-ld/v1/entities/{id}/attrs',
    door: 'ngsi-ld',
    summary: 'Overwrite attributes that an entity has',
    parameters: ['options', 'local', 'Link'],
    body: PATCH_BODY,
    answers: { 204: NGSI_DONE, 207: NGSI_PARTLY },
  },
  {
    method: 'delete',
    path: '/ngsi-ld/v1/entities/{id}/attrs/{attribute}',
    door: 'ngsi-ld',
    summary: 'Delete an attribute',
    parameters: ['deleteAll', 'local', 'Link'],
    answers: { 204: NGSI_DONE },
  },
  {
    method: 'post',
    path: '/ngsi-ld/v1/entityOperations/upsert',
    door: 'ngsi-ld',
    summary: 'Create or change entities',
    parameters: ['options', 'local', 'Link'],
    body: BATCH_BODY,
    answers: {
      201: { description: 'Identifiers of those created', content: { 'application/json': 'Identifiers' } },
      204: NGSI_DONE,
      207: NGSI_BATCH,
    },
  },
  {
    method: 'post',
    path: '/ngsi-ld/v1/notify',
    door: 'ngsi-ld',
    summary: 'Take a notification in',
    parameters: ['Link'],
    body: ENTITY_BODY,
    answers: { 204: NGSI_DONE, 207: NGSI_BATCH },
  },
  {
    method: 'post',
    path: '/ngsi-ld/ex/v1/notify',
    door: 'ngsi-ld',
    summary: 'Take a notification in, at the address that Orion-LD has for it',
    parameters: ['Link'],
    body: ENTITY_BODY,
    answers: { 204: NGSI_DONE, 207: NGSI_BATCH },
  },
  {
    method: 'get',
    path: '/sparql',
    door: 'sparql',
    summary: 'Query, or describe the service',
    parameters: ['query', 'default-graph-uri', 'named-graph-uri', 'timeout', 'entailment'],
    answers: {
      200: { description: 'Solutions, a truth value, a graph or the description', content: RESULTS },
    },
  },
  {
    method: 'post',
    path: '/sparql',
    door: 'sparql',
    summary: 'Query or update',
    parameters: [
      'default-graph-uri',
      'named-graph-uri',
      'using-graph-uri',
      'using-named-graph-uri',
      'timeout',
      'entailment',
    ],
    body: {
      'application/x-www-form-urlencoded': 'SparqlForm',
      'application/sparql-query': null,
      'application/sparql-update': null,
    },
    answers: {
      200: {
        description: 'The answer, or what an update did',
        content: { ...RESULTS, 'application/json': 'UpdateAnswer' },
      },
    },
  },
  {
    method: 'get',
    path: '/v1/queries',
    door: 'sparql',
    summary: 'List the named queries',
    answers: { 200: { description: 'The queries', content: { 'application/json': 'NamedQueries' } } },
  },
  {
    method: 'get',
    path: '/v1/queries/{name}',
    door: 'sparql',
    summary: 'Run a named query; `$name=term` binds a parameter',
    parameters: ['timeout', 'entailment'],
    answers: { 200: { description: 'The answer', content: RESULTS } },
  },
  {
    method: 'post',
    path: '/v1/validate',
    door: 'validation',
    summary: 'Validate data without keeping them',
    parameters: ['base'],
    body: { 'application/json': 'ValidationRequest', ...RDF_BODY },
    answers: {
      200: {
        description: 'The report, conforming or not',
        content: { 'application/json': 'ValidationReport', ...GRAPH },
      },
    },
  },
  {
    method: 'post',
    path: '/v1/placements',
    door: 'placement',
    summary: 'Decide where a service should run',
    parameters: ['explain', 'Idempotency-Key'],
    body: { 'application/json': 'PlacementRequest' },
    answers: { 200: { description: 'The decision, placed or unplaceable', content: DECISION } },
  },
  {
    method: 'get',
    path: '/v1/placements/{id}',
    door: 'placement',
    summary: 'A decision as it was made, and what has become of it',
    answers: { 200: { description: 'The decision', content: { 'application/json': 'StoredDecision' } } },
  },
  {
    method: 'delete',
    path: '/v1/placements/{id}',
    door: 'placement',
    summary: 'Release what a decision holds',
    answers: { 204: { description: 'Released' } },
  },
  {
    method: 'post',
    path: '/v1/placements/{id}/confirm',
    door: 'placement',
    summary: 'Note that components of a decision run; all of them without a body',
    optionalBody: true,
    body: { 'application/json': 'Confirmation' },
    answers: { 204: { description: 'Noted' } },
  },
  {
    method: 'get',
    path: '/v1/explain/{id}',
    door: 'placement',
    summary: 'Every reason of a decision, recomputed at its state',
    answers: { 200: { description: 'The decision with all reasons', content: DECISION } },
  },
  {
    method: 'get',
    path: '/v1/sources/{name}/mapping',
    door: 'mapping',
    summary: 'The mapping of a source that is in force',
    answers: {
      200: {
        description: 'The text; Mapping-Version has its version',
        content: { 'text/turtle': null, 'application/yaml': null, 'application/json': 'SourceMapping' },
      },
    },
  },
  {
    method: 'put',
    path: '/v1/sources/{name}/mapping',
    door: 'mapping',
    summary: 'Put another mapping in force; records that are there follow in the background',
    body: { 'text/turtle': null, 'application/yaml': null },
    answers: { 200: { description: 'It is in force', content: { 'application/json': 'Reload' } } },
  },
  {
    method: 'delete',
    path: '/v1/sources/{name}/mapping',
    door: 'mapping',
    summary: 'Go back to the configured mapping',
    answers: { 200: { description: 'It is in force', content: { 'application/json': 'Reload' } } },
  },
  {
    method: 'post',
    path: '/v1/mappings/explain',
    door: 'mapping',
    summary: 'Why quads are there: records, rules with line and column, members',
    body: { 'application/json': 'QuadQuestion' },
    answers: {
      200: { description: 'The quads with their reasons', content: { 'application/json': 'QuadReasons' } },
    },
  },
  {
    method: 'get',
    path: '/v1/changes',
    door: 'state',
    summary: 'Changes in their order: a page of them, or a stream that goes on',
    parameters: ['from', 'limit', 'follow', 'kind', 'source', 'graphClass', 'Last-Event-ID'],
    answers: {
      200: {
        description:
          'A change a line or an event. A stream ends with `behind` (resume from `resumeFrom`), `closing`, or `problem`',
        content: { 'application/x-ndjson': 'Change', 'text/event-stream': null },
      },
    },
  },
  {
    method: 'get',
    path: '/v1/status',
    door: 'state',
    summary: 'Figures of the fabric and its sources',
    answers: { 200: { description: 'The figures', content: { 'application/json': 'Status' } } },
  },
  {
    method: 'get',
    path: '/v1/dump',
    door: 'state',
    summary: 'All quads of one state, present or past',
    parameters: ['graph', 'at'],
    answers: {
      200: { description: 'The quads', content: { 'application/n-quads': null, 'application/trig': null } },
    },
  },
  {
    method: 'post',
    path: '/v1/quads',
    door: 'state',
    summary: 'Load quads into user graphs, in bounded changes that can be resumed; nothing is added twice',
    parameters: ['into', 'scope', 'loadId', 'offset', 'more'],
    body: { 'application/n-quads': null, 'application/n-triples': null },
    answers: {
      200: { description: 'All of it is durable', content: { 'application/json': 'QuadLoadAnswer' } },
    },
  },
  {
    method: 'get',
    path: '/v1/quads/loads/{id}',
    door: 'state',
    summary: 'How far a load came that has not ended',
    answers: { 200: { description: 'Its progress', content: { 'application/json': 'QuadLoadProgress' } } },
  },
  {
    method: 'get',
    path: '/v1/backup',
    door: 'state',
    summary: 'Quads, records and given mappings of the present state, for `fabric restore`',
    answers: { 200: { description: 'The archive', content: { 'application/gzip': null } } },
  },
  {
    method: 'get',
    path: '/livez',
    door: 'operation',
    summary: 'Whether the process is alive; needs no token',
    answers: { 200: { description: 'It is', content: { 'application/json': null } } },
  },
  {
    method: 'get',
    path: '/readyz',
    door: 'operation',
    summary: 'Whether requests are taken; needs no token',
    answers: {
      200: { description: 'They are', content: { 'application/json': 'Readiness' } },
      503: { description: 'They are not, and why', content: { 'application/json': 'Readiness' } },
    },
  },
  {
    method: 'get',
    path: '/metrics',
    door: 'operation',
    summary: 'Figures for Prometheus',
    answers: { 200: { description: 'The figures', content: { 'text/plain': null } } },
  },
  {
    method: 'get',
    path: '/ontology',
    door: 'documents',
    summary: 'The ontology as one graph',
    answers: { 200: { description: 'The ontology', content: { ...GRAPH, 'text/html': null } } },
  },
  {
    method: 'get',
    path: '/ontology/{document}',
    door: 'documents',
    summary: 'One document of the ontology',
    answers: { 200: { description: 'The document', content: GRAPH } },
  },
  {
    method: 'get',
    path: '/openapi.json',
    door: 'documents',
    summary: 'This description',
    answers: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': null } } },
  },
  {
    method: 'get',
    path: '/docs',
    door: 'documents',
    summary: 'This description as a page',
    answers: { 200: { description: 'The page', content: { 'text/html': null } } },
  },
  {
    method: 'get',
    path: '/docs/{asset}',
    door: 'documents',
    summary: 'A part of that page',
    answers: { 200: { description: 'The part' } },
  },
  {
    method: 'get',
    path: '/',
    door: 'documents',
    summary: 'The doors of this server',
    answers: { 200: { description: 'The doors', content: { 'application/json': null, 'text/html': null } } },
  },
];
