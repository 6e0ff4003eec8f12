/**
 * The files of the segment log: how they are made, opened, verified and cut. Nothing here decides what is
 * acknowledged; it never touches bytes before the offset that it is given.
 */
import type { FileHandle } from 'node:fs/promises';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FabricError, messageOf } from '../errors.ts';
import {
  damaged,
  decodeSegmentHeader,
  encodeSegmentHeader,
  type ScanEnd,
  type SegmentHeader,
  scanSegment,
} from './segment.ts';

/** What the log needs of an open file. */
export interface SegmentFile extends Pick<FileHandle, 'datasync' | 'sync' | 'close'> {
  write(
    bytes: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
}

/** Opens a file for writing: `r+` one that is there, `w+` a new one. */
export type OpenFile = (path: string, flags: 'r+' | 'w+') => Promise<SegmentFile>;

export interface Segment {
  readonly path: string;
  readonly firstSeq: number;
}

/** Where the log stands: all before `offset` of the last segment is acknowledged. */
export interface LogPosition {
  readonly fileBytes: number;
  readonly offset: number;
  readonly chain: number;
  readonly lastSeq: number;
}

/** A torn tail: written before a crash, never acknowledged. */
export interface TornTail {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface OpenedSegments {
  readonly segments: Segment[];
  readonly file: SegmentFile | undefined;
  readonly position: LogPosition;
  readonly cut?: TornTail;
}

/**
 * Verifies all segments of a directory, and cuts a torn tail off the last.
 *
 * @param visit  told of every change and how many bytes its record has
 * @throws FabricError `log-damaged`, `data-directory-unusable`
 */
export async function openSegments(
  directory: string,
  openFile: OpenFile,
  visit: (seq: number, bytes: number) => void,
): Promise<OpenedSegments> {
  const names = (await readdir(directory)).sort();
  // A segment that was being made when the process died was never used.
  for (const name of names) if (name.endsWith('.tmp')) await rm(join(directory, name));
  const paths = names.filter((name) => /^\d{20}\.log$/.test(name)).map((name) => join(directory, name));
  const segments: Segment[] = [];
  let end: (ScanEnd & { readonly header: SegmentHeader }) | undefined;
  for (const path of paths) {
    const bytes = await readWhole(path);
    const header = decodeSegmentHeader(bytes, path);
    if (end) {
      const before = segments.at(-1)!;
      if (end.tornBytes > 0)
        throw damaged(before.path, end.offset, 'its end is torn, yet another segment follows');
      if (header.firstSeq !== end.lastSeq + 1 || header.chain !== end.chain) {
        throw damaged(path, 0, `it does not continue ${before.path}, which ends with change ${end.lastSeq}`);
      }
    }
    end = scanSegment(bytes, path, (seq, payload) => {
      visit(seq, payload.length);
    });
    segments.push({ path, firstSeq: header.firstSeq });
  }
  if (end?.sealed) {
    throw damaged(segments.at(-1)!.path, end.offset, 'it is sealed, but the segment after it is missing');
  }
  const last = segments.at(-1);
  if (!last || !end) {
    return { segments, file: undefined, position: { fileBytes: 0, offset: 0, chain: 0, lastSeq: 0 } };
  }
  const { offset, chain, lastSeq, tornBytes } = end;
  const position = { fileBytes: end.header.sizeBytes, offset, chain, lastSeq };
  const file = await openFile(last.path, 'r+');
  if (tornBytes === 0) return { segments, file, position };
  await writeWhole(file, Buffer.alloc(tornBytes), offset);
  await file.datasync();
  return { segments, file, position, cut: { file: last.path, offset, bytes: tornBytes } };
}

/**
 * Opens a segment again after a failed write: takes away whatever stands behind what was acknowledged, syncs,
 * and reads back that all of it is there.
 *
 * What was written after the last good sync may or may not be on disk; as all of it is written anew here, a
 * good sync makes it certain.
 *
 * @throws FabricError `log-damaged` when something acknowledged is missing
 */
export async function reopenSegment(
  { path }: Segment,
  { fileBytes, offset, chain, lastSeq }: LogPosition,
  openFile: OpenFile,
): Promise<SegmentFile> {
  const file = await openFile(path, 'r+');
  try {
    await writeZeros(file, offset, fileBytes);
    await file.sync();
    const end = scanSegment(await readWhole(path), path);
    if (end.offset !== offset || end.chain !== chain || end.lastSeq !== lastSeq || end.tornBytes > 0) {
      throw damaged(path, end.offset, `it ends with change ${end.lastSeq}, ${lastSeq} was acknowledged`);
    }
    return file;
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

/** Makes a segment under a temporary name and gives it its own when it is complete on disk. */
export async function createSegment(
  path: string,
  header: SegmentHeader,
  openFile: OpenFile,
): Promise<SegmentFile> {
  const temporary = `${path}.tmp`;
  const file = await openFile(temporary, 'w+');
  try {
    await writeZeros(file, 0, header.sizeBytes);
    await writeWhole(file, encodeSegmentHeader(header), 0);
    await file.sync();
    await rename(temporary, path);
    return file;
  } catch (thrown) {
    await file.close();
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** All of `bytes`: a disk that is nearly full takes a part and says so only by the count. */
export async function writeWhole(file: SegmentFile, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

const ZEROS = Buffer.alloc(1 << 20);

async function writeZeros(file: SegmentFile, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += ZEROS.length) {
    await writeWhole(file, ZEROS.subarray(0, to - at), at);
  }
}

export async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Makes names that came and went durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A failure of the disk as a refusal: `storage-full` where room is all that is missing. */
export function asLogFailure(thrown: unknown): FabricError {
  if (thrown instanceof FabricError) return thrown;
  const full = ['ENOSPC', 'EDQUOT'].includes((thrown as { code?: string }).code ?? '');
  return new FabricError(
    full ? 'storage-full' : 'log-unavailable',
    `The log could not be written: ${messageOf(thrown)}`,
    { cause: thrown },
  );
}
