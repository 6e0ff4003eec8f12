/**
 * Opening the logical sources of a mapping: the one door between a plan and files, HTTP, databases, endpoints.
 *
 * It decides what a mapping may read (roots, origins) and hands over UTF-8 bytes or rows. It must not know
 * how they are read then.
 */
import { FabricError } from '../../errors.ts';
import type { SourceAccess } from '../../mapping/execute/batch.ts';
import type { LogicalSource, SourceDescription } from '../../mapping/normal-form.ts';
import type { SourceData, SourceMessages, TextLimits } from '../../mapping/reference/formulation.ts';
import { overrideOf } from '../../mapping/source-override.ts';
import { checkBroker } from './broker-address.ts';
import { detectCompression, unpack } from './compression.ts';
import { toUtf8 } from './encoding.ts';
import { readFileChunks } from './file.ts';
import { checkOrigin, isAllowed, readHttpChunks } from './http.ts';
import '../functions/linear-engine.ts';
import './xpath.ts';
import { type PathSettings, resolveDescribed } from './paths.ts';

/** Opens what another adapter knows: databases, SPARQL, brokers, the fabric's own records. */
export type OpenSource = (
  source: LogicalSource,
) => SourceData | SourceMessages | Promise<SourceData | SourceMessages>;

export interface SourceLimits extends TextLimits {
  /** Of an HTTP answer, and of what a compressed source unpacks to. */
  readonly sourceBytesMax: number;
  /** Of a zip archive that does not lie in a file. */
  readonly archiveBytesMax: number;
  /** How long a server may be silent. */
  readonly httpTimeoutMs: number;
}

export interface SourceAccessOptions {
  readonly mappingDirectory: string;
  readonly workingDirectory: string;
  /** Folders that files have to lie in; those of the mapping and of the work unless told otherwise. */
  readonly allowedRoots?: readonly string[];
  /** Origins that HTTP sources have to be of; none unless told otherwise. */
  readonly allowedOrigins?: readonly string[];
  /** Files or addresses instead of those of the mapping, by IRI or location; `-` is standard input. */
  readonly overrides?: ReadonlyMap<string, string>;
  readonly limits?: Partial<SourceLimits>;
  readonly standardInput?: () => AsyncIterable<Uint8Array>;
  /** Called with the bytes of files that are read, as they lie there: packed, where they are. */
  readonly onBytesRead?: (bytes: number) => void;
  /** Adapters of the other kinds of source. */
  readonly open?: Readonly<Partial<Record<'database' | 'sparql' | 'mqtt' | 'records', OpenSource>>>;
  /** Queries over an RDF file (RML-IO registry, SPARQL over files). */
  readonly queryFile?: (source: LogicalSource, path: string) => SourceData | Promise<SourceData>;
}

const LIMITS = {
  sourceBytesMax: 137_438_953_472,
  archiveBytesMax: 536_870_912,
  httpTimeoutMs: 30_000,
};

/** What there is to read: a file by its real path, an address, or standard input. */
type Place =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'standard-input' };

export interface RmlSourceAccess extends SourceAccess {
  open(source: LogicalSource): Promise<SourceData | SourceMessages>;
  identity(source: LogicalSource): string;
  /**
   * Checks that a source is there and allowed, without reading it.
   *
   * @returns the file that it is, for who wants to know its size or watch it; undefined for other sources
   * @throws FabricError
   */
  check(source: LogicalSource): Promise<string | undefined>;
}

/** Makes the access to the sources of one mapping. */
export function createSourceAccess(options: SourceAccessOptions): RmlSourceAccess {
  const access = new Access(options);
  return {
    open: (source) => access.open(source),
    identity: (source) => access.identity(source),
    check: async (source) => {
      const place = await access.place(source);
      return place?.kind === 'file' ? place.path : undefined;
    },
  };
}

class Access {
  readonly #options: SourceAccessOptions;
  readonly #paths: PathSettings;
  readonly #origins: readonly string[];
  readonly #limits: Partial<SourceLimits> & Omit<SourceLimits, keyof TextLimits>;

  constructor(options: SourceAccessOptions) {
    const { mappingDirectory, workingDirectory, allowedRoots, allowedOrigins, limits } = options;
    this.#options = options;
    this.#paths = {
      mappingDirectory,
      workingDirectory,
      allowedRoots: allowedRoots ?? [mappingDirectory, workingDirectory],
    };
    this.#origins = allowedOrigins ?? [];
    this.#limits = { ...LIMITS, ...limits };
  }

  identity(source: LogicalSource): string {
    const { description, query, compression, encoding, formulation, iterator } = source;
    const where = this.#override(source) ?? description;
    const sheet = formulation.name === 'xlsx' ? iterator : undefined;
    return JSON.stringify([where, query ?? null, compression, encoding ?? null, sheet ?? null]);
  }

  async open(source: LogicalSource): Promise<SourceData | SourceMessages> {
    const place = await this.place(source);
    if (place === undefined) return this.#delegate(source);
    if (source.query !== undefined) return this.#query(source, place);
    const name = nameOf(source, place);
    if (source.formulation.name === 'xlsx') return this.#sheet(source, place, name);
    const bytes = await this.#bytes(source, place, name);
    const chunks = source.encoding === undefined ? bytes : toUtf8(bytes, source.encoding, name);
    return { kind: 'bytes', chunks, limits: this.#limits };
  }

  /** Where a source is read; undefined when another adapter reads it. @throws FabricError */
  async place(source: LogicalSource): Promise<Place | undefined> {
    const override = this.#override(source);
    if (override !== undefined) return this.#overridden(source, override);
    const { description } = source;
    switch (description.kind) {
      case 'file':
        return { kind: 'file', path: await resolveDescribed(description, this.#paths) };
      case 'http':
        return { kind: 'http', url: checkOrigin(description.url, this.#origins).href };
      case 'given':
        return this.#given(source, description);
      case 'mqtt':
        checkBroker(description.broker, this.#origins);
        return undefined;
      default:
        return undefined;
    }
  }

  #override(source: LogicalSource): string | undefined {
    const { overrides } = this.#options;
    return overrides === undefined ? undefined : overrideOf(source, overrides);
  }

  /** What the caller names is trusted as such: it need not lie below a root of the mapping. */
  async #overridden(source: LogicalSource, override: string): Promise<Place> {
    if (override === '-') return { kind: 'standard-input' };
    if (/^https?:\/\//i.test(override)) {
      return { kind: 'http', url: checkOrigin(override, [...this.#origins, override]).href };
    }
    const settings = { ...this.#paths, allowedRoots: ['/'] };
    const path = await resolveDescribed(
      { kind: 'file', path: override, root: 'CurrentWorkingDirectory' },
      settings,
    );
    if (source.description.kind === 'database') {
      throw new FabricError('request-invalid', `Source "${source.location}" is a database, not a file`);
    }
    return { kind: 'file', path };
  }

  #given(source: LogicalSource, { iri }: Extract<SourceDescription, { kind: 'given' }>): Place {
    if (isAllowed(iri, this.#origins)) return { kind: 'http', url: iri };
    throw new FabricError('mapping-failed', `Source <${iri}> of the mapping does not say where it is`, {
      location: { source: iri },
      extensions: { hint: `Give a file for it with --source ${iri}=file.`, supported: source.names },
    });
  }

  #delegate(source: LogicalSource): ReturnType<OpenSource> {
    const { kind } = source.description;
    const { open } = this.#options;
    const adapter =
      kind === 'database' || kind === 'sparql' || kind === 'mqtt' || kind === 'records'
        ? open?.[kind]
        : undefined;
    if (adapter !== undefined) return adapter(source);
    throw new FabricError(
      'not-supported',
      `Source "${source.location ?? kind}" (${kind}) cannot be read here`,
      {
        ...(source.location === undefined ? {} : { location: { source: source.location } }),
        extensions: { hint: HINTS[kind] ?? 'Give a file for it with --source IRI=file.' },
      },
    );
  }

  #query(source: LogicalSource, place: Place): SourceData | Promise<SourceData> {
    const { queryFile } = this.#options;
    if (queryFile !== undefined && place.kind === 'file') return queryFile(source, place.path);
    throw new FabricError(
      'not-supported',
      `Source "${source.location}" has a query that cannot be asked here`,
    );
  }

  async #sheet(source: LogicalSource, place: Place, name: string): Promise<SourceData> {
    const { readSheet } = await import('./excel.ts');
    const { archiveBytesMax, sourceBytesMax } = this.#limits;
    const limits = { archiveBytesMax, unpackedBytesMax: sourceBytesMax };
    const from = place.kind === 'file' ? place.path : this.#chunks(place, name);
    return { kind: 'rows', rows: readSheet(from, { name, sheet: source.iterator, limits }) };
  }

  async #bytes(source: LogicalSource, place: Place, name: string): Promise<AsyncIterable<Uint8Array>> {
    const { archiveBytesMax, sourceBytesMax: unpackedBytesMax } = this.#limits;
    const limits = { archiveBytesMax, unpackedBytesMax };
    const path = place.kind === 'file' ? place.path : undefined;
    const { start, chunks } = await peek(this.#chunks(place, name), 512);
    const { compression: stated } = source;
    const compression = stated === 'none' ? detectCompression(start, path ?? name) : stated;
    const { onBytesRead } = this.#options;
    // A zip is read where it lies, and counted there.
    const counted = path === undefined || compression === 'zip' ? chunks : this.#counted(chunks);
    return unpack({ name, chunks: counted, path, onBytesRead }, compression, limits);
  }

  async *#counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { onBytesRead } = this.#options;
    for await (const chunk of chunks) {
      onBytesRead?.(chunk.length);
      yield chunk;
    }
  }

  #chunks(place: Place, name: string): AsyncIterable<Uint8Array> {
    switch (place.kind) {
      case 'file':
        return readFileChunks(place.path, name);
      case 'http':
        return readHttpChunks(place.url, {
          allowedOrigins: [...this.#origins, place.url],
          timeoutMs: this.#limits.httpTimeoutMs,
          bytesMax: this.#limits.sourceBytesMax,
        });
      case 'standard-input': {
        const { standardInput } = this.#options;
        if (standardInput !== undefined) return standardInput();
        throw new FabricError('request-invalid', 'Standard input cannot be a source here');
      }
    }
  }
}

const HINTS: Readonly<Partial<Record<SourceDescription['kind'], string>>> = {
  mqtt: 'Name the broker as a source of the service (`sources` in the configuration), which maps what comes.',
  records: 'Records of the fabric are mapped by the service; for a file use --source IRI=file.',
};

const nameOf = (source: LogicalSource, place: Place): string =>
  source.location ?? (place.kind === 'file' ? place.path : place.kind === 'http' ? place.url : '-');

/** The first bytes of a source, and the whole of it. */
async function peek(
  chunks: AsyncIterable<Uint8Array>,
  count: number,
): Promise<{ start: Uint8Array; chunks: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let length = 0;
  while (length < count) {
    const next = await iterator.next();
    if (next.done === true) break;
    held.push(next.value);
    length += next.value.length;
  }
  const rest: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => iterator };
  async function* again(): AsyncGenerator<Uint8Array> {
    try {
      yield* held;
      yield* rest;
    } finally {
      await iterator.return?.();
    }
  }
  return { start: Buffer.concat(held).subarray(0, count), chunks: again() };
}
