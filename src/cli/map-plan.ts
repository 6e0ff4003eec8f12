/**
 * The mappings of a run as one: documents read, what is said from outside applied, all checked together.
 */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FabricError } from '../errors.ts';
import { unsupportedParts } from '../mapping/bytes/support.ts';
import { type CheckedMapping, checkTriplesMaps } from '../mapping/check.ts';
import type { FunctionDescription } from '../mapping/function/function.ts';
import { withFunctions } from '../mapping/function/registry.ts';
import { loadPlan } from '../mapping/load.ts';
import { type Adaptation, adaptMapping, mergeMappings } from '../mapping/merge.ts';
import type { LogicalSource, LogicalTarget, TriplesMap } from '../mapping/normal-form.ts';
import { parseMapping } from '../mapping/parse/mapping.ts';
import { loadMappingSyntax, mappingFormatOf } from '../mapping/parse/syntax.ts';
import type { MappingPlan } from '../mapping/plan.ts';
import type { Diagnostic } from '../mapping/record.ts';
import type { MapJob, MappingGroup } from './map-job.ts';
import { readInput } from './options.ts';

export interface PreparedMapping {
  readonly checked: CheckedMapping;
  /** The mapping documents. */
  readonly files: readonly string[];
  /** Folders in which they lie. */
  readonly folders: readonly string[];
  /** What is read instead, by the IRI or the location of a source. */
  readonly overrides: ReadonlyMap<string, string>;
  /** Compiled for the term engine, when that is asked for; what only this engine can refuse has been refused. */
  plan(): Promise<MappingPlan>;
  /** Ends the threads of user functions. */
  close(): void;
}

/**
 * @throws FabricError `not-found` for a document that cannot be read, `syntax-error` and `mapping-invalid` with
 *   its line and column, `request-invalid` for a replacement of a source that there is not
 */
export async function prepareMapping(job: MapJob): Promise<PreparedMapping> {
  const { functions, close } = await loadFunctions(job.functions);
  try {
    const parts: (readonly TriplesMap[])[] = [];
    const unused: Diagnostic[] = [];
    for (const group of job.groups) {
      for (const file of group.files) {
        const maps = await parseFile(file, job, functions, unused);
        parts.push(adaptMapping(maps, adaptationOf(job, group, folderOf(file))));
      }
    }
    const files = job.groups.flatMap((group) => group.files);
    const maps = mergeMappings(parts);
    const found = checkTriplesMaps(maps, files.join(', '));
    const checked = { ...found, warnings: [...unused, ...found.warnings] };
    let loading: Promise<MappingPlan> | undefined;
    const plan = (): Promise<MappingPlan> => (loading ??= loadPlan(checked));
    if (unsupportedParts(maps).length > 0) await plan();
    const folders = [...new Set(files.map(folderOf))];
    return { checked, plan, files, folders, overrides: overridesOf(job.sources, checked.sources), close };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

const folderOf = (file: string): string => resolve(file === '-' ? '.' : dirname(file));

async function parseFile(
  file: string,
  job: MapJob,
  functions: readonly FunctionDescription[],
  unused: Diagnostic[],
): Promise<readonly TriplesMap[]> {
  const document = {
    text: await readInput(file),
    name: file,
    baseIRI: job.baseIRI,
    syntax: await loadMappingSyntax(mappingFormatOf(file)),
    functions: withFunctions(functions),
  };
  return parseMapping(document, (warning) => unused.push(warning));
}

async function loadFunctions(
  paths: readonly string[],
): Promise<{ readonly functions: readonly FunctionDescription[]; readonly close: () => void }> {
  const functions: FunctionDescription[] = [];
  const closers: (() => void)[] = [];
  const close = (): void => {
    for (const each of closers) each();
  };
  if (paths.length === 0) return { functions, close };
  const { loadUserFunctions } = await import('../source/functions/user-functions.ts');
  try {
    for (const path of paths) {
      const loaded = await loadUserFunctions(path);
      closers.push(() => {
        loaded.close();
      });
      functions.push(...loaded.functions);
    }
  } catch (thrown) {
    close();
    throw thrown;
  }
  return { functions, close };
}

/** What a document leaves to the place where it lies, and what the configuration says of its sources. */
function adaptationOf(job: MapJob, group: MappingGroup, folder: string): Adaptation {
  const rootOf = (path: string, root: string | undefined): string => {
    if (root === 'MappingDirectory') return folder;
    if (root !== undefined) return root === 'CurrentWorkingDirectory' ? root : resolve(folder, root);
    // As a single mapping is read: what lies in the working directory goes before its neighbours.
    return existsSync(resolve(path)) || !existsSync(resolve(folder, path))
      ? 'CurrentWorkingDirectory'
      : folder;
  };
  return {
    source(source) {
      const description = describe(source, group, rootOf);
      const nulls = [...new Set([...source.nulls, ...job.nulls])];
      const { dataPath } = group;
      const location = dataPath === undefined || description.kind === 'database' ? source.location : dataPath;
      return { ...source, description, location, nulls, id: JSON.stringify([source.id, description, nulls]) };
    },
    target(target) {
      const { description } = target;
      if (description.kind !== 'file' || description.root !== 'MappingDirectory') return target;
      return withDescription(target, { ...description, root: folder });
    },
  };
}

const withDescription = (
  target: LogicalTarget,
  description: LogicalTarget['description'],
): LogicalTarget => ({
  ...target,
  description,
  id: JSON.stringify([target.id, description]),
});

function describe(
  { description }: LogicalSource,
  { dataPath, databaseUrl }: MappingGroup,
  rootOf: (path: string, root: string | undefined) => string,
): LogicalSource['description'] {
  if (description.kind === 'database') {
    return databaseUrl === undefined || description.dsn !== undefined
      ? description
      : { ...description, dsn: databaseUrl };
  }
  if (dataPath !== undefined && ['file', 'http', 'given'].includes(description.kind)) {
    return /^https?:/i.test(dataPath)
      ? { kind: 'http', url: dataPath }
      : { kind: 'file', path: dataPath, root: 'CurrentWorkingDirectory' };
  }
  if (description.kind !== 'file') return description;
  return { ...description, root: rootOf(description.path, description.root) };
}

/** `--source IRI=file`: by the IRI of a source or by the location that it names. */
function overridesOf(
  texts: readonly string[],
  sources: readonly LogicalSource[],
): ReadonlyMap<string, string> {
  const known = sources.flatMap((source) => [
    ...source.names,
    ...(source.location === undefined ? [] : [source.location]),
  ]);
  const overrides = new Map<string, string>();
  for (const text of texts) {
    const name = known.find((candidate) => text.startsWith(`${candidate}=`));
    if (name === undefined) {
      throw new FabricError('request-invalid', `"${text}" names no source of the mapping`, {
        extensions: {
          hint: 'Give a source by its IRI or location and what is read instead, as --source people.csv=other.csv.',
          supported: [...new Set(known)],
        },
      });
    }
    overrides.set(name, text.slice(name.length + 1));
  }
  return overrides;
}
