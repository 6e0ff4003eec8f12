/**
 * What runs by itself: checkpoints, expiry, retention, and the checks that follow changes at a distance.
 *
 * Everything it changes goes through the writer as a change, like all else; nothing here is ever waited for
 * by a request.
 */
import type { Logger } from 'pino';
import { DEFAULT_TENANT } from '../authorize.ts';
import type { Config } from '../config.ts';
import { FabricError } from '../errors.ts';
import { type Cause, type CauseKind, INTERNAL } from '../log/change.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import type { RDF } from '../rdf/terms.ts';
import { cf } from '../rdf/vocab.ts';
import type { RequestContext } from '../service.ts';
import { quadsOf } from '../store/lookup.ts';
import type { Readers } from '../store/readers.ts';
import type { State } from '../store/state.ts';
import type { CrossRecordCheck } from '../write/cross-record.ts';
import type { Intake } from '../write/intake.ts';
import { beyondRetention } from '../write/quarantine.ts';
import type { RecordRules } from '../write/record-quads.ts';
import type { Preparation, WriteState } from '../write/writer.ts';
import { expiredRecords, passedTombstones } from './expiry.ts';

export interface HousekeepingOptions {
  readonly state: State;
  readonly intake: Intake;
  readonly rules: (source: string) => RecordRules | undefined;
  readonly crossRecord: CrossRecordCheck;
  readonly placements: { expire(): Promise<void>; retain(): Promise<void> };
  /** Those that held a state for too long lose it at the next look at the clock. */
  readonly readers: Pick<Readers, 'sweep'>;
  readonly graphs: GraphNames;
  readonly limits: Config['records'];
  readonly now: () => number;
  readonly logger: Logger;
}

/** How often the clock is looked at. */
const ROUND_MS = 1000;
/** Records that expire in one round. */
const EXPIRED_MAX = 1000;
/** Tombstones that are forgotten in one round. */
const FORGOTTEN_MAX = 1000;
/** Changes before the last whose records are checked again after a start: their check may have been lost. */
const RECHECK_CHANGES = 10_000;

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> | undefined;
  #round: Promise<void> | undefined;
  #stopped = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#recheckTail();
    this.#timer = setInterval(() => {
      this.#round ??= this.round()
        .catch((failure: unknown) => {
          this.#report(failure);
        })
        .finally(() => {
          this.#round = undefined;
        });
    }, ROUND_MS);
    this.#timer.unref();
    this.wake();
  }

  /** Starts nothing any more; resolves when what runs is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#round;
    await this.#checking;
  }

  /** Something changed: what follows changes may have work. */
  wake(): void {
    if (this.#stopped || this.#checking || this.#options.crossRecord.pendingLength === 0) return;
    this.#checking = this.#check()
      .catch((failure: unknown) => {
        this.#report(failure);
      })
      .finally(() => {
        this.#checking = undefined;
      });
  }

  /** Resolves when no check is outstanding. */
  async settled(): Promise<void> {
    this.wake();
    while (this.#checking) await this.#checking;
  }

  /** One look at the clock. */
  async round(): Promise<void> {
    const { state } = this.#options;
    state.checkpointer.tick();
    this.#options.readers.sweep();
    await this.#expireRecords();
    await this.#forgetTombstones();
    await this.#options.placements.expire();
    await this.#options.placements.retain();
    await this.#retain();
    this.wake();
  }

  /** Writes quads of the fabric's own. */
  async write(
    kind: CauseKind,
    sender: Partial<Pick<RequestContext, 'principal' | 'tenant' | 'requestId'>>,
    added: readonly RDF.Quad[],
    removed: readonly RDF.Quad[] = [],
  ): Promise<void> {
    await this.#options.state.writer.submit(() => ({
      draft: {
        cause: {
          kind,
          principal: sender.principal?.id ?? INTERNAL.id,
          tenant: sender.tenant ?? DEFAULT_TENANT,
          ...(sender.requestId === undefined ? {} : { requestId: sender.requestId }),
        },
        added,
        removed,
      },
      answer: () => undefined,
    }));
  }

  async #check(): Promise<void> {
    const { crossRecord, state } = this.#options;
    while (!this.#stopped && crossRecord.pendingLength > 0) await state.writer.submit(crossRecord.next());
  }

  async #recheckTail(): Promise<void> {
    const { state, crossRecord } = this.#options;
    const from = Math.max(state.log.firstSeq, state.log.lastSeq - RECHECK_CHANGES + 1);
    using snapshot = state.image.snapshot();
    for await (const change of state.log.read(from)) crossRecord.note(change, snapshot.view);
  }

  async #expireRecords(): Promise<void> {
    const { state, rules, now } = this.#options;
    const expired = expiredRecords(state.records.all(), rules, now()).slice(0, EXPIRED_MAX);
    await Promise.all(
      expired.map(({ source, key }) => state.writer.submit((writing) => this.#expiry(source, key, writing))),
    );
  }

  /** A record that reported while its expiry waited has not expired. */
  #expiry(source: string, key: string, writing: WriteState): ReturnType<Preparation<unknown>> {
    const { intake, rules } = this.#options;
    const document = writing.records.get(source, key);
    if (!document || expiredRecords([document], rules, writing.now).length === 0) {
      return { draft: undefined, answer: () => undefined };
    }
    const receivedAt = new Date(writing.now).toISOString();
    const observedAt = document.observedAt > receivedAt ? document.observedAt : receivedAt;
    const sender = { principal: INTERNAL, tenant: DEFAULT_TENANT, position: 0 };
    return intake.record({ source, key, op: 'delete', receivedAt, observedAt }, sender)(writing);
  }

  /** Forgetting is a change as well: what arrives late afterwards must mean the same to whoever replays it. */
  async #forgetTombstones(): Promise<void> {
    const { state, limits, now } = this.#options;
    const tombstoneMs = limits.tombstoneSeconds * 1000;
    const passed = passedTombstones(state.records.all(), tombstoneMs, now()).slice(0, FORGOTTEN_MAX);
    if (passed.length === 0) return;
    await state.writer.submit((writing) => {
      const present = passed.flatMap(({ source, key }) => writing.records.get(source, key) ?? []);
      const still = passedTombstones(present, tombstoneMs, writing.now);
      const cause: Cause = {
        kind: 'expiry',
        principal: INTERNAL.id,
        tenant: DEFAULT_TENANT,
        forgotten: still.map(({ source, key }) => ({ source, key })),
      };
      const draft = still.length > 0 ? { cause, added: [], removed: [] } : undefined;
      return { draft, answer: () => undefined };
    });
  }

  /** Keeps no more dead letters and quarantined versions than configured; the oldest go. */
  async #retain(): Promise<void> {
    const { state, limits } = this.#options;
    using snapshot = state.image.snapshot();
    const { view } = snapshot;
    const leaving = [
      ...beyondRetention(view, cf.DeadLetter, limits.deadLettersMax),
      ...beyondRetention(view, cf.QuarantinedRecord, limits.quarantineMax),
    ].flatMap((graph) => quadsOf(view, { graph }));
    if (leaving.length > 0) await this.write('expiry', {}, [], leaving);
  }

  #report(failure: unknown): void {
    const closing = failure instanceof FabricError && failure.type === 'log-unavailable';
    if (!closing || !this.#stopped) this.#options.logger.error({ err: failure }, 'housekeeping failed');
  }
}
