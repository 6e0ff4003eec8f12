/** One process of a simulation: the room put together as `openState` does, on simulated disks and time. */
import { setImmediate } from 'node:timers/promises';
import type { ChangeLog } from '../../src/log/change-log.ts';
import { quadKey } from '../../src/rdf/terms.ts';
import { Checkpointer } from '../../src/store/checkpoint.ts';
import type { GraphView } from '../../src/store/graph-view.ts';
import { Image } from '../../src/store/image/image.ts';
import { eachQuadOf } from '../../src/store/lookup.ts';
import { recover } from '../../src/store/recovery.ts';
import { SetHash } from '../../src/store/set-hash.ts';
import { RecordStore } from '../../src/write/record-store.ts';
import { Writer } from '../../src/write/writer.ts';
import { graphs } from '../store/arbitrary-quads.ts';
import { type HomeDisk, SimulatedHome } from './home-disk.ts';
import type { LogDisk } from './log-disk.ts';
import type { World } from './world.ts';

export interface Process {
  readonly log: ChangeLog;
  readonly image: Image;
  readonly records: RecordStore;
  readonly writer: Writer;
  readonly checkpointer: Checkpointer;
  readonly hash: SetHash;
  /** Checkpoints that failed. */
  readonly failures: unknown[];
}

/** Starts a process on what the disks hold. @throws FabricError as recovery does */
export async function startProcess(world: World, homeDisk: HomeDisk, logDisk: LogDisk): Promise<Process> {
  const home = new SimulatedHome(homeDisk);
  const log = await logDisk.open();
  const image = new Image({ graphs });
  const records = new RecordStore();
  const hash = new SetHash();
  const failures: unknown[] = [];
  const checkpointer = new Checkpointer({
    home,
    log,
    hash,
    document: (source, key) => records.durable(source, key),
    intervalMs: 5000,
    changesMax: 20,
    dutyRatio: 0.5,
    tailMax: { changes: 1000, bytes: Number.MAX_SAFE_INTEGER },
    retention: () => ({ bytes: Number.MAX_SAFE_INTEGER, since: 0 }),
    clock: world.now,
    sleep: world.sleep,
    onError: (error) => failures.push(error),
  });
  const recovery = await recover({ home, log, image, records, hash, checkpointer });
  const writer = new Writer(
    {
      log,
      image,
      records,
      now: world.now,
      yieldTurn: () => setImmediate(),
      queueLengthMax: 1000,
      groupLengthMax: 4,
      onChange: (change) => {
        checkpointer.note(change);
        checkpointer.tick();
      },
      admit: () => undefined,
    },
    recovery.lastAt,
  );
  return { log, image, records, writer, checkpointer, hash, failures };
}

/** Keys of all quads of a view. */
export const quadsOf = (view: GraphView): string[] => Array.from(eachQuadOf(view, {}), quadKey).sort();

/** Values of all records, by source and key. */
export function recordsOf(records: RecordStore): string[] {
  return Array.from(
    records.all(),
    ({ source, key, value }) => `${source} ${key} ${JSON.stringify(value)}`,
  ).sort();
}
