/** The names in a folder, in order; none where there is no folder. */
import { readdir } from 'node:fs/promises';
import { FabricError, messageOf } from '../errors.ts';

/** @throws FabricError `data-directory-unusable` */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return [];
    throw new FabricError('data-directory-unusable', `${folder} cannot be read: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
