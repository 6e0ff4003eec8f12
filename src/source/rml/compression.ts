/**
 * Compressed sources as plain bytes: gzip, zip, tar, and tar in gzip or xz.
 *
 * What is unpacked is counted; an archive that unpacks to more than allowed is refused while it is read, so
 * that a small file cannot fill the disk or the memory.
 */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FabricError, messageOf } from '../../errors.ts';
import type { Compression } from '../../mapping/normal-form.ts';
import { untar } from './tar.ts';
import { unzip } from './zip.ts';

export interface Packed {
  /** What messages call the source. */
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Where the bytes lie as a file. */
  readonly path: string | undefined;
  /** Called with the bytes of an archive that are read where it lies; `chunks` are counted by who gives them. */
  readonly onBytesRead?: ((bytes: number) => void) | undefined;
}

export interface UnpackLimits {
  readonly unpackedBytesMax: number;
  /** Of a zip archive that is no file and has to lie in memory. */
  readonly archiveBytesMax: number;
}

/** @throws FabricError `syntax-error` for what is not compressed so, `body-too-large` beyond the limits */
export function unpack(
  packed: Packed,
  compression: Compression,
  limits: UnpackLimits,
): AsyncIterable<Uint8Array> {
  const { name, chunks } = packed;
  const bounded = (unpacked: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
    atMost(unpacked, limits.unpackedBytesMax, name, 'unpacks to');
  switch (compression) {
    case 'none':
      return chunks;
    case 'gzip':
      return bounded(gunzip(chunks, name));
    case 'tar':
      return untar(chunks, name);
    case 'targz':
      return untar(bounded(gunzip(chunks, name)), name);
    case 'tarxz':
      return untar(bounded(unxz(chunks, name)), name);
    case 'zip':
      return bounded(unzipped(packed, limits));
  }
}

async function* unzipped(
  { path, chunks, name, onBytesRead }: Packed,
  limits: UnpackLimits,
): AsyncGenerator<Uint8Array> {
  if (path === undefined) yield* unzip(await whole(chunks, limits.archiveBytesMax, name), name);
  else yield* unzip(path, name, onBytesRead);
}

/** All bytes at once. @throws FabricError `body-too-large` */
export async function whole(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
  name: string,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of atMost(chunks, bytesMax, name, 'has')) parts.push(chunk);
  return Buffer.concat(parts);
}

async function* gunzip(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const source = Readable.from(chunks, { objectMode: false });
  const stream = source.pipe(createGunzip());
  source.once('error', (thrown) => stream.destroy(thrown));
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) yield chunk;
  } catch (thrown) {
    throw damaged(name, 'gzip', thrown);
  } finally {
    source.destroy();
    stream.destroy();
  }
}

async function* unxz(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const { XzReadableStream } = (await import('xz-decompress')).default;
  const source = Readable.from(chunks, { objectMode: false });
  const reader = new XzReadableStream(Readable.toWeb(source) as ReadableStream<Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (thrown) {
    throw damaged(name, 'xz', thrown);
  } finally {
    await reader.cancel().catch(() => undefined); // the stream is done or broken
    source.destroy(); // the library leaves it open after the end of the archive
  }
}

const damaged = (name: string, format: string, thrown: unknown): FabricError =>
  thrown instanceof FabricError
    ? thrown
    : new FabricError('syntax-error', `Source "${name}" cannot be read as ${format}: ${messageOf(thrown)}`, {
        location: { source: name },
        cause: thrown,
      });

/** The same chunks. @throws FabricError `body-too-large` as soon as they are more */
export async function* atMost(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
  name: string,
  verb: string,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw new FabricError('body-too-large', `Source "${name}" ${verb} more than ${bytesMax} bytes`, {
        location: { source: name },
      });
    }
    yield chunk;
  }
}

/** What a source is compressed with by its first bytes and its name; `none` where neither says so. */
export function detectCompression(start: Uint8Array, name: string): Compression {
  const begins = (...bytes: readonly number[]): boolean => bytes.every((byte, at) => start[at] === byte);
  if (begins(0x1f, 0x8b)) return /\.(?:tar\.gz|tgz)$/i.test(name) ? 'targz' : 'gzip';
  if (begins(0x50, 0x4b, 0x03, 0x04)) return 'zip';
  if (begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'tarxz';
  const isTar =
    /\.tar$/i.test(name) && new TextDecoder('latin1').decode(start.subarray(257, 262)) === 'ustar';
  return isTar ? 'tar' : 'none';
}
