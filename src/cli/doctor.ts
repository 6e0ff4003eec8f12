/** `fabric doctor`: reads a data directory as start-up would and says what it found; it changes nothing. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_TENANT } from '../authorize.ts';
import { loadConfig } from '../config.ts';
import { FabricError } from '../errors.ts';
import { GraphNames } from '../rdf/graphs.ts';
import { openDataDirectory } from '../store/data-directory.ts';
import { QuadstoreHome } from '../store/quadstore-home.ts';
import { openState } from '../store/state.ts';
import { EXIT } from './exit-codes.ts';
import type { CommandWork } from './options.ts';

export const doctor: CommandWork = async (_args, options, terminal) => {
  const path = options['data'] as string;
  const directory = await openDataDirectory(path, {
    baseIri: () => {
      throw new FabricError('data-directory-unusable', `${path} is no data directory of continuum-fabric`);
    },
    now: () => '',
  });
  // The lock is tried on the directory itself; the reading, which may cut and replay, is done on a copy.
  await (await QuadstoreHome.open(directory.store(DEFAULT_TENANT))).close();
  const copy = await mkdtemp(join(tmpdir(), 'fabric-doctor-'));
  try {
    await cp(path, copy, { recursive: true });
    const copied = await openDataDirectory(copy, { baseIri: () => directory.baseIri, now: () => '' });
    const state = await openState({
      folders: { log: copied.log(DEFAULT_TENANT), store: copied.store(DEFAULT_TENANT) },
      config: loadConfig({ env: process.env }),
      graphs: new GraphNames(directory.baseIri),
      now: Date.now,
      onChange: () => undefined,
      onCheckpointError: () => undefined,
    });
    const { image, log, records, recovery } = state;
    const found = {
      path,
      baseIri: directory.baseIri,
      createdAt: directory.createdAt,
      lastSeq: image.publishedSeq,
      firstRetainedSeq: log.firstSeq,
      checkpointedQuads: recovery.quads,
      replayedChanges: recovery.replayed,
      quads: image.statistics().quads,
      terms: image.statistics().terms,
      records: records.size,
      tornTail: log.opening.cut
        ? { ...log.opening.cut, file: log.opening.cut.file.replace(copy, path) }
        : null,
    };
    await state.log.close();
    await state.home.close();
    terminal.out(
      terminal.json
        ? JSON.stringify(found)
        : [
            `${path}: sound`,
            ...Object.entries(found).map(
              ([name, value]) => `  ${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`,
            ),
          ].join('\n'),
    );
    return EXIT.ok;
  } finally {
    await rm(copy, { recursive: true });
  }
};
