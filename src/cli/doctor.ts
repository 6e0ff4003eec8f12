/**
 * `fabric doctor`: looks at each file of a data directory, reads it as start-up would, and says what it found, what is
 * wrong and how to mend it. It changes nothing.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { DEFAULT_TENANT } from '../authorize.ts';
import { loadConfig } from '../config.ts';
import { type DataDirectory, readDataDirectory } from '../store/data-directory.ts';
import { LOCK_FILE, QuadstoreHome } from '../store/quadstore-home.ts';
import { type Examination, examine, type Severity, worstOf } from './examination.ts';
import { EXIT } from './exit-codes.ts';
import type { CommandWork } from './options.ts';
import { table } from './terminal.ts';

export const doctor: CommandWork = async (_args, options, terminal) => {
  const path = options['data'] as string;
  const directory = await readDataDirectory(path);
  const scratch = await mkdtemp(join(tmpdir(), 'fabric-doctor-'));
  try {
    const lock = await holdLock(directory, scratch);
    let examination: Examination;
    try {
      // Reading may cut and replay: it is done on a copy. Opening and closing the lock would let go of it.
      const copy = join(scratch, 'copy');
      await cp(path, copy, { recursive: true, filter: (file) => basename(file) !== LOCK_FILE });
      examination = await examine(directory, await readDataDirectory(copy), loadConfig({ env: process.env }));
    } finally {
      await lock?.close();
    }
    const worst = worstOf(examination.findings);
    terminal.out(
      terminal.json ? JSON.stringify({ ...examination, worst }) : describe(path, examination, worst),
    );
    return { error: EXIT.negative, warning: EXIT.warnings, note: EXIT.ok }[worst];
  } finally {
    await rm(scratch, { recursive: true });
  }
};

const SAID: Readonly<Record<Severity, string>> = {
  error: 'damaged',
  warning: 'sound, with warnings',
  note: 'sound',
};

function describe(path: string, { facts, files, findings }: Examination, worst: Severity): string {
  const shown = Object.entries(facts).map(
    ([name, value]) => `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const rows = files.map(({ file, bytes, says }) => [file, String(bytes), says]);
  const problems = findings.flatMap(({ severity, file, what, mend }) => [
    `  ${severity}: ${file}: ${what}`,
    ...(mend === undefined ? [] : [`    ${mend}`]),
  ]);
  return [`${path}: ${SAID[worst]}`, ...shown, ...problems, table(['file', 'bytes', 'holds'], rows)].join(
    '\n',
  );
}

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
