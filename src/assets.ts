/**
 * What ships with the package beside the code: ontology, shapes, crosswalk, mappings and queries, as texts.
 *
 * Read from the package's own folder and nowhere else; nothing is fetched.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FabricError, messageOf, nearest } from './errors.ts';
import type { JsonObject } from './log/change.ts';

/** The folder of the package, from `src` and from `dist` alike. */
export const packageFolder = fileURLToPath(new URL('..', import.meta.url));

export interface TextFile {
  /** File name without folders. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

export const readAsset = (...path: string[]): string => readFileSync(join(packageFolder, ...path), 'utf8');

/** Files of a folder with an ending, sorted by name; none where the folder does not exist. */
export function readFolder(folder: string, ending: string): TextFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => ({ name, path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }));
}

export const readAssetFolder = (folder: string, ending: string): TextFile[] =>
  readFolder(join(packageFolder, folder), ending);

const MAPPING_ENDING = '.rml.ttl';

/**
 * A mapping document by the name of a shipped one, or by its path.
 *
 * @throws FabricError `config-invalid` when there is none
 */
export function readMapping(nameOrPath: string): TextFile {
  const shipped = join(packageFolder, 'mappings', nameOrPath + MAPPING_ENDING);
  const path = existsSync(shipped) ? shipped : nameOrPath;
  try {
    return { name: basename(path), path, text: readFileSync(path, 'utf8') };
  } catch (thrown) {
    const names = readAssetFolder('mappings', MAPPING_ENDING).map(({ name }) =>
      name.slice(0, -MAPPING_ENDING.length),
    );
    const near = nearest(nameOrPath, names);
    throw new FabricError(
      'config-invalid',
      `Mapping "${nameOrPath}" is neither shipped nor a file: ${messageOf(thrown)}`,
      {
        extensions: { supported: names, ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }) },
        cause: thrown,
      },
    );
  }
}

/** The four tables of the crosswalk. */
export const readCrosswalk = (): {
  classes: string;
  properties: string;
  individuals: string;
  namespaces: string;
} => ({
  classes: readAsset('ontology', 'crosswalk', 'classes.csv'),
  properties: readAsset('ontology', 'crosswalk', 'properties.csv'),
  individuals: readAsset('ontology', 'crosswalk', 'individuals.csv'),
  namespaces: readAsset('ontology', 'crosswalk', 'namespaces.csv'),
});

/**
 * The JSON-LD contexts of the configuration, by their addresses.
 *
 * @throws FabricError `config-invalid` for a file that is not there or no JSON object
 */
export function readContexts(files: Readonly<Record<string, string>>): Record<string, JsonObject> {
  return Object.fromEntries(
    Object.entries(files).map(([address, path]) => {
      try {
        return [address, JSON.parse(readFileSync(path, 'utf8')) as JsonObject];
      } catch (thrown) {
        throw new FabricError('config-invalid', `Context ${path} cannot be read: ${messageOf(thrown)}`, {
          location: { source: path },
          cause: thrown,
        });
      }
    }),
  );
}
