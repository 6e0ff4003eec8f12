/**
 * The composition root: the one file that knows adapters and core together.
 *
 * It opens the state, compiles what ships with the package, connects the sources and joins the rooms to the
 * {@link Fabric} that every door uses. Nothing is decided here; the rooms decide.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import {
  packageFolder,
  readAsset,
  readAssetFolder,
  readContexts,
  readCrosswalk,
  readMapping,
} from './assets.ts';
import { type Authorize, allowAll, DEFAULT_TENANT } from './authorize.ts';
import type { Config, SourceConfig } from './config.ts';
import type { FabricError } from './errors.ts';
import { INTERNAL } from './log/change.ts';
import { loadCrosswalk } from './ontology/crosswalk.ts';
import { loadTBox } from './ontology/tbox.ts';
import { GraphNames } from './rdf/graphs.ts';
import { parseRdf } from './rdf/parse.ts';
import type { RDF } from './rdf/terms.ts';
import { NS } from './rdf/vocab.ts';
import { ChangeFeed } from './service/change-feed.ts';
import { Housekeeping } from './service/housekeeping.ts';
import { type Connection, Fabric } from './service/operations.ts';
import { Placements } from './service/placements.ts';
import { PolicyFiles } from './service/policy-files.ts';
import { QuadExplainer } from './service/quad-explainer.ts';
import { QuadLoads } from './service/quad-loads.ts';
import { namedQueries, Queries } from './service/queries.ts';
import { NGSI_LD_SOURCE, Records } from './service/records.ts';
import { givenMapping, type MappingHome, Reloads } from './service/reloads.ts';
import { Remapper } from './service/remap.ts';
import { Sources } from './service/sources.ts';
import { WholeState } from './service/whole-state.ts';
import './source/functions/linear-engine.ts';
import { makeFormat, readLimits } from './source/formats.ts';
import { openMqtt } from './source/mqtt.ts';
import { ContextStore } from './source/ngsi-ld/context-store.ts';
import { makeNgsiReader } from './source/ngsi-ld/entities.ts';
import { allSources } from './source/shipped.ts';
import { SparqlEngine } from './sparql/engine.ts';
import { openDataDirectory } from './store/data-directory.ts';
import { MappingFiles } from './store/mapping-files.ts';
import { Readers } from './store/readers.ts';
import { openState, type State } from './store/state.ts';
import { loadShapes } from './validation/shacl-engine.ts';
import { CrossRecordCheck } from './write/cross-record.ts';
import { Intake } from './write/intake.ts';
import { RecordJoins, type RecordKey } from './write/record-joins.ts';
import { RecordStore } from './write/record-store.ts';

export type { Fabric } from './service/operations.ts';

export interface FabricOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Data directory; absent: everything in memory, gone with the process. */
  readonly directory?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly authorize?: Authorize;
}

/**
 * Opens a fabric: recovers its state, compiles mappings, shapes and policy, connects its sources.
 *
 * @throws FabricError `data-directory-unusable`, `data-directory-locked`, `log-damaged`, `store-damaged`,
 *   `mapping-invalid`, `config-invalid`
 */
export async function openFabric(options: FabricOptions): Promise<Fabric> {
  const user = await readFunctions(options.config);
  try {
    return await open(options, user);
  } catch (refusal) {
    user.close();
    throw refusal;
  }
}

async function open(
  options: FabricOptions,
  user: Awaited<ReturnType<typeof readFunctions>>,
): Promise<Fabric> {
  const { config, logger, now = Date.now, authorize = allowAll } = options;
  const time = (): string => new Date(now()).toISOString();
  const knowledge = await readKnowledge();
  const { ontology, tbox, validator, crosswalk, salt } = knowledge;
  const configs = allSources(config.sources);
  const { formats, reader } = makeReaders(config, configs);
  const { graphs, folders, mappings } = await openDirectory(options, time);
  const givenOf = (name: string) => {
    const given = mappings?.read(name);
    return given && givenMapping(name, given);
  };
  const sources = new Sources(configs, {
    ...{ readMapping, givenMapping: givenOf, digest: sha256, salt: salt + user.text, baseIRI: graphs.base },
    functions: user.functions,
  });
  const engine = new SparqlEngine({
    graphs,
    tbox,
    now,
    prefixes: NS,
    loadGeneral: async () => (await import('./sparql/comunica.ts')).startComunica(),
  });
  const rules = sources.rules.bind(sources);
  const stored = new RecordStore();
  const onRefusal = (record: RecordKey, refusal: FabricError): void => {
    logger.warn({ ...record, err: refusal }, 'a record could not follow one that it joins with');
  };
  const joins = new RecordJoins({ records: stored, rules, onRefusal });
  const intake = new Intake({
    ...{ graphs, crosswalk, validator, rules, joins },
    futureToleranceMs: config.records.futureToleranceSeconds * 1000,
    termLengthMax: config.records.termLengthMax,
    childrenMax: config.records.joinedMax,
    owe: (children) => {
      remapper.owe(children);
    },
    onRefusal,
  });
  const crossRecord = new CrossRecordCheck({
    graphs,
    validator,
    annotates: (name) => rules(name)?.policy === 'annotate',
    cause: { kind: 'admin', principal: INTERNAL.id, tenant: DEFAULT_TENANT },
  });
  const state = await openState({
    ...{ folders, config, graphs, now, records: stored },
    onChange: (change) => {
      if (change.cause.kind !== 'admin') {
        using after = state.image.snapshot();
        crossRecord.note(change, after.view);
      }
      feed.note(change);
      housekeeping.wake();
    },
    onBackgroundError: (error, task) => {
      logger.error({ err: error, task }, `${task} failed; the next one tries again`);
    },
  });
  if (state.cacheProblem !== undefined)
    logger.warn({ reason: state.cacheProblem }, 'the file of the image was of no use; the store was scanned');
  announce(state, graphs, logger);
  const { image, writer, log } = state;
  const feed = new ChangeFeed({
    ...{ log, graphs, lastSeq: image.publishedSeq, subscribersMax: config.feed.subscribersMax },
    window: { changesMax: config.feed.bufferChangesMax, bytesMax: config.feed.bufferBytesMax },
  });
  const readers = new Readers({
    snapshot: () => image.snapshot(),
    clock: () => performance.now(),
    heldMsMax: config.readers.heldSecondsMax * 1000,
  });
  const readerOf = (label: string) => () => readers.take(label);
  const placements = new Placements({
    engine,
    policy: new PolicyFiles([join(packageFolder, 'queries'), ...config.placement.folders], engine),
    ...{ graphs, writer, log, snapshot: readerOf('placement'), ontology, now },
    limits: config.placement,
    mintId: uuidv7,
    digest: sha256,
  });
  const housekeeping: Housekeeping = new Housekeeping({
    ...{ state, intake, rules, crossRecord, placements, graphs, now, logger, readers },
    limits: config.records,
  });
  const records = new Records({
    ...{ formats, reader, intake, writer, housekeeping, graphs, time, sleep },
    inFlightMax: Math.min(config.writer.groupLengthMax * 2, config.writer.queueLengthMax),
    newId: uuidv7,
  });
  const { groupLengthMax, queueLengthMax } = config.writer;
  const remapper: Remapper = new Remapper({
    ...{ sources, state, intake, graphs, logger, sleep },
    groupLength: Math.max(1, Math.floor(Math.min(groupLengthMax, queueLengthMax) / 2)),
  });
  const reloads = new Reloads({
    ...{ sources, joins, state, remapper, home: mappings ?? FORGETFUL },
  });
  const quadExplainer = new QuadExplainer({
    ...{ snapshot: readerOf('explanation'), records: stored, sources, graphs },
    quads: { crosswalk, termLengthMax: config.records.termLengthMax, parents: joins.parents },
    parentRecords: joins.parentRecords,
  });
  let connections: ReadonlyMap<string, Connection>;
  try {
    const enter = async (work: () => void): Promise<void> => {
      work(); // nothing else writes yet
      await setImmediate();
    };
    for (const { rules: own } of sources.all()) await joins.enter(own, enter);
    await remapper.start();
    await housekeeping.start();
    connections = await connect(configs, records, graphs, logger);
  } catch (refusal) {
    await remapper.stop();
    await housekeeping.stop();
    await state.close();
    throw refusal;
  }
  return new Fabric({
    ...{ config, graphs, tbox, authorize, state, sources, records, placements, housekeeping, validator },
    ...{ loadShapes, sleep, remapper, reloads, functions: user, quadExplainer, feed, readers },
    queries: new Queries({ engine, writer, snapshot: readerOf('query'), limits: config.query }),
    wholeState: new WholeState({
      ...{ authorize, graphs, state, readers, now },
      givenMappings: () => mappings?.all() ?? [],
      loads: new QuadLoads({
        ...{ writer, graphs, sleep, snapshot: readerOf('load') },
        checkpoint: () => state.checkpointer.run(),
        quadsPerChange: config.writer.loadQuadsMax,
      }),
    }),
    namedQueries: knowledge.namedQueries,
    connections,
  });
}

/** The functions of the user's own that mappings may call; their text decides what a mapping gives. */
async function readFunctions({ mapping: { functions: path, functionTimeoutMs: timeoutMs } }: Config) {
  if (path === undefined) return { functions: [], text: '', close: () => undefined };
  const { loadUserFunctions } = await import('./source/functions/user-functions.ts');
  const loaded = await loadUserFunctions(path, { timeoutMs });
  return { ...loaded, text: readFileSync(path, 'utf8') };
}

/** A fabric in memory keeps nothing beyond its process, given mappings neither. */
const FORGETFUL: MappingHome = { write: () => Promise.resolve(), remove: () => Promise.resolve() };

/** What ships with the package: ontology, shapes, crosswalk, named queries. */
async function readKnowledge() {
  const ontology = await parseRdf(readAsset('ontology', 'continuum-fabric.ttl'), { format: 'turtle' });
  const tbox = loadTBox(ontology);
  const shapes = await parseRdf(readAsset('ontology', 'shapes.ttl'), { format: 'turtle' });
  const tables = readCrosswalk();
  return {
    ontology: ontology as readonly RDF.Quad[],
    tbox,
    validator: await loadShapes(shapes, tbox),
    crosswalk: loadCrosswalk(tables),
    namedQueries: namedQueries(readAssetFolder(join('queries', 'examples'), '.rq')),
    /** A change of the crosswalk changes what a mapping gives. */
    salt: Object.values(tables).join('\n'),
  };
}

function makeReaders(config: Config, configs: readonly SourceConfig[]) {
  const contexts = new ContextStore(readContexts(config.contexts));
  const services = { secrets: config.secrets, limits: readLimits(config), contexts };
  const formats = new Map(configs.map((source) => [source.name, makeFormat(source, services)]));
  const order = configs.find(({ name }) => name === NGSI_LD_SOURCE)!.coordinateOrder;
  const reader = makeNgsiReader({
    source: NGSI_LD_SOURCE,
    secrets: config.secrets,
    contexts,
    orderOf: () => order,
  });
  return { formats, reader };
}

async function openDirectory({ directory: path, config }: FabricOptions, time: () => string) {
  const baseIri = (): string => config.baseIri ?? `https://w3id.org/continuum-fabric/id/${uuidv7()}/`;
  if (path === undefined)
    return { graphs: new GraphNames(baseIri()), folders: undefined, mappings: undefined };
  const directory = await openDataDirectory(path, { baseIri, now: time });
  return {
    graphs: new GraphNames(directory.baseIri),
    folders: {
      log: directory.log(DEFAULT_TENANT),
      store: directory.store(DEFAULT_TENANT),
      image: directory.image(DEFAULT_TENANT),
    },
    mappings: new MappingFiles(directory.mappings(DEFAULT_TENANT)),
  };
}

function announce({ log, recovery, image }: State, graphs: GraphNames, logger: Logger): void {
  const { cut } = log.opening;
  if (cut) logger.warn(cut, 'a torn tail of the log was cut: it was never acknowledged');
  logger.info({ ...recovery, seq: image.publishedSeq, baseIri: graphs.base }, 'state recovered');
}

/** Opens the sources that come to us by themselves. */
async function connect(
  configs: readonly SourceConfig[],
  records: Records,
  graphs: GraphNames,
  logger: Logger,
): Promise<ReadonlyMap<string, Connection>> {
  const connections = new Map<string, Connection>();
  for (const config of configs) {
    if (config.kind !== 'mqtt') continue;
    const sender = {
      principal: { id: `source:${config.name}`, kind: 'internal' },
      tenant: DEFAULT_TENANT,
    } as const;
    const sink = async (topic: string, payload: Uint8Array): Promise<void> => {
      const key = config.keyFromTopic === undefined ? undefined : topic.split('/')[config.keyFromTopic];
      const options = { mediaType: 'application/json', ...(key === undefined ? {} : { key }) };
      await records.ingest(config.name, once(payload), options, sender);
    };
    // The broker keeps the session of a client that it knows: the name stays over restarts.
    const clientId = `fabric-${sha256(graphs.base + config.name).slice(0, 16)}`;
    const source = await openMqtt(config, sink, logger, { clientId }).catch(async (refusal: unknown) => {
      for (const connection of connections.values()) await connection.close();
      throw refusal;
    });
    connections.set(config.name, {
      connected: () => source.state.connection === 'subscribed',
      close: () => source.close(),
    });
  }
  return connections;
}

/** A payload as a body of one piece. */
async function* once(payload: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(payload);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
