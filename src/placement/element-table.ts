/**
 * The infrastructure elements of a snapshot, numbered: what verdicts and scores are kept by.
 */

import { namedNode, type RDF, type Term } from '../rdf/terms.ts';
import { aeros } from '../rdf/vocab.ts';
import { ANY, type GraphView, MERGED, UNKNOWN } from '../store/graph-view.ts';

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
export function objectOf(view: GraphView, subject: RDF.Term, predicate: RDF.NamedNode): Term | undefined {
  const found = objectsOf(view, subject, predicate);
  return found.length === 1 ? found[0] : undefined;
}

export function objectsOf(view: GraphView, subject: RDF.Term, predicate: RDF.NamedNode): Term[] {
  const [s, p] = [view.find(subject), view.find(predicate)];
  if (s === UNKNOWN || p === UNKNOWN) return [];
  const found = view.match(s, p, ANY, MERGED);
  const objects: Term[] = [];
  for (let i = 2; i < found.length; i += 4) objects.push(view.term(found[i]!));
  return objects;
}

export function domainOf(view: GraphView, element: RDF.Term): string | undefined {
  return objectOf(view, element, aeros.domain)?.value;
}
