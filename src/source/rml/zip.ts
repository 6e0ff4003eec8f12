/** Zip archives, read at random: the archive is a file or lies in memory. Names of entries never become paths. */
import type { Entry, ZipFile } from 'yauzl';
import { FabricError, messageOf } from '../../errors.ts';

export interface ZipArchive {
  /** Names of the files in it, in the order of the directory. */
  readonly names: readonly string[];
  /**
   * @param onBytesRead  called with the packed bytes behind what is given, as near as whole chunks tell
   * @throws FabricError `syntax-error` for damaged data, and when there is no such entry
   */
  read(entry: string, onBytesRead?: (bytes: number) => void): AsyncIterable<Uint8Array>;
  close(): void;
}

/** A directory that names more is no archive of data. */
const ENTRIES_MAX = 100_000;

/**
 * Opens an archive.
 *
 * @param from  path of a file, or the bytes
 * @param name  what messages call the source
 * @throws FabricError `syntax-error` for what is no zip archive
 */
export async function openZip(from: string | Uint8Array, name: string): Promise<ZipArchive> {
  const { fromBufferPromise, openPromise } = await import('yauzl');
  const entries = new Map<string, Entry>();
  let zip: ZipFile | undefined;
  try {
    const options = { autoClose: false, lazyEntries: true };
    zip =
      typeof from === 'string'
        ? await openPromise(from, options)
        : await fromBufferPromise(Buffer.from(from.buffer, from.byteOffset, from.length), options);
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
      if (entries.size > ENTRIES_MAX) throw new Error(`it has more than ${ENTRIES_MAX} entries`);
    }
  } catch (thrown) {
    zip?.close();
    throw damaged(name, thrown);
  }
  const opened = zip;
  return {
    names: [...entries.keys()],
    close: () => {
      opened.close();
    },
    async *read(entryName, onBytesRead) {
      const entry = entries.get(entryName);
      if (entry === undefined) throw damaged(name, new Error(`it has no entry "${entryName}"`));
      try {
        const stream: AsyncIterable<Uint8Array> = await opened.openReadStreamPromise(entry);
        const packing = entry.compressedSize / Math.max(1, entry.uncompressedSize);
        for await (const chunk of stream) {
          onBytesRead?.(chunk.length * packing);
          yield chunk;
        }
      } catch (thrown) {
        throw damaged(name, thrown);
      }
    },
  };
}

/** The one file of an archive. @throws FabricError `syntax-error`, also when there is none or are several */
export async function* unzip(
  from: string | Uint8Array,
  name: string,
  onBytesRead?: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const archive = await openZip(from, name);
  try {
    const [only, second] = archive.names;
    if (only === undefined || second !== undefined) {
      const count = only === undefined ? 'no file' : `${archive.names.length} files`;
      throw damaged(name, new Error(`it holds ${count}, one is read`));
    }
    yield* archive.read(only, onBytesRead);
  } finally {
    archive.close();
  }
}

const damaged = (name: string, thrown: unknown): FabricError =>
  thrown instanceof FabricError
    ? thrown
    : new FabricError('syntax-error', `Source "${name}" cannot be read as zip: ${messageOf(thrown)}`, {
        location: { source: name },
        cause: thrown,
      });
