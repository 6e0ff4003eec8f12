/**
 * Logs on disks that fail: one that is only simulated, and one of real segment files in a folder, whose writes are
 * followed one by one: a crash keeps any of the sectors that were written and not synced.
 */
import { readSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FabricError } from '../../src/errors.ts';
import type { Change } from '../../src/log/change.ts';
import type { ChangeLog } from '../../src/log/change-log.ts';
import { MemoryLog } from '../../src/log/memory-log.ts';
import type { SegmentFile } from '../../src/log/segment-files.ts';
import { SegmentLog } from '../../src/log/segment-log.ts';
import type { World } from './world.ts';

/** What the next append meets: no room, a sync that fails, or one that does not end before the crash. */
export type Fault = 'full' | 'broken' | 'held';

export interface LogDisk {
  /** Opens what is there, as a new process. */
  open(): Promise<ChangeLog>;
  /** The machine loses power: of what was written and not synced, anything may stay. */
  crash(): Promise<void>;
  /** What the next append meets. */
  fault: Fault | undefined;
}

const never = (): Promise<never> => new Promise<never>(() => undefined);

/** Changes in memory: a crash keeps a beginning of those that were not acknowledged. */
export class MemoryLogDisk implements LogDisk {
  fault: Fault | undefined;
  readonly #world: World;
  #log = new MemoryLog();
  /** Of an append that was not answered. */
  #unsynced: readonly Change[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  async open(): Promise<ChangeLog> {
    const log = new MemoryLog();
    for await (const change of this.#log.read(1)) await log.append([change]);
    this.#log = log;
    const append = log.append.bind(log);
    log.append = async (changes) => {
      const { fault } = this;
      if (this.#unsynced.length > 0) return fault === 'held' ? never() : Promise.reject(broken());
      if (fault === undefined) return append(changes);
      if (fault !== 'held') this.fault = undefined;
      if (fault === 'full') throw new FabricError('storage-full', 'The simulated disk is full');
      this.#unsynced = changes;
      return fault === 'held' ? never() : Promise.reject(broken());
    };
    log.release = () => Promise.resolve();
    return log;
  }

  async crash(): Promise<void> {
    const kept = this.#unsynced.slice(0, this.#world.below(this.#unsynced.length + 1));
    const log = new MemoryLog();
    for await (const change of this.#log.read(1)) await log.append([change]);
    await log.append(kept);
    this.#log = log;
    this.#unsynced = [];
    this.fault = undefined;
  }
}

const broken = (): FabricError => new FabricError('log-unavailable', 'The simulated disk is broken');

const SECTOR_BYTES = 512;
const SEGMENT_BYTES = 64 * 1024;

/** A sector as it was before a write that is not synced. */
interface Sector {
  readonly handle: FileHandle;
  readonly position: number;
  readonly before: Buffer;
}

/** Real segment files. */
export class FileLogDisk implements LogDisk {
  fault: Fault | undefined;
  readonly #world: World;
  readonly #folder: string;
  #handles: FileHandle[] = [];
  /** In the order of their writes. */
  #unsynced: Sector[] = [];
  #hang!: Promise<void>;
  #hangs!: () => void;

  constructor(world: World, folder: string) {
    this.#world = world;
    this.#folder = folder;
  }

  async open(): Promise<ChangeLog> {
    this.#hang = new Promise((resolve) => {
      this.#hangs = resolve;
    });
    const openFile = async (path: string, flags: string): Promise<SegmentFile> =>
      this.#watched(await open(path, flags));
    const options = { segmentBytes: SEGMENT_BYTES, openFile, fullDiskPauseMs: 0 };
    const log = await SegmentLog.open(this.#folder, options);
    const append = log.append.bind(log);
    const close = log.close.bind(log);
    log.append = async (changes) => {
      const isDone = await this.#world.outside(() =>
        Promise.race([append(changes).then(() => true), this.#hang.then(() => false)]),
      );
      return isDone ? undefined : never();
    };
    log.close = () => this.#world.outside(close);
    log.release = () => Promise.resolve();
    return log;
  }

  async crash(): Promise<void> {
    // A sector is as one of the writes to it left it, or as it was before all of them.
    const settled = new Set<string>();
    for (const { handle, position, before } of this.#unsynced.reverse()) {
      const name = `${handle.fd} ${Math.floor(position / SECTOR_BYTES)}`;
      if (settled.has(name)) continue;
      if (this.#world.oneIn(2)) settled.add(name);
      else writeSync(handle.fd, before, 0, before.length, position);
    }
    this.#unsynced = [];
    for (const handle of this.#handles) await handle.close();
    this.#handles = [];
    this.fault = undefined;
  }

  /** A file whose writes are followed, and whose syncs fail or hang when they are told to. */
  #watched(handle: FileHandle): SegmentFile {
    this.#handles.push(handle);
    const synced = (): void => {
      this.#unsynced = this.#unsynced.filter((sector) => sector.handle !== handle);
    };
    const write = handle.write.bind(handle);
    return Object.assign(Object.create(handle) as FileHandle, {
      write: (bytes: Buffer, offset: number, length: number, position: number) => {
        if (this.fault === 'full') {
          this.fault = undefined;
          return Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
        }
        this.#note(handle, position, length);
        return write(bytes, offset, length, position);
      },
      datasync: async () => {
        if (this.fault === 'broken') {
          this.fault = undefined;
          throw Object.assign(new Error('input/output error'), { code: 'EIO' });
        }
        if (this.fault === 'held') {
          this.#hangs();
          return never();
        }
        await handle.datasync();
        synced();
      },
      sync: async () => {
        await handle.sync();
        synced();
      },
      close: async () => {
        if (!this.#handles.includes(handle)) return;
        this.#handles.splice(this.#handles.indexOf(handle), 1);
        await handle.close();
        // The process did not crash: what it wrote is there.
        synced();
      },
    });
  }

  #note(handle: FileHandle, from: number, length: number): void {
    for (let position = from; position < from + length; ) {
      const end = Math.min(from + length, (Math.floor(position / SECTOR_BYTES) + 1) * SECTOR_BYTES);
      const before = Buffer.alloc(end - position);
      readSync(handle.fd, before, 0, before.length, position);
      this.#unsynced.push({ handle, position, before });
      position = end;
    }
  }
}
