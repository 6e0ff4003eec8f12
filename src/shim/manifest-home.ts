/**
 * Where manifests go: a folder, one YAML file for each object, or memory.
 *
 * A folder is what a GitOps agent or `kubectl apply -R -f` takes; it holds what was asked for, not what a
 * cluster made of it. Files may hold values of secrets and variables, so only their owner may read them.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { FabricError, messageOf } from '../errors.ts';
import { CLUSTER_ANNOTATION, type Manifest, readManifest, targetOf } from './manifest-plan.ts';
import { labelValue } from './naming.ts';

/** Keeps manifests; each call answers with a sentence on where. */
export interface ManifestHome {
  list(): Promise<readonly Manifest[]>;
  write(manifest: Manifest): Promise<string>;
  remove(manifest: Manifest): Promise<string>;
}

/** One file per object at `<folder>/<cluster>/<kind>-<name>.yaml`; made on the first write. */
export function manifestFolder(folder: string): ManifestHome {
  const place = (manifest: Manifest) => {
    const cluster = manifest.metadata.annotations[CLUSTER_ANNOTATION];
    const below = cluster === undefined ? folder : join(folder, labelValue(cluster).toLowerCase());
    const file = `${manifest.kind.toLowerCase()}-${labelValue(manifest.metadata.namespace)}-${manifest.metadata.name}.yaml`;
    return { below, path: join(below, file) };
  };
  return {
    list: async () => (await Promise.all((await yamlFiles(folder)).map(readManifests))).flat(),
    write: async (manifest) => {
      const { below, path } = place(manifest);
      await mkdir(below, { recursive: true });
      await writeFile(`${path}.part`, stringify(manifest, { aliasDuplicateObjects: false }), { mode: 0o600 });
      await rename(`${path}.part`, path);
      return `Written to ${path}`;
    },
    remove: async (manifest) => {
      const { path } = place(manifest);
      await rm(path, { force: true });
      return `Removed ${path}`;
    },
  };
}

/** Manifests in memory, to look at a plan or to be asked for afterwards. */
export function memoryManifests(initial: readonly Manifest[] = []): ManifestHome {
  const held = new Map(initial.map((manifest) => [targetOf(manifest), manifest]));
  return {
    list: () => Promise.resolve([...held.values()]),
    write: (manifest) => {
      held.set(targetOf(manifest), manifest);
      return Promise.resolve('Held in memory');
    },
    remove: (manifest) => {
      held.delete(targetOf(manifest));
      return Promise.resolve('Dropped from memory');
    },
  };
}

async function yamlFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new FabricError('unreachable', `Folder ${folder} cannot be read: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

async function readManifests(path: string): Promise<Manifest[]> {
  const documents = parseAllDocuments(await readFile(path, 'utf8'));
  return (Array.isArray(documents) ? documents : []).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const at = error.linePos?.[0];
      throw new FabricError('syntax-error', `Manifest ${path} is not well-formed: ${error.message}`, {
        location: { source: path, ...(at === undefined ? {} : { line: at.line, column: at.col }) },
        cause: error,
      });
    }
    const manifest = readManifest(document.toJS() as unknown);
    return manifest === undefined ? [] : [manifest];
  });
}
