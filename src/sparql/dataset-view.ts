/**
 * A view of chosen graphs (FROM, FROM NAMED, the datasets of the protocol): its default graph is the merge
 * of some named graphs, and only the named graphs that were asked for can be seen by GRAPH.
 */
import { namedNode, type RDF, type Term } from '../rdf/terms.ts';
import {
  ANY,
  type GraphView,
  MERGED,
  NAMED,
  type QuadIds,
  type TermId,
  UNKNOWN,
} from '../store/graph-view.ts';

export interface DatasetGraphs {
  readonly default: readonly string[];
  /** Absent: every named graph of the view. */
  readonly named?: readonly string[];
}

export class DatasetView implements GraphView {
  readonly seq: number;
  readonly level: number;
  readonly #base: GraphView;
  readonly #default: readonly TermId[];
  readonly #named: readonly TermId[] | undefined;

  constructor(base: GraphView, graphs: DatasetGraphs) {
    this.#base = base;
    this.seq = base.seq;
    this.level = base.level;
    const ids = (iris: readonly string[]): TermId[] =>
      [...new Set(iris)].map((iri) => base.find(namedNode(iri))).filter((id) => id !== UNKNOWN);
    this.#default = ids(graphs.default);
    this.#named = graphs.named && ids(graphs.named);
  }

  find(term: RDF.Term): TermId {
    return this.#base.find(term);
  }

  term(id: TermId): Term {
    return this.#base.term(id);
  }

  match(s: TermId, p: TermId, o: TermId, g: TermId): QuadIds {
    if (g === MERGED) return this.#merged(s, p, o);
    return this.#graphs(g).flatMap((graph) => this.#base.match(s, p, o, graph));
  }

  estimate(s: TermId, p: TermId, o: TermId, g: TermId): number {
    return this.#graphs(g).reduce((sum, graph) => sum + this.#base.estimate(s, p, o, graph), 0);
  }

  has(s: TermId, p: TermId, o: TermId, g: TermId): boolean {
    if (g === MERGED) return this.#default.some((graph) => this.#base.has(s, p, o, graph));
    return this.match(s, p, o, g).length > 0;
  }

  /** The graphs beneath that a place of the graph means. */
  #graphs(g: TermId): readonly TermId[] {
    switch (g) {
      case MERGED:
        return this.#default;
      case NAMED:
        return this.#named ?? [NAMED];
      case ANY:
        return this.#named ? [...new Set([...this.#default, ...this.#named])] : [ANY];
      default:
        return this.#named && !this.#named.includes(g) ? [] : [g];
    }
  }

  #merged(s: TermId, p: TermId, o: TermId): QuadIds {
    const found: number[] = [];
    const seen = this.#default.length > 1 ? new Set<string>() : undefined;
    for (const graph of this.#default) {
      const matches = this.#base.match(s, p, o, graph);
      for (let i = 0; i < matches.length; i += 4) {
        const [a, b, c] = [matches[i]!, matches[i + 1]!, matches[i + 2]!];
        if (seen) {
          const key = `${a},${b},${c}`;
          if (seen.has(key)) continue;
          seen.add(key);
        }
        found.push(a, b, c, ANY);
      }
    }
    return found;
  }
}
