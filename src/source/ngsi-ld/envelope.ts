/**
 * What stands around entities: batches, notifications, feature collections, the frame that MQTT puts around
 * a notification, and the Link header beside a body.
 */
import { FabricError } from '../../errors.ts';
import type { Json, JsonObject } from '../../mapping/record.ts';
import { isObject } from '../json-object.ts';
import { utcTime } from '../time.ts';

/** The entities of a body, and what its envelope says for all of them. */
export interface OpenedEnvelope {
  readonly items: readonly Json[];
  readonly context?: Json;
  readonly link?: string;
  /** When a notification was sent: ISO 8601, UTC. */
  readonly observedAt?: string;
}

export function openEnvelope(body: Json): OpenedEnvelope {
  if (Array.isArray(body)) return { items: body as readonly Json[] };
  if (!isObject(body)) return { items: [body] };
  const { type, data, features, notifiedAt, body: inner, metadata, '@context': context } = body;
  if (type === undefined && isObject(inner) && isObject(metadata)) return openMqttFrame(inner, metadata);
  const beside = context === undefined ? {} : { context };
  if (type === 'Notification' && Array.isArray(data)) {
    const observedAt = typeof notifiedAt === 'string' ? utcTime(notifiedAt) : undefined;
    return { items: data as readonly Json[], ...beside, ...(observedAt !== undefined && { observedAt }) };
  }
  if (type === 'FeatureCollection' && Array.isArray(features)) {
    return { items: features as readonly Json[], ...beside };
  }
  return { items: [body] };
}

/** GS CIM 009, 7.2: headers travel in `metadata`, the notification in `body`. */
function openMqttFrame(inner: JsonObject, metadata: JsonObject): OpenedEnvelope {
  const link = metadata['Link'] ?? metadata['link'];
  return { ...(typeof link === 'string' && { link }), ...openEnvelope(inner) };
}

/** @throws FabricError `record-invalid` for an item that is no object */
export function asEntity(item: Json): JsonObject {
  if (!isObject(item)) throw new FabricError('record-invalid', 'Entity is not a JSON object');
  const { id, type, properties, '@context': context } = item;
  // GS CIM 009, 4.5.16: attributes stand in `properties`; `geometry` repeats one of them.
  if (type !== 'Feature' || !isObject(properties)) return item;
  return { id: id ?? null, ...properties, ...(context !== undefined && { '@context': context }) };
}

const LINK = /<([^>]*)>([^,]*)/g;
const JSONLD_CONTEXT = 'http://www.w3.org/ns/json-ld#context';

/** The address of the context in a `Link` header (JSON-LD 1.1, 6.2); an address alone stands for itself. */
export function contextOfLink(link: string): string | undefined {
  if (!link.includes('<')) return link;
  for (const [, address = '', parameters = ''] of link.matchAll(LINK)) {
    if (parameters.includes(JSONLD_CONTEXT)) return address;
  }
  return undefined;
}
