/**
 * The newest changes, shared by all who follow: so many and so many bytes, the oldest go first.
 *
 * One window serves every follower, so that a change costs the writer the same whatever their number. It must
 * never hold more than its bounds, but for the newest change, however large that is.
 */

import type { Change } from '../log/change.ts';
import type { Json } from '../rdf/canonical-json.ts';
import type { RDF } from '../rdf/terms.ts';

export interface WindowLimits {
  readonly changesMax: number;
  readonly bytesMax: number;
}

export type WindowBound = keyof WindowLimits;

interface Held {
  readonly change: Change;
  readonly bytes: number;
}

export class RecentChanges {
  readonly #limits: WindowLimits;
  #held: Held[] = [];
  /** Where the window begins in `#held`; what lies before has left. */
  #from = 0;
  #bytes = 0;
  #lastSeq: number;

  /** @param lastSeq  the change after which the window begins */
  constructor(limits: WindowLimits, lastSeq: number) {
    this.#limits = limits;
    this.#lastSeq = lastSeq;
  }

  /** The first change that is held; the next one to come where none is. */
  get firstSeq(): number {
    return this.#lastSeq - (this.#held.length - this.#from) + 1;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** @returns the bound for which older changes had to leave; undefined when none did */
  push(change: Change): WindowBound | undefined {
    if (change.seq !== this.#lastSeq + 1) this.#empty();
    const bytes = bytesOf(change);
    this.#held.push({ change, bytes });
    this.#bytes += bytes;
    this.#lastSeq = change.seq;
    let bound: WindowBound | undefined;
    for (let size = this.#held.length - this.#from; size > 1; size--) {
      if (size > this.#limits.changesMax) bound = 'changesMax';
      else if (this.#bytes > this.#limits.bytesMax) bound = 'bytesMax';
      else break;
      this.#bytes -= this.#held[this.#from]!.bytes;
      this.#from++;
    }
    if (this.#from > 256 && this.#from * 2 > this.#held.length) {
      this.#held = this.#held.slice(this.#from);
      this.#from = 0;
    }
    return bound;
  }

  /** Holds nothing and goes on after a change. */
  restart(lastSeq: number): void {
    this.#empty();
    this.#lastSeq = lastSeq;
  }

  /** Changes from `fromSeq` on that are held, at most `countMax` of about `bytesMax` together, one at least. */
  slice(fromSeq: number, countMax: number, bytesMax: number): Change[] {
    const changes: Change[] = [];
    let bytes = 0;
    for (let i = this.#from + fromSeq - this.firstSeq; i < this.#held.length; i++) {
      const held = this.#held[i]!;
      bytes += held.bytes;
      if (changes.length > 0 && (changes.length >= countMax || bytes > bytesMax)) break;
      changes.push(held.change);
    }
    return changes;
  }

  #empty(): void {
    this.#held = [];
    this.#from = 0;
    this.#bytes = 0;
  }
}

/** About what a change takes in memory: characters, and so much for each object around them. */
export function bytesOf({ added, removed, cause }: Change): number {
  let bytes = 400;
  for (const q of added) bytes += quadBytes(q);
  for (const q of removed) bytes += quadBytes(q);
  if (cause.record?.value) bytes += jsonBytes(cause.record.value);
  return bytes + (cause.forgotten?.length ?? 0) * 150;
}

const quadBytes = ({ subject, predicate, object, graph }: RDF.Quad): number =>
  300 + subject.value.length + predicate.value.length + object.value.length + graph.value.length;

function jsonBytes(value: Json): number {
  if (typeof value === 'string') return 24 + value.length;
  if (typeof value !== 'object' || value === null) return 16;
  let bytes = 32;
  for (const [name, member] of Object.entries(value)) bytes += 16 + name.length + jsonBytes(member);
  return bytes;
}
