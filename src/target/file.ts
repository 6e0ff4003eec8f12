/**
 * Files that appear whole or not at all: written under another name in the same folder, synced, renamed.
 *
 * What is no regular file (a pipe, a device) is written as it is.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FabricError, messageOf } from '../errors.ts';
import { resolveLinks } from './paths.ts';
import type { ByteSink } from './sink.ts';

/** @throws FabricError `request-invalid` for a file that cannot be written */
export async function openFileSink(path: string): Promise<ByteSink> {
  try {
    const place = await resolveLinks(path);
    const found = await stat(place).catch(() => undefined);
    if (found?.isDirectory() === true) throw new Error('it is a directory');
    if (found !== undefined && !found.isFile())
      return new HandleSink(path, await open(place, 'w'), undefined);
    const name = `.${basename(place)}.${randomBytes(6).toString('hex')}.part`;
    const temporary = join(dirname(place), name);
    const handle = await open(temporary, 'wx', found === undefined ? 0o666 : found.mode & 0o777);
    return new HandleSink(path, handle, { temporary, place });
  } catch (thrown) {
    throw unwritable(path, thrown);
  }
}

const unwritable = (path: string, thrown: unknown): FabricError =>
  new FabricError('request-invalid', `${path} cannot be written: ${messageOf(thrown)}`, {
    location: { source: path },
    cause: thrown,
  });

class HandleSink implements ByteSink {
  readonly name: string;
  readonly #handle: FileHandle;
  readonly #replaces: { readonly temporary: string; readonly place: string } | undefined;
  #open = true;

  constructor(
    name: string,
    handle: FileHandle,
    replaces: { readonly temporary: string; readonly place: string } | undefined,
  ) {
    this.name = name;
    this.#handle = handle;
    this.#replaces = replaces;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let from = 0; from < bytes.length; ) {
        from += (await this.#handle.write(bytes, from, bytes.length - from)).bytesWritten;
      }
    } catch (thrown) {
      throw unwritable(this.name, thrown);
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      if (this.#replaces === undefined) {
        await this.#handle.close();
        return;
      }
      try {
        await this.#handle.datasync();
      } finally {
        await this.#handle.close();
      }
      await rename(this.#replaces.temporary, this.#replaces.place);
    } catch (thrown) {
      if (this.#replaces !== undefined) await rm(this.#replaces.temporary, { force: true });
      throw unwritable(this.name, thrown);
    }
  }

  async abort(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
    if (this.#replaces !== undefined) await rm(this.#replaces.temporary, { force: true });
  }
}
