/**
 * The order of work in a batch: which sources are read first, and what of their work has to wait for joins.
 *
 * A join is complete when all its parents are entered. Work that needs a join that is not waits, and its
 * records are held; everything else is done while the source streams by.
 */
import type { MappingPlan } from '../plan.ts';
import type { Join } from './join.ts';
import type { Reading } from './reading.ts';
import type { Rule } from './rule.ts';

/** What is to be done with each record of a logical source. */
export interface Work {
  /** Joins that it is entered into as a parent, by the id of its logical source. */
  readonly joins: ReadonlyMap<string, readonly Join[]>;
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
}

/** A source to read. */
export interface Task {
  readonly reading: Reading;
  /** What is done with its records this time: a source may be read more than once. */
  readonly work: Work;
  /** Whether the records have to be held for later. */
  readonly hold: boolean;
}

/** Whether a source has no end of its own. */
const isMessages = ([group]: Reading): boolean => group?.source.description.kind === 'mqtt';

export class Schedule {
  readonly #complete = new Set<Join>();
  readonly #unread: Set<Reading>;
  readonly #waiting = new Map<Reading, Work>();
  readonly #joins: readonly Join[];

  constructor(plan: MappingPlan, readings: readonly Reading[]) {
    this.#joins = plan.joins;
    this.#unread = new Set(readings);
  }

  /**
   * The source to read next, none at the end: parents of joins before all others, and of these those that hold
   * nothing back. Several are to be read at the same time: sources of messages, none of which may wait for the end
   * of another. They come last, unless they are parents.
   */
  next(): readonly Task[] {
    let best: readonly Reading[] = [];
    let bestRank = Number.POSITIVE_INFINITY;
    for (const reading of this.#unread) {
      const rank = this.#rank(reading);
      if (rank < bestRank) {
        best = [reading];
        bestRank = rank;
      } else if (rank === bestRank && isMessages(reading) && isMessages(best[0]!)) best = [...best, reading];
    }
    return best.map((reading) => this.#taskOf(reading));
  }

  #taskOf(reading: Reading): Task {
    this.#unread.delete(reading);
    const all = this.#workOf(reading);
    const now = this.#ready(all);
    const later = without(all, now);
    const hold = !isEmpty(later);
    if (hold) this.#waiting.set(reading, later);
    return { reading, work: now, hold };
  }

  /** Notes that work has been done with all records of a source. */
  done(work: Work): void {
    for (const join of [...work.joins.values()].flat()) this.#complete.add(join);
  }

  /** Work with records that were held, as soon as it can be done; `last` when they need be held no longer. */
  nextHeld(): { readonly reading: Reading; readonly work: Work; readonly last: boolean } | undefined {
    for (const [reading, waiting] of this.#waiting) {
      const work = this.#ready(waiting);
      if (isEmpty(work)) continue;
      const later = without(waiting, work);
      const last = isEmpty(later);
      if (last) this.#waiting.delete(reading);
      else this.#waiting.set(reading, later);
      return { reading, work, last };
    }
    return undefined;
  }

  #workOf(reading: Reading): Work {
    const ids = reading.map(({ source }) => source.id);
    return {
      joins: new Map(ids.map((id) => [id, this.#joins.filter((join) => join.parentSource === id)])),
      rules: new Map(reading.map(({ source, rules }) => [source.id, rules])),
    };
  }

  #ready({ joins, rules }: Work): Work {
    const complete = (all: readonly Join[]): boolean => all.every((join) => this.#complete.has(join));
    return {
      joins: filtered(joins, (join) => complete(join.needs)),
      rules: filtered(rules, (rule) => complete(rule.joins)),
    };
  }

  #rank(reading: Reading): number {
    const work = this.#workOf(reading);
    if (isEmpty({ ...work, rules: new Map() })) return isMessages(reading) ? 4 : 3;
    const later = without(work, this.#ready(work));
    if (isEmpty(later)) return 0;
    return isEmpty({ ...later, rules: new Map() }) ? 1 : 2;
  }
}

const isEmpty = ({ joins, rules }: Work): boolean =>
  [...joins.values(), ...rules.values()].every((some) => some.length === 0);

function filtered<T>(
  all: ReadonlyMap<string, readonly T[]>,
  keep: (item: T, id: string) => boolean,
): ReadonlyMap<string, readonly T[]> {
  return new Map(Array.from(all, ([id, items]) => [id, items.filter((item) => keep(item, id))] as const));
}

const without = (all: Work, done: Work): Work => ({
  joins: filtered(all.joins, (join, id) => done.joins.get(id)?.includes(join) !== true),
  rules: filtered(all.rules, (rule, id) => done.rules.get(id)?.includes(rule) !== true),
});
