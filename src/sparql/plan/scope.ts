/**
 * Where each variable of a query lives in a row, and what a plan may assume of it.
 */
import type { RDF } from '../../rdf/terms.ts';
import type { TermId } from '../../store/graph-view.ts';

/** A solution in the making: a term id for each slot, {@link UNBOUND} where there is none. */
export type Row = TermId[];

/** The id that no term has. */
export const UNBOUND = 0;

/** Thrown while planning, and only then, when a part of the algebra is left to the general engine. */
export class NotCovered extends Error {
  override readonly name = 'NotCovered';
}

/** Slots of variables by name. */
export class Scope {
  readonly #slots = new Map<string, number>();

  get size(): number {
    return this.#slots.size;
  }

  slot(name: string): number {
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      slot = this.#slots.size;
      this.#slots.set(name, slot);
    }
    return slot;
  }

  /** A row in which nothing is bound. Only when the whole plan is made is its length known. */
  emptyRow(): Row {
    return new Array<TermId>(this.#slots.size).fill(UNBOUND);
  }
}

/** The variables that a plan node binds in every solution, and in some. */
export interface Bindings {
  readonly certain: ReadonlySet<string>;
  readonly possible: ReadonlySet<string>;
}

export const NOTHING_BOUND: Bindings = { certain: new Set(), possible: new Set() };

export function union<T>(...sets: readonly ReadonlySet<T>[]): Set<T> {
  const all = new Set<T>();
  for (const set of sets) for (const item of set) all.add(item);
  return all;
}

/** Bindings after both: what a join binds. */
export function bothBound(a: Bindings, b: Bindings): Bindings {
  return { certain: union(a.certain, b.certain), possible: union(a.possible, b.possible) };
}

export const isVariable = (term: RDF.Term): term is RDF.Variable => term.termType === 'Variable';
