/**
 * Which graphs the default graph of queries merges, by id: asked for each quad that is read, so that it has to cost
 * no more than a look.
 */
import type { GraphNames } from '../../rdf/graphs.ts';
import type { Term } from '../../rdf/terms.ts';
import type { TermId } from '../graph-view.ts';

const UNTOLD = 0;
const MERGED = 1;
const APART = 2;

export class MergedGraphs {
  readonly #graphs: GraphNames | undefined;
  readonly #defaultGraph: TermId;
  readonly #termOf: (id: TermId) => Term;
  /** By id of a graph. */
  #told = new Uint8Array(1024);

  /** @param graphs  absent: the RDF default graph alone */
  constructor(graphs: GraphNames | undefined, defaultGraph: TermId, termOf: (id: TermId) => Term) {
    this.#graphs = graphs;
    this.#defaultGraph = defaultGraph;
    this.#termOf = termOf;
  }

  get defaultGraph(): TermId {
    return this.#defaultGraph;
  }

  has(graph: TermId): boolean {
    const told = this.#told[graph];
    return told === undefined || told === UNTOLD ? this.#ask(graph) : told === MERGED;
  }

  /** The id may come to stand for another term. */
  forget(graph: TermId): void {
    if (graph < this.#told.length) this.#told[graph] = UNTOLD;
  }

  #ask(graph: TermId): boolean {
    const isMerged =
      this.#graphs === undefined
        ? graph === this.#defaultGraph
        : this.#graphs.classOf(this.#termOf(graph)) !== 'system';
    if (graph >= this.#told.length) {
      const grown = new Uint8Array(Math.max(2 * this.#told.length, graph + 1));
      grown.set(this.#told);
      this.#told = grown;
    }
    this.#told[graph] = isMerged ? MERGED : APART;
    return isMerged;
  }
}
