/**
 * Plain JSON records: split out of a document, identified, timed, and rid of their secrets.
 */
import * as jsonpath from 'json-p3';
import type { Config, SourceConfig } from '../config.ts';
import { FabricError, messageOf } from '../errors.ts';
import type { Json, JsonObject, SourceReading, SourceRecord } from '../mapping/record.ts';
import type { PieceReader } from './formats.ts';
import { isObject } from './json-object.ts';
import type { ReadOptions } from './reading.ts';
import { redact } from './redact.ts';
import { compileSecretNames } from './secret-names.ts';
import { utcTime } from './time.ts';

/** @throws FabricError `config-invalid` */
export function makePlainRecords(source: SourceConfig, secrets: Config['secrets']): PieceReader {
  const split = splitter(source);
  if (source.key !== undefined) refuseSecretKey(source.name, source.key, secrets);
  return ({ value, bytes }, options) => {
    const items = split(value, options);
    return items.map((item, position): SourceReading => {
      try {
        return { ok: true, record: recordOf(item, source, secrets, options), position };
      } catch (thrown) {
        if (!(thrown instanceof FabricError)) throw thrown;
        const length = items.length === 1 ? bytes : Buffer.byteLength(JSON.stringify(item));
        return { ok: false, problem: thrown, position, bytes: length };
      }
    });
  };
}

function splitter(source: SourceConfig): (value: Json, options: ReadOptions) => readonly Json[] {
  const { split } = source;
  if (split === undefined) {
    // Without a key there is one record, which is the whole document.
    return (value, { key }) =>
      Array.isArray(value) && (source.key ?? key) !== undefined ? (value as readonly Json[]) : [value];
  }
  try {
    const query = jsonpath.compile(split);
    return (value) => query.query(value as Parameters<typeof query.query>[0]).values() as Json[];
  } catch (thrown) {
    throw new FabricError(
      'config-invalid',
      `Source "${source.name}" has a split that is not JSONPath: ${messageOf(thrown)}`,
      {
        cause: thrown,
      },
    );
  }
}

/** All keys would be one and the same reference. */
function refuseSecretKey(name: string, key: string, secrets: Config['secrets']): void {
  const names = compileSecretNames(secrets);
  if (key.split(/[\s.]+/).every((member) => names.kindOf(member) === 'plain')) return;
  throw new FabricError(
    'config-invalid',
    `Source "${name}" has the key "${key}", which is a secret and is cut out`,
  );
}

function recordOf(
  item: Json,
  source: SourceConfig,
  secrets: Config['secrets'],
  options: ReadOptions,
): SourceRecord {
  if (!isObject(item)) throw new FabricError('record-invalid', 'Record is not a JSON object');
  const value = redact(item, secrets) as JsonObject;
  const observedAt = timeOf(value, source);
  return {
    source: source.name,
    key: options.key ?? keyOf(value, source),
    op: source.op,
    value,
    receivedAt: options.receivedAt,
    ...(observedAt !== undefined && { observedAt }),
  };
}

/** The values of the members that the key names; a blank between them, as between their paths. */
function keyOf(value: JsonObject, source: SourceConfig): string {
  if (source.key === undefined) return source.name;
  return source.key
    .split(' ')
    .map((path) => keyPart(value, path, source.name))
    .join(' ');
}

function keyPart(value: JsonObject, path: string, source: string): string {
  const key = memberAt(value, path);
  if ((typeof key === 'string' && key !== '') || typeof key === 'number') return String(key);
  throw new FabricError(
    'record-invalid',
    `Record has ${key === undefined ? 'no' : 'an unusable'} "${path}", by which source "${source}" identifies it`,
  );
}

function timeOf(value: JsonObject, source: SourceConfig): string | undefined {
  if (source.observedAt === undefined) return undefined;
  const stated = memberAt(value, source.observedAt);
  if (stated === undefined || stated === null || stated === '') return undefined;
  const time = typeof stated === 'string' ? utcTime(stated) : undefined;
  if (time !== undefined) return time;
  throw new FabricError('record-invalid', `Record has a "${source.observedAt}" that is not an ISO 8601 time`);
}

/** The member under its whole name, or along the dots. */
function memberAt(value: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(value, path)) return value[path];
  let found: Json | undefined = value;
  for (const part of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as JsonObject)[part];
  }
  return found;
}
