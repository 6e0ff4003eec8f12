/**
 * What an operation of a door is, for its description: doors, parameters, bodies and answers by name.
 */
import { CAUSE_KINDS } from '../log/change.ts';
import { GRAPH_CLASSES } from '../rdf/graphs.ts';
import type { Method } from './route.ts';

export interface Operation {
  readonly method: Method;
  /** Template; what stands in braces becomes a path parameter. */
  readonly path: string;
  readonly door: Door;
  readonly summary: string;
  readonly parameters?: readonly ParameterName[];
  /** Media types of the body with the name of their schema; null where there is none to give. */
  readonly body?: Readonly<Record<string, string | null>>;
  readonly optionalBody?: boolean;
  /** By status: description, and the media types as for `body`. Problems are added to all. */
  readonly answers: Readonly<Record<number, Answer>>;
}

export interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, string | null>>;
}

export const DOORS = {
  ingest: 'Records of configured sources',
  'ngsi-ld': 'Entities as NGSI-LD (GS CIM 009), with its own codes and error types',
  sparql: 'SPARQL 1.1 Protocol, and named queries',
  validation: 'Data against the shapes',
  placement: 'Where a service should run, and why not elsewhere',
  mapping: 'Mappings of sources, and why a quad is there',
  state: 'The state as a whole',
  operation: 'For whoever runs the process',
  documents: 'Ontology and descriptions',
} as const;

export type Door = keyof typeof DOORS;

export const PARAMETERS = {
  timeout: { schema: { type: 'integer', minimum: 1 }, description: 'Deadline in milliseconds.' },
  entailment: {
    schema: { type: 'string', enum: ['none', 'fabric'], default: 'none' },
    description: 'Whether triples that follow from the ontology are seen.',
  },
  query: { schema: { type: 'string' }, description: 'SPARQL query; without it the service is described.' },
  'default-graph-uri': {
    schema: { type: 'array', items: { type: 'string', format: 'uri' } },
    description: 'Graphs to merge into the default graph, in place of FROM.',
  },
  'named-graph-uri': {
    schema: { type: 'array', items: { type: 'string', format: 'uri' } },
    description: 'Named graphs, in place of FROM NAMED.',
  },
  'using-graph-uri': {
    schema: { type: 'array', items: { type: 'string', format: 'uri' } },
    description: 'Default graph of an update, in place of USING.',
  },
  'using-named-graph-uri': {
    schema: { type: 'array', items: { type: 'string', format: 'uri' } },
    description: 'Named graphs of an update, in place of USING NAMED.',
  },
  options: { schema: { type: 'string' }, description: 'NGSI-LD options, separated by commas.' },
  local: { schema: { type: 'boolean' }, description: 'Always true here: nothing is forwarded.' },
  deleteAll: { schema: { type: 'boolean' }, description: 'All instances go in any case.' },
  from: {
    schema: { type: 'integer', minimum: 1 },
    description: 'First change; without it a page begins with 1, and a stream with the next change.',
  },
  follow: {
    schema: { type: 'boolean', default: false },
    description: 'Whether lines go on with changes to come; events always do.',
  },
  kind: {
    schema: { type: 'array', items: { type: 'string', enum: CAUSE_KINDS } },
    description: 'Only changes with these causes.',
  },
  source: {
    schema: { type: 'array', items: { type: 'string' } },
    description: 'Only changes of records of these sources.',
  },
  graphClass: {
    schema: { type: 'array', items: { type: 'string', enum: GRAPH_CLASSES } },
    description: 'Only quads of graphs of these classes, and changes that have some.',
  },
  'Last-Event-ID': {
    in: 'header',
    schema: { type: 'integer', minimum: 0 },
    description: 'The last change that a stream gave; it goes on with the next one, whatever `from` says.',
  },
  limit: {
    schema: { type: 'integer', minimum: 1, maximum: 100_000, default: 1000 },
    description: 'How many changes at most.',
  },
  graph: { schema: { type: 'string', format: 'uri' }, description: 'Only this graph.' },
  at: {
    schema: { type: 'integer', minimum: 0 },
    description: 'The state after this change, as far as the log reaches back; absent: the present one.',
  },
  into: {
    name: 'graph',
    schema: { type: 'string', format: 'uri' },
    description: 'Graph of statements that name none; a user graph.',
  },
  scope: {
    schema: { type: 'string', pattern: '^[A-Za-z0-9]{1,64}$' },
    description:
      'Put in front of labels of blank nodes, so that those of other texts stay apart; absent: they stay.',
  },
  loadId: {
    name: 'id',
    schema: { type: 'string', pattern: '^[A-Za-z0-9]{1,64}$' },
    description: 'Name under which progress is kept until the load has ended.',
  },
  offset: {
    schema: { type: 'integer', minimum: 0, default: 0 },
    description: 'Bytes of the text that were sent before.',
  },
  more: {
    schema: { type: 'boolean', default: false },
    description: 'Whether more of the text follows; this body then ends with a line.',
  },
  base: { schema: { type: 'string', format: 'uri' }, description: 'Base IRI of the data.' },
  explain: {
    schema: { type: 'string', enum: ['none', 'summary', 'full'] },
    description: 'Wins over the member `explain` of the body.',
  },
  'Idempotency-Key': {
    in: 'header',
    schema: { type: 'string', maxLength: 255 },
    description: 'The same key gives the same decision for good.',
  },
  Link: { in: 'header', schema: { type: 'string' }, description: 'JSON-LD context of a JSON body.' },
} as const satisfies Record<string, { name?: string; in?: 'header'; schema: object; description: string }>;

export type ParameterName = keyof typeof PARAMETERS;
