/**
 * The log on append-only segment files: checksummed, chained, one fdatasync for all that waits.
 *
 * Opening returns every change that was ever acknowledged, or refuses: a torn tail (written before a crash,
 * never acknowledged) is cut and reported; anything else that is wrong is `log-damaged`. When the disk is full
 * the group that did not fit is cut off again, verified, and the log goes on as soon as there is room. After any
 * other failed write or sync it takes nothing more until it is opened again, because what the kernel dropped
 * cannot be known.
 */
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { FabricError } from '../errors.ts';
import { ByteMarks } from './byte-marks.ts';
import { ByteSink } from './byte-sink.ts';
import type { Change } from './change.ts';
import { ChangeEncoder, decodeChange } from './change-codec.ts';
import type { ChangeLog, LogOpening, LogRetention } from './change-log.ts';
import { notRetained } from './memory-log.ts';
import {
  encodeMark,
  encodeSeal,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  scanSegment,
  sealRecord,
} from './segment.ts';
import {
  asLogFailure,
  createSegment,
  type LogPosition,
  type OpenedSegments,
  type OpenFile,
  openSegments,
  readWhole,
  reopenSegment,
  type Segment,
  type SegmentFile,
  syncDirectory,
  writeWhole,
} from './segment-files.ts';

export interface SegmentLogOptions {
  /** Size of a segment file; a change larger than it gets a segment of its own. */
  readonly segmentBytes: number;
  /** Opens files for writing; absent: those of the file system. */
  readonly openFile?: OpenFile;
  /** How long a full disk is left alone before the next write tries it; absent: a second. */
  readonly fullDiskPauseMs?: number;
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
  readonly #openFile: OpenFile;
  readonly #fullDiskPauseMs: number;
  readonly #listeners = new Set<(change: Change) => void>();
  /** All segments in order; the last one is written. */
  readonly #segments: Segment[];
  /** The last of them, as long as nothing in them is acknowledged. */
  #unacknowledged: Segment[] = [];
  readonly #marks: ByteMarks;
  readonly #sink = new ByteSink();
  readonly #encoder = new ChangeEncoder(this.#sink);
  #file: SegmentFile | undefined;
  /** What was acknowledged reaches to here. */
  #position: LogPosition;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #failure: FabricError | undefined;
  /** The disk was full, and is not asked again before this time. */
  #full: { readonly refusal: FabricError; readonly untilMs: number } | undefined;
  /** Something that was refused may still stand behind what was acknowledged. */
  #isUntidy = false;

  private constructor(
    directory: string,
    options: SegmentLogOptions & { readonly openFile: OpenFile },
    { segments, file, position, cut }: OpenedSegments,
    marks: ByteMarks,
  ) {
    this.#directory = directory;
    this.#segmentBytes = options.segmentBytes;
    this.#openFile = options.openFile;
    this.#fullDiskPauseMs = options.fullDiskPauseMs ?? 1000;
    this.#segments = segments;
    this.#file = file;
    this.#position = position;
    this.#marks = marks;
    this.opening = {
      firstSeq: segments[0]?.firstSeq ?? 1,
      lastSeq: position.lastSeq,
      ...(cut ? { cut } : {}),
    };
  }

  /**
   * Opens the log in `directory`, which is made when absent, and verifies all of it.
   *
   * @throws FabricError `log-damaged`, `data-directory-unusable`, `storage-full`, `log-unavailable`
   */
  static async open(directory: string, options: SegmentLogOptions): Promise<SegmentLog> {
    const openFile: OpenFile = options.openFile ?? open;
    const marks = new ByteMarks();
    try {
      await mkdir(directory, { recursive: true });
      const opened = await openSegments(directory, openFile, (seq, bytes) => {
        marks.add(seq, bytes);
      });
      return new SegmentLog(directory, { ...options, openFile }, opened, marks);
    } catch (thrown) {
      throw asLogFailure(thrown);
    }
  }

  get lastSeq(): number {
    return this.#position.lastSeq;
  }

  get firstSeq(): number {
    return this.#segments[0]?.firstSeq ?? this.lastSeq + 1;
  }

  bytesAfter(seq: number): number {
    return seq >= this.lastSeq ? 0 : this.#marks.after(seq);
  }

  append(changes: readonly Change[]): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#full && performance.now() < this.#full.untilMs) return Promise.reject(this.#full.refusal);
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
      const changes = group.length === 1 ? group[0]!.changes : group.flatMap((waiting) => waiting.changes);
      try {
        if (this.#isUntidy) await this.#takeBack();
        await this.#write(changes);
      } catch (thrown) {
        await this.#fail(thrown, group);
        continue;
      }
      this.#full = undefined;
      for (const { resolve } of group) resolve();
      if (this.#listeners.size > 0) this.#notify(changes);
      // Whoever was answered may write again at once; its record then says what the mark would say.
      await setImmediate();
      if (this.#waiting.length > 0) continue;
      // Those are answered; a failure from here on is for whoever comes next.
      await this.#mark().catch((thrown: unknown) => this.#fail(thrown, []));
    }
    this.#flushing = undefined;
  }

  /** Refuses the group and all that waits behind it; goes on afterwards only where room was all that was missing. */
  async #fail(thrown: unknown, group: readonly Waiting[]): Promise<void> {
    let failure = asLogFailure(thrown);
    this.#isUntidy = true;
    if (failure.type === 'storage-full') {
      // What was refused should not come back after a crash; where even that has to wait for room, it waits.
      await this.#takeBack().catch((worse: unknown) => {
        failure = asLogFailure(worse);
      });
    }
    if (failure.type === 'storage-full') {
      this.#full = { refusal: failure, untilMs: performance.now() + this.#fullDiskPauseMs };
    } else this.#failure = failure;
    for (const { reject } of [...group, ...this.#waiting]) reject(failure);
    this.#waiting = [];
  }

  /** Takes everything back that was written and not acknowledged. */
  async #takeBack(): Promise<void> {
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
    for (const { path } of this.#unacknowledged) await rm(path, { force: true });
    this.#segments.length -= this.#unacknowledged.length;
    this.#unacknowledged = [];
    await syncDirectory(this.#directory);
    const last = this.#segments.at(-1);
    if (last) this.#file = await reopenSegment(last, this.#position, this.#openFile);
    this.#isUntidy = false;
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
    const sink = this.#sink;
    sink.clear();
    const durableSeq = this.lastSeq;
    let { fileBytes, offset, chain, lastSeq } = this.#position;
    let written = 0;
    const writeOut = async (until: number): Promise<void> => {
      if (until === written) return;
      await writeWhole(this.#file!, sink.written().subarray(written, until), offset);
      await this.#file!.datasync();
      offset += until - written;
      written = until;
    };
    for (const change of changes) {
      if (change.seq !== lastSeq + 1) throw new Error(`Change ${change.seq} does not follow ${lastSeq}`);
      const start = sink.skip(RECORD_HEADER_BYTES);
      this.#encoder.encode(change);
      if (!this.#file || offset + sink.length - written + RECORD_HEADER_BYTES > fileBytes) {
        await writeOut(start);
        const neededBytes = SEGMENT_HEADER_BYTES + sink.length - start + RECORD_HEADER_BYTES;
        fileBytes = await this.#roll(change.seq, neededBytes, { offset, chain, fileBytes });
        offset = SEGMENT_HEADER_BYTES;
      }
      chain = sealRecord(sink.written().subarray(start), change.seq, durableSeq, chain);
      lastSeq = change.seq;
    }
    await writeOut(sink.length);
    this.#position = { fileBytes, offset, chain, lastSeq };
    this.#unacknowledged = [];
    this.#marks.add(lastSeq, sink.length);
  }

  /** Repeats behind the last record that all is durable; the next record overwrites it. */
  async #mark(): Promise<void> {
    const { offset, fileBytes, lastSeq } = this.#position;
    if (!this.#file || offset + RECORD_HEADER_BYTES > fileBytes) return;
    await writeWhole(this.#file, encodeMark(lastSeq), offset);
  }

  /** Starts a new segment and seals the one before, which is durable to its end. @returns its size */
  async #roll(
    firstSeq: number,
    neededBytes: number,
    { offset, chain, fileBytes }: Omit<LogPosition, 'lastSeq'>,
  ): Promise<number> {
    const before = this.#file;
    const sizeBytes = Math.max(this.#segmentBytes, neededBytes);
    const path = join(this.#directory, `${String(firstSeq).padStart(20, '0')}.log`);
    const file = await createSegment(path, { sizeBytes, firstSeq, chain }, this.#openFile);
    this.#file = file;
    const segment = { path, firstSeq };
    this.#segments.push(segment);
    this.#unacknowledged.push(segment);
    try {
      await syncDirectory(this.#directory);
      if (before && offset + RECORD_HEADER_BYTES <= fileBytes) {
        await writeWhole(before, encodeSeal(firstSeq - 1), offset);
        await before.datasync();
      }
    } finally {
      await before?.close();
    }
    return sizeBytes;
  }

  async *read(fromSeq: number): AsyncIterable<Change> {
    const until = this.lastSeq;
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
    let released = 0;
    for (const file of files) {
      const acknowledged = this.#segments.length - this.#unacknowledged.length;
      if (acknowledged < 2 || this.#segments[1]!.firstSeq > seq + 1) break;
      if (keep && bytes <= keep.bytes && file.mtimeMs >= keep.since) break;
      const [segment] = this.#segments.splice(0, 1);
      await rm(segment!.path);
      bytes -= file.size;
      released++;
    }
    this.#marks.forget(seq);
    if (released > 0) await syncDirectory(this.#directory);
  }

  async close(): Promise<void> {
    await this.#flushing;
    const failed = this.#failure !== undefined || this.#isUntidy;
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
