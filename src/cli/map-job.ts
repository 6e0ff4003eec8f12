/**
 * What one run of `fabric map` is to do, whoever says it: the command line or a configuration file.
 */
import { FabricError } from '../errors.ts';
import type { Compression } from '../mapping/normal-form.ts';
import { formatOfName, formatOfPath, type TargetFormat } from '../target/format.ts';
import { mappingFiles } from './mapping-files.ts';
import type { Options } from './options.ts';

/** Mapping files with what is said from outside about their sources. */
export interface MappingGroup {
  readonly files: readonly string[];
  /** A file or an address that all files of these mappings are read from instead. */
  readonly dataPath?: string;
  /** Where tables lie whose mapping names no database. */
  readonly databaseUrl?: string;
}

export interface OutputPlace {
  /** Undefined: standard output. */
  readonly path: string | undefined;
  readonly format: TargetFormat;
  readonly compression: Compression;
}

export interface MapJob {
  readonly groups: readonly MappingGroup[];
  readonly baseIRI: string | undefined;
  /** `IRI=file`, as given. */
  readonly sources: readonly string[];
  /** What paths are relative to that say nothing themselves. */
  readonly pathsFrom: 'mapping' | 'working-directory';
  /** Texts that stand for no value in every source. */
  readonly nulls: readonly string[];
  readonly output: OutputPlace;
  readonly strict: boolean;
  readonly canonical: boolean;
  readonly keepDuplicates: boolean;
  readonly deadLetters: { readonly path: string; readonly records: boolean } | undefined;
  readonly progress: 'always' | 'on-terminal' | 'never';
  /** Modules of user functions. */
  readonly functions: readonly string[];
  readonly allowedRoots: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** When sources of messages end that have no end of their own; undefined: when the run is interrupted. */
  readonly messagesMax: number | undefined;
  readonly durationMs: number | undefined;
  /** What of the configuration has no effect here, a line each. */
  readonly warnings: readonly string[];
  /** Least important notes that are written. */
  readonly quiet: boolean;
  /** Notes go there too. */
  readonly logFile: string | undefined;
}

/** @throws FabricError `request-invalid`, `config-invalid`, `not-supported`, `not-found` */
export async function jobOf(args: readonly string[], options: Options): Promise<MapJob> {
  const configPath = options['config'] as string | undefined;
  const configured =
    configPath === undefined ? undefined : (await import('./morph-config.ts')).readMorphConfig(configPath);
  const files = args.flatMap(mappingFiles);
  const named = [...(configured?.groups ?? []), ...(files.length === 0 ? [] : [{ files }])];
  const databaseUrl = options['dbUrl'] as string | undefined;
  const groups = databaseUrl === undefined ? named : named.map((group) => ({ databaseUrl, ...group }));
  if (groups.length === 0) {
    throw new FabricError('request-invalid', 'No mapping was given', {
      extensions: { hint: 'Name a mapping document, or a configuration with --config.' },
    });
  }
  return {
    groups,
    baseIRI: options['base'] as string | undefined,
    sources: list(options['source']),
    pathsFrom: configured === undefined ? 'mapping' : 'working-directory',
    nulls: configured?.nulls ?? [],
    output: outputOf(options, configured?.output),
    strict: options['strict'] === true,
    canonical: options['canonical'] === true,
    keepDuplicates: options['duplicates'] === 'keep',
    deadLetters: deadLettersOf(options),
    progress:
      options['progress'] === true ? 'always' : options['progress'] === false ? 'never' : 'on-terminal',
    functions: [...(configured?.functions ?? []), ...list(options['functions'])],
    allowedRoots: list(options['allowRoot']),
    allowedOrigins: list(options['allowOrigin']).map(originOf),
    messagesMax: options['messages'] as number | undefined,
    durationMs: options['for'] === undefined ? undefined : (options['for'] as number) * 1000,
    warnings: configured?.warnings ?? [],
    quiet: configured?.quiet ?? false,
    logFile: configured?.logFile,
  };
}

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as string[]) : []);

/** The command line is stronger than the configuration; a name of a format is stronger than an ending. */
function outputOf(options: Options, configured: OutputPlace | undefined): OutputPlace {
  const named = options['output'] as string | undefined;
  const path = named ?? configured?.path;
  const format = options['format'] as string | undefined;
  return {
    path,
    format:
      format !== undefined
        ? formatOfName(format)
        : ((named === undefined ? configured?.format : formatOfPath(named)) ??
          configured?.format ??
          'n-quads'),
    compression: path === undefined ? 'none' : compressionOf(path),
  };
}

/** As the ending says. */
function compressionOf(path: string): Compression {
  if (/\.(?:tar\.gz|tgz)$/i.test(path)) return 'targz';
  if (/\.(?:tar\.xz|txz)$/i.test(path)) return 'tarxz';
  if (/\.tar$/i.test(path)) return 'tar';
  if (/\.gz$/i.test(path)) return 'gzip';
  return /\.zip$/i.test(path) ? 'zip' : 'none';
}

function deadLettersOf(options: Options): MapJob['deadLetters'] {
  const path = options['deadLetters'] as string | undefined;
  const records = options['deadLetterRecords'] === true;
  if (path !== undefined) return { path, records };
  if (!records) return undefined;
  throw new FabricError('request-invalid', '--dead-letter-records was given without --dead-letters FILE');
}

/** Brokers and database servers. */
const NO_WEB = /^(?:mqtts?|mysql|mariadb|postgres(?:ql)?):$/;

function originOf(text: string): string {
  if (URL.canParse(text)) {
    const { origin, protocol, host } = new URL(text);
    if (origin !== 'null') return origin;
    if (NO_WEB.test(protocol)) return `${protocol}//${host}`;
  }
  throw new FabricError('request-invalid', `"${text}" is no origin such as https://data.example`);
}
