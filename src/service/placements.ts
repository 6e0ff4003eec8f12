/**
 * Placements as operations: decide on a snapshot, commit through the writer, decide anew when the state moved.
 *
 * The decision is made outside of the writer, which only checks that it still holds; so a search never keeps
 * readings waiting, and two decisions never count the same memory.
 */

import { DEFAULT_TENANT } from '../authorize.ts';
import type { Config } from '../config.ts';
import { FabricError } from '../errors.ts';
import { type Cause, type CauseKind, INTERNAL, type Json } from '../log/change.ts';
import type { ChangeLog } from '../log/change-log.ts';
import { confirm, draftOf, expiredClaims, nextExpiry, release } from '../placement/claims.ts';
import type { Decision } from '../placement/decision.ts';
import { Placer } from '../placement/place.ts';
import { decisionOfKey, readDecision, type StoredDecision } from '../placement/prov.ts';
import { keptRequest } from '../placement/redact-request.ts';
import { type PlacementRequest, parsePlacementRequest } from '../placement/request.ts';
import { forgottenDecisions } from '../placement/retention.ts';
import type { QuadDelta } from '../rdf/dataset.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import type { RDF } from '../rdf/terms.ts';
import { NS } from '../rdf/vocab.ts';
import type { PlacementAnswer, RequestContext } from '../service.ts';
import type { SparqlEngine } from '../sparql/engine.ts';
import type { GraphView, Snapshot } from '../store/graph-view.ts';
import type { Writer } from '../write/writer.ts';
import { stateAt } from './past-state.ts';
import type { PolicyFiles } from './policy-files.ts';

export interface PlacementsOptions {
  readonly engine: SparqlEngine;
  readonly policy: PolicyFiles;
  readonly graphs: GraphNames;
  readonly writer: Writer;
  readonly log: ChangeLog;
  readonly snapshot: () => Snapshot;
  readonly limits: Config['placement'];
  /** Our ontology, which says what is compatible with what. */
  readonly ontology: readonly RDF.Quad[];
  readonly now: () => number;
  readonly mintId: () => string;
  readonly digest: (text: string) => string;
}

const COMPATIBLE_WITH = `${NS.cf}compatibleWith`;

export class Placements {
  readonly #options: PlacementsOptions;
  readonly #placer: Placer;
  /** When the next reservation ends; undefined where that has to be looked up. */
  #nextExpiryMs: number | undefined;
  /** When old decisions are looked for again. */
  #nextRetentionMs = Number.NEGATIVE_INFINITY;

  constructor(options: PlacementsOptions) {
    this.#options = options;
    const { engine, policy, graphs, limits, mintId, digest, ontology } = options;
    this.#placer = new Placer({
      engine,
      policy: () => policy.current(),
      graphs,
      freshnessSeconds: limits.freshnessSeconds,
      reservationSeconds: limits.reservationSeconds,
      componentsMax: limits.componentsMax,
      searchStepsMax: limits.searchStepsMax,
      mintId,
      digest,
      entailment: 'fabric',
      deadlineMs: limits.constraintDeadlineMs,
      background: ontology
        .filter(({ predicate }) => predicate.value === COMPATIBLE_WITH)
        .map(({ subject, predicate, object }) => [subject, predicate as RDF.NamedNode, object]),
    });
  }

  /**
   * @throws FabricError `request-invalid`, `constraint-broken`; `placement-conflict` when the state kept
   *   moving under every attempt
   */
  async place(context: RequestContext, json: unknown, idempotencyKey?: string): Promise<PlacementAnswer> {
    const request = withKey(parsePlacementRequest(json), idempotencyKey);
    const { retriesMax } = this.#options.limits;
    for (let attempt = 0; ; attempt++) {
      const known = this.#knownAnswer(request);
      if (known) return known;
      const answer = await this.#decide(request, this.#options.snapshot());
      try {
        if (answer.decision.dryRun) return answer;
        const committed = await this.#commit(context, request, answer.decision);
        if (committed === answer.decision.id) return answer;
        // Another request with the same key came first.
        answer[Symbol.dispose]();
      } catch (thrown) {
        answer[Symbol.dispose]();
        const moved = thrown instanceof FabricError && thrown.type === 'placement-conflict';
        if (!moved || attempt >= retriesMax) throw thrown;
      }
    }
  }

  /** @throws FabricError `not-found` */
  decision(id: string): StoredDecision {
    using snapshot = this.#options.snapshot();
    return this.#stored(snapshot.view, id);
  }

  /** Decides again on the state that a decision was based on, with all reasons; nothing is claimed. */
  async explain(id: string): Promise<PlacementAnswer> {
    const { log, graphs } = this.#options;
    const present = this.#options.snapshot();
    try {
      const { decision, request } = this.#stored(present.view, id);
      const view = await stateAt(decision.basedOn, present.view, log, graphs);
      const again = parsePlacementRequest({ ...(request as object), dryRun: true, explain: 'full' });
      const { decision: recomputed, rejections } = await this.#placer.explained(
        again,
        { view, seq: decision.basedOn },
        Date.parse(decision.decidedAt),
      );
      return {
        decision: {
          ...decision,
          ...(recomputed.summary ? { summary: recomputed.summary } : {}),
          notes: isSameOutcome(decision, recomputed)
            ? decision.notes
            : [...decision.notes, DECIDES_OTHERWISE],
        },
        rejections: rejections(),
        [Symbol.dispose]: () => {
          present.release();
        },
      };
    } catch (thrown) {
      present.release();
      throw thrown;
    }
  }

  /** @throws FabricError `not-found` */
  release(context: RequestContext, id: string): Promise<{ readonly seq: number }> {
    return this.#change(context, id, (view) => release(view, id, this.#options.graphs));
  }

  /** Notes that components of a decision run. @throws FabricError `not-found`, `request-invalid` */
  confirm(
    context: RequestContext,
    id: string,
    components?: readonly string[],
  ): Promise<{ readonly seq: number }> {
    const { graphs, now } = this.#options;
    return this.#change(context, id, (view) => confirm(view, id, now(), graphs, components));
  }

  /** Lets lapse what has had its time. */
  async expire(): Promise<void> {
    const { writer, graphs, now, policy } = this.#options;
    if (this.#nextExpiryMs !== undefined && now() < this.#nextExpiryMs) return;
    let unmeasuredClaims: ReadonlySet<string>;
    try {
      ({ unmeasuredClaims } = policy.current());
    } catch {
      // A broken file stops placements and is reported there; what a claim means is not known until then.
      return;
    }
    await writer.submit((state) => {
      const delta = expiredClaims(state.view, state.now, { graphs, unmeasuredClaims });
      return { draft: draft(delta, causeOf('expiry')), answer: () => undefined };
    });
    using snapshot = this.#options.snapshot();
    // Confirmed allocations lapse with the next report of their element: looked at every few seconds.
    this.#nextExpiryMs = Math.min(
      nextExpiry(snapshot.view, graphs) ?? Number.POSITIVE_INFINITY,
      now() + LOOK_MS,
    );
  }

  /** Forgets decisions that hold nothing and have had their time. */
  async retain(): Promise<void> {
    const { writer, graphs, now, limits } = this.#options;
    if (now() < this.#nextRetentionMs) return;
    const before = now() - limits.decisionsDays * DAY_MS;
    const forgotten = await writer.submit((state) => {
      const delta = forgottenDecisions(state.view, graphs, before, FORGOTTEN_MAX);
      return { draft: draft(delta, causeOf('expiry')), answer: () => delta.removed.length };
    });
    // While there is more to forget, the next round goes on.
    if (forgotten === 0) this.#nextRetentionMs = now() + RETENTION_LOOK_MS;
  }

  /**
   * The answer that a request with this key was given before.
   *
   * @throws FabricError `request-invalid` when that was another request
   */
  #knownAnswer(request: PlacementRequest): PlacementAnswer | undefined {
    const { idempotencyKey } = request;
    if (idempotencyKey === undefined) return undefined;
    using snapshot = this.#options.snapshot();
    const id = decisionOfKey(snapshot.view, this.#options.graphs, idempotencyKey);
    if (id === undefined) return undefined;
    const stored = this.#stored(snapshot.view, id);
    if (!isSameRequest(keptRequest(request), stored.request)) {
      throw new FabricError(
        'request-invalid',
        `The idempotency key "${idempotencyKey}" belongs to another request`,
        { extensions: { decision: id } },
      );
    }
    return {
      decision: stored.decision,
      rejections: undefined,
      [Symbol.dispose]: nothing,
    };
  }

  async #decide(request: PlacementRequest, snapshot: Snapshot): Promise<PlacementAnswer> {
    try {
      const { decision, rejections } = await this.#placer.explained(request, snapshot, this.#options.now());
      return {
        decision,
        rejections: request.explain === 'full' ? rejections() : undefined,
        [Symbol.dispose]: () => {
          snapshot.release();
        },
      };
    } catch (thrown) {
      snapshot.release();
      throw thrown;
    }
  }

  /** Writes a decision down if it still holds. @returns the decision that the key stands for */
  #commit(context: RequestContext, request: PlacementRequest, decision: Decision): Promise<string> {
    const { writer, graphs } = this.#options;
    this.#nextExpiryMs = undefined;
    return writer.submit(async (state) => {
      const { idempotencyKey } = request;
      const known =
        idempotencyKey === undefined ? undefined : decisionOfKey(state.view, graphs, idempotencyKey);
      if (known !== undefined) return { draft: undefined, answer: () => known };
      await this.#placer.stillHolds(request, decision, state.view, state.now);
      return {
        draft: draft(draftOf(decision, request, state.view, graphs), causeOf('placement', context)),
        answer: () => decision.id,
      };
    });
  }

  #change(
    context: RequestContext,
    id: string,
    differenceOf: (view: GraphView) => QuadDelta | undefined,
  ): Promise<{ readonly seq: number }> {
    this.#nextExpiryMs = undefined;
    return this.#options.writer.submit((state) => {
      const delta = differenceOf(state.view);
      if (!delta) throw noDecision(id);
      return {
        draft: draft(delta, causeOf('placement', context)),
        answer: (change) => ({ seq: change?.seq ?? state.nextSeq - 1 }),
      };
    });
  }

  #stored(view: GraphView, id: string): StoredDecision {
    const stored = readDecision(view, this.#options.graphs, id);
    if (!stored) throw noDecision(id);
    return stored;
  }
}

/** Files are read as they are now: reasons by other rules than those of the decision are named as such. */
const DECIDES_OTHERWISE =
  'The constraints and objectives in force now decide otherwise on that state: the reasons are theirs';

const isSameOutcome = (one: Decision, other: Decision): boolean =>
  JSON.stringify(one.allocations.map(({ element }) => element.id)) ===
  JSON.stringify(other.allocations.map(({ element }) => element.id));

const LOOK_MS = 5000;
const DAY_MS = 86_400_000;
const RETENTION_LOOK_MS = 3_600_000;
/** Decisions that are forgotten in one change. */
const FORGOTTEN_MAX = 200;
const nothing = (): void => undefined;

const noDecision = (id: string): FabricError => new FabricError('not-found', `There is no decision <${id}>`);

/** Whether two requests, as they are kept, ask for the same; how much the answer explains is no part of it. */
function isSameRequest(one: Json, other: Json): boolean {
  const [a, b] = [one, other].map((request) => {
    const members = Object.entries(request as object).filter(([name]) => name !== 'explain');
    return JSON.stringify(members.sort(([x], [y]) => (x < y ? -1 : 1)));
  });
  return a === b;
}

function withKey(request: PlacementRequest, key: string | undefined): PlacementRequest {
  if (key === undefined) return request;
  if (request.idempotencyKey !== undefined && request.idempotencyKey !== key) {
    throw new FabricError('request-invalid', 'The request names one idempotency key and its header another');
  }
  return { ...request, idempotencyKey: key };
}

function draft(
  { added, removed }: QuadDelta,
  cause: Cause,
): (QuadDelta & { readonly cause: Cause }) | undefined {
  return added.length + removed.length === 0 ? undefined : { added, removed, cause };
}

function causeOf(kind: CauseKind, context?: RequestContext): Cause {
  return {
    kind,
    principal: context?.principal.id ?? INTERNAL.id,
    tenant: context?.tenant ?? DEFAULT_TENANT,
    ...(context ? { requestId: context.requestId } : {}),
  };
}
