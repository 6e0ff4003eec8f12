/**
 * One attribute of an entity, in whichever representation it comes, as rows of the record document.
 *
 * Normalized, concise and simplified forms are told apart by what they hold, since senders do not say
 * (GS CIM 009, 4.5.2 to 4.5.4, and the aerOS PATCH bodies, which are concise).
 */
import { FabricError } from '../../errors.ts';
import type { NgsiAnnotations, NgsiRow } from '../../mapping/ngsi-ld-document.ts';
import type { Json, JsonObject } from '../../mapping/record.ts';
import { canonicalJson } from '../../rdf/canonical-json.ts';
import { isObject } from '../json-object.ts';
import { utcTime } from '../time.ts';
import { kindOf } from './attribute-kind.ts';
import { type Rows, simplifiedRows, valueOf } from './attribute-value.ts';
import type { CompiledContext } from './compiled-context.ts';
import type { CoordinateOrder } from './geometry.ts';
import { looksLikeGeometry } from './geometry.ts';
import type { Notes } from './notes.ts';

/** What reading an attribute needs to know beside its value. */
export interface AttributeScope {
  /** As the body has it; for messages. */
  readonly name: string;
  readonly entity: string;
  readonly coercion: string | undefined;
  readonly context: CompiledContext;
  readonly order: CoordinateOrder;
  readonly notes: Notes;
}

/** `drop`: the body takes the attribute away; `absent`: it says nothing about it. */
export interface AttributeReading {
  readonly rows: Rows;
  readonly observedAt?: string;
}

/** @throws FabricError `record-invalid` where the attribute is not NGSI-LD */
export function readAttribute(value: Json, scope: AttributeScope): AttributeReading {
  if (isInstance(value)) return readInstance(value, scope);
  const instances = instancesOf(value);
  return instances === undefined ? { rows: simplifiedRows(value, scope) } : readInstances(instances, scope);
}

const isInstance = (value: Json): value is JsonObject =>
  isObject(value) && !looksLikeGeometry(value) && kindOf(value) !== undefined;

function instancesOf(value: Json): readonly JsonObject[] | undefined {
  if (isObject(value)) return datasetsOf(value);
  const items = Array.isArray(value) ? (value as readonly Json[]) : [];
  return items.length > 0 && items.every(isInstance) ? items : undefined;
}

/** `{ "dataset": { "@none": …, "urn:…": … } }`, several instances in simplified form (GS CIM 009, 4.5.4). */
function datasetsOf(object: JsonObject): readonly JsonObject[] | undefined {
  const datasets = object['dataset'];
  if (!isObject(datasets) || Object.keys(object).length !== 1) return undefined;
  return Object.entries(datasets).map(([datasetId, value]) =>
    datasetId === '@none' ? { value } : { value, datasetId },
  );
}

/** Several instances: one for each dataset; of one dataset, as temporal bodies have it, the newest. */
function readInstances(instances: readonly JsonObject[], scope: AttributeScope): AttributeReading {
  const newest = new Map<string, AttributeReading>();
  for (const instance of instances) {
    const dataset = typeof instance['datasetId'] === 'string' ? instance['datasetId'] : '';
    const reading = readInstance(instance, scope);
    const before = newest.get(dataset);
    if (before !== undefined) scope.notes.add('older-instance-left-out', scope.name);
    if (before === undefined || (reading.observedAt ?? '') >= (before.observedAt ?? ''))
      newest.set(dataset, reading);
  }
  const readings = [...newest.values()];
  const times = readings.flatMap((reading) => reading.observedAt ?? []).sort();
  return {
    rows: joinRows(
      readings.map((reading) => reading.rows),
      scope,
    ),
    ...timeOf(times.at(-1)),
  };
}

function joinRows(parts: readonly Rows[], scope: AttributeScope): Rows {
  if (parts.every((part) => part === 'drop')) return 'drop';
  if (parts.includes('drop')) scope.notes.add('dataset-not-merged', scope.name);
  const rows = parts.filter((part) => typeof part !== 'string');
  return rows.length === 0 ? 'absent' : rows.flat();
}

const timeOf = (observedAt: string | undefined): { readonly observedAt?: string } =>
  observedAt === undefined ? {} : { observedAt };

function readInstance(instance: JsonObject, scope: AttributeScope): AttributeReading {
  const kind = kindOf(instance)!;
  if (kind.remark !== undefined) scope.notes.add(kind.remark, scope.name);
  const { rows, holder } = valueOf(kind.name, instance, scope);
  const time = timeOf(observedAtOf(instance, scope));
  const annotations = annotationsOf(instance, holder, scope);
  if (typeof rows === 'string' || annotations === undefined) return { rows, ...time };
  return { rows: rows.map((row): NgsiRow => ({ ...row, ...annotations })), ...time };
}

/** GS CIM 009, 4.6.3: a DateTime; everything else is bad request data. */
function observedAtOf(instance: JsonObject, scope: AttributeScope): string | undefined {
  const stated = instance['observedAt'];
  if (stated === undefined || stated === null) return undefined;
  const time = typeof stated === 'string' ? utcTime(stated) : undefined;
  if (time !== undefined) return time;
  throw new FabricError(
    'record-invalid',
    `Attribute "${scope.name}" of ${scope.entity} has an observedAt that is not an ISO 8601 time`,
  );
}

const STAMPS = new Set(['createdAt', 'modifiedAt', 'deletedAt', 'instanceId']);
const READ_ELSEWHERE = new Set(['type', '@type', 'observedAt']);

/** Everything that an attribute says beside its value; undefined for nothing, which is the usual case. */
function annotationsOf(
  instance: JsonObject,
  holder: string,
  scope: AttributeScope,
): NgsiAnnotations | undefined {
  let found: { unitCode?: string; datasetId?: string } | undefined;
  let others: Record<string, Json> | undefined;
  for (const [name, value] of Object.entries(instance)) {
    if (name === holder || READ_ELSEWHERE.has(name)) continue;
    if (STAMPS.has(name)) {
      scope.notes.add('system-attribute-ignored', scope.name);
    } else if ((name === 'unitCode' || name === 'datasetId') && typeof value === 'string') {
      (found ??= {})[name] = value;
    } else {
      (others ??= Object.create(null) as Record<string, Json>)[name] = value;
    }
  }
  if (found === undefined && others === undefined) return undefined;
  scope.notes.add('annotation-not-mapped', scope.name);
  return others === undefined ? found : { ...found, annotations: canonicalJson(others) };
}
