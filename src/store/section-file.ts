/**
 * A file of named arrays: a header that says what stands where, and the bytes of each, checksummed. It appears whole or
 * not at all; whatever is wrong with one that is read is said, never read over.
 *
 * Numbers stand as the machine has them (little-endian); a file of a machine that has them otherwise is refused.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { syncDirectory, writeWhole } from '../log/segment-files.ts';

/** What a section may be an array of. */
type Kind = 'int32' | 'uint8' | 'float64';

/** An array that may lie in memory that threads share. */
export type SectionArray = Int32Array | Uint8Array | Float64Array;

export interface SectionFile<Header> {
  readonly header: Header;
  readonly sections: ReadonlyMap<string, SectionArray>;
}

interface Place {
  readonly name: string;
  readonly kind: Kind;
  readonly length: number;
  readonly crc32: number;
}

interface Preamble {
  readonly magic: string;
  readonly version: number;
  readonly header: unknown;
  readonly sections: readonly Place[];
}

/** What the file is, and in which form. */
export interface SectionFormat {
  readonly magic: string;
  readonly version: number;
}

/** Before the preamble: its length and its checksum. */
const PREFIX_BYTES = 8;
/** Sections begin where every array may. */
const ALIGNMENT = 8;
/** Bytes that are written or read at a time. */
const CHUNK_BYTES = 4_194_304;

/** Writes a file, or nothing. @param pause  awaited between chunks */
export async function writeSections(
  path: string,
  { magic, version }: SectionFormat,
  header: unknown,
  sections: ReadonlyMap<string, SectionArray>,
  pause: () => Promise<void>,
): Promise<void> {
  const places: Place[] = [];
  for (const [name, array] of sections) {
    places.push({ name, kind: kindOf(array), length: array.length, crc32: await checksum(array, pause) });
  }
  const preamble: Preamble = { magic, version, header, sections: places };
  const text = Buffer.from(JSON.stringify(preamble), 'utf8');
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(text.length, 0);
  prefix.writeUInt32LE(crc32(text), 4);
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w');
  try {
    await writeWhole(file, prefix, 0);
    await writeWhole(file, text, PREFIX_BYTES);
    let at = aligned(PREFIX_BYTES + text.length);
    for (const array of sections.values()) {
      for (const chunk of chunksOf(array)) {
        await writeWhole(file, chunk, at);
        at += chunk.length;
        await pause();
      }
      at = aligned(at);
    }
    await file.truncate(at);
    await file.sync();
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Reads a file. @throws Error that says why it cannot be used; one without a file has the code ENOENT */
export async function readSections<Header>(
  path: string,
  { magic, version }: SectionFormat,
): Promise<SectionFile<Header>> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const prefix = await readWhole(file, Buffer.alloc(PREFIX_BYTES), 0);
    const length = prefix.readUInt32LE(0);
    if (PREFIX_BYTES + length > size) throw new Error('its head is longer than the file');
    const text = await readWhole(file, Buffer.alloc(length), PREFIX_BYTES);
    if (crc32(text) !== prefix.readUInt32LE(4)) throw new Error('the checksum of its head is wrong');
    const preamble = JSON.parse(text.toString('utf8')) as Preamble;
    if (preamble.magic !== magic) throw new Error(`it is no ${magic}`);
    if (preamble.version !== version)
      throw new Error(`it has version ${preamble.version}, this program reads version ${version}`);
    const sections = new Map<string, SectionArray>();
    let at = aligned(PREFIX_BYTES + length);
    for (const place of preamble.sections) {
      const bytes = place.length * ELEMENT_BYTES[place.kind];
      if (!(at + bytes <= size)) throw new Error(`it ends within "${place.name}"`);
      const made = arrayOf(place.kind, new SharedArrayBuffer(bytes));
      let read = at;
      for (const chunk of chunksOf(made)) {
        await readWhole(file, chunk, read);
        read += chunk.length;
      }
      if ((await checksum(made, () => Promise.resolve())) !== place.crc32)
        throw new Error(`the checksum of "${place.name}" is wrong`);
      sections.set(place.name, made);
      at = aligned(at + bytes);
    }
    return { header: preamble.header as Header, sections };
  } finally {
    await file.close();
  }
}

const ELEMENT_BYTES: Readonly<Record<Kind, number>> = { int32: 4, uint8: 1, float64: 8 };

function arrayOf(kind: Kind, buffer: SharedArrayBuffer): SectionArray {
  if (kind === 'int32') return new Int32Array(buffer);
  return kind === 'float64' ? new Float64Array(buffer) : new Uint8Array(buffer);
}

function kindOf(array: SectionArray): Kind {
  if (array instanceof Int32Array) return 'int32';
  return array instanceof Float64Array ? 'float64' : 'uint8';
}

const aligned = (at: number): number => Math.ceil(at / ALIGNMENT) * ALIGNMENT;

function* chunksOf({ buffer, byteOffset, byteLength }: SectionArray): Generator<Buffer> {
  for (let at = 0; at < byteLength; at += CHUNK_BYTES) {
    yield Buffer.from(buffer, byteOffset + at, Math.min(CHUNK_BYTES, byteLength - at));
  }
}

async function checksum(array: SectionArray, pause: () => Promise<void>): Promise<number> {
  let crc = 0;
  for (const chunk of chunksOf(array)) {
    crc = crc32(chunk, crc);
    await pause();
  }
  return crc;
}

async function readWhole<Bytes extends Uint8Array>(
  file: FileHandle,
  bytes: Bytes,
  position: number,
): Promise<Bytes> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new Error('it ends early');
    done += bytesRead;
  }
  return bytes;
}
