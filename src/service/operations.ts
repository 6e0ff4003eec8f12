/**
 * The operations of a fabric: each entry passes the tenant, the principal and the wanted state, and goes to
 * its room. Nothing is decided here.
 */
import { type Action, type Authorize, admit } from '../authorize.ts';
import type { Config } from '../config.ts';
import { FabricError } from '../errors.ts';
import type { Change } from '../log/change.ts';
import type { MappingFormat } from '../mapping/parse/syntax.ts';
import type { TBox } from '../ontology/tbox.ts';
import type { StoredDecision } from '../placement/prov.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { parseRdf } from '../rdf/parse.ts';
import type { RDF } from '../rdf/terms.ts';
import type {
  Backup,
  ChangeFilter,
  ChangeSubscription,
  Dump,
  ExplainQuadsAnswer,
  FabricService,
  FabricStatus,
  FollowRequest,
  IngestReport,
  NamedQuery,
  NgsiLdAnswer,
  NgsiLdWrite,
  PlacementAnswer,
  QuadLoadAnswer,
  QuadLoadProgress,
  QuadLoadRequest,
  QueryAnswer,
  QueryRequest,
  ReloadAnswer,
  RequestContext,
  SourceMapping,
  SourceStatus,
  UpdateAnswer,
  UpdateRequest,
  ValidationRequest,
} from '../service.ts';
import type { FabricStore } from '../store/rdfjs/fabric-store.ts';
import type { SnapshotSource } from '../store/rdfjs/snapshot-source.ts';
import type { Readers } from '../store/readers.ts';
import type { State } from '../store/state.ts';
import type { ValidationReport } from '../validation/report.ts';
import type { ShapeValidator } from '../validation/validate.ts';
import type { ChangeFeed } from './change-feed.ts';
import { sieveOf } from './change-filter.ts';
import {
  type EmbeddedFollowRequest,
  followChanges,
  openSnapshot,
  openStore,
  type SnapshotRequest,
  type StoreRequest,
} from './embedding.ts';
import type { Housekeeping } from './housekeeping.ts';
import type { Placements } from './placements.ts';
import type { QuadExplainer } from './quad-explainer.ts';
import type { Queries } from './queries.ts';
import { NGSI_LD_SOURCE, type Records } from './records.ts';
import type { Reloads } from './reloads.ts';
import type { Remapper } from './remap.ts';
import type { Sources } from './sources.ts';
import type { WholeState } from './whole-state.ts';

/** A source that keeps a connection. */
export interface Connection {
  readonly connected: () => boolean;
  close(): Promise<void>;
}

export interface FabricRooms {
  readonly config: Config;
  readonly graphs: GraphNames;
  readonly tbox: TBox;
  readonly authorize: Authorize;
  readonly state: State;
  readonly sources: Sources;
  readonly records: Records;
  readonly remapper: Remapper;
  readonly reloads: Reloads;
  readonly quadExplainer: QuadExplainer;
  readonly queries: Queries;
  readonly wholeState: WholeState;
  readonly placements: Placements;
  readonly housekeeping: Housekeeping;
  readonly feed: ChangeFeed;
  readonly readers: Readers;
  readonly validator: ShapeValidator;
  readonly loadShapes: (shapes: readonly RDF.Quad[], tbox: TBox) => Promise<ShapeValidator>;
  readonly namedQueries: readonly NamedQuery[];
  /** By name of the source. */
  readonly connections: ReadonlyMap<string, Connection>;
  readonly sleep: (ms: number) => Promise<void>;
  /** The functions of the user's own. */
  readonly functions: { close(): void };
}

/** How long an answer may wait for a change that it has to show, and how often it looks. */
const MIN_SEQ_WAIT_MS = 5000;
const MIN_SEQ_STEP_MS = 10;

export class Fabric implements FabricService {
  readonly baseIri: string;
  readonly config: Config;
  readonly #rooms: FabricRooms;
  #closing = false;

  constructor(rooms: FabricRooms) {
    this.#rooms = rooms;
    this.baseIri = rooms.graphs.base;
    this.config = rooms.config;
  }

  get seq(): number {
    return this.#rooms.state.image.publishedSeq;
  }

  unready(): string | undefined {
    return this.#closing ? 'closing' : this.#rooms.state.writer.failure?.message;
  }

  status(): FabricStatus {
    const { feed, readers, state } = this.#rooms;
    const { image, home, writer, checkpointer } = state;
    const { quads, terms } = image.statistics();
    const sources = this.#sourceStatus();
    return {
      seq: image.publishedSeq,
      checkpointSeq: home.state.lastSeq,
      quads,
      terms,
      records: sources.reduce((sum, source) => sum + source.records, 0),
      queueLength: writer.queueLength,
      tailLength: checkpointer.tailLength,
      tailBytes: checkpointer.tailBytes,
      samplesWaiting: writer.samplesLength,
      storageFull: writer.isStorageFull,
      feed: feed.statistics,
      readers: readers.statistics(),
      sources,
    };
  }

  async ingest(
    context: RequestContext,
    name: string,
    body: AsyncIterable<Uint8Array>,
    mediaType: string,
  ): Promise<IngestReport> {
    await this.#admit(context, 'ingest', { source: name });
    this.#rooms.sources.get(name);
    return this.#rooms.records.ingest(name, body, { mediaType }, context);
  }

  async ngsiLd(context: RequestContext, write: NgsiLdWrite): Promise<NgsiLdAnswer> {
    await this.#admit(context, 'ingest', { source: NGSI_LD_SOURCE });
    return this.#rooms.records.ngsiLd(context, write);
  }

  async query(context: RequestContext, request: QueryRequest): Promise<QueryAnswer> {
    await this.#admit(context, 'read');
    return this.#rooms.queries.query(request);
  }

  async update(context: RequestContext, request: UpdateRequest): Promise<UpdateAnswer> {
    await this.#admit(context, 'update');
    return this.#rooms.queries.update(context, request);
  }

  dump(context: RequestContext, graph?: string): Dump {
    return this.#rooms.wholeState.dump(context, graph);
  }

  async dumpAt(context: RequestContext, seq: number, graph?: string): Promise<Dump> {
    return this.#rooms.wholeState.dumpAt(context, seq, graph);
  }

  async loadQuads(
    context: RequestContext,
    body: AsyncIterable<Uint8Array>,
    request: QuadLoadRequest,
  ): Promise<QuadLoadAnswer> {
    return this.#rooms.wholeState.loadQuads(context, body, request);
  }

  quadLoad(context: RequestContext, id: string): QuadLoadProgress {
    return this.#rooms.wholeState.quadLoad(context, id);
  }

  backup(context: RequestContext): Backup {
    return this.#rooms.wholeState.backup(context);
  }

  namedQueries(): readonly NamedQuery[] {
    return this.#rooms.namedQueries;
  }

  async validate(context: RequestContext, request: ValidationRequest): Promise<ValidationReport> {
    await this.#admit(context, 'validate');
    const { validator, loadShapes, tbox } = this.#rooms;
    const { text, format, baseIRI, shapes } = request;
    const quads = await parseRdf(text, { format, ...(baseIRI === undefined ? {} : { baseIRI }) });
    const chosen = shapes
      ? await loadShapes(await parseRdf(shapes.text, { format: shapes.format }), tbox)
      : validator;
    return chosen.validateDataset(quads);
  }

  async place(context: RequestContext, request: unknown, idempotencyKey?: string): Promise<PlacementAnswer> {
    await this.#admit(context, 'place');
    return this.#rooms.placements.place(context, request, idempotencyKey);
  }

  decision(context: RequestContext, id: string): StoredDecision {
    const { authorize, placements } = this.#rooms;
    admit(authorize, context.principal, 'read', { tenant: context.tenant });
    return placements.decision(id);
  }

  async releaseDecision(context: RequestContext, id: string): Promise<{ readonly seq: number }> {
    await this.#admit(context, 'place');
    return this.#rooms.placements.release(context, id);
  }

  async confirmDecision(
    context: RequestContext,
    id: string,
    components?: readonly string[],
  ): Promise<{ readonly seq: number }> {
    await this.#admit(context, 'place');
    return this.#rooms.placements.confirm(context, id, components);
  }

  async explainDecision(context: RequestContext, id: string): Promise<PlacementAnswer> {
    await this.#admit(context, 'read');
    return this.#rooms.placements.explain(id);
  }

  /**
   * Follows the changes from within the process: each once and in order, those to come included, until the loop is
   * left, `signal` aborts or the fabric closes. A loop that is slow slows nobody; it goes on from the log.
   *
   * @throws FabricError `snapshot-unavailable` with `firstSeq` when the log has let go of what comes next,
   *   `overloaded` when too many follow, `forbidden`
   */
  changes(request?: EmbeddedFollowRequest): AsyncIterable<Change>;
  /** A page; see {@link FabricService.changes}. */
  changes(
    context: RequestContext,
    fromSeq: number,
    limit: number,
    filter?: ChangeFilter,
  ): AsyncIterable<Change>;
  changes(
    first: RequestContext | EmbeddedFollowRequest = {},
    fromSeq = 1,
    limit = Number.POSITIVE_INFINITY,
    filter: ChangeFilter = {},
  ): AsyncIterable<Change> {
    if ('tenant' in first) return this.#page(first, fromSeq, limit, filter);
    return followChanges(this.#rooms, { ...first, from: first.from ?? this.seq + 1 });
  }

  async *#page(
    context: RequestContext,
    fromSeq: number,
    limit: number,
    filter: ChangeFilter,
  ): AsyncGenerator<Change, void> {
    await this.#admit(context, 'read');
    const sieve = sieveOf(filter, this.#rooms.graphs);
    let count = 0;
    for await (const change of this.#rooms.state.log.read(fromSeq)) {
      const wanted = sieve(change);
      if (wanted === undefined) continue;
      if (++count > limit) return;
      yield wanted;
    }
  }

  follow(context: RequestContext, request: FollowRequest = {}): ChangeSubscription {
    const { authorize, feed } = this.#rooms;
    admit(authorize, context.principal, 'read', { tenant: context.tenant });
    return feed.subscribe(request);
  }

  /**
   * One state as an RDF/JS source and dataset; dispose of it when it is done with.
   *
   * @throws FabricError `forbidden`
   */
  snapshot(request: SnapshotRequest = {}): SnapshotSource {
    return openSnapshot(this.#rooms, request);
  }

  /** The fabric as an RDF/JS store. @throws FabricError `forbidden` */
  store(request: StoreRequest = {}): FabricStore {
    return openStore(this.#rooms, request);
  }

  mapping(context: RequestContext, source: string): SourceMapping {
    const { authorize, reloads } = this.#rooms;
    admit(authorize, context.principal, 'read', { tenant: context.tenant, source });
    return reloads.mapping(source);
  }

  async reloadMapping(
    context: RequestContext,
    source: string,
    text: string | undefined,
    format: MappingFormat = 'turtle',
  ): Promise<ReloadAnswer> {
    await this.#admit(context, 'admin', { source });
    return this.#rooms.reloads.reload(source, text === undefined ? undefined : { text, format });
  }

  explainQuads(context: RequestContext, pattern: string, limit: number): ExplainQuadsAnswer {
    const { authorize, quadExplainer } = this.#rooms;
    admit(authorize, context.principal, 'read', { tenant: context.tenant });
    return quadExplainer.explain(pattern, limit);
  }

  /** One look at the clock, which otherwise comes by itself every second. */
  async tick(): Promise<void> {
    await this.#rooms.housekeeping.round();
    await this.#rooms.remapper.settled();
    await this.#rooms.housekeeping.settled();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#rooms.feed.close();
    for (const connection of this.#rooms.connections.values()) await connection.close();
    await this.#rooms.remapper.stop();
    await this.#rooms.housekeeping.stop();
    await this.#rooms.state.close();
    this.#rooms.functions.close();
  }

  async #admit(
    context: RequestContext,
    action: Action,
    target: { readonly source?: string } = {},
  ): Promise<void> {
    const { authorize, sleep } = this.#rooms;
    const { principal, tenant, minSeq = 0 } = context;
    admit(authorize, principal, action, { tenant, ...target });
    for (let waitedMs = 0; this.seq < minSeq; waitedMs += MIN_SEQ_STEP_MS) {
      if (waitedMs >= MIN_SEQ_WAIT_MS) {
        throw new FabricError(
          'snapshot-unavailable',
          `Change ${minSeq} is not there yet; the last is ${this.seq}`,
        );
      }
      await sleep(MIN_SEQ_STEP_MS);
    }
  }

  #sourceStatus(): SourceStatus[] {
    const { sources, state, connections, remapper } = this.#rooms;
    const counts = new Map<string, number>();
    for (const { source, value } of state.records.all()) {
      if (value !== null) counts.set(source, (counts.get(source) ?? 0) + 1);
    }
    return Array.from(sources.all(), ({ config: { name, kind, format, mapping, policy }, rules }) => {
      const connection = connections.get(name);
      const remap = remapper.status(name);
      return {
        ...{ name, kind, format, mapping, policy },
        records: counts.get(name) ?? 0,
        mappingVersion: rules.mappingVersion,
        ...(remap ? { remap } : {}),
        joinsOwed: remapper.owedOf(name),
        ...(connection ? { connected: connection.connected() } : {}),
      };
    });
  }
}
