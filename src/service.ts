/**
 * What a fabric does, seen from a door: the port that HTTP, the command line and embedding programs use.
 *
 * Every entry takes a {@link RequestContext}; every refusal is a `FabricError`; every expected answer, a
 * refused record or an unplaceable request included, is a value. No adapter may be named here.
 */
import type { Config } from './config.ts';
import type { FabricError } from './errors.ts';
import type { Change, Json, Principal } from './log/change.ts';
import type { MappingFormat } from './mapping/parse/syntax.ts';
import type { Diagnostic, RulePlace } from './mapping/record.ts';
import type { Decision, Rejection } from './placement/decision.ts';
import type { ParameterType } from './placement/header.ts';
import type { StoredDecision } from './placement/prov.ts';
import type { RdfFormat } from './rdf/formats.ts';
import type { GraphClass } from './rdf/graphs.ts';
import type { RDF } from './rdf/terms.ts';
import type { ChangeFilter } from './service/change-filter.ts';
import type { SubscriptionEnd } from './service/subscription.ts';
import type { WholeStateService } from './service/whole-state.ts';
import type { QueryResult } from './sparql/result.ts';
import type { ReaderStatistics } from './store/readers.ts';
import type { ValidationReport } from './validation/report.ts';

export type { QuadLoadAnswer, QuadLoadRequest } from './service/quad-loads.ts';
export type { Backup, QuadLoadProgress } from './service/whole-state.ts';
export type { ChangeFilter, SubscriptionEnd };

/** Who asks, for which tenant, as part of which request. */
export interface RequestContext {
  readonly principal: Principal;
  /** Only `default` exists. */
  readonly tenant: string;
  /** UUIDv7. */
  readonly requestId: string;
  /** The answer must show at least this change; it is waited for, a short while. */
  readonly minSeq?: number;
}

/** What became of one record. */
export interface RecordOutcome {
  readonly source: string;
  readonly key: string;
  /** Place of the record in its body, from 0. */
  readonly position: number;
  /**
   * `accepted`: in the graph and durable. `unchanged`: known already. `stale`: older than what is known.
   * `quarantined`: broke a shape and is kept aside, the last good state stays. `refused`: not taken.
   */
  readonly status: 'accepted' | 'unchanged' | 'stale' | 'quarantined' | 'refused';
  /** Whether the record was not there before. */
  readonly created: boolean;
  /** The change, where there is one. */
  readonly seq?: number;
  readonly diagnostics: readonly Diagnostic[];
  readonly problem?: FabricError;
  readonly report?: ValidationReport;
}

/** What became of a body of records. */
export interface IngestReport {
  readonly received: number;
  readonly accepted: number;
  readonly unchanged: number;
  readonly stale: number;
  readonly quarantined: number;
  readonly refused: number;
  /** The last change of the body; 0 when it made none. */
  readonly seq: number;
  /** Records that were not simply accepted or unchanged, the first thousand of them. */
  readonly problems: readonly RecordOutcome[];
  /** How often each diagnostic was noted, by code. */
  readonly diagnostics: Readonly<Record<string, number>>;
}

/** A write through the NGSI-LD door. `link` is the context of the Link header. */
export type NgsiLdWrite =
  | { readonly kind: 'create'; readonly body: Json; readonly link?: string }
  | {
      readonly kind: 'upsert';
      readonly body: Json;
      readonly link?: string;
      readonly mode: 'replace' | 'update';
    }
  /** Merge-patch of an entity: attributes named are overwritten, `urn:ngsi-ld:null` takes one away. */
  | { readonly kind: 'merge'; readonly id: string; readonly body: Json; readonly link?: string }
  /** Overwrites attributes that the entity has; others are reported. */
  | { readonly kind: 'update-attributes'; readonly id: string; readonly body: Json; readonly link?: string }
  | {
      readonly kind: 'append-attributes';
      readonly id: string;
      readonly body: Json;
      readonly link?: string;
      readonly overwrite: boolean;
    }
  | { readonly kind: 'delete'; readonly id: string }
  | {
      readonly kind: 'delete-attribute';
      readonly id: string;
      readonly attribute: string;
      readonly link?: string;
    }
  | { readonly kind: 'notify'; readonly body: Json; readonly link?: string };

export interface NgsiLdAnswer {
  readonly outcomes: readonly RecordOutcome[];
  /** For `update-attributes` and `append-attributes`: attributes that were left alone, by their short or full name, with the reason. */
  readonly notUpdated: readonly { readonly attribute: string; readonly reason: string }[];
}

export interface QueryRequest {
  readonly text: string;
  readonly entailment?: 'none' | 'fabric';
  readonly defaultGraphs?: readonly string[];
  readonly namedGraphs?: readonly string[];
  /** Pre-bound variables in N-Triples syntax, by name. */
  readonly bindings?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

export interface QueryAnswer {
  readonly result: QueryResult;
  /** The state that was asked. */
  readonly seq: number;
}

export interface UpdateRequest {
  readonly text: string;
  readonly usingGraphs?: readonly string[];
  readonly usingNamedGraphs?: readonly string[];
  readonly deadlineMs?: number;
}

export interface UpdateAnswer {
  readonly seq: number;
  readonly added: number;
  readonly removed: number;
}

export interface ValidationRequest {
  readonly text: string;
  readonly format: RdfFormat;
  readonly baseIRI?: string;
  /** Shapes in place of the shipped ones. */
  readonly shapes?: { readonly text: string; readonly format: RdfFormat };
}

/** A named query of `queries/examples`. */
export interface NamedQuery {
  readonly name: string;
  readonly label: string;
  readonly text: string;
  /** What its header declares; a variable that the text writes as `$name` is a parameter of any type. */
  readonly params?: readonly NamedQueryParameter[];
}

export interface NamedQueryParameter {
  readonly variable: string;
  /** Absent: any term. */
  readonly type?: ParameterType;
}

/**
 * A decision with its reasons. With `explain=full` the rejections are made as they are read, from the
 * snapshot that the answer holds, so that they can be streamed; whoever gets an answer disposes of it.
 */
export interface PlacementAnswer extends Disposable {
  readonly decision: Decision;
  /** Every rejected element with every violated constraint; undefined unless asked for. */
  readonly rejections: Iterable<Rejection> | undefined;
}

export interface SourceStatus {
  readonly name: string;
  readonly kind: string;
  readonly format: string;
  readonly mapping: string;
  readonly policy: string;
  readonly records: number;
  /** Version of the mapping in force. */
  readonly mappingVersion: string;
  /** Records are being mapped again with it; absent when all of them are. */
  readonly remap?: { readonly mappingVersion: string; readonly done: number; readonly total: number };
  /** Records that have yet to follow a change of a record that they join with. */
  readonly joinsOwed: number;
  readonly connected?: boolean;
}

/** The mapping of a source, as it is written. */
export interface SourceMapping {
  readonly source: string;
  readonly text: string;
  /** What the text is written in. */
  readonly format: MappingFormat;
  /** Of mapping and crosswalk; stands in every change made with it. Comments do not change it. */
  readonly version: string;
  /** Whether it was given to the running fabric, in the place of the configured one. */
  readonly reloaded: boolean;
}

/** A quad with what makes it. */
export interface ExplainedQuad {
  /** A line of N-Quads. */
  readonly quad: string;
  readonly graphClass: GraphClass;
  /** The record that states it; absent for quads of no record. */
  readonly record?: { readonly source: string; readonly key: string; readonly observedAt: string };
  /** The mapping in force, by which the reasons were found. */
  readonly mappingVersion?: string;
  /** None: the mapping in force does not make it, or the fabric states it by itself. */
  readonly rules?: readonly { readonly triplesMap: RulePlace; readonly rule: RulePlace }[];
  /** Members of the document without which the quad would not be there. */
  readonly members?: readonly string[];
  /** Records that the record joins with, without which the quad would not be there; several say the same. */
  readonly parents?: readonly { readonly source: string; readonly key: string }[];
}

export interface ExplainQuadsAnswer {
  /** The state that was asked. */
  readonly seq: number;
  readonly matches: readonly ExplainedQuad[];
  /** Whether these are all that match. */
  readonly complete: boolean;
}

/** What became of a mapping that was given to the running fabric. */
export interface ReloadAnswer {
  readonly source: string;
  readonly version: string;
  /** Whether it makes other quads than the one before could; if not, no record is mapped again. */
  readonly changed: boolean;
  /** Records that are mapped again in the background. */
  readonly records: number;
}

export interface FabricStatus {
  readonly seq: number;
  readonly checkpointSeq: number;
  readonly quads: number;
  readonly terms: number;
  readonly records: number;
  readonly queueLength: number;
  /** Changes that are not checkpointed yet. */
  readonly tailLength: number;
  /** Bytes of log that they take, about. */
  readonly tailBytes: number;
  /** Subjects and predicates with a sample that is not logged yet. */
  readonly samplesWaiting: number;
  /** The last writes were refused for want of room; reads go on, and writes as soon as there is some. */
  readonly storageFull: boolean;
  readonly feed: FeedStatistics;
  /** Who holds states of the past, by label. */
  readonly readers: readonly ReaderStatistics[];
  readonly sources: readonly SourceStatus[];
}

/** Followers of the changes. */
export interface FeedStatistics {
  readonly subscribers: number;
  /** Followers that were told to resume because they lagged too far, since the start. */
  readonly dropped: number;
}

/** What is asked of a stream of changes. */
export interface FollowRequest {
  /** First change; absent: the next one. */
  readonly from?: number;
  readonly filter?: ChangeFilter;
}

/** A place in the stream of changes; whoever follows closes it. */
export interface ChangeSubscription extends Disposable {
  /** The first change that was not looked at yet: from here on a later subscription goes on. */
  readonly nextSeq: number;
  /** Why it is over; undefined while it is not. */
  readonly end: SubscriptionEnd | undefined;
  /** Aborted when it is over, also while nobody reads. */
  readonly over: AbortSignal;
  /**
   * The next changes as soon as there are any; empty where the filter left nothing of some; undefined when it is
   * over. @throws FabricError `snapshot-unavailable` when the log has let go of what comes next
   */
  read(): Promise<readonly Change[] | undefined>;
  close(): void;
}

/** One state, held until it is disposed of. */
export interface Dump extends Disposable {
  readonly seq: number;
  readonly quads: Iterable<RDF.Quad>;
}

export interface FabricService extends WholeStateService {
  /** Base of minted IRIs. */
  readonly baseIri: string;
  readonly config: Config;

  /** The last visible change. */
  readonly seq: number;
  status(): FabricStatus;
  /** Undefined when ready; else why not. */
  unready(): string | undefined;

  /**
   * Takes a body of records in; resolves when all of it is durable or refused.
   * @throws FabricError `unknown-source`, `media-type-unsupported`, `overloaded`, `log-unavailable`
   */
  ingest(
    context: RequestContext,
    source: string,
    body: AsyncIterable<Uint8Array>,
    mediaType: string,
  ): Promise<IngestReport>;

  /** @throws FabricError `record-invalid`, `not-found`, `already-exists` for writes of one entity */
  ngsiLd(context: RequestContext, write: NgsiLdWrite): Promise<NgsiLdAnswer>;

  query(context: RequestContext, request: QueryRequest): Promise<QueryAnswer>;
  update(context: RequestContext, request: UpdateRequest): Promise<UpdateAnswer>;
  /** Quads of the whole fabric, or of one graph, as of one state. */
  dump(context: RequestContext, graph?: string): Dump;
  namedQueries(): readonly NamedQuery[];

  validate(context: RequestContext, request: ValidationRequest): Promise<ValidationReport>;

  /** @param request  JSON as the OpenAPI document describes it; `request-invalid` otherwise */
  place(context: RequestContext, request: unknown, idempotencyKey?: string): Promise<PlacementAnswer>;
  /** A decision as it was written down. @throws FabricError `not-found` */
  decision(context: RequestContext, id: string): StoredDecision;
  /** Releases what a decision holds. */
  releaseDecision(context: RequestContext, id: string): Promise<{ readonly seq: number }>;
  /** Notes that components of a decision run; all of them where none is named. */
  confirmDecision(
    context: RequestContext,
    id: string,
    components?: readonly string[],
  ): Promise<{ readonly seq: number }>;
  /** Recomputes the reasons of a stored decision at the state it was based on. */
  explainDecision(context: RequestContext, id: string): Promise<PlacementAnswer>;

  /** Changes from `fromSeq` on that are there, at most `limit`. @throws FabricError `snapshot-unavailable` */
  changes(
    context: RequestContext,
    fromSeq: number,
    limit: number,
    filter?: ChangeFilter,
  ): AsyncIterable<Change>;
  /**
   * Follows the changes, those to come included, each once and in order. It ends when the follower lags too far.
   * @throws FabricError `snapshot-unavailable` with `firstSeq`, `overloaded` when too many follow
   */
  follow(context: RequestContext, request?: FollowRequest): ChangeSubscription;

  /** The mapping in force. @throws FabricError `unknown-source` */
  mapping(context: RequestContext, source: string): SourceMapping;
  /**
   * Puts another mapping in force, durably; the records that are there follow in the background.
   *
   * @param text  undefined: back to the configured mapping
   * @param format  what the text is written in; Turtle unless told otherwise
   * @throws FabricError `unknown-source`, `syntax-error`, `mapping-invalid`, `log-unavailable`; nothing has
   *   changed then, nor does anything at the next start
   */
  reloadMapping(
    context: RequestContext,
    source: string,
    text: string | undefined,
    format?: MappingFormat,
  ): Promise<ReloadAnswer>;

  /**
   * Why quads are in the graph: their records, and the rules and members that make them.
   *
   * @param pattern  a line of N-Quads, or subject, predicate, object and perhaps graph with `*` for any
   * @throws FabricError `request-invalid`
   */
  explainQuads(context: RequestContext, pattern: string, limit: number): ExplainQuadsAnswer;

  /** Stops taking writes, finishes what was taken, checkpoints and closes. */
  close(): Promise<void>;
}
