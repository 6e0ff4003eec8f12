/**
 * The mappings that were given to a running fabric, one file for each source: what a restart uses again.
 *
 * A text is whole or not there; it is on the disk when writing it resolves.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FabricError, messageOf } from '../errors.ts';

export class MappingFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws FabricError `data-directory-unusable` */
  read(source: string): string | undefined {
    const path = this.#path(source);
    if (!existsSync(path)) return undefined;
    return attempt(path, () => readFileSync(path, 'utf8'));
  }

  /** @throws FabricError `data-directory-unusable` */
  async write(source: string, text: string): Promise<void> {
    const path = this.#path(source);
    await attempt(path, async () => {
      await mkdir(this.#folder, { recursive: true });
      const file = await open(`${path}.tmp`, 'w');
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.tmp`, path);
      await this.#sync();
    });
  }

  /** @throws FabricError `data-directory-unusable` */
  async remove(source: string): Promise<void> {
    const path = this.#path(source);
    if (!existsSync(path)) return;
    await attempt(path, async () => {
      await rm(path);
      await this.#sync();
    });
  }

  /** A name is durable once its folder is. */
  async #sync(): Promise<void> {
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  #path(source: string): string {
    return join(this.#folder, `${encodeURIComponent(source)}.rml.ttl`);
  }
}

function attempt<T>(path: string, act: () => T): T {
  const refuse = (thrown: unknown): never => {
    throw new FabricError('data-directory-unusable', `Mapping ${path} cannot be kept: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  };
  try {
    const result = act();
    return result instanceof Promise ? (result.catch(refuse) as T) : result;
  } catch (thrown) {
    return refuse(thrown);
  }
}
