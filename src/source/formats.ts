/**
 * Formats: how the body of a source is taken apart into records.
 *
 * The settings of a source decide once, when the format is made; a body then decides by its media type.
 */
import type { Config, SourceConfig } from '../config.ts';
import { FabricError } from '../errors.ts';
import type { Diagnostic, Json, SourceReading } from '../mapping/record.ts';
import { readLines, readText } from './bytes.ts';
import { csvRows } from './csv.ts';
import { parseJson } from './json-text.ts';
import { flattenCandidates } from './ngsi-ld/candidates.ts';
import type { ContextStore } from './ngsi-ld/context-store.ts';
import { makeNgsiReader } from './ngsi-ld/entities.ts';
import type { CoordinateOrder } from './ngsi-ld/geometry.ts';
import { makePlainRecords } from './plain-records.ts';
import type { ReadLimits, ReadOptions, SourceFormat } from './reading.ts';

export interface FormatServices {
  readonly secrets: Config['secrets'];
  readonly limits: ReadLimits;
  readonly contexts: ContextStore;
}

/** The bounds that the configuration sets for bodies. */
export function readLimits(config: Config): ReadLimits {
  return {
    documentBytesMax: config.server.ingestBodyBytesMax,
    lineBytesMax: config.server.bodyBytesMax,
    jsonDepthMax: config.server.jsonDepthMax,
  };
}

/** The records of one parsed piece, or of one piece that could not be parsed. */
export type PieceReader = (
  piece: { readonly value: Json; readonly bytes: number },
  options: ReadOptions,
) => readonly SourceReading[] | Promise<readonly SourceReading[]>;

/**
 * The format of a source.
 *
 * @throws FabricError `config-invalid` for a `split` that is not JSONPath, or a `key` that names a secret
 */
export function makeFormat(source: SourceConfig, services: FormatServices): SourceFormat {
  const read = pieceReader(source, services);
  return {
    read(body, options) {
      const kind = kindOf(options.mediaType);
      if (kind === undefined || (kind === 'csv' && source.format !== 'json'))
        throw unsupported(source, options);
      return numbered(KINDS[kind](body, services.limits, read, options));
    },
  };
}

function pieceReader(source: SourceConfig, services: FormatServices): PieceReader {
  if (source.format === 'json') return makePlainRecords(source, services.secrets);
  const unused = (['split', 'key', 'observedAt'] as const).find((setting) => source[setting] !== undefined);
  if (unused !== undefined) {
    throw new FabricError(
      'config-invalid',
      `Source "${source.name}" sets ${unused}, which its format ${source.format} says itself`,
    );
  }
  return source.format === 'ngsi-ld' ? entityReader(source, services) : candidateReader(source, services);
}

function entityReader(source: SourceConfig, { secrets, contexts }: FormatServices): PieceReader {
  const orderOf = (): CoordinateOrder => source.coordinateOrder;
  const reader = makeNgsiReader({ source: source.name, secrets, contexts, orderOf });
  return ({ value }, { receivedAt, key, link }) =>
    reader.entities(value, {
      op: source.op,
      receivedAt,
      ...(key !== undefined && { id: key, fragment: true }),
      ...(link !== undefined && { link }),
    });
}

function candidateReader(source: SourceConfig, { secrets, contexts }: FormatServices): PieceReader {
  // Seen in the candidate sets of aerOS: points have latitude first, areas have not.
  const orderOf = (name: string): CoordinateOrder => (name === 'area' ? 'lon-lat' : source.coordinateOrder);
  const reader = makeNgsiReader({ source: source.name, secrets, contexts, orderOf });
  return async ({ value, bytes }, { receivedAt }) => {
    const flat = flattenCandidates(value);
    if (flat instanceof FabricError) return [unreadable(flat, bytes)];
    const readings = await reader.entities(flat.entities, { op: source.op, receivedAt });
    return readings.map((reading, index) => remarked(reading, flat.diagnostics[index] ?? []));
  };
}

type Kind = 'json' | 'lines' | 'csv';

const MEDIA_TYPES: ReadonlyMap<string, Kind> = new Map([
  ['application/json', 'json'],
  ['application/ld+json', 'json'],
  ['application/geo+json', 'json'],
  ['application/merge-patch+json', 'json'],
  ['application/x-ndjson', 'lines'],
  ['application/ndjson', 'lines'],
  ['application/jsonl', 'lines'],
  ['application/x-jsonlines', 'lines'],
  ['text/csv', 'csv'],
]);

const kindOf = (mediaType: string): Kind | undefined =>
  MEDIA_TYPES.get(mediaType.split(';', 1)[0]!.trim().toLowerCase());

function unsupported(source: SourceConfig, options: ReadOptions): FabricError {
  const supported = [...MEDIA_TYPES].flatMap(([type, kind]) =>
    kind === 'csv' && source.format !== 'json' ? [] : type,
  );
  return new FabricError(
    'media-type-unsupported',
    `Source "${source.name}" does not read ${options.mediaType === '' ? 'a body without a media type' : options.mediaType}`,
    { extensions: { supported } },
  );
}

type BodyReader = (
  body: AsyncIterable<Uint8Array>,
  limits: ReadLimits,
  read: PieceReader,
  options: ReadOptions,
) => AsyncGenerator<SourceReading>;

const KINDS: Readonly<Record<Kind, BodyReader>> = {
  async *json(body, limits, read, options) {
    const { text, problem, bytes } = await readText(body, limits.documentBytesMax);
    if (text === undefined) yield unreadable(problem!, bytes);
    else yield* readPiece(text, { line: 1, offset: 0, bytes }, limits, read, options);
  },
  async *lines(body, limits, read, options) {
    for await (const line of readLines(body, limits.lineBytesMax)) {
      if (line.text === undefined) yield unreadable(line.problem!, line.bytes);
      else if (line.text.trim() !== '') yield* readPiece(line.text, line, limits, read, options);
    }
  },
  async *csv(body, limits, read, options) {
    for await (const row of csvRows(readLines(body, limits.lineBytesMax), limits.lineBytesMax)) {
      if (row.ok) yield* read(row, options) as readonly SourceReading[];
      else yield unreadable(row.problem, row.bytes);
    }
  },
};

async function* readPiece(
  text: string,
  at: { readonly line: number; readonly offset: number; readonly bytes: number },
  limits: ReadLimits,
  read: PieceReader,
  options: ReadOptions,
): AsyncGenerator<SourceReading> {
  let parsed;
  try {
    parsed = parseJson(text, limits.jsonDepthMax, { line: at.line, offset: at.offset });
  } catch (thrown) {
    if (!(thrown instanceof FabricError)) throw thrown;
    yield unreadable(thrown, at.bytes);
    return;
  }
  const { value, diagnostics } = parsed;
  for (const reading of await read({ value, bytes: at.bytes }, options)) {
    yield remarked(reading, diagnostics);
  }
}

function remarked(reading: SourceReading, more: readonly Diagnostic[]): SourceReading {
  return reading.ok && more.length > 0
    ? { ...reading, diagnostics: [...(reading.diagnostics ?? []), ...more] }
    : reading;
}

const unreadable = (problem: FabricError, bytes: number): SourceReading => ({
  ok: false,
  problem,
  position: 0,
  bytes,
});

/** Counts the readings of the whole body. */
async function* numbered(readings: AsyncIterable<SourceReading>): AsyncGenerator<SourceReading> {
  let position = 0;
  for await (const reading of readings)
    yield reading.position === position++ ? reading : { ...reading, position: position - 1 };
}
