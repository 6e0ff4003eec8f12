/**
 * The mappings that were given to a running fabric, one file for each source: what a restart uses again.
 *
 * A text is whole or not there; it is on the disk when writing it resolves. The name of the file says what it is
 * written in.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FabricError, messageOf } from '../errors.ts';

/** By format. Where a crash has left two files of a source, the first counts: it is written before the other goes. */
const ENDINGS = { yarrrml: '.yarrrml.yml', turtle: '.rml.ttl' } as const;
type Format = keyof typeof ENDINGS;
const FORMATS = Object.keys(ENDINGS) as readonly Format[];

/** A mapping document with what it is written in. */
export interface StoredMapping {
  readonly text: string;
  readonly format: Format;
}

export class MappingFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws FabricError `data-directory-unusable` */
  read(source: string): StoredMapping | undefined {
    const format = FORMATS.find((each) => existsSync(this.#path(source, each)));
    if (format === undefined) return undefined;
    const path = this.#path(source, format);
    return { format, text: attempt(path, () => readFileSync(path, 'utf8')) };
  }

  /** All of them, by their source. @throws FabricError `data-directory-unusable` */
  all(): (StoredMapping & { readonly source: string })[] {
    if (!existsSync(this.#folder)) return [];
    const names = attempt(this.#folder, () => readdirSync(this.#folder)).sort();
    const sources = names.flatMap((name) => {
      const ending = Object.values(ENDINGS).find((each) => name.endsWith(each));
      return ending === undefined ? [] : [decodeURIComponent(name.slice(0, -ending.length))];
    });
    return [...new Set(sources)].flatMap((source) => {
      const mapping = this.read(source);
      return mapping === undefined ? [] : [{ source, ...mapping }];
    });
  }

  /** @throws FabricError `data-directory-unusable` */
  async write(source: string, { text, format }: StoredMapping): Promise<void> {
    const path = this.#path(source, format);
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
    for (const other of FORMATS) if (other !== format) await this.#remove(this.#path(source, other));
  }

  /** @throws FabricError `data-directory-unusable` */
  async remove(source: string): Promise<void> {
    for (const format of FORMATS) await this.#remove(this.#path(source, format));
  }

  async #remove(path: string): Promise<void> {
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

  #path(source: string, format: Format): string {
    return join(this.#folder, `${encodeURIComponent(source)}${ENDINGS[format]}`);
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
