/**
 * The infrastructure elements of a snapshot, numbered: what verdicts and scores are kept by.
 */

import { namedNode, type RDF } from '../rdf/terms.ts';
import { aeros } from '../rdf/vocab.ts';
import type { GraphView } from '../store/graph-view.ts';
import { onlyObjectOf } from '../store/lookup.ts';

export class ElementTable {
  /** IRIs in code unit order, so that ties always fall the same way. */
  readonly ids: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(ids: Iterable<string>) {
    this.ids = [...new Set(ids)].sort();
    this.#numbers = new Map(this.ids.map((id, number) => [id, number]));
  }

  get size(): number {
    return this.ids.length;
  }

  numberOf(id: string): number | undefined {
    return this.#numbers.get(id);
  }

  term(number: number): RDF.NamedNode {
    return namedNode(this.ids[number]!);
  }
}

/** The single object of a property; undefined where none or several are stated. */
export function domainOf(view: GraphView, element: RDF.Term): string | undefined {
  return onlyObjectOf(view, element, aeros.domain)?.value;
}
