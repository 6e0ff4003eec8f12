/** `fabric doctor`: reads a data directory as start-up would and says what it found; it changes nothing. */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { DEFAULT_TENANT } from '../authorize.ts';
import { loadConfig } from '../config.ts';
import { GraphNames } from '../rdf/graphs.ts';
import { type DataDirectory, readDataDirectory } from '../store/data-directory.ts';
import { LOCK_FILE, QuadstoreHome } from '../store/quadstore-home.ts';
import { openState } from '../store/state.ts';
import { EXIT } from './exit-codes.ts';
import type { CommandWork } from './options.ts';

export const doctor: CommandWork = async (_args, options, terminal) => {
  const path = options['data'] as string;
  const directory = await readDataDirectory(path);
  const scratch = await mkdtemp(join(tmpdir(), 'fabric-doctor-'));
  try {
    const lock = await holdLock(directory, scratch);
    let found: Finding;
    try {
      // Reading may cut and replay: it is done on a copy. Opening and closing the lock would let go of it.
      const copy = join(scratch, 'copy');
      await cp(path, copy, { recursive: true, filter: (file) => basename(file) !== LOCK_FILE });
      found = await examine(directory, await readDataDirectory(copy));
    } finally {
      await lock?.close();
    }
    terminal.out(
      terminal.json
        ? JSON.stringify(found)
        : [
            `${path}: sound`,
            ...Object.entries(found).map(
              ([name, value]) => `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
            ),
          ].join('\n'),
    );
    return EXIT.ok;
  } finally {
    await rm(scratch, { recursive: true });
  }
};

/**
 * Keeps the service out while we look. LevelDB changes what it opens, so a store of ours with nothing in it is
 * opened, whose lock is a link to that of the directory.
 *
 * @throws FabricError `data-directory-locked`
 */
async function holdLock(directory: DataDirectory, scratch: string): Promise<QuadstoreHome | undefined> {
  const lock = join(directory.store(DEFAULT_TENANT), LOCK_FILE);
  if (!existsSync(lock)) return undefined;
  const store = join(scratch, 'lock');
  await mkdir(store);
  await symlink(resolve(lock), join(store, LOCK_FILE));
  return QuadstoreHome.open(store);
}

type Finding = Readonly<Record<string, unknown>>;

async function examine(directory: DataDirectory, copy: DataDirectory): Promise<Finding> {
  const { image, log, home, records, recovery } = await openState({
    folders: { log: copy.log(DEFAULT_TENANT), store: copy.store(DEFAULT_TENANT) },
    config: loadConfig({ env: process.env }),
    graphs: new GraphNames(directory.baseIri),
    now: Date.now,
    onChange: () => undefined,
    onCheckpointError: () => undefined,
  });
  const { cut } = log.opening;
  const found = {
    path: directory.path,
    baseIri: directory.baseIri,
    createdAt: directory.createdAt,
    lastSeq: image.publishedSeq,
    firstRetainedSeq: log.firstSeq,
    checkpointedQuads: recovery.quads,
    replayedChanges: recovery.replayed,
    quads: image.statistics().quads,
    terms: image.statistics().terms,
    records: records.size,
    tornTail: cut ? { ...cut, file: cut.file.replace(copy.path, directory.path) } : null,
  };
  await log.close();
  await home.close();
  return found;
}
