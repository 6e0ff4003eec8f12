/**
 * The change feed: whoever follows gets every visible change once and in order, from any change that is retained.
 *
 * History comes from the log, the rest from one window of recent changes that all followers share. The writer only
 * puts a change there and wakes those who wait: it must never wait for a follower. A follower that falls out of
 * the window after it had caught up is told where to resume.
 */
import { FabricError } from '../errors.ts';
import type { Change } from '../log/change.ts';
import type { ChangeLog } from '../log/change-log.ts';
import { notRetained } from '../log/memory-log.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import type { FeedStatistics, FollowRequest } from '../service.ts';
import { type Sieve, sieveOf } from './change-filter.ts';
import { RecentChanges, type WindowLimits } from './recent-changes.ts';
import { Subscription } from './subscription.ts';

export interface ChangeFeedOptions {
  readonly log: Pick<ChangeLog, 'read' | 'firstSeq'>;
  /** The last visible change. */
  readonly lastSeq: number;
  readonly graphs: GraphNames;
  /** How far a follower may lag. */
  readonly window: WindowLimits;
  readonly subscribersMax: number;
}

export interface SubscribeOptions extends FollowRequest {
  /** What becomes of a follower that falls out of the window: it ends, or goes on from the log. */
  readonly whenBehind?: 'end' | 'resume';
}

/** When a place will probably be free again. */
const RETRY_SECONDS = 5;

export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #recent: RecentChanges;
  readonly #subscriptions = new Set<Subscription>();
  #wakeups: (() => void)[] = [];
  #dropped = 0;
  #isClosed = false;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
    this.#recent = new RecentChanges(options.window, options.lastSeq);
  }

  get statistics(): FeedStatistics {
    return { subscribers: this.#subscriptions.size, dropped: this.#dropped };
  }

  /** Takes in a change that has just become visible. */
  note(change: Change): void {
    if (this.#subscriptions.size === 0) {
      this.#recent.restart(change.seq);
      return;
    }
    const bound = this.#recent.push(change);
    if (bound !== undefined) {
      for (const subscription of this.#subscriptions) {
        if (subscription.fallBehind(this.#recent.firstSeq, bound)) this.#dropped++;
      }
    }
    const wakeups = this.#wakeups;
    this.#wakeups = [];
    for (const wake of wakeups) wake();
  }

  /**
   * Begins to follow; whoever does closes what it gets.
   *
   * @throws FabricError `snapshot-unavailable` with `firstSeq` when `from` is no longer retained, or lies beyond
   *   the next change; `overloaded` when there are too many; `log-unavailable` when the fabric is closing
   */
  subscribe({ from, filter, whenBehind = 'end' }: SubscribeOptions = {}): Subscription {
    if (this.#isClosed) throw new FabricError('log-unavailable', 'The fabric is closing');
    const { log, graphs, subscribersMax } = this.#options;
    const next = this.#recent.lastSeq + 1;
    const first = from ?? next;
    if (first > next) {
      throw new FabricError(
        'snapshot-unavailable',
        `Change ${first} lies in the future; the last is ${next - 1}`,
        { extensions: { lastSeq: next - 1 } },
      );
    }
    if (first < next && first < log.firstSeq) throw notRetained(first, log.firstSeq);
    if (this.#subscriptions.size >= subscribersMax) {
      throw new FabricError('overloaded', `${this.#subscriptions.size} follow the changes already`, {
        extensions: { retryAfterSeconds: RETRY_SECONDS, limit: 'feed.subscribersMax' },
      });
    }
    const sieve: Sieve = filter ? sieveOf(filter, graphs) : (change) => change;
    const subscription = new Subscription(first, {
      ...{ log, recent: this.#recent, sieve, whenBehind, historyMax: this.#options.window },
      nextChange: () =>
        new Promise((resolve) => {
          this.#wakeups.push(resolve);
        }),
      onClose: (closed) => {
        this.#leave(closed);
      },
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** Ends all that follow. */
  close(): void {
    this.#isClosed = true;
    for (const subscription of [...this.#subscriptions]) subscription.close('closed');
  }

  #leave(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
    // Nobody is left who could want them; the next one to come begins with the log.
    if (this.#subscriptions.size === 0) this.#recent.restart(this.#recent.lastSeq);
    const wakeups = this.#wakeups;
    this.#wakeups = [];
    for (const wake of wakeups) wake();
  }
}
