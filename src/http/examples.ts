/**
 * What one may send, by operation, for the OpenAPI document. The examples hang together: what one creates,
 * the next ones change, so that in the order of the document they all work against an empty fabric too. In
 * an operation, examples of the same name belong together; where a name is missing, the first one holds.
 */
import type { Json } from '../log/change.ts';
import { MAPPING_EXAMPLES } from './mapping-examples.ts';
import type { Method } from './route.ts';
import { stateExamples } from './state-examples.ts';

export interface Example {
  readonly summary: string;
  /** JSON for JSON and forms, text for any other media type, a value for a parameter. */
  readonly value: Json;
}

export type Examples = Readonly<Record<string, Example>>;

export interface OperationExamples {
  /** By name, of path and query. */
  readonly parameters?: Readonly<Record<string, Examples>>;
  /** By media type. */
  readonly body?: Readonly<Record<string, Examples>>;
}

export type OperationKey = `${Method} ${string}`;

const CORE_CONTEXT = 'https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld';

const ELEMENT = 'urn:ngsi-ld:InfrastructureElement:valencia:worker-7';
const DOMAIN = 'urn:ngsi-ld:Domain:valencia-port';
/** In UUID version 7, as decisions have it; which there are, an answer tells. */
const DECISION = '019caf3c-1c00-7000-8000-0242ac110002';

const PREFIXES = `PREFIX aeros: <https://w3id.org/aerOS/continuum#>
PREFIX cf: <https://w3id.org/continuum-fabric/ns#>
`;

/** The same example under several media types. */
const under = (mediaTypes: readonly string[], examples: Examples): Readonly<Record<string, Examples>> =>
  Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, examples]));

const one = (name: string, summary: string, value: Json): Examples => ({ [name]: { summary, value } });

const lines = (...rows: readonly string[]): string => `${rows.join('\n')}\n`;

const property = (value: Json): Json => ({ type: 'Property', value });
const relationship = (object: string): Json => ({ type: 'Relationship', object });

const element = (id: string, hostname: string): Readonly<Record<string, Json>> => ({
  id,
  type: 'InfrastructureElement',
  hostname: property(hostname),
  domain: relationship('urn:ngsi-ld:Domain:valencia'),
  lowLevelOrchestrator: relationship('urn:ngsi-ld:LowLevelOrchestrator:valencia-Kubernetes'),
  containerTechnology: property('Kubernetes'),
  cpuCores: property(8),
  currentCpuUsage: property(12),
  ramCapacity: property(16_000),
  availableRam: property(11_200),
  diskCapacity: property(250_000),
  availableDisk: property(180_000),
  cpuArchitecture: relationship('urn:ngsi-ld:CpuArchitecture:AMD64'),
  operatingSystem: relationship('urn:ngsi-ld:OperatingSystem:Linux'),
  infrastructureElementTier: relationship('urn:ngsi-ld:InfrastructureElementTier:Edge'),
  infrastructureElementStatus: relationship('urn:ngsi-ld:InfrastructureElementStatus:Ready'),
  realTimeCapable: property(false),
  trustScore: property(0.87),
  location: { type: 'GeoProperty', value: { type: 'Point', coordinates: [-0.3763, 39.4699] } },
});

const domain = (id: string): Readonly<Record<string, Json>> => ({
  id,
  type: 'Domain',
  description: property('Port of Valencia'),
  publicUrl: property('https://port.valencia.example'),
  isEntrypoint: property(false),
  domainStatus: relationship('urn:ngsi-ld:DomainStatus:Functional'),
});

const linked = (entity: Readonly<Record<string, Json>>): Json => ({ ...entity, '@context': CORE_CONTEXT });

const ELEMENT_ID = { id: one('element', 'An infrastructure element', ELEMENT) };
const DECISION_ID = { id: one('decision', 'The last part of the IRI of a decision', DECISION) };

/** A body of an entity or a fragment, as JSON and with its context inside. */
function entityBody(
  name: string,
  summary: string,
  json: Readonly<Record<string, Json>>,
  jsonLd: Readonly<Record<string, Json>> = json,
): Readonly<Record<string, Examples>> {
  return {
    'application/json': one(name, summary, json),
    'application/ld+json': one(name, `${summary}, with its context`, linked(jsonLd)),
  };
}

const READING = { currentCpuUsage: { value: 31 }, availableRam: { value: 9800 } };
const patchBody: OperationExamples['body'] = {
  ...entityBody('reading', 'What self-awareness of aerOS sends', READING),
  'application/merge-patch+json': one('reading', 'What self-awareness of aerOS sends', READING),
};

const notification: OperationExamples = {
  body: entityBody('changed', 'A subscription tells of a changed element', {
    id: 'urn:ngsi-ld:Notification:1',
    type: 'Notification',
    subscriptionId: 'urn:ngsi-ld:Subscription:elements',
    notifiedAt: '2026-03-01T10:00:00Z',
    data: [element('urn:ngsi-ld:InfrastructureElement:valencia:worker-9', 'valencia-worker-9')],
  }),
};

const TELEMETRY: Json = {
  element: 'urn:ngsi-ld:InfrastructureElement:valencia:sensor-1',
  observedAt: '2026-03-01T10:00:00Z',
  hostname: 'valencia-sensor-1',
  domain: 'urn:ngsi-ld:Domain:valencia',
  status: 'Ready',
  tier: 'FarEdge',
  cpu: { architecture: 'aarch64', cores: 4, usagePercent: 12.5 },
  memory: { capacityMegabytes: 8192, availableMegabytes: 5100 },
  energy: { greenRatio: 0.95 },
  containerTechnology: 'K3s',
};
const LINK_MEASURED: Json = {
  from: 'urn:ngsi-ld:Domain:valencia',
  to: DOMAIN,
  observedAt: '2026-03-01T10:00:00Z',
  latencyMs: 2.5,
  bandwidthBitsPerSecond: 1_000_000_000,
  bidirectional: true,
};

const SELECT = `${PREFIXES}SELECT ?hostname ?memory WHERE {
  ?element a aeros:InfrastructureElement ;
    cf:hostname ?hostname ;
    cf:memoryAvailableBytes ?memory .
}
ORDER BY DESC(?memory)
LIMIT 5
`;
const ASK = `${PREFIXES}ASK { ?element aeros:infrastructureElementTier aeros:EdgeTier }
`;
const CONSTRUCT = `${PREFIXES}CONSTRUCT { ?element aeros:domain ?domain } WHERE { ?element aeros:domain ?domain }
`;
const QUERIES: Examples = {
  select: { summary: 'The elements with the most free memory', value: SELECT },
  ask: { summary: 'Whether there is an element of the edge', value: ASK },
  construct: { summary: 'Which domain each element is in', value: CONSTRUCT },
};
const NOTES_GRAPH = 'urn:example:notes';
const UPDATE = `INSERT DATA { GRAPH <${NOTES_GRAPH}> { <${ELEMENT}> <urn:example:room> "B 12" } }
`;

const RDF_NS = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const AEROS = 'https://w3id.org/aerOS/continuum#';
const XSD_INTEGER = 'http://www.w3.org/2001/XMLSchema#integer';
const turtle = (cores: number): string => `PREFIX aeros: <${AEROS}>
<element/1> a aeros:InfrastructureElement ; aeros:cpuCores ${cores} .
`;
const OWN_SHAPES = `PREFIX aeros: <${AEROS}>
PREFIX sh: <http://www.w3.org/ns/shacl#>
[] a sh:NodeShape ;
  sh:targetClass aeros:InfrastructureElement ;
  sh:property [ sh:path aeros:cpuCores ; sh:minInclusive 2 ] .
`;
const conforming = (value: Json): Examples => one('conforming', 'An element that breaks no shape', value);

const PLACEMENTS: Examples = {
  placed: {
    summary: 'Two components, placed together or not at all',
    value: {
      service: 'video-analytics',
      components: [
        {
          name: 'detector',
          image: 'example/detector:1.4',
          ports: [{ number: 8080 }],
          env: [{ name: 'CAMERA_TOKEN', secretRef: 'camera/token' }],
          requirements: { cpuMillicores: 250, memoryBytes: 64_000_000, cpuArchitecture: 'x86_64' },
        },
        {
          name: 'dashboard',
          image: 'example/dashboard:2.0',
          requirements: { memoryBytes: 32_000_000, tiers: ['Cloud', 'Edge'] },
        },
      ],
      weights: { 'green-energy': 2, 'cpu-headroom': 1 },
    },
  },
  ranked: {
    summary: 'The three best ways, nothing claimed',
    value: {
      service: 'sensor-gateway',
      components: [
        { name: 'gateway', requirements: { cpuMillicores: 100, domains: 'urn:ngsi-ld:Domain:valencia' } },
      ],
      limit: 3,
      dryRun: true,
    },
  },
  unplaceable: {
    summary: 'More than any element has; the answer gives the reasons',
    value: {
      service: 'climate-model',
      components: [{ name: 'solver', requirements: { cpuMillicores: 10_000_000, gpuCount: 512 } }],
      explain: 'summary',
    },
  },
};

export const EXAMPLES: Readonly<Record<OperationKey, OperationExamples>> = {
  'post /v1/ingest/{source}': {
    parameters: {
      source: {
        telemetry: { summary: 'Readings as JSON', value: 'telemetry' },
        telemetryCsv: { summary: 'Readings as CSV', value: 'telemetry-csv' },
        links: { summary: 'Measured links as JSON', value: 'network-links' },
        linksCsv: { summary: 'Measured links as CSV', value: 'network-links-csv' },
        entity: { summary: 'NGSI-LD entities', value: 'ngsi-ld' },
      },
    },
    body: {
      'application/json': {
        telemetry: { summary: 'A reading of an element', value: TELEMETRY },
        links: { summary: 'Measured links', value: [LINK_MEASURED] },
      },
      'application/x-ndjson': {
        telemetry: {
          summary: 'A reading a line',
          value: lines(
            `{"element":"urn:ngsi-ld:InfrastructureElement:valencia:sensor-2","observedAt":"2026-03-01T10:00:00Z","cpu":{"cores":4,"usagePercent":40}}`,
            `{"element":"urn:ngsi-ld:InfrastructureElement:valencia:sensor-3","observedAt":"2026-03-01T10:00:01Z","cpu":{"cores":2,"usagePercent":7}}`,
          ),
        },
      },
      'text/csv': {
        telemetryCsv: {
          summary: 'A reading a row; an empty cell says nothing',
          value: lines(
            'element,observed_at,hostname,status,cpu_cores,cpu_usage_percent,memory_available_megabytes',
            'urn:ngsi-ld:InfrastructureElement:valencia:sensor-4,2026-03-01T10:00:00Z,valencia-sensor-4,Ready,4,12.5,5100',
            'urn:ngsi-ld:InfrastructureElement:valencia:sensor-5,2026-03-01T10:00:01Z,valencia-sensor-5,Ready,2,,1800',
          ),
        },
        linksCsv: {
          summary: 'A measured link a row',
          value: lines(
            'from,to,observed_at,latency_ms,bandwidth_bits_per_second,bidirectional',
            `urn:ngsi-ld:Domain:athens,${DOMAIN},2026-03-01T10:00:00Z,41.25,1000000000,true`,
          ),
        },
      },
      'application/ld+json': {
        entity: {
          summary: 'An entity with its context',
          value: linked(element('urn:ngsi-ld:InfrastructureElement:valencia:worker-6', 'valencia-worker-6')),
        },
      },
    },
  },
  'post /ngsi-ld/v1/entities': {
    body: {
      'application/json': one('element', 'An element as aerOS has it', element(ELEMENT, 'valencia-worker-7')),
      'application/ld+json': one('domain', 'A domain, with its context', linked(domain(DOMAIN))),
    },
  },
  'patch /ngsi-ld/v1/entities/{id}': { parameters: ELEMENT_ID, body: patchBody },
  'delete /ngsi-ld/v1/entities/{id}': { parameters: { id: one('domain', 'A domain', DOMAIN) } },
  'post /ngsi-ld/v1/entities/{id}/attrs': {
    parameters: ELEMENT_ID,
    body: entityBody('energy', 'What was not known yet', {
      greenEnergyRatio: property(0.62),
      currentPowerConsumption: { type: 'Property', value: 38.5, unitCode: 'WTT' },
    }),
  },
  'patch /ngsi-ld/v1/entities/{id}/attrs': { parameters: ELEMENT_ID, body: patchBody },
  'delete /ngsi-ld/v1/entities/{id}/attrs/{attribute}': {
    parameters: { ...ELEMENT_ID, attribute: one('element', 'By its short name', 'trustScore') },
  },
  'post /ngsi-ld/v1/entityOperations/upsert': {
    parameters: { options: one('batch', 'Attributes that are not sent stay', 'update') },
    body: {
      'application/json': one('batch', 'A domain and an element in it', [
        domain('urn:ngsi-ld:Domain:valencia-rail'),
        element('urn:ngsi-ld:InfrastructureElement:valencia:worker-10', 'valencia-worker-10'),
      ]),
      'application/ld+json': one('batch', 'Elements, each with its context', [
        linked(element('urn:ngsi-ld:InfrastructureElement:valencia:worker-11', 'valencia-worker-11')),
        linked(element('urn:ngsi-ld:InfrastructureElement:valencia:worker-12', 'valencia-worker-12')),
      ]),
    },
  },
  'post /ngsi-ld/v1/notify': notification,
  'post /ngsi-ld/ex/v1/notify': notification,
  'get /sparql': { parameters: { query: QUERIES } },
  'post /sparql': {
    body: {
      'application/x-www-form-urlencoded': {
        select: { summary: 'A query', value: { query: SELECT } },
        update: { summary: 'An update', value: { update: UPDATE } },
      },
      'application/sparql-query': QUERIES,
      'application/sparql-update': one('update', 'A note about an element, in a graph of its own', UPDATE),
    },
  },
  'get /v1/queries/{name}': {
    parameters: {
      name: {
        components: { summary: 'What stands on an element', value: 'components-on-element' },
        stale: { summary: 'What has not reported since', value: 'stale-elements' },
        memory: { summary: 'Free memory of each domain', value: 'free-memory-per-domain' },
      },
      terms: {
        components: { summary: 'Of this element', value: { $element: ELEMENT } },
        stale: { summary: 'Since this time', value: { $before: '2026-03-01T11:00:00Z' } },
        memory: { summary: 'It has no parameters', value: {} },
      },
    },
  },
  'post /v1/validate': {
    parameters: { base: one('conforming', 'For relative IRIs', 'https://continuum.example/') },
    body: {
      'application/json': {
        violating: {
          summary: 'An element that breaks a shape',
          value: { data: turtle(-4), format: 'turtle', base: 'https://continuum.example/' },
        },
        ownShapes: {
          summary: 'Against shapes of your own',
          value: {
            data: { '@id': 'urn:example:element:1', '@type': `${AEROS}InfrastructureElement` },
            format: 'json-ld',
            shapes: { data: OWN_SHAPES, format: 'turtle' },
          },
        },
      },
      'text/turtle': conforming(turtle(4)),
      'application/trig': conforming(
        `PREFIX aeros: <${AEROS}>\n<graph/1> { <element/1> a aeros:InfrastructureElement ; aeros:cpuCores 4 }\n`,
      ),
      ...under(
        ['application/n-triples', 'application/n-quads'],
        conforming(
          lines(
            `<urn:example:element:1> <${RDF_NS}type> <${AEROS}InfrastructureElement> .`,
            `<urn:example:element:1> <${AEROS}cpuCores> "4"^^<${XSD_INTEGER}> .`,
          ),
        ),
      ),
      'application/ld+json': conforming({
        '@id': 'element/1',
        '@type': `${AEROS}InfrastructureElement`,
        [`${AEROS}cpuCores`]: 4,
      }),
      'application/rdf+xml': conforming(
        lines(
          `<rdf:RDF xmlns:rdf="${RDF_NS}" xmlns:aeros="${AEROS}">`,
          '  <aeros:InfrastructureElement rdf:about="urn:example:element:1">',
          `    <aeros:cpuCores rdf:datatype="${XSD_INTEGER}">4</aeros:cpuCores>`,
          '  </aeros:InfrastructureElement>',
          '</rdf:RDF>',
        ),
      ),
    },
  },
  'post /v1/placements': { body: { 'application/json': PLACEMENTS } },
  'get /v1/placements/{id}': { parameters: DECISION_ID },
  'delete /v1/placements/{id}': { parameters: DECISION_ID },
  'post /v1/placements/{id}/confirm': {
    parameters: DECISION_ID,
    body: { 'application/json': one('decision', 'One of the components runs', { components: ['detector'] }) },
  },
  'get /v1/explain/{id}': { parameters: DECISION_ID },
  ...MAPPING_EXAMPLES,
  ...stateExamples(ELEMENT, NOTES_GRAPH),
  'get /ontology/{document}': { parameters: { document: one('shapes', 'The shapes', 'shapes.ttl') } },
  'get /docs/{asset}': { parameters: { asset: one('style', 'Its style', 'swagger-ui.css') } },
};
