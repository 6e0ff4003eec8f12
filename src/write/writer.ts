/**
 * The writer: the one place where the state changes.
 *
 * Whoever wants a change submits a preparation. The writer runs the preparations of a group one after
 * another, each against the state that the ones before it leave; appends all their changes to the log in one
 * go; and only when the log says that they are durable, publishes them and answers. If the log fails, the
 * whole group is dropped and nothing is written any more until the fabric is opened again.
 */
import { FabricError } from '../errors.ts';
import type { Change, Draft } from '../log/change.ts';
import type { ChangeLog } from '../log/change-log.ts';
import type { GraphView } from '../store/graph-view.ts';
import type { Image } from '../store/image/image.ts';
import type { RecordStore } from './record-store.ts';

/** What a preparation sees: the state with everything staged before it. */
export interface WriteState {
  readonly view: GraphView;
  readonly records: RecordStore;
  /** The sequence number that the change will have. */
  readonly nextSeq: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A change to make, or none, and the answer once it is durable. */
export interface Prepared<T> {
  readonly draft: Draft | undefined;
  readonly answer: (change: Change | undefined) => T;
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
}

interface Waiting {
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
  #lastAt: string;
  #closed: FabricError | undefined;

  /** @param lastAt  `at` of the last change, below which none may fall */
  constructor(options: WriterOptions, lastAt = '') {
    this.#options = options;
    this.#lastAt = lastAt;
  }

  /** Why nothing is written any more; undefined while it is. */
  get failure(): FabricError | undefined {
    return this.#closed;
  }

  /** Submissions that wait for their group. */
  get queueLength(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves with the answer when the change is durable and visible.
   *
   * @throws FabricError `overloaded` when too many wait, `log-unavailable` or `storage-full` when the log
   *   fails, and whatever the preparation itself throws
   */
  submit<T>(prepare: Preparation<T>): Promise<T> {
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
      this.#waiting.push({ prepare, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Waits for what was submitted and takes nothing more. */
  async close(): Promise<void> {
    this.#closed ??= new FabricError('log-unavailable', 'The fabric is closing');
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
    let turn = this.#options.now();
    for (const waiting of group) {
      try {
        const prepared = await waiting.prepare(this.#state());
        const change = prepared.draft && this.#stage(prepared.draft);
        if (change) changes.push(change);
        answers.push(() => {
          waiting.resolve(prepared.answer(change) as never);
        });
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
      if (changes.length > 0) await log.append(changes);
    } catch (failure) {
      image.unstage();
      records.unstage();
      this.#closed =
        failure instanceof FabricError
          ? failure
          : new FabricError('log-unavailable', 'The log failed', { cause: failure });
      for (const waiting of [...group, ...this.#waiting]) waiting.reject(this.#closed);
      this.#waiting = [];
      return;
    }
    if (changes.length > 0) {
      image.publish(image.stagedSeq);
      records.publish();
      for (const change of changes) onChange(change);
    }
    for (const answer of answers) answer();
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
    const at = new Date(now()).toISOString();
    if (at > this.#lastAt) this.#lastAt = at;
    return { seq, at: this.#lastAt, cause: draft.cause, added: effect.added, removed: effect.removed };
  }
}
