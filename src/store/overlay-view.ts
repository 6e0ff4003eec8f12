/**
 * A view with changes laid over it: nothing beneath is touched.
 *
 * Updates evaluate their later operations on one, placement lays request-scoped facts over a snapshot, and
 * a past state is the present one with the changes since then undone. Terms that the view beneath does not
 * hold get ids of their own. The view beneath must not change any more.
 */
import type { GraphNames } from '../rdf/graphs.ts';
import { quadKey, type RDF, type Term, termKey } from '../rdf/terms.ts';
import {
  ANY,
  firstIdOf,
  type GraphView,
  MERGED,
  NAMED,
  type QuadIds,
  type TermId,
  UNKNOWN,
} from './graph-view.ts';

export class OverlayView implements GraphView {
  readonly seq: number;
  readonly level: number;
  readonly #firstId: TermId;
  readonly #base: GraphView;
  readonly #graphs: GraphNames | undefined;
  readonly #ids = new Map<string, TermId>();
  readonly #terms: Term[] = [];
  readonly #added = new Map<string, { readonly quad: RDF.Quad; readonly ids: readonly TermId[] }>();
  readonly #removed = new Map<string, { readonly quad: RDF.Quad; readonly ids: readonly TermId[] }>();
  /** Keys of the ids of removed quads, for sifting what the view beneath gives. */
  readonly #removedIds = new Set<string>();

  /** @param graphs  the fabric's graph names, or undefined for pure W3C dataset semantics */
  constructor(base: GraphView, graphs: GraphNames | undefined, seq = base.seq) {
    this.#base = base;
    this.#graphs = graphs;
    this.seq = seq;
    this.level = base.level + 1;
    this.#firstId = firstIdOf(this.level);
  }

  /** Quads that are here and not beneath. */
  get added(): RDF.Quad[] {
    return [...this.#added.values()].map((entry) => entry.quad);
  }

  /** Quads that are beneath and not here. */
  get removed(): RDF.Quad[] {
    return [...this.#removed.values()].map((entry) => entry.quad);
  }

  add(q: RDF.Quad): void {
    const key = quadKey(q);
    const undone = this.#removed.get(key);
    if (undone) {
      this.#removed.delete(key);
      this.#removedIds.delete(undone.ids.join());
      return;
    }
    if (this.#added.has(key) || this.#inBase(q)) return;
    this.#added.set(key, { quad: q, ids: this.#idsOf(q) });
  }

  remove(q: RDF.Quad): void {
    const key = quadKey(q);
    if (this.#added.delete(key) || this.#removed.has(key) || !this.#inBase(q)) return;
    const ids = this.#idsOf(q);
    this.#removed.set(key, { quad: q, ids });
    this.#removedIds.add(ids.join());
  }

  find(term: RDF.Term): TermId {
    const id = this.#base.find(term);
    return id === UNKNOWN ? (this.#ids.get(termKey(term)) ?? UNKNOWN) : id;
  }

  term(id: TermId): Term {
    return id > this.#firstId ? this.#base.term(id) : this.#terms[this.#firstId - id]!;
  }

  match(s: TermId, p: TermId, o: TermId, g: TermId): QuadIds {
    if (this.#added.size === 0 && this.#removed.size === 0) return this.#base.match(s, p, o, g);
    // The merge cannot be sifted after the fact: another graph may still hold a removed triple.
    const beneath = this.#base.match(s, p, o, g === MERGED ? ANY : g);
    const found: number[] = [];
    const seen = g === MERGED ? new Set<string>() : undefined;
    const take = (subject: TermId, predicate: TermId, object: TermId, graph: TermId): void => {
      if (!seen) {
        found.push(subject, predicate, object, graph);
        return;
      }
      if (!this.#isMerged(graph)) return;
      const key = `${subject},${predicate},${object}`;
      if (seen.has(key)) return;
      seen.add(key);
      found.push(subject, predicate, object, ANY);
    };
    for (let i = 0; i < beneath.length; i += 4) {
      const [a, b, c, d] = [beneath[i]!, beneath[i + 1]!, beneath[i + 2]!, beneath[i + 3]!];
      if (this.#removedIds.size > 0 && this.#removedIds.has([a, b, c, d].join())) continue;
      take(a, b, c, d);
    }
    const fits = (wanted: TermId, id: TermId): boolean => wanted === ANY || wanted === id;
    for (const { ids, quad } of this.#added.values()) {
      const [a, b, c, d] = ids as [TermId, TermId, TermId, TermId];
      if (!fits(s, a) || !fits(p, b) || !fits(o, c)) continue;
      if (g === NAMED ? quad.graph.termType === 'DefaultGraph' : g !== MERGED && !fits(g, d)) continue;
      take(a, b, c, d);
    }
    return found;
  }

  estimate(s: TermId, p: TermId, o: TermId, g: TermId): number {
    return this.#base.estimate(s, p, o, g) + this.#added.size;
  }

  has(s: TermId, p: TermId, o: TermId, g: TermId): boolean {
    return this.match(s, p, o, g).length > 0;
  }

  #isMerged(graph: TermId): boolean {
    const term = this.term(graph);
    return this.#graphs === undefined
      ? term.termType === 'DefaultGraph'
      : this.#graphs.classOf(term) !== 'system';
  }

  #inBase(q: RDF.Quad): boolean {
    const find = (term: RDF.Term): TermId => this.#base.find(term);
    const [s, p, o, g] = [find(q.subject), find(q.predicate), find(q.object), find(q.graph)];
    if (s === UNKNOWN || p === UNKNOWN || o === UNKNOWN || g === UNKNOWN) return false;
    return this.#base.has(s, p, o, g);
  }

  #idsOf(q: RDF.Quad): TermId[] {
    return [q.subject, q.predicate, q.object, q.graph].map((term) => this.#idOf(term));
  }

  #idOf(term: RDF.Term): TermId {
    const known = this.find(term);
    if (known !== UNKNOWN) return known;
    const id = this.#firstId - this.#terms.length;
    this.#ids.set(termKey(term), id);
    this.#terms.push(term as Term);
    return id;
  }
}
