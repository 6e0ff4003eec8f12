/**
 * What a state should be after each change: sets of quads and values of records, kept whole for every change whose
 * fate is not known yet. It shares no code with the store beyond the identity of a quad.
 */
import type { Draft, Json } from '../../src/log/change.ts';
import { quadKey } from '../../src/rdf/terms.ts';

export interface Moment {
  readonly seq: number;
  readonly quads: ReadonlySet<string>;
  /** By source and key: the value of the record; null once it was deleted. */
  readonly records: ReadonlyMap<string, Json>;
}

export class NaiveState {
  /** Moments from the last that was acknowledged on, in order: the next has the next number. */
  #moments: Moment[] = [{ seq: 0, quads: new Set(), records: new Map() }];

  /** The last moment that surely stays. */
  get acknowledged(): Moment {
    return this.#moments[0]!;
  }

  /** Takes in a draft behind all others. @returns the number that it should get; undefined: it does nothing */
  stage({ added, removed, cause }: Draft): number | undefined {
    const before = this.#moments.at(-1)!;
    const quads = new Set(before.quads);
    let isEffective = false;
    for (const q of removed) isEffective = quads.delete(quadKey(q)) || isEffective;
    for (const q of added) {
      isEffective ||= !quads.has(quadKey(q));
      quads.add(quadKey(q));
    }
    const records = new Map(before.records);
    const { record, forgotten = [] } = cause;
    if (record) records.set(`${record.source} ${record.key}`, record.value ?? null);
    for (const { source, key } of forgotten) records.delete(`${source} ${key}`);
    if (!isEffective && !record && !cause.forgotten) return undefined;
    const seq = before.seq + 1;
    this.#moments.push({ seq, quads, records });
    return seq;
  }

  /** All up to a change stays. */
  acknowledge(seq: number): void {
    const index = this.#moments.findIndex((moment) => moment.seq === seq);
    if (index > 0) this.#moments.splice(0, index);
  }

  /** What was not acknowledged is surely gone. */
  drop(): void {
    this.#moments.length = 1;
  }

  /** The moment of a state that was found again: not before the acknowledged one, nor behind the last. */
  found(seq: number): Moment | undefined {
    const moment = this.#moments.find((each) => each.seq === seq);
    if (moment) this.#moments = [moment];
    return moment;
  }
}
