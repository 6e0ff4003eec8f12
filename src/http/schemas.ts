/**
 * JSON Schemas of what goes in and out, for the OpenAPI document. The schema of a placement request is that
 * which checks it; the others describe the values of the port.
 */
import { z } from 'zod';
import { CAUSE_KINDS } from '../log/change.ts';
import { MAPPING_FORMATS } from '../mapping/parse/syntax.ts';
import { placementRequestJsonSchema } from '../placement/request.ts';
import { RDF_FORMATS } from '../rdf/formats.ts';
import { quadQuestionSchema } from './mappings.ts';
import { confirmationSchema } from './placements.ts';
import { problemCatalogue } from './problem.ts';

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer', minimum: 0 };
const truth: Schema = { type: 'boolean' };
const list = (items: Schema): Schema => ({ type: 'array', items });
const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** All members are required unless they stand in `optional`. */
const object = (properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});

const OUTCOMES = ['accepted', 'unchanged', 'stale', 'quarantined', 'refused'];

const rulePlace = object({ document: text, line: count, column: count, label: text }, ['line', 'column']);

const diagnostic = object({ code: text, message: text, attribute: text, term: text }, ['attribute', 'term']);

/** The schemas by name. */
export function componentSchemas(): Readonly<Record<string, Schema>> {
  return {
    Problem: {
      ...object(
        {
          type: {
            type: 'string',
            format: 'uri-reference',
            examples: problemCatalogue().map(({ type }) => type),
          },
          title: text,
          status: { type: 'integer', minimum: 400, maximum: 599 },
          detail: text,
          instance: { type: 'string', format: 'uri' },
          location: object({ source: text, line: count, column: count, offset: count }, [
            'source',
            'line',
            'column',
            'offset',
          ]),
          mend: { type: 'string', description: 'What to do about it.' },
        },
        ['instance', 'location', 'mend'],
      ),
      description: 'RFC 9457, with extension members by type.',
    },
    IngestReport: object({
      seq: { ...count, description: 'The last change of the body; 0 when it made none.' },
      counts: object({ received: count, ...Object.fromEntries(OUTCOMES.map((name) => [name, count])) }),
      diagnostics: { type: 'object', additionalProperties: count },
      problems: list(reference('RecordOutcome')),
    }),
    RecordOutcome: object(
      {
        source: text,
        key: text,
        position: count,
        status: { type: 'string', enum: OUTCOMES },
        created: truth,
        seq: count,
        diagnostics: list(diagnostic),
        problem: reference('Problem'),
        report: reference('ValidationReport'),
      },
      ['seq', 'problem', 'report'],
    ),
    Entity: {
      type: 'object',
      description: 'An NGSI-LD entity, fragment or notification in any representation.',
    },
    Entities: { type: 'array', minItems: 1, items: reference('Entity') },
    Identifiers: list({ type: 'string', format: 'uri' }),
    NgsiLdUpdateResult: object({
      updated: list(text),
      notUpdated: list(object({ attributeName: text, reason: text })),
    }),
    NgsiLdBatchResult: object({
      success: list(text),
      errors: list(object({ entityId: text, position: count, error: reference('Problem') }, ['entityId'])),
    }),
    SparqlForm: object({ query: text, update: text }, ['query', 'update']),
    UpdateAnswer: object({ seq: count, added: count, removed: count }),
    NamedQueries: object({
      queries: list(object({ name: text, label: text, text, parameters: list(text), href: text })),
    }),
    ValidationRequest: object(
      {
        data: { description: 'RDF text; for JSON-LD also JSON itself.' },
        format: { type: 'string', enum: Object.keys(RDF_FORMATS) },
        base: text,
        shapes: object({ data: { description: 'As `data`.' }, format: text }),
      },
      ['base', 'shapes'],
    ),
    ValidationReport: {
      type: 'object',
      properties: { conforms: truth, results: list({ type: 'object' }) },
      required: ['conforms', 'results'],
    },
    PlacementRequest: withoutDialect(placementRequestJsonSchema()),
    Decision: object(
      {
        id: { type: 'string', format: 'uri' },
        outcome: { type: 'string', enum: ['placed', 'unplaceable'] },
        service: text,
        basedOn: { ...count, description: 'Change whose state was judged.' },
        decidedAt: { type: 'string', format: 'date-time' },
        expiresAt: { type: 'string', format: 'date-time' },
        dryRun: truth,
        allocations: list({ type: 'object' }),
        alternatives: list({ type: 'object' }),
        reasons: list({ type: 'object' }),
        components: list({ type: 'object' }),
        rejections: {
          ...list({ type: 'object' }),
          description: 'Every rejected element with all reasons, where asked for.',
        },
      },
      ['expiresAt', 'rejections'],
    ),
    StoredDecision: object({
      decision: reference('Decision'),
      request: { type: 'object', description: 'The request without secrets.' },
      allocations: list({ type: 'object' }),
    }),
    Confirmation: jsonSchemaOf(confirmationSchema),
    SourceMapping: object({
      ...{ source: text, text, version: text, reloaded: truth },
      format: { type: 'string', enum: MAPPING_FORMATS },
    }),
    Reload: object({
      source: text,
      version: text,
      changed: { ...truth, description: 'Whether it can make other quads than the one before.' },
      records: { ...count, description: 'Records that are mapped again in the background.' },
    }),
    QuadQuestion: jsonSchemaOf(quadQuestionSchema),
    QuadReasons: object({
      seq: count,
      matches: list(
        object(
          {
            quad: text,
            graphClass: { type: 'string', enum: ['record', 'user', 'derived', 'system'] },
            record: object({ source: text, key: text, observedAt: text }),
            mappingVersion: text,
            rules: list(object({ triplesMap: rulePlace, rule: rulePlace })),
            members: list(text),
            parents: list(object({ source: text, key: text })),
          },
          ['record', 'mappingVersion', 'rules', 'members', 'parents'],
        ),
      ),
      complete: truth,
    }),
    Change: {
      ...object({
        seq: { ...count, description: 'Place in the sequence, which has no hole.' },
        at: { type: 'string', format: 'date-time' },
        cause: object({ kind: { type: 'string', enum: CAUSE_KINDS }, principal: text, tenant: text }),
        added: list({ ...text, description: 'A line of N-Quads.' }),
        removed: list(text),
      }),
      description: 'A line of a page or a stream, or the data of an event `change`.',
    },
    QuadLoadAnswer: object({
      seq: { ...count, description: 'The state that shows all of it.' },
      statements: count,
      added: { ...count, description: 'Statements that were not there before.' },
      offset: { ...count, description: 'Bytes of the text that are durable.' },
    }),
    QuadLoadProgress: object({ id: text, offset: count }),
    Readiness: object({ ready: truth, seq: count, reason: text }, ['seq', 'reason']),
    Status: object(
      {
        at: { type: 'string', format: 'date-time' },
        baseIri: { type: 'string', format: 'uri' },
        ready: truth,
        reason: text,
        seq: count,
        checkpointSeq: count,
        quads: count,
        terms: count,
        records: count,
        queueLength: count,
        tailLength: count,
        tailBytes: count,
        samplesWaiting: count,
        storageFull: truth,
        feed: object({ subscribers: count, dropped: count }),
        readers: list(
          object(
            {
              label: text,
              held: count,
              oldestSeconds: { type: 'number', minimum: 0 },
              oldestSeq: count,
              evicted: count,
            },
            ['oldestSeq'],
          ),
        ),
        sources: list({ type: 'object' }),
      },
      ['reason'],
    ),
  };
}

const jsonSchemaOf = (schema: z.ZodType): Schema => withoutDialect(z.toJSONSchema(schema, { io: 'input' }));

/** OpenAPI names the dialect once, for all. */
function withoutDialect(schema: object): Schema {
  const { $schema: _, ...rest } = schema as Record<string, unknown>;
  return rest;
}
