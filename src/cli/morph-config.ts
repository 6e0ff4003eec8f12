/**
 * The configuration file of morph-KGC (2.x): what of it applies here, and a warning for each key that does not.
 *
 * No key is passed over in silence: what has no effect is named with what to do instead.
 */
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { FabricError, messageOf, nearest } from '../errors.ts';
import { type IniEntry, parseIni } from './ini.ts';
import type { MapJob, MappingGroup, OutputPlace } from './map-job.ts';
import { mappingFiles } from './mapping-files.ts';

export type MorphJob = Pick<
  MapJob,
  'groups' | 'nulls' | 'output' | 'functions' | 'warnings' | 'quiet' | 'logFile'
>;

type Section = ReadonlyMap<string, IniEntry>;

/** @throws FabricError `config-invalid` with file and line, `not-found` */
export function readMorphConfig(path: string): MorphJob {
  const sections = parseIni(readText(path), path);
  const settings = sections.get('CONFIGURATION') ?? new Map<string, IniEntry>();
  const reader = new Reader(path);
  const groups = Array.from(sections)
    .filter(([name]) => name !== 'CONFIGURATION')
    .map(([name, section]) => reader.dataSource(name, section));
  if (groups.length === 0) {
    throw new FabricError('config-invalid', `Configuration ${path} has no section of a data source`, {
      location: { source: path },
      extensions: { hint: 'Add one with the key mappings.' },
    });
  }
  return { groups, ...reader.settings(settings), warnings: reader.warnings };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new FabricError('not-found', `Configuration ${path} cannot be read: ${messageOf(thrown)}`, {
      location: { source: path },
      extensions: { hint: 'Name a configuration file of morph-KGC.' },
      cause: thrown,
    });
  }
}

/** Keys without effect, with what to do instead. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  output_kafka_server: 'write to standard output and pipe it into a producer',
  output_kafka_topic: 'write to standard output and pipe it into a producer',
  mapping_partitioning: 'nothing is to be done: what can have duplicates is proven from the mapping',
  number_of_processes: 'nothing is to be done: one process streams all sources',
  oracle_client_lib_dir: 'export the Oracle tables to CSV',
  oracle_client_config_dir: 'export the Oracle tables to CSV',
  connect_args: 'put the options into db_url',
  read_parsed_mappings_path: 'nothing is to be done: mappings are compiled in milliseconds',
  write_parsed_mappings_path: 'nothing is to be done: mappings are compiled in milliseconds',
};

const SETTINGS = [
  'output_file',
  'output_dir',
  'output_format',
  'na_values',
  'only_printable_chars',
  'safe_percent_encoding',
  'udfs',
  'infer_sql_datatypes',
  'logging_level',
  'logging_file',
  ...Object.keys(WITHOUT_EFFECT).filter((key) => key !== 'connect_args'),
];
const SOURCE_KEYS = ['mappings', 'file_path', 'db_url', 'connect_args'];

const QUIET_LEVELS = ['WARNING', 'ERROR', 'CRITICAL'];

class Reader {
  readonly warnings: string[] = [];
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  dataSource(name: string, section: Section): MappingGroup {
    this.#onlyKnows(name, section, SOURCE_KEYS);
    const mappings = section.get('mappings');
    if (mappings === undefined || mappings.value === '') {
      const near = nearest('mappings', section.keys());
      throw this.#invalid(
        `Section [${name}] has no key mappings${near === undefined ? '' : `; did you mean it by ${near}?`}`,
        [...section.values()][0],
      );
    }
    if (section.has('connect_args')) this.#hasNoEffect('connect_args', section.get('connect_args')!);
    const files = mappings.value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .flatMap((part) => this.#mappingFiles(part, mappings));
    const dataPath = textOf(section, 'file_path');
    const databaseUrl = textOf(section, 'db_url');
    return {
      files,
      ...(dataPath === undefined ? {} : { dataPath }),
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    };
  }

  settings(section: Section): Omit<MorphJob, 'groups' | 'warnings'> {
    this.#onlyKnows('CONFIGURATION', section, SETTINGS);
    for (const [key, entry] of section) {
      if (Object.hasOwn(WITHOUT_EFFECT, key) && entry.value !== '' && !entry.inherited)
        this.#hasNoEffect(key, entry);
    }
    this.#warnOfChangedTexts(section);
    const level = textOf(section, 'logging_level')?.toUpperCase();
    const logFile = textOf(section, 'logging_file');
    return {
      output: this.#output(section),
      nulls: (textOf(section, 'na_values') ?? ',nan').split(',').map((value) => value.trim()),
      functions: this.#functions(section),
      quiet: level !== undefined && QUIET_LEVELS.includes(level),
      logFile,
    };
  }

  /** morph-KGC writes N-Triples to knowledge-graph.nt unless told otherwise. */
  #output(section: Section): OutputPlace {
    const entry = section.get('output_format');
    const name = entry?.value.toUpperCase() ?? '';
    if (name !== '' && name !== 'N-TRIPLES' && name !== 'N-QUADS') {
      throw this.#invalid(`output_format is "${entry!.value}"; valid are N-TRIPLES and N-QUADS`, entry);
    }
    const format = name === 'N-QUADS' ? 'n-quads' : 'n-triples';
    const file = textOf(section, 'output_file') ?? 'knowledge-graph';
    const named = extname(file) === '' ? `${file}${format === 'n-quads' ? '.nq' : '.nt'}` : file;
    const folder = section.get('output_dir');
    if (folder === undefined || folder.value === '') return { path: named, format, compression: 'none' };
    const path = join(folder.value, `knowledge-graph${format === 'n-quads' ? '.nq' : '.nt'}`);
    this.#warn(folder, `output_dir gets one file, ${path}, and not one for each partition of the mapping`);
    return { path, format, compression: 'none' };
  }

  #functions(section: Section): readonly string[] {
    const udfs = section.get('udfs');
    if (udfs === undefined || udfs.value === '') return [];
    if (/\.[cm]?[jt]s$/i.test(udfs.value)) return [udfs.value];
    this.#warn(
      udfs,
      'udfs in Python have no effect: write them as a JavaScript module and name it with --functions',
    );
    return [];
  }

  /** Keys that would make other texts. */
  #warnOfChangedTexts(section: Section): void {
    const printable = section.get('only_printable_chars');
    if (printable !== undefined && this.#flag('only_printable_chars', printable)) {
      this.#warn(
        printable,
        'only_printable_chars has no effect: all characters are kept, escaped where the format wants it',
      );
    }
    const safe = section.get('safe_percent_encoding');
    if (safe !== undefined && safe.value !== '') {
      this.#warn(
        safe,
        'safe_percent_encoding has no effect: use rml:UnsafeIRI as the term type of templates whose values are ' +
          'not to be encoded',
      );
    }
    const infer = section.get('infer_sql_datatypes');
    if (infer !== undefined && !infer.inherited && !this.#flag('infer_sql_datatypes', infer)) {
      this.#warn(
        infer,
        'infer_sql_datatypes: no has no effect: columns keep their natural datatypes as R2RML wants; give ' +
          'rr:datatype xsd:string for plain ones',
      );
    }
  }

  #flag(key: string, entry: IniEntry): boolean {
    const value = entry.value.toLowerCase();
    if (['yes', 'true', 'on', '1'].includes(value)) return true;
    if (['no', 'false', 'off', '0', ''].includes(value)) return false;
    throw this.#invalid(`${key} is "${entry.value}"; valid are yes and no`, entry);
  }

  #mappingFiles(path: string, entry: IniEntry): readonly string[] {
    if (/^https?:/i.test(path)) {
      throw this.#invalid(`Mapping ${path} is an address; download it and name the file`, entry);
    }
    try {
      return mappingFiles(path);
    } catch (thrown) {
      throw this.#invalid(messageOf(thrown), entry);
    }
  }

  /** Keys of the section DEFAULT are names for values and may be any. */
  #onlyKnows(name: string, section: Section, known: readonly string[]): void {
    for (const [key, entry] of section) {
      if (entry.inherited || known.includes(key)) continue;
      const near = nearest(key, known);
      this.#warn(
        entry,
        `${key} in [${name}] is not known and has no effect${near === undefined ? '' : `; did you mean ${near}?`}`,
      );
    }
  }

  #hasNoEffect(key: string, entry: IniEntry): void {
    this.#warn(entry, `${key} has no effect: ${WITHOUT_EFFECT[key]}`);
  }

  #warn({ line }: IniEntry, message: string): void {
    this.warnings.push(`${this.#path}:${line}: ${message}`);
  }

  #invalid(message: string, entry: IniEntry | undefined): FabricError {
    return new FabricError('config-invalid', message, {
      location: { source: this.#path, ...(entry === undefined ? {} : { line: entry.line }) },
      extensions: { hint: 'Correct it there; the keys are those of morph-KGC.' },
    });
  }
}

/** A value that is set and not empty. */
function textOf(section: Section, key: string): string | undefined {
  const value = section.get(key)?.value;
  return value === undefined || value === '' ? undefined : value;
}
