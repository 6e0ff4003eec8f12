/** The boundary of the sources: a body and settings in, readings out. */
import type { SourceConfig } from '../../src/config.ts';
import { loadConfig } from '../../src/config.ts';
import type { SourceReading, SourceRecord } from '../../src/mapping/record.ts';
import { makeFormat, readLimits } from '../../src/source/formats.ts';
import { ContextStore } from '../../src/source/ngsi-ld/context-store.ts';
import type { ReadLimits, ReadOptions } from '../../src/source/reading.ts';

export const RECEIVED_AT = '2026-01-01T00:00:00.000Z';

export const secrets = loadConfig().secrets;

export const contexts = new ContextStore();

/** A source as the configuration gives it, defaults filled in. */
export function sourceOf(settings: object): SourceConfig {
  return loadConfig({
    overrides: { sources: [{ kind: 'http', name: 'test', mapping: 'none', ...settings }] },
  }).sources[0]!;
}

export interface ReadBody extends Partial<ReadOptions> {
  readonly limits?: Partial<ReadLimits>;
  /** Length of the chunks in which the body arrives; absent: in one. */
  readonly chunkBytes?: number;
  readonly secrets?: typeof secrets;
}

/** All readings of a body. */
export async function readBody(
  source: SourceConfig,
  body: string | Uint8Array,
  { limits, chunkBytes, secrets: other, ...options }: ReadBody = {},
): Promise<SourceReading[]> {
  const format = makeFormat(source, {
    secrets: other ?? secrets,
    limits: { ...readLimits(loadConfig()), ...limits },
    contexts,
  });
  const readings = format.read(chunks(Buffer.from(body as string), chunkBytes), {
    mediaType: 'application/json',
    receivedAt: RECEIVED_AT,
    ...options,
  });
  const all: SourceReading[] = [];
  for await (const reading of readings) all.push(reading);
  return all;
}

async function* chunks(body: Uint8Array, bytes = Math.max(1, body.length)): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += bytes) {
    await Promise.resolve();
    yield body.subarray(at, at + bytes);
  }
}

export const recordsOf = (readings: readonly SourceReading[]): SourceRecord[] =>
  readings.flatMap((reading) => (reading.ok ? reading.record : []));

/** Readings in short: the key of a record, or type, line and column of a problem. */
export const outline = (readings: readonly SourceReading[]): string[] =>
  readings.map((reading) => {
    if (reading.ok) return reading.record.key;
    const { line, column } = reading.problem.location ?? {};
    return [reading.problem.type, line, column].filter((part) => part !== undefined).join(' ');
  });
