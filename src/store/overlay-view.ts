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

interface LaidOver {
  readonly quad: RDF.Quad;
  readonly ids: readonly TermId[];
}

export class OverlayView implements GraphView {
  readonly seq: number;
  readonly level: number;
  readonly #firstId: TermId;
  readonly #base: GraphView;
  readonly #graphs: GraphNames | undefined;
  readonly #ids = new Map<string, TermId>();
  readonly #terms: Term[] = [];
  readonly #added = new Map<string, LaidOver>();
  /** Added quads by the id of their subject and of their graph. */
  readonly #bySubject = new Map<TermId, Map<string, LaidOver>>();
  readonly #byGraph = new Map<TermId, Map<string, LaidOver>>();
  readonly #removed = new Map<string, LaidOver>();
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
    const entry = { quad: q, ids: this.#idsOf(q) };
    this.#added.set(key, entry);
    enter(this.#bySubject, entry.ids[0]!, key, entry);
    enter(this.#byGraph, entry.ids[3]!, key, entry);
  }

  remove(q: RDF.Quad): void {
    const key = quadKey(q);
    const added = this.#added.get(key);
    if (added) {
      this.#added.delete(key);
      this.#bySubject.get(added.ids[0]!)?.delete(key);
      this.#byGraph.get(added.ids[3]!)?.delete(key);
      return;
    }
    if (this.#removed.has(key) || !this.#inBase(q)) return;
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
    for (const { ids, quad } of this.#candidates(s, g)) {
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

  /** The added quads among which those that match are. */
  #candidates(s: TermId, g: TermId): Iterable<LaidOver> {
    if (s !== ANY) return this.#bySubject.get(s)?.values() ?? [];
    if (g !== ANY && g !== MERGED && g !== NAMED) return this.#byGraph.get(g)?.values() ?? [];
    return this.#added.values();
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

function enter(index: Map<TermId, Map<string, LaidOver>>, id: TermId, key: string, entry: LaidOver): void {
  const entries = index.get(id);
  if (entries) entries.set(key, entry);
  else index.set(id, new Map([[key, entry]]));
}
