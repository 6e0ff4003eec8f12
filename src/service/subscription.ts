/**
 * One follower of the changes: where it stands, and how it gets on from there.
 *
 * It pulls: what it does not ask for it does not hold, but for one batch. Between the log and the window there is
 * no seam: its place in the sequence alone decides what comes next, so nothing is missed and nothing comes twice.
 */
import type { Change } from '../log/change.ts';
import type { ChangeLog } from '../log/change-log.ts';
import type { Sieve } from './change-filter.ts';
import { bytesOf, type RecentChanges, type WindowBound, type WindowLimits } from './recent-changes.ts';

export interface SubscriptionOptions {
  readonly log: Pick<ChangeLog, 'read'>;
  readonly recent: RecentChanges;
  readonly sieve: Sieve;
  readonly whenBehind: 'end' | 'resume';
  /** Bounds of what is read from the log at one go. */
  readonly historyMax: WindowLimits;
  /** Resolves when there may be something new, or the subscription was closed. */
  readonly nextChange: () => Promise<void>;
  readonly onClose: (subscription: Subscription) => void;
}

/** Why a subscription is over. `released`: whoever followed has let go; `closed`: the fabric closes. */
export type SubscriptionEnd =
  | { readonly reason: 'released' | 'closed' }
  | { readonly reason: 'behind'; readonly bound: WindowBound };

const BATCH_CHANGES = 512;
const BATCH_BYTES = 256 * 1024;

export class Subscription implements AsyncIterable<Change>, Disposable {
  readonly #options: SubscriptionOptions;
  readonly #over = new AbortController();
  #nextSeq: number;
  /** Whether it had caught up with the window: from then on it may fall out of it. */
  #isLive = false;
  #end: SubscriptionEnd | undefined;

  constructor(fromSeq: number, options: SubscriptionOptions) {
    this.#nextSeq = fromSeq;
    this.#options = options;
  }

  /** The first change that was not looked at yet: from here on a later subscription goes on. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Why it is over; undefined while it is not. */
  get end(): SubscriptionEnd | undefined {
    return this.#end;
  }

  /** Aborted when it is over, also while nobody reads. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /**
   * The next changes as soon as there are any; an empty batch where the filter left nothing of some; undefined
   * when the subscription is over.
   *
   * @throws FabricError `snapshot-unavailable` when the log has let go of what comes next; it is over then
   */
  async read(): Promise<readonly Change[] | undefined> {
    const { recent, sieve, nextChange } = this.#options;
    while (!this.#end && this.#nextSeq > recent.lastSeq) {
      this.#isLive = true;
      await nextChange();
    }
    if (this.#end) return undefined;
    let batch: Change[];
    if (this.#nextSeq >= recent.firstSeq) {
      this.#isLive = true;
      batch = recent.slice(this.#nextSeq, BATCH_CHANGES, BATCH_BYTES);
    } else {
      this.#isLive = false;
      batch = await this.#history();
      if (this.#isOver()) return undefined;
    }
    this.#nextSeq += batch.length;
    return batch.flatMap((change) => sieve(change) ?? []);
  }

  /** Closes itself when the loop is left. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Change, void> {
    try {
      for (let batch = await this.read(); batch; batch = await this.read()) {
        for (const change of batch) {
          if (this.#isOver() && this.#end?.reason !== 'behind') return;
          yield change;
        }
      }
    } finally {
      this.close();
    }
  }

  /** The window has moved on to `firstSeq`. @returns whether that ends this subscription */
  fallBehind(firstSeq: number, bound: WindowBound): boolean {
    const { whenBehind } = this.#options;
    if (whenBehind === 'resume' || !this.#isLive || this.#nextSeq >= firstSeq) return false;
    this.#finish({ reason: 'behind', bound });
    return true;
  }

  close(reason: 'released' | 'closed' = 'released'): void {
    this.#finish({ reason });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #finish(end: SubscriptionEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#over.abort();
    this.#options.onClose(this);
  }

  /** It may be closed while the log is read. */
  #isOver(): boolean {
    return this.#end !== undefined;
  }

  /** What the log holds from here on, of what is visible: never more than the bounds, one change at least. */
  async #history(): Promise<Change[]> {
    const { log, recent, historyMax } = this.#options;
    const changes: Change[] = [];
    let bytes = 0;
    try {
      for await (const change of log.read(this.#nextSeq)) {
        if (change.seq > recent.lastSeq) break; // durable, and not visible yet
        if (change.seq !== this.#nextSeq + changes.length) {
          throw new Error(`The log gives change ${change.seq} after ${this.#nextSeq + changes.length - 1}`);
        }
        changes.push(change);
        bytes += bytesOf(change);
        if (changes.length >= historyMax.changesMax || bytes >= historyMax.bytesMax) break;
      }
      if (changes.length === 0) throw new Error(`The log does not give change ${this.#nextSeq}`);
    } catch (thrown) {
      this.close();
      throw thrown;
    }
    return changes;
  }
}
