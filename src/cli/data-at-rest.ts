/**
 * A data directory that no service uses, opened for one command: state and log, no sources, no mapping, no clock. It must
 * never do what a service does by itself, such as mapping records again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { allowAll, DEFAULT_TENANT } from '../authorize.ts';
import type { Config } from '../config.ts';
import { INTERNAL } from '../log/change.ts';
import { GraphNames } from '../rdf/graphs.ts';
import { QuadLoads } from '../service/quad-loads.ts';
import { WholeState } from '../service/whole-state.ts';
import type { RequestContext } from '../service.ts';
import { type DataDirectory, openDataDirectory, readDataDirectory } from '../store/data-directory.ts';
import { MappingFiles } from '../store/mapping-files.ts';
import { Readers } from '../store/readers.ts';
import { openState } from '../store/state.ts';

export interface DataAtRest extends AsyncDisposable {
  readonly wholeState: WholeState;
  /** Who acts, for every operation of this command. */
  readonly context: RequestContext;
}

/** What the command is allowed to make: nothing, or the directory itself. */
type Opening = 'existing' | 'made-when-absent';

/** @throws FabricError `data-directory-unusable`, `data-directory-locked`, `log-damaged`, `store-damaged` */
export async function openDataAtRest(path: string, config: Config, opening: Opening): Promise<DataAtRest> {
  const directory = opening === 'existing' ? await readDataDirectory(path) : await openOrMake(path, config);
  const graphs = new GraphNames(directory.baseIri);
  const state = await openState({
    folders: { log: directory.log(DEFAULT_TENANT), store: directory.store(DEFAULT_TENANT) },
    config,
    graphs,
    now: Date.now,
    onChange: () => undefined,
    onBackgroundError: () => undefined, // closing writes one more, whose failure is told
  });
  const readers = new Readers({
    snapshot: () => state.image.snapshot(),
    clock: () => performance.now(),
    heldMsMax: Number.POSITIVE_INFINITY, // nobody else needs the memory of old states
  });
  const wholeState = new WholeState({
    ...{ authorize: allowAll, graphs, state, readers, now: Date.now },
    givenMappings: () => new MappingFiles(directory.mappings(DEFAULT_TENANT)).all(),
    loads: new QuadLoads({
      ...{ writer: state.writer, graphs, snapshot: () => readers.take('load') },
      sleep: (ms) => sleep(ms),
      checkpoint: () => state.checkpointer.run(),
      quadsPerChange: config.writer.loadQuadsMax,
    }),
  });
  return {
    wholeState,
    context: { principal: INTERNAL, tenant: DEFAULT_TENANT, requestId: uuidv7() },
    [Symbol.asyncDispose]: () => state.close(),
  };
}

function openOrMake(path: string, config: Config): Promise<DataDirectory> {
  return openDataDirectory(path, {
    baseIri: () => config.baseIri ?? `https://w3id.org/continuum-fabric/id/${uuidv7()}/`,
    now: () => new Date().toISOString(),
  });
}
