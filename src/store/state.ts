/**
 * The state of one tenant, opened: log, home, image, records, and the one writer that changes them.
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TENANT } from '../authorize.ts';
import type { Config } from '../config.ts';
import { FabricError } from '../errors.ts';
import { type Change, INTERNAL } from '../log/change.ts';
import type { ChangeLog } from '../log/change-log.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { SegmentLog } from '../log/segment-log.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { RecordStore } from '../write/record-store.ts';
import { Writer } from '../write/writer.ts';
import type { OnBackgroundError } from './background.ts';
import { Checkpointer } from './checkpoint.ts';
import type { DurableHome } from './durable-home.ts';
import { Image } from './image/image.ts';
import { type KeptImage, keptImage } from './kept-image.ts';
import { MemoryHome } from './memory-home.ts';
import { Merging } from './merging.ts';
import { QuadstoreHome } from './quadstore-home.ts';
import { type Recovery, recover } from './recovery.ts';
import { SetHash } from './set-hash.ts';

export interface StateOptions {
  /** Folders of the log and the store; absent: everything in memory. */
  readonly folders:
    | {
        readonly log: string;
        readonly store: string;
        /** The file of the image; absent: the store is scanned, and no file is written. */
        readonly image?: string;
      }
    | undefined;
  readonly config: Config;
  readonly graphs: GraphNames;
  /** An empty one that somebody follows already; absent: one is made. */
  readonly records?: RecordStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called for every change once it is visible. */
  readonly onChange: (change: Change) => void;
  /** Work behind the writes failed; the next of its kind tries again. */
  readonly onBackgroundError: OnBackgroundError;
}

export interface State {
  readonly log: ChangeLog;
  readonly home: DurableHome;
  readonly image: Image;
  readonly records: RecordStore;
  readonly writer: Writer;
  readonly checkpointer: Checkpointer;
  readonly recovery: Recovery;
  /** Why the file of the image was not used; undefined where it was, or there is none. */
  readonly cacheProblem: string | undefined;
  /** Finishes what was submitted, checkpoints and closes. */
  close(): Promise<void>;
}

/** A merge gives others a turn after so long. */
const MERGE_TURN_MS = 2;

/** @throws FabricError `log-damaged`, `store-damaged`, `data-directory-locked` */
export async function openState(options: StateOptions): Promise<State> {
  const { config, folders, now } = options;
  // The store is locked by whoever has it open; the log has no lock of its own and follows.
  const home = folders ? await QuadstoreHome.open(folders.store) : new MemoryHome();
  let log: ChangeLog | undefined;
  try {
    log = folders
      ? await SegmentLog.open(folders.log, { segmentBytes: config.log.segmentBytes })
      : new MemoryLog();
    const kept =
      folders?.image === undefined ? undefined : await keptImage(folders.image, { ...options, home, log });
    return await assemble(options, home, log, now, kept);
  } catch (refusal) {
    await closeAll(log, home);
    throw refusal;
  }
}

/** The lock goes with the home, whatever becomes of the log. */
async function closeAll(log: ChangeLog | undefined, home: DurableHome): Promise<void> {
  try {
    await log?.close();
  } finally {
    await home.close();
  }
}

async function assemble(
  { config, graphs, records = new RecordStore(), onChange, onBackgroundError }: StateOptions,
  home: DurableHome,
  log: ChangeLog,
  now: () => number,
  kept: KeptImage | undefined,
): Promise<State> {
  const image = kept?.cached?.image ?? new Image({ graphs });
  const hash = kept?.cached?.hash ?? new SetHash();
  const isLoaded = kept?.cached !== undefined;
  const checkpointer = new Checkpointer({
    home,
    log,
    hash,
    document: (source, key) => records.durable(source, key),
    intervalMs: config.checkpoint.intervalSeconds * 1000,
    changesMax: config.checkpoint.changesMax,
    dutyRatio: config.checkpoint.dutyRatio,
    tailMax: { changes: config.writer.tailChangesMax, bytes: config.writer.tailBytesMax },
    retention: () => ({
      bytes: config.log.retentionBytes,
      since: now() - config.log.retentionDays * 86_400_000,
    }),
    clock: () => performance.now(),
    sleep: (ms) => sleep(ms),
    onError: (error) => {
      onBackgroundError(error, 'checkpoint');
    },
  });
  const merging = new Merging({
    image,
    turnMs: MERGE_TURN_MS,
    dutyRatio: config.image.mergeDutyRatio,
    clock: () => performance.now(),
    sleep: (ms) => sleep(ms),
    onError: (error) => {
      onBackgroundError(error, 'merge');
    },
  });
  const recovery = await recover({ home, log, image, records, hash, checkpointer, isLoaded });
  if (!isLoaded) await kept?.write(image, hash);
  const writer = new Writer(
    {
      log,
      image,
      records,
      now,
      yieldTurn: () => setImmediate(),
      queueLengthMax: config.writer.queueLengthMax,
      groupLengthMax: config.writer.groupLengthMax,
      onChange: (change) => {
        checkpointer.note(change);
        checkpointer.tick();
        merging.tick();
        onChange(change);
      },
      admit: () => refusalOf(checkpointer, config),
      samples: {
        max: config.writer.samplesMax,
        cause: { kind: 'sample', principal: INTERNAL.id, tenant: DEFAULT_TENANT },
      },
    },
    recovery.lastAt,
  );
  // A flush that fails leaves the samples waiting for the next; the writer says by itself why it refuses.
  const flushing = setInterval(() => {
    writer.flushSamples().catch(() => undefined);
  }, config.writer.sampleFlushMs).unref();
  const close = async (): Promise<void> => {
    clearInterval(flushing);
    await writer.close();
    await merging.close();
    try {
      await checkpointer.finish();
      await kept?.write(image, hash);
    } finally {
      await closeAll(log, home);
    }
  };
  return { log, home, image, records, writer, checkpointer, recovery, cacheProblem: kept?.problem, close };
}

function refusalOf({ tailLength, tailBytes }: Checkpointer, config: Config): FabricError | undefined {
  const { tailChangesMax, tailBytesMax } = config.writer;
  if (tailLength >= tailChangesMax) {
    return overloaded(`${tailLength} changes wait for a checkpoint`, 'writer.tailChangesMax', config);
  }
  if (tailBytes >= tailBytesMax) {
    return overloaded(`${tailBytes} bytes of log wait for a checkpoint`, 'writer.tailBytesMax', config);
  }
  return undefined;
}

function overloaded(message: string, limit: string, config: Config): FabricError {
  return new FabricError('overloaded', message, {
    extensions: { retryAfterSeconds: config.checkpoint.intervalSeconds, limit },
  });
}
