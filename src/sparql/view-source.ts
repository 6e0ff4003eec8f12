/**
 * A view as an RDF/JS source for the general engine: quads come with the default graph of queries as the
 * RDF default graph, blank nodes keep their labels, counts are the view's.
 *
 * The engine reads on for a while after its answer was cut short. A closed source is empty: it must never touch
 * a view whose state nobody holds any more.
 */
import { wrap } from 'asynciterator';
import { defaultGraph, quad, type RDF } from '../rdf/terms.ts';
import { ANY, type GraphView, MERGED, NAMED, type TermId } from '../store/graph-view.ts';

const NOTHING: readonly RDF.Quad[] = [];

type Wanted = RDF.Term | null | undefined;

export class ViewSource implements RDF.Source {
  readonly #view: GraphView;
  #closed = false;

  constructor(view: GraphView) {
    this.#view = view;
  }

  /** Ends what is being read; whatever is asked for later is empty. */
  close(): void {
    this.#closed = true;
  }

  match(subject?: Wanted, predicate?: Wanted, object?: Wanted, graph?: Wanted): RDF.Stream {
    if (this.#closed) return wrap(NOTHING);
    return wrap(this.#quads(this.#ids(subject, predicate, object), graph));
  }

  countQuads(subject?: Wanted, predicate?: Wanted, object?: Wanted, graph?: Wanted): number {
    if (this.#closed) return 0;
    const [s, p, o] = this.#ids(subject, predicate, object);
    return this.#graphIds(graph).reduce((sum, g) => sum + this.#view.estimate(s, p, o, g), 0);
  }

  #ids(...terms: readonly [Wanted, Wanted, Wanted]): [TermId, TermId, TermId] {
    return terms.map((term) => (term ? this.#view.find(term) : ANY)) as [TermId, TermId, TermId];
  }

  /** No graph means every graph: the default one of queries and the named ones. */
  #graphIds(graph: Wanted): TermId[] {
    if (this.#closed) return [];
    if (!graph) return [MERGED, NAMED];
    return [graph.termType === 'DefaultGraph' ? MERGED : this.#view.find(graph)];
  }

  /** May change while a reader waits between two quads. */
  #isClosed(): boolean {
    return this.#closed;
  }

  *#quads([s, p, o]: readonly [TermId, TermId, TermId], graph: Wanted): Generator<RDF.Quad> {
    for (const g of this.#graphIds(graph)) {
      if (this.#isClosed()) return;
      const found = this.#view.match(s, p, o, g);
      for (let i = 0; i < found.length; i += 4) {
        if (this.#isClosed()) return;
        yield quad(
          this.#view.term(found[i]!) as RDF.Quad_Subject,
          this.#view.term(found[i + 1]!) as RDF.Quad_Predicate,
          this.#view.term(found[i + 2]!) as RDF.Quad_Object,
          g === MERGED ? defaultGraph() : (this.#view.term(found[i + 3]!) as RDF.Quad_Graph),
        );
      }
    }
  }
}
