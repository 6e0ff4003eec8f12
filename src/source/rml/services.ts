/**
 * The adapters of a run that are no plain files: databases, brokers, SPARQL endpoints, SPARQL over files, in the
 * shape that the access to sources takes them. Each is loaded when the first source needs it.
 *
 * What a mapping may reach is bounded as for files and HTTP: by allowed roots and origins.
 */
import { FabricError } from '../../errors.ts';
import type { LogicalSource } from '../../mapping/normal-form.ts';
import type { SourceData } from '../../mapping/reference/formulation.ts';
import { formatOfFile, RDF_FORMATS } from '../../rdf/formats.ts';
import type { OpenSource } from './access.ts';
import { readFileChunks } from './file.ts';
import type { BrokerOptions, Brokers } from './mqtt.ts';
import { resolveDescribed } from './paths.ts';
import type { SparqlOptions } from './sparql.ts';
import type { DatabaseOptions, Databases } from './sql.ts';
import { wholeText } from './whole-text.ts';

export interface ServiceOptions {
  readonly mappingDirectory: string;
  readonly workingDirectory: string;
  /** Folders that SQLite files have to lie in; those of the mapping and of the work unless told otherwise. */
  readonly allowedRoots?: readonly string[];
  /** Origins that endpoints, brokers and database servers have to be of; none unless told otherwise. */
  readonly allowedOrigins?: readonly string[];
  readonly databases?: Omit<DatabaseOptions, 'resolvePath' | 'allowedOrigins'>;
  readonly sparql?: Omit<SparqlOptions, 'allowedOrigins' | 'documentCharactersMax'>;
  readonly brokers?: Omit<BrokerOptions, 'allowedOrigins'>;
  /** Of an answer or an RDF file that has to be in memory whole; 2^28 unless told otherwise. */
  readonly documentCharactersMax?: number;
}

/** To be spread into the options of the access to sources, and closed after the run. */
export interface Services extends AsyncDisposable {
  readonly open: Readonly<Record<'database' | 'sparql' | 'mqtt', OpenSource>>;
  readonly queryFile: (source: LogicalSource, path: string) => Promise<SourceData>;
  /** Ends what has no end of its own; what has come from there is mapped first. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export function createServices(options: ServiceOptions): Services {
  const { mappingDirectory, workingDirectory, allowedRoots, allowedOrigins = [] } = options;
  const { documentCharactersMax } = options;
  const paths = {
    mappingDirectory,
    workingDirectory,
    allowedRoots: allowedRoots ?? [mappingDirectory, workingDirectory],
  };
  const resolvePath = (path: string): Promise<string> =>
    resolveDescribed({ kind: 'file', path, root: undefined }, paths);
  let databases: Promise<Databases> | undefined;
  const load = async (): Promise<Databases> => {
    const module = await import('./sql.ts');
    return new module.Databases({ ...options.databases, allowedOrigins, resolvePath });
  };
  let brokers: Promise<Brokers> | undefined;
  const loadBrokers = async (): Promise<Brokers> => {
    const module = await import('./mqtt.ts');
    return new module.Brokers({ ...options.brokers, allowedOrigins });
  };
  const close = async (): Promise<void> => {
    await (await brokers)?.close();
    await (await databases)?.close();
  };
  return {
    open: {
      database: async (source) => {
        databases ??= load();
        return (await databases).open(source);
      },
      sparql: async (source) => {
        const { openSparql } = await import('./sparql.ts');
        return openSparql(source, { ...options.sparql, allowedOrigins, documentCharactersMax });
      },
      mqtt: async (source) => {
        brokers ??= loadBrokers();
        return (await brokers).open(source);
      },
    },
    queryFile: (source, path) => queryFile(source, path, documentCharactersMax),
    stop: async () => (await brokers)?.stop(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** An RDF file is asked; another file that stands for an endpoint holds what the endpoint would answer. */
async function queryFile(
  source: LogicalSource,
  path: string,
  charactersMax: number | undefined,
): Promise<SourceData> {
  const name = source.location ?? path;
  const format = formatOfFile(path);
  const chunks = readFileChunks(path, name);
  if (format !== undefined) {
    const { queryRdfFile } = await import('./sparql-file.ts');
    const hint = 'Split the file, or load it into an endpoint and ask that.';
    return queryRdfFile(source, await wholeText(chunks, { name, charactersMax, hint }), {
      format,
      source: name,
    });
  }
  if (source.description.kind !== 'sparql') {
    const supported = Object.values(RDF_FORMATS).flatMap((info) => info.endings);
    throw new FabricError('not-supported', `Source "${name}" is asked by SPARQL and is no RDF by its name`, {
      location: { source: name },
      extensions: { supported },
    });
  }
  if (source.formulation.name !== 'sparql') return { kind: 'bytes', chunks };
  const { readJsonSolutions, rowsOf, SOLUTIONS_HINT } = await import('./sparql-solutions.ts');
  const text = await wholeText(chunks, { name, charactersMax, hint: SOLUTIONS_HINT });
  return { kind: 'rows', rows: rowsOf(readJsonSolutions(text, name)) };
}
