/**
 * Tar archives of several files as streams (POSIX.1-1988 ustar), written and read in one pass. A reader must tell an
 * archive that ends early from one that ends.
 */
import { FabricError } from '../../errors.ts';

const BLOCK_BYTES = 512;
/** No file of ours is near it; a larger size is damage, or no archive of ours. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

export interface ArchivedFile {
  /** At most 100 bytes of ASCII. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** @param modifiedSeconds  time of every file, since 1970 */
export async function* writeTar(
  files: Iterable<ArchivedFile> | AsyncIterable<ArchivedFile>,
  modifiedSeconds: number,
): AsyncGenerator<Uint8Array> {
  for await (const { name, bytes } of files) {
    yield headerOf(name, bytes.length, modifiedSeconds);
    yield bytes;
    const rest = bytes.length % BLOCK_BYTES;
    if (rest > 0) yield new Uint8Array(BLOCK_BYTES - rest);
  }
  yield new Uint8Array(2 * BLOCK_BYTES);
}

/** @throws FabricError `backup-damaged` for what is no tar, or ends before its end */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ArchivedFile> {
  const reader = new BlockReader(chunks);
  for (;;) {
    const header = await reader.take(BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) return;
    const { name, size } = parseHeader(header);
    const bytes = await reader.take(size);
    await reader.take((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
    yield { name, bytes };
  }
}

export const damagedBackup = (why: string, cause?: unknown): FabricError =>
  new FabricError('backup-damaged', `The backup is damaged: ${why}`, { cause });

function headerOf(name: string, size: number, modifiedSeconds: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, text: string): void => {
    block.set(new TextEncoder().encode(text), at);
  };
  if (!/^[\x21-\x7e]{1,99}$/.test(name)) throw new Error(`"${name}" is no name of a file of an archive`);
  put(0, name);
  put(100, '0000644\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, `${size.toString(8).padStart(11, '0')}\0`);
  put(136, `${modifiedSeconds.toString(8).padStart(11, '0')}\0`);
  put(156, '0');
  put(257, 'ustar\x0000');
  put(148, `${sumOf(block).toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** The checksum of a header, whose own field counts as blanks. */
function sumOf(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}

function parseHeader(header: Uint8Array): { readonly name: string; readonly size: number } {
  const field = (from: number, length: number): string =>
    new TextDecoder('latin1').decode(header.subarray(from, from + length)).replace(/\0.*$/s, '');
  if (Number.parseInt(field(148, 8).trim(), 8) !== sumOf(header)) throw damagedBackup('it is no tar archive');
  const name = field(0, 100);
  const size = Number.parseInt(field(124, 12), 8);
  if (field(156, 1) !== '0') throw damagedBackup(`"${name}" is no ordinary file`);
  if (!(size <= FILE_BYTES_MAX)) throw damagedBackup(`"${name}" has an impossible size`);
  return { name, size };
}

class BlockReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Uint8Array> {
    const taken = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      while (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done === true) throw damagedBackup('it ends before its end');
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, length - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return taken;
  }
}
