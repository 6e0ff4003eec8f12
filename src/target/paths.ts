/**
 * Where a mapping may write: paths that it names have to lie below an allowed root, symbolic links resolved.
 */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { FabricError } from '../errors.ts';

/**
 * The path with its links resolved, as far as it exists.
 *
 * @throws FabricError `path-refused` for a path that lies below none of `roots`
 */
export async function resolveInside(path: string, roots: readonly string[]): Promise<string> {
  const real = await resolveLinks(resolve(path));
  for (const root of roots) {
    const folder = await resolveLinks(resolve(root));
    if (real === folder || real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return real;
  }
  throw new FabricError('path-refused', `Target ${path} lies outside of the folders that a mapping may use`, {
    extensions: { supported: roots, hint: 'Allow its folder with --allow-root.' },
  });
}

/** Links of the longest part of a path that exists; the rest is appended. */
export async function resolveLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw thrown;
    return join(await resolveLinks(dirname(path)), basename(path));
  }
}
