/**
 * NGSI-LD bodies as records: single entities, batches, notifications, GeoJSON features, and the bare
 * fragments that aerOS sends as PATCH bodies.
 *
 * A bad entity never takes its neighbours with it.
 */
import type { Config } from '../../config.ts';
import { FabricError } from '../../errors.ts';
import type { Json, JsonObject, SourceReading } from '../../mapping/record.ts';
import { redact } from '../redact.ts';
import type { CompiledContext } from './compiled-context.ts';
import type { ContextStore } from './context-store.ts';
import { readEntity } from './entity.ts';
import { asEntity, contextOfLink, openEnvelope } from './envelope.ts';
import type { CoordinateOrder } from './geometry.ts';

export interface NgsiReader {
  /** Reads a parsed body; one reading for each entity in it, in its order. */
  entities(body: Json, options: EntitiesOptions): Promise<SourceReading[]>;
  /**
   * Expands the name of an attribute, as it stands in an address.
   *
   * @throws FabricError `record-invalid` for a name that does not expand to an IRI; `origin-refused`
   */
  attributeIri(name: string, link?: string): Promise<string>;
}

export interface EntitiesOptions {
  readonly op: 'replace' | 'merge';
  /** Id from the address; a body that names another one is refused. */
  readonly id?: string;
  /** `Link` header, or the address of the context. */
  readonly link?: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** When the body says nothing else: ISO 8601, UTC. */
  readonly observedAt?: string;
  /** The body holds attributes only, no type and perhaps no id. */
  readonly fragment?: boolean;
}

export interface NgsiReaderOptions {
  /** Name of the source, as it stands in the records. */
  readonly source: string;
  readonly secrets: Config['secrets'];
  readonly contexts: ContextStore;
  /** Of coordinates under an attribute name; longitude first where absent. */
  readonly orderOf?: (name: string) => CoordinateOrder;
}

export function makeNgsiReader(reader: NgsiReaderOptions): NgsiReader {
  return {
    async entities(body, options) {
      const { items, ...beside } = openEnvelope(body);
      const link = beside.link ?? options.link;
      const envelope: Envelope = {
        context: beside.context ?? (link === undefined ? undefined : contextOfLink(link)),
        observedAt: beside.observedAt ?? options.observedAt,
      };
      const readings: SourceReading[] = [];
      for (const [position, item] of items.entries()) {
        try {
          const entity = asEntity(item);
          const found = reader.contexts.get(entity['@context'] ?? envelope.context);
          // No turn is lost on a context that is known already.
          const context = found instanceof Promise ? await found : found;
          readings.push(readOne(entity, context, envelope, position, reader, options));
        } catch (thrown) {
          if (!(thrown instanceof FabricError)) throw thrown;
          const bytes = Buffer.byteLength(JSON.stringify(item));
          readings.push({ ok: false, problem: thrown, position, bytes });
        }
      }
      return readings;
    },
    async attributeIri(name, link) {
      const compiled = await reader.contexts.get(link === undefined ? undefined : contextOfLink(link));
      return iriOf(name, compiled);
    },
  };
}

interface Envelope {
  readonly context: Json | undefined;
  readonly observedAt: string | undefined;
}

const lonLat = (): CoordinateOrder => 'lon-lat';

function readOne(
  entity: JsonObject,
  context: CompiledContext,
  envelope: Envelope,
  position: number,
  reader: NgsiReaderOptions,
  options: EntitiesOptions,
): SourceReading {
  const { record, diagnostics } = readEntity(redact(entity, reader.secrets) as JsonObject, {
    source: reader.source,
    op: options.op,
    id: options.id,
    fragment: options.fragment ?? false,
    observedAt: envelope.observedAt,
    receivedAt: options.receivedAt,
    context,
    secrets: reader.secrets,
    orderOf: reader.orderOf ?? lonLat,
  });
  return diagnostics.length === 0
    ? { ok: true, record, position }
    : { ok: true, record, position, diagnostics };
}

function iriOf(name: string, context: CompiledContext): string {
  const expanded = context.expand(name);
  if (expanded.kind === 'iri') return expanded.iri;
  throw new FabricError('record-invalid', `Name "${name}" is not the name of an attribute`);
}
