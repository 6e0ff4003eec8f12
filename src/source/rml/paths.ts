/**
 * Which files a mapping may read: those below allowed roots, symbolic links resolved.
 *
 * Every path of a mapping goes through here; nothing is opened by a path that did not.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { FabricError, messageOf } from '../../errors.ts';
import type { SourceDescription } from '../../mapping/normal-form.ts';

export interface PathSettings {
  readonly mappingDirectory: string;
  readonly workingDirectory: string;
  readonly allowedRoots: readonly string[];
}

type FileDescription = Extract<SourceDescription, { kind: 'file' }>;

/**
 * The real path of a file that a mapping describes (RML-IO, "FilePath"). Without a root, a relative path is one
 * of the working directory, or, when nothing lies there, of the directory of the mapping.
 *
 * @throws FabricError `mapping-failed` when there is no such file, `path-refused` when it lies outside
 */
export async function resolveDescribed(
  { path, root }: FileDescription,
  settings: PathSettings,
): Promise<string> {
  const { mappingDirectory, workingDirectory } = settings;
  const bases =
    root === undefined
      ? [workingDirectory, mappingDirectory]
      : root === 'MappingDirectory'
        ? [mappingDirectory]
        : root === 'CurrentWorkingDirectory'
          ? [workingDirectory]
          : [resolve(mappingDirectory, root)];
  const candidates = isAbsolute(path) ? [path] : [...new Set(bases.map((base) => join(base, path)))];
  return resolveInside(candidates, path, settings);
}

/**
 * The real path of the first of `candidates` that exists.
 *
 * @param name  what messages call the source
 */
export async function resolveInside(
  candidates: readonly string[],
  name: string,
  settings: PathSettings,
): Promise<string> {
  let missing: unknown;
  for (const candidate of candidates) {
    let real: string;
    try {
      real = await realpath(candidate);
    } catch (thrown) {
      missing ??= thrown;
      continue;
    }
    await checkRoots(real, name, settings);
    await checkFile(real, name);
    return real;
  }
  // A path outside is refused whether or not there is a file: nobody may ask what exists there.
  for (const candidate of candidates) {
    await checkRoots(await realParent(resolve(candidate)), name, settings);
  }
  throw unreadable(name, 'there is no such file', missing, candidates);
}

/** The part of a path that exists, its links resolved, with the rest appended. */
async function realParent(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  try {
    return join(await realpath(parent), path.slice(parent.length));
  } catch {
    return join(await realParent(parent), path.slice(parent.length));
  }
}

async function checkRoots(real: string, name: string, settings: PathSettings): Promise<void> {
  for (const root of settings.allowedRoots) {
    const folder = await realpath(root).catch(() => resolve(root));
    if (real === folder || real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return;
  }
  throw new FabricError(
    'path-refused',
    `Source "${name}" lies outside of the folders that a mapping may read`,
    {
      location: { source: name },
      extensions: { supported: settings.allowedRoots, hint: 'Allow its folder with --allow-root.' },
    },
  );
}

async function checkFile(path: string, name: string): Promise<void> {
  const stats = await stat(path).catch((thrown: unknown) => {
    throw unreadable(name, messageOf(thrown), thrown, [path]);
  });
  if (stats.isDirectory()) throw unreadable(name, 'it is a directory', undefined, [path]);
}

/** A file that cannot be read, with what to do about it. */
export function unreadable(
  name: string,
  why: string,
  cause: unknown,
  tried: readonly string[] = [],
): FabricError {
  const where = tried.length === 0 ? '' : ` (tried ${tried.join(', ')})`;
  return new FabricError('mapping-failed', `Source "${name}" cannot be read: ${why}${where}`, {
    location: { source: name },
    extensions: { hint: 'Correct the path in the mapping, or name another file with --source IRI=file.' },
    ...(cause === undefined ? {} : { cause }),
  });
}
