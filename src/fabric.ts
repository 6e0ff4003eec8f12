/**
 * The composition root: the one file that knows adapters and core together.
 *
 * It opens the state, compiles what ships with the package, starts the sources and answers as the
 * {@link FabricService} that every door uses. Nothing is decided here; the rooms decide.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { packageFolder, readAsset, readAssetFolder, readCrosswalk, readMapping } from './assets.ts';
import { type Authorize, admit, allowAll, DEFAULT_TENANT } from './authorize.ts';
import type { Config } from './config.ts';
import { FabricError } from './errors.ts';
import { type Change, INTERNAL } from './log/change.ts';
import { loadCrosswalk } from './ontology/crosswalk.ts';
import { loadTBox } from './ontology/tbox.ts';
import type { StoredDecision } from './placement/prov.ts';
import { GraphNames } from './rdf/graphs.ts';
import { parseRdf } from './rdf/parse.ts';
import { namedNode, type RDF } from './rdf/terms.ts';
import { NS } from './rdf/vocab.ts';
import { Housekeeping } from './service/housekeeping.ts';
import { ingestReadings } from './service/ingest.ts';
import { writeNgsiLd } from './service/ngsi-ld.ts';
import { allQuads } from './service/past-state.ts';
import { Placements } from './service/placements.ts';
import { PolicyFiles } from './service/policy-files.ts';
import { namedQueries, Queries } from './service/queries.ts';
import { remapSources } from './service/remap.ts';
import { type Source, Sources } from './service/sources.ts';
import type {
  FabricService,
  FabricStatus,
  IngestReport,
  NamedQuery,
  NgsiLdAnswer,
  NgsiLdWrite,
  PlacementAnswer,
  QueryAnswer,
  QueryRequest,
  RequestContext,
  UpdateAnswer,
  UpdateRequest,
  ValidationRequest,
} from './service.ts';
import { makeFormat, readLimits } from './source/formats.ts';
import { type MqttSource, openMqtt } from './source/mqtt.ts';
import { ContextStore } from './source/ngsi-ld/context-store.ts';
import { makeNgsiReader, type NgsiReader } from './source/ngsi-ld/entities.ts';
import type { SourceFormat } from './source/reading.ts';
import { allSources } from './source/shipped.ts';
import { SparqlEngine } from './sparql/engine.ts';
import { type DataDirectory, openDataDirectory } from './store/data-directory.ts';
import { UNKNOWN } from './store/graph-view.ts';
import { openState, type State } from './store/state.ts';
import type { ValidationReport } from './validation/report.ts';
import { loadShapes } from './validation/shacl-engine.ts';
import type { ShapeValidator } from './validation/validate.ts';
import { CrossRecordCheck } from './write/cross-record.ts';
import { Intake, type RecordSupplier, type Sender } from './write/intake.ts';
import { deadLetterQuads } from './write/quarantine.ts';

export interface FabricOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Data directory; absent: everything in memory, gone with the process. */
  readonly directory?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly authorize?: Authorize;
}

/** Name of the source that the doors under `/ngsi-ld/v1` write. */
const NGSI_LD_SOURCE = 'ngsi-ld';
const MIN_SEQ_WAIT_MS = 5000;

/**
 * Opens a fabric: recovers its state, compiles mappings, shapes and policy, connects its sources.
 *
 * @throws FabricError `data-directory-unusable`, `data-directory-locked`, `log-damaged`, `store-damaged`,
 *   `mapping-invalid`, `config-invalid`
 */
export async function openFabric(options: FabricOptions): Promise<Fabric> {
  const now = options.now ?? Date.now;
  const freshBase = (): string =>
    options.config.baseIri ?? `https://w3id.org/continuum-fabric/id/${uuidv7()}/`;
  const directory =
    options.directory === undefined
      ? undefined
      : await openDataDirectory(options.directory, {
          baseIri: freshBase,
          now: () => new Date(now()).toISOString(),
        });
  const graphs = new GraphNames(directory?.baseIri ?? freshBase());
  const ontology = await parseRdf(readAsset('ontology', 'continuum-fabric.ttl'), { format: 'turtle' });
  const tbox = loadTBox(ontology);
  const shapes = await parseRdf(readAsset('ontology', 'shapes.ttl'), { format: 'turtle' });
  const validator = await loadShapes(shapes, tbox);
  const fabric = new Fabric({ ...options, now }, { graphs, validator, ontology, tbox, directory });
  await fabric.open();
  return fabric;
}

interface Parts {
  readonly graphs: GraphNames;
  readonly validator: ShapeValidator;
  readonly ontology: readonly RDF.Quad[];
  readonly tbox: ReturnType<typeof loadTBox>;
  readonly directory: DataDirectory | undefined;
}

type Settled = FabricOptions & { readonly now: () => number };

export class Fabric implements FabricService {
  readonly baseIri: string;
  readonly config: Config;
  readonly #options: Settled;
  readonly #parts: Parts;
  readonly #authorize: Authorize;
  readonly #sources: Sources;
  readonly #formats = new Map<string, SourceFormat>();
  readonly #reader: NgsiReader;
  readonly #engine: SparqlEngine;
  readonly #crossRecord: CrossRecordCheck;
  readonly #intake: Intake;
  readonly #named: readonly NamedQuery[];
  readonly #mqtt = new Map<string, MqttSource>();
  #state!: State;
  #queries!: Queries;
  #placements!: Placements;
  #housekeeping!: Housekeeping;
  #unready: string | undefined = 'starting';

  /** Use {@link openFabric}. */
  constructor(options: Settled, parts: Parts) {
    const { config, now } = options;
    const { graphs, validator, tbox } = parts;
    this.#options = options;
    this.#parts = parts;
    this.#authorize = options.authorize ?? allowAll;
    this.baseIri = graphs.base;
    this.config = config;
    const tables = readCrosswalk();
    const crosswalk = loadCrosswalk(tables);
    this.#sources = new Sources(allSources(config.sources), {
      readMapping,
      digest: sha256,
      salt: Object.values(tables).join('\n'),
    });
    const contexts = new ContextStore();
    const services = { secrets: config.secrets, limits: readLimits(config), contexts };
    for (const source of this.#sources.all()) {
      this.#formats.set(source.config.name, makeFormat(source.config, services));
    }
    this.#reader = makeNgsiReader({ source: NGSI_LD_SOURCE, secrets: config.secrets, contexts });
    this.#engine = new SparqlEngine({
      graphs,
      tbox,
      now,
      prefixes: NS,
      loadGeneral: async () => (await import('./sparql/comunica.ts')).startComunica(),
    });
    this.#intake = new Intake({
      graphs,
      crosswalk,
      validator,
      rules: (name) => this.#sources.rules(name),
      futureToleranceMs: config.records.futureToleranceSeconds * 1000,
      termLengthMax: config.records.termLengthMax,
    });
    this.#crossRecord = new CrossRecordCheck({
      graphs,
      validator,
      annotates: (name) => this.#sources.rules(name)?.policy === 'annotate',
      cause: { kind: 'admin', principal: INTERNAL.id, tenant: DEFAULT_TENANT },
    });
    this.#named = namedQueries(readAssetFolder(join('queries', 'examples'), '.rq'));
  }

  /** Recovers the state and starts everything that runs by itself. */
  async open(): Promise<void> {
    const { config, logger, now } = this.#options;
    const { graphs, directory, ontology } = this.#parts;
    this.#state = await openState({
      folders: directory && { log: directory.log(DEFAULT_TENANT), store: directory.store(DEFAULT_TENANT) },
      config,
      graphs,
      now,
      onChange: (change) => {
        this.#onChange(change);
      },
      onCheckpointError: (error) => {
        logger.error({ err: error }, 'checkpoint failed; the next one tries again');
      },
    });
    const { writer, image, log, recovery } = this.#state;
    if (log.opening.cut)
      logger.warn(log.opening.cut, 'a torn tail of the log was cut: it was never acknowledged');
    logger.info({ ...recovery, seq: image.publishedSeq, baseIri: this.baseIri }, 'state recovered');
    const snapshot = () => image.snapshot();
    this.#queries = new Queries({ engine: this.#engine, writer, snapshot, limits: config.query });
    this.#placements = new Placements({
      engine: this.#engine,
      policy: new PolicyFiles(
        [join(packageFolder, 'queries'), ...config.placement.folders],
        this.#engine,
        now,
      ),
      graphs,
      writer,
      log,
      snapshot,
      limits: config.placement,
      ontology,
      now,
      mintId: uuidv7,
      digest: sha256,
    });
    this.#housekeeping = new Housekeeping({
      state: this.#state,
      intake: this.#intake,
      rules: (name) => this.#sources.rules(name),
      crossRecord: this.#crossRecord,
      placements: this.#placements,
      graphs,
      limits: config.records,
      now,
      logger,
    });
    await remapSources({
      sources: this.#sources,
      state: this.#state,
      intake: this.#intake,
      graphs,
      logger,
    });
    await this.#housekeeping.start();
    for (const source of this.#sources.all()) await this.#connect(source);
    this.#unready = undefined;
  }

  get seq(): number {
    return this.#state.image.publishedSeq;
  }

  unready(): string | undefined {
    return this.#unready;
  }

  status(): FabricStatus {
    const { image, home, records, writer, checkpointer } = this.#state;
    const counts = new Map<string, number>();
    for (const document of records.all()) {
      if (document.value !== null) counts.set(document.source, (counts.get(document.source) ?? 0) + 1);
    }
    const { quads, terms } = image.statistics();
    return {
      seq: image.publishedSeq,
      checkpointSeq: home.state.lastSeq,
      quads,
      terms,
      records: [...counts.values()].reduce((sum, count) => sum + count, 0),
      queueLength: writer.queueLength,
      tailLength: checkpointer.tailLength,
      sources: Array.from(this.#sources.all(), ({ config }) => {
        const mqtt = this.#mqtt.get(config.name);
        return {
          name: config.name,
          kind: config.kind,
          format: config.format,
          mapping: config.mapping,
          policy: config.policy,
          records: counts.get(config.name) ?? 0,
          ...(mqtt ? { connected: mqtt.state.connection === 'subscribed' } : {}),
        };
      }),
    };
  }

  async ingest(
    context: RequestContext,
    name: string,
    body: AsyncIterable<Uint8Array>,
    mediaType: string,
  ): Promise<IngestReport> {
    await this.#admit(context, 'ingest', { source: name });
    const source = this.#sources.get(name);
    return this.#ingest(source, body, { mediaType }, context);
  }

  async ngsiLd(context: RequestContext, write: NgsiLdWrite): Promise<NgsiLdAnswer> {
    await this.#admit(context, 'ingest', { source: NGSI_LD_SOURCE });
    return writeNgsiLd(write, {
      reader: this.#reader,
      source: NGSI_LD_SOURCE,
      now: () => this.#time(),
      submit: (key, supply, reading) => this.#submit(NGSI_LD_SOURCE, key, supply, { ...context, ...reading }),
    });
  }

  async query(context: RequestContext, request: QueryRequest): Promise<QueryAnswer> {
    await this.#admit(context, 'read');
    return this.#queries.query(request);
  }

  async update(context: RequestContext, request: UpdateRequest): Promise<UpdateAnswer> {
    await this.#admit(context, 'update');
    return this.#queries.update(context, request);
  }

  dump(
    context: RequestContext,
    graph?: string,
  ): { readonly seq: number; readonly quads: Iterable<RDF.Quad> } {
    admit(this.#authorize, context.principal, 'read', {
      tenant: context.tenant,
      ...(graph === undefined ? {} : { graph }),
    });
    const snapshot = this.#state.image.snapshot();
    const id = graph === undefined ? undefined : snapshot.view.find(namedNode(graph));
    return {
      seq: snapshot.seq,
      quads: (function* (): Iterable<RDF.Quad> {
        using held = snapshot;
        if (id !== UNKNOWN) yield* allQuads(held.view, id);
      })(),
    };
  }

  namedQueries(): readonly NamedQuery[] {
    return this.#named;
  }

  async validate(context: RequestContext, request: ValidationRequest): Promise<ValidationReport> {
    await this.#admit(context, 'validate');
    const base = request.baseIRI === undefined ? {} : { baseIRI: request.baseIRI };
    const quads = await parseRdf(request.text, { format: request.format, ...base });
    const validator = request.shapes
      ? await loadShapes(
          await parseRdf(request.shapes.text, { format: request.shapes.format }),
          this.#parts.tbox,
        )
      : this.#parts.validator;
    return validator.validateDataset(quads);
  }

  async place(context: RequestContext, request: unknown, idempotencyKey?: string): Promise<PlacementAnswer> {
    await this.#admit(context, 'place');
    return this.#placements.place(context, request, idempotencyKey);
  }

  decision(context: RequestContext, id: string): StoredDecision {
    admit(this.#authorize, context.principal, 'read', { tenant: context.tenant });
    return this.#placements.decision(id);
  }

  async releaseDecision(context: RequestContext, id: string): Promise<{ readonly seq: number }> {
    await this.#admit(context, 'place');
    return this.#placements.release(context, id);
  }

  async confirmDecision(
    context: RequestContext,
    id: string,
    components?: readonly string[],
  ): Promise<{ readonly seq: number }> {
    await this.#admit(context, 'place');
    return this.#placements.confirm(context, id, components);
  }

  async explainDecision(context: RequestContext, id: string): Promise<PlacementAnswer> {
    await this.#admit(context, 'read');
    return this.#placements.explain(id);
  }

  async *changes(context: RequestContext, fromSeq: number, limit: number): AsyncIterable<Change> {
    await this.#admit(context, 'read');
    let count = 0;
    for await (const change of this.#state.log.read(fromSeq)) {
      if (++count > limit) return;
      yield change;
    }
  }

  async close(): Promise<void> {
    this.#unready = 'closing';
    for (const source of this.#mqtt.values()) await source.close();
    this.#housekeeping.stop();
    await this.#state.close();
  }

  async #admit(
    context: RequestContext,
    action: Parameters<Authorize>[1],
    target: { readonly source?: string } = {},
  ): Promise<void> {
    admit(this.#authorize, context.principal, action, { tenant: context.tenant, ...target });
    if (context.minSeq === undefined) return;
    const until = performance.now() + MIN_SEQ_WAIT_MS;
    while (this.seq < context.minSeq) {
      if (performance.now() > until) {
        throw new FabricError(
          'snapshot-unavailable',
          `Change ${context.minSeq} is not there yet; the last is ${this.seq}`,
        );
      }
      await sleep(10);
    }
  }

  #ingest(
    source: Source,
    body: AsyncIterable<Uint8Array>,
    options: { readonly mediaType: string; readonly key?: string },
    sender: Pick<RequestContext, 'principal' | 'tenant'> & { readonly requestId?: string },
  ): Promise<IngestReport> {
    const { name } = source.config;
    const readings = this.#formats.get(name)!.read(body, { ...options, receivedAt: this.#time() });
    return ingestReadings(readings, {
      source: name,
      inFlightMax: this.config.writer.groupLengthMax * 2,
      submit: (record, position, diagnostics) =>
        this.#submit(record.source, record.key, () => record, {
          ...sender,
          position,
          ...(diagnostics ? { diagnostics } : {}),
        }),
      bury: async (reading) => {
        const letter = { ...reading, source: name, id: uuidv7() };
        await this.#housekeeping.write(
          'record',
          sender,
          deadLetterQuads(letter, this.#parts.graphs, this.#time()),
        );
      },
      sleep: (ms) => sleep(ms),
    });
  }

  #submit(
    source: string,
    key: string,
    supply: RecordSupplier,
    sender: Sender,
  ): ReturnType<Parameters<typeof writeNgsiLd>[1]['submit']> {
    return this.#state.writer.submit(this.#intake.supplied(source, key, supply, sender));
  }

  #onChange(change: Change): void {
    if (change.cause.kind !== 'admin') {
      using snapshot = this.#state.image.snapshot();
      this.#crossRecord.note(change, snapshot.view);
    }
    this.#housekeeping.wake();
  }

  async #connect(source: Source): Promise<void> {
    const { config } = source;
    if (config.kind !== 'mqtt') return;
    const sink = async (topic: string, payload: Uint8Array): Promise<void> => {
      const key = config.keyFromTopic === undefined ? undefined : topic.split('/')[config.keyFromTopic];
      await this.#ingest(
        source,
        (async function* () {
          yield payload;
        })(),
        { mediaType: 'application/json', ...(key === undefined ? {} : { key }) },
        { principal: { id: `source:${config.name}`, kind: 'internal' }, tenant: DEFAULT_TENANT },
      );
    };
    this.#mqtt.set(config.name, await openMqtt(config, sink, this.#options.logger));
  }

  #time(): string {
    return new Date(this.#options.now()).toISOString();
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
