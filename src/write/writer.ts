/**
 * The writer: the one place where the state changes.
 *
 * Whoever wants a change submits a preparation. The writer runs the preparations of a group one after
 * another, each against the state that the ones before it leave; appends all their changes to the log in one
 * go; and only when the log says that they are durable, publishes them and answers. If the log fails, the
 * whole group is dropped; after a full disk later groups are tried again, after anything else nothing is written
 * any more until the fabric is opened again.
 *
 * There are two levels of durability. `log`: as above. `memory`, for samples alone: the answer comes at once, the
 * sample waits, and the next one for the same subject, predicate and graph replaces it. What waits becomes one
 * change, logged and published like any other, before the next preparation of level `log` runs or when
 * {@link Writer.flushSamples} is called, which its owner does at an interval. A crash before that loses it.
 */
import { FabricError } from '../errors.ts';
import { type Cause, type Change, type Draft, INTERNAL } from '../log/change.ts';
import type { ChangeLog } from '../log/change-log.ts';
import type { GraphView } from '../store/graph-view.ts';
import type { Image } from '../store/image/image.ts';
import { checkStorable } from '../store/storable.ts';
import type { RecordStore } from './record-store.ts';
import { Samples } from './samples.ts';

/** What an answer vouches for: `log`, the change is synced; `memory`, it is not and a crash may lose it. */
export type Durability = 'log' | 'memory';

/** What a preparation sees: the state with everything staged before it. */
export interface WriteState {
  readonly view: GraphView;
  readonly records: RecordStore;
  /** The sequence number that the change will have. */
  readonly nextSeq: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A change to make, or none, and the answer once it is durable, or taken where the level is `memory`. */
export interface Prepared<T> {
  readonly draft: Draft | undefined;
  readonly answer: (change: Change | undefined, durability: Durability) => T;
}

export type Preparation<T> = (state: WriteState) => Prepared<T> | Promise<Prepared<T>>;

export interface WriterOptions {
  readonly log: ChangeLog;
  readonly image: Image;
  readonly records: RecordStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Gives other work a turn; called between preparations of a long group. */
  readonly yieldTurn: () => Promise<void>;
  /** Most preparations that may wait. */
  readonly queueLengthMax: number;
  /** Most changes in one group. */
  readonly groupLengthMax: number;
  /** Called for every change once it is published, in order. */
  readonly onChange: (change: Change) => void;
  /** Asked before each submission; a refusal goes to the submitter. */
  readonly admit: () => FabricError | undefined;
  /** How samples become changes; absent: as {@link SAMPLES}. */
  readonly samples?: SampleOptions;
}

export interface SampleOptions {
  /** Subjects and predicates with a sample that waits, beyond which the samples are written at once. */
  readonly max: number;
  /** Who samples are written as, and for whom. */
  readonly cause: Cause;
}

const SAMPLES: SampleOptions = {
  max: 100_000,
  cause: { kind: 'sample', principal: INTERNAL.id, tenant: 'default' },
};

export interface SubmitOptions {
  /** `memory` takes only drafts whose cause is of kind `sample`; absent: `log`. */
  readonly durability?: Durability;
}

interface Waiting {
  readonly durability: Durability;
  readonly prepare: Preparation<unknown>;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/** How long a group may prepare before other work gets a turn. */
const TURN_MS = 15;

export class Writer {
  readonly #options: WriterOptions;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  readonly #samples = new Samples();
  #lastAt: string;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #closed: FabricError | undefined;
  #isStorageFull = false;

  /** @param lastAt  `at` of the last change, below which none may fall */
  constructor(options: WriterOptions, lastAt = '') {
    this.#options = options;
    this.#lastAt = lastAt;
  }

  /** Why nothing is written any more; undefined while it is. */
  get failure(): FabricError | undefined {
    return this.#closed;
  }

  /** The last group was refused for want of room; the next may pass. */
  get isStorageFull(): boolean {
    return this.#isStorageFull;
  }

  /** Subjects and predicates with a sample that waits. */
  get samplesLength(): number {
    return this.#samples.size;
  }

  /** Submissions that wait for their group. */
  get queueLength(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves with the answer when the change is durable and visible; with durability `memory`, when the sample
   * waits and was neither logged nor shown.
   *
   * @throws FabricError `overloaded` when too many wait, `log-unavailable` or `storage-full` when the log
   *   fails, and whatever the preparation itself throws
   */
  submit<T>(prepare: Preparation<T>, { durability = 'log' }: SubmitOptions = {}): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#waiting.length >= this.#options.queueLengthMax) {
      return Promise.reject(
        new FabricError('overloaded', `${this.#waiting.length} changes wait already`, {
          extensions: { retryAfterSeconds: 1, limit: 'queueLengthMax' },
        }),
      );
    }
    const refusal = this.#options.admit();
    if (refusal) return Promise.reject(refusal);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ durability, prepare, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /**
   * Writes the samples that wait; resolves when they are durable and visible.
   *
   * @throws FabricError as {@link submit}; the samples then wait on
   */
  flushSamples(): Promise<void> {
    if (this.#samples.size === 0) return Promise.resolve();
    return this.submit(() => ({ draft: undefined, answer: () => undefined }));
  }

  /** Waits for what was submitted, samples too, and takes nothing more. */
  async close(): Promise<void> {
    const flushed = this.flushSamples();
    this.#closed ??= new FabricError('log-unavailable', 'The fabric is closing');
    await Promise.allSettled([flushed]);
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#writeGroup(this.#waiting.splice(0, this.#options.groupLengthMax));
    }
    this.#running = undefined;
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const { image, records, log, onChange } = this.#options;
    const changes: Change[] = [];
    const answers: (() => void)[] = [];
    let drained: Samples | undefined;
    let turn = this.#options.now();
    for (const waiting of group) {
      try {
        if (this.#samples.size > 0 && this.#isTimeForSamples(waiting.durability)) {
          const samples = this.#samples.drain();
          if (drained) samples.putBack(drained);
          drained = samples;
          const change = this.#stage(this.#sampleDraft(samples));
          if (change) changes.push(change);
        }
        const prepared = await waiting.prepare(this.#state());
        const { draft, answer } = prepared;
        if (waiting.durability === 'memory') {
          this.#sample(draft);
          waiting.resolve(answer(undefined, 'memory') as never);
        } else {
          const change = draft && this.#stage(draft);
          if (change) changes.push(change);
          answers.push(() => {
            waiting.resolve(answer(change, 'log') as never);
          });
        }
      } catch (refusal) {
        answers.push(() => {
          waiting.reject(refusal);
        });
      }
      if (this.#options.now() - turn > TURN_MS) {
        await this.#options.yieldTurn();
        turn = this.#options.now();
      }
    }
    try {
      if (changes.length > 0) {
        await log.append(changes);
        this.#isStorageFull = false;
      }
    } catch (failure) {
      image.unstage();
      records.unstage();
      if (drained) this.#samples.putBack(drained);
      this.#refuse(failure, group);
      return;
    }
    if (changes.length > 0) {
      image.publish(image.stagedSeq);
      records.publish();
      for (const change of changes) onChange(change);
    }
    for (const answer of answers) answer();
  }

  /** After a full disk the next group may pass; after anything else none does. */
  #refuse(failure: unknown, group: readonly Waiting[]): void {
    const refusal =
      failure instanceof FabricError
        ? failure
        : new FabricError('log-unavailable', 'The log failed', { cause: failure });
    for (const waiting of group) waiting.reject(refusal);
    if (refusal.type === 'storage-full') {
      this.#isStorageFull = true;
      return;
    }
    this.#closed = refusal;
    for (const waiting of this.#waiting) waiting.reject(refusal);
    this.#waiting = [];
  }

  /** Whoever is logged sees all samples before it. */
  #isTimeForSamples(durability: Durability): boolean {
    return durability === 'log' || this.#samples.size >= (this.#options.samples ?? SAMPLES).max;
  }

  #sampleDraft(samples: Samples): Draft {
    const { cause } = this.#options.samples ?? SAMPLES;
    return { cause, ...samples.difference(this.#options.image.stagedView()) };
  }

  #sample(draft: Draft | undefined): void {
    if (!draft) return;
    if (draft.cause.kind !== 'sample')
      throw new Error(`A change of kind ${draft.cause.kind} is always logged`);
    for (const q of draft.added) checkStorable(q);
    this.#samples.take(draft);
  }

  #state(): WriteState {
    const { image, records, now } = this.#options;
    return { view: image.stagedView(), records, nextSeq: image.stagedSeq + 1, now: now() };
  }

  /** Gives a draft its place and applies it to the staged state; a draft without effect gets none. */
  #stage(draft: Draft): Change | undefined {
    const { image, records, now } = this.#options;
    const seq = image.stagedSeq + 1;
    const effect = image.stage(draft, seq);
    if (image.stagedSeq !== seq) return undefined;
    records.follow(draft.cause);
    const atMs = now();
    if (atMs > this.#lastAtMs) {
      this.#lastAtMs = atMs;
      const at = new Date(atMs).toISOString();
      if (at > this.#lastAt) this.#lastAt = at;
    }
    return { seq, at: this.#lastAt, cause: draft.cause, added: effect.added, removed: effect.removed };
  }
}
