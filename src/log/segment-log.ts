/**
 * The log on append-only segment files: checksummed, chained, one fdatasync for all that waits.
 *
 * Opening returns every change that was ever acknowledged, or refuses: a torn tail (written before a crash,
 * never acknowledged) is cut and reported; anything else that is wrong is `log-damaged`. After a failed
 * write or sync the log takes nothing more until it is opened again, because what the kernel dropped
 * cannot be known.
 */
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FabricError, messageOf } from '../errors.ts';
import type { Change } from './change.ts';
import { decodeChange, encodeChange } from './change-codec.ts';
import type { ChangeLog, LogOpening, LogRetention } from './change-log.ts';
import { notRetained } from './memory-log.ts';
import {
  damaged,
  decodeSegmentHeader,
  encodeMark,
  encodeRecord,
  encodeSegmentHeader,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  scanSegment,
} from './segment.ts';

export interface SegmentLogOptions {
  /** Size of a segment file; a change larger than it gets a segment of its own. */
  readonly segmentBytes: number;
}

interface Segment {
  readonly path: string;
  readonly firstSeq: number;
}

interface Waiting {
  readonly changes: readonly Change[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class SegmentLog implements ChangeLog {
  readonly opening: LogOpening;
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #listeners = new Set<(change: Change) => void>();
  /** All segments in order; the last one is written. */
  readonly #segments: Segment[];
  #file: FileHandle | undefined;
  #fileBytes: number;
  #offset: number;
  #chain: number;
  #lastSeq: number;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #failure: FabricError | undefined;

  private constructor(directory: string, options: SegmentLogOptions, state: OpenedState) {
    this.#directory = directory;
    this.#segmentBytes = options.segmentBytes;
    this.#segments = state.segments;
    this.#file = state.file;
    this.#fileBytes = state.fileBytes;
    this.#offset = state.offset;
    this.#chain = state.chain;
    this.#lastSeq = state.lastSeq;
    this.opening = {
      firstSeq: state.segments[0]?.firstSeq ?? 1,
      lastSeq: state.lastSeq,
      ...(state.cut ? { cut: state.cut } : {}),
    };
  }

  /**
   * Opens the log in `directory`, which is made when absent, and verifies all of it.
   *
   * @throws FabricError `log-damaged`, `data-directory-unusable`
   */
  static async open(directory: string, options: SegmentLogOptions): Promise<SegmentLog> {
    await mkdir(directory, { recursive: true });
    return new SegmentLog(directory, options, await openSegments(directory));
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get firstSeq(): number {
    return this.#segments[0]?.firstSeq ?? this.#lastSeq + 1;
  }

  append(changes: readonly Change[]): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (changes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Writes and syncs all that waits, again and again until nothing does. */
  async #flush(): Promise<void> {
    await Promise.resolve(); // whoever appends in this turn joins the group
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      const changes = group.flatMap((waiting) => waiting.changes);
      try {
        await this.#write(changes);
      } catch (thrown) {
        this.#fail(thrown, group);
        continue;
      }
      for (const { resolve } of group) resolve();
      this.#notify(changes);
      // Those are answered; a failure from here on is for whoever comes next.
      await this.#mark().catch((thrown: unknown) => {
        this.#fail(thrown, []);
      });
    }
    this.#flushing = undefined;
  }

  #fail(thrown: unknown, group: readonly Waiting[]): void {
    this.#failure = asLogFailure(thrown);
    for (const { reject } of [...group, ...this.#waiting]) reject(this.#failure);
    this.#waiting = [];
  }

  /** A listener that throws is a fault of ours: it is reported, but the changes are durable all the same. */
  #notify(changes: readonly Change[]): void {
    for (const change of changes) {
      for (const listener of this.#listeners) {
        try {
          listener(change);
        } catch (thrown) {
          queueMicrotask(() => {
            throw thrown;
          });
        }
      }
    }
  }

  /** Writes a group and makes it durable, rolling to new segments where it does not fit. */
  async #write(changes: readonly Change[]): Promise<void> {
    const durableSeq = this.#lastSeq;
    let seq = durableSeq;
    let pieces: Buffer[] = [];
    let pending = 0;
    const writeOut = async (): Promise<void> => {
      if (pending === 0) return;
      await writeWhole(this.#file!, Buffer.concat(pieces, pending), this.#offset);
      await this.#file!.datasync();
      this.#offset += pending;
      pieces = [];
      pending = 0;
    };
    for (const change of changes) {
      if (change.seq !== seq + 1) throw new Error(`Change ${change.seq} does not follow ${seq}`);
      const payload = encodeChange(change);
      const bytes = RECORD_HEADER_BYTES + payload.length;
      if (!this.#file || this.#offset + pending + bytes > this.#fileBytes) {
        await writeOut();
        await this.#roll(change.seq, SEGMENT_HEADER_BYTES + bytes);
      }
      const record = encodeRecord(change.seq, durableSeq, payload, this.#chain);
      this.#chain = record.chain;
      pieces.push(record.bytes);
      pending += bytes;
      seq = change.seq;
    }
    await writeOut();
    this.#lastSeq = seq;
  }

  /** Repeats behind the last record that all is durable; the next record overwrites it. */
  async #mark(): Promise<void> {
    if (this.#offset + RECORD_HEADER_BYTES > this.#fileBytes) return;
    await writeWhole(this.#file!, encodeMark(this.#lastSeq), this.#offset);
  }

  /** Starts a new segment; the one before is durable to its end. */
  async #roll(firstSeq: number, neededBytes: number): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    const sizeBytes = Math.max(this.#segmentBytes, neededBytes);
    const path = join(this.#directory, `${String(firstSeq).padStart(20, '0')}.log`);
    this.#file = await createSegment(path, { sizeBytes, firstSeq, chain: this.#chain });
    await syncDirectory(this.#directory);
    this.#segments.push({ path, firstSeq });
    this.#fileBytes = sizeBytes;
    this.#offset = SEGMENT_HEADER_BYTES;
  }

  async *read(fromSeq: number): AsyncIterable<Change> {
    const until = this.#lastSeq;
    if (fromSeq > until) return;
    if (fromSeq < this.firstSeq) throw notRetained(fromSeq, this.firstSeq);
    const segments = this.#segments.filter(
      (_, index) => (this.#segments[index + 1]?.firstSeq ?? Number.POSITIVE_INFINITY) > fromSeq,
    );
    for (const [index, { path, firstSeq }] of segments.entries()) {
      if (firstSeq > until) return;
      const lastSeq = Math.min(until, (segments[index + 1]?.firstSeq ?? Number.POSITIVE_INFINITY) - 1);
      const payloads: Buffer[] = [];
      const take = (seq: number, payload: Buffer): void => {
        if (seq >= fromSeq) payloads.push(payload);
      };
      scanSegment(await this.#wholeOf(path, firstSeq), path, take, lastSeq);
      for (const payload of payloads) yield decodeChange(payload);
    }
  }

  /** A segment as it is now; it may have been released since the reader began. */
  async #wholeOf(path: string, firstSeq: number): Promise<Buffer> {
    try {
      return await readWhole(path);
    } catch (thrown) {
      if ((thrown as { code?: string }).code === 'ENOENT' && firstSeq < this.firstSeq) {
        throw notRetained(firstSeq, this.firstSeq);
      }
      throw thrown;
    }
  }

  tail(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async release(seq: number, keep?: LogRetention): Promise<void> {
    const files = await Promise.all(this.#segments.map((segment) => stat(segment.path)));
    let bytes = files.reduce((sum, file) => sum + file.size, 0);
    for (const file of files) {
      if (this.#segments.length < 2 || this.#segments[1]!.firstSeq > seq + 1) break;
      if (keep && bytes <= keep.bytes && file.mtimeMs >= keep.since) break;
      const [segment] = this.#segments.splice(0, 1);
      await rm(segment!.path);
      bytes -= file.size;
    }
    await syncDirectory(this.#directory);
  }

  async close(): Promise<void> {
    await this.#flushing;
    const failed = this.#failure !== undefined;
    this.#failure ??= new FabricError('log-unavailable', 'The log is closed');
    const file = this.#file;
    this.#file = undefined;
    try {
      // What was acknowledged is synced already; this is for the mark, and pointless after a failure.
      if (!failed) await file?.datasync();
    } finally {
      await file?.close();
    }
  }
}

interface OpenedState {
  readonly segments: Segment[];
  readonly file: FileHandle | undefined;
  readonly fileBytes: number;
  readonly offset: number;
  readonly chain: number;
  readonly lastSeq: number;
  readonly cut?: { readonly file: string; readonly offset: number; readonly bytes: number };
}

async function openSegments(directory: string): Promise<OpenedState> {
  const names = (await readdir(directory)).sort();
  // A segment that was being made when the process died was never used.
  for (const name of names) if (name.endsWith('.tmp')) await rm(join(directory, name));
  const paths = names.filter((name) => /^\d{20}\.log$/.test(name)).map((name) => join(directory, name));
  const segments: Segment[] = [];
  let end: ReturnType<typeof scanSegment> | undefined;
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
    end = scanSegment(bytes, path);
    segments.push({ path, firstSeq: header.firstSeq });
  }
  const last = segments.at(-1);
  if (!last || !end) {
    return { segments, file: undefined, fileBytes: 0, offset: 0, chain: 0, lastSeq: 0 };
  }
  const file = await open(last.path, 'r+');
  if (end.tornBytes > 0) {
    await writeWhole(file, Buffer.alloc(end.tornBytes), end.offset);
    await file.datasync();
  }
  return {
    segments,
    file,
    fileBytes: end.header.sizeBytes,
    offset: end.offset,
    chain: end.chain,
    lastSeq: end.lastSeq,
    ...(end.tornBytes > 0 ? { cut: { file: last.path, offset: end.offset, bytes: end.tornBytes } } : {}),
  };
}

const ZEROS = Buffer.alloc(1 << 20);

/** Makes a segment under a temporary name and gives it its own when it is complete on disk. */
async function createSegment(
  path: string,
  header: Parameters<typeof encodeSegmentHeader>[0],
): Promise<FileHandle> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w+');
  try {
    for (let at = 0; at < header.sizeBytes; at += ZEROS.length) {
      await writeWhole(file, ZEROS.subarray(0, header.sizeBytes - at), at);
    }
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
async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function asLogFailure(thrown: unknown): FabricError {
  if (thrown instanceof FabricError) return thrown;
  const full = ['ENOSPC', 'EDQUOT'].includes((thrown as { code?: string }).code ?? '');
  return new FabricError(
    full ? 'storage-full' : 'log-unavailable',
    `The log could not be written: ${messageOf(thrown)}`,
    { cause: thrown },
  );
}
