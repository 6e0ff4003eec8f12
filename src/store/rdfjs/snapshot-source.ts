/**
 * One state as RDF/JS has it: a `Source` of streams and a `DatasetCore`, for n3, rdflib, rdf-ext style code and
 * Comunica, the general engine of our own included.
 *
 * Nothing is copied: quads are made as they are read, from a view that somebody holds. It must never read in a
 * state that was let go, nor keep one alive when nobody can read from it any more.
 */
import { defaultGraph, quad, type RDF } from '../../rdf/terms.ts';
import { ANY, type GraphView, MERGED, NAMED, type TermId, UNKNOWN } from '../graph-view.ts';
import { immutable, QuadMatch, type QuadSupply, type QuadTerms, type Wanted } from './quad-match.ts';

/**
 * What the default graph is. `rdf`: the RDF default graph and nothing else, as RDF/JS has it. `merged`: what
 * queries of the fabric see there, the merge of record, user and derived graphs; those graphs are named ones too.
 */
export type DefaultGraphMeaning = 'rdf' | 'merged';

export interface SnapshotSourceOptions {
  readonly defaultGraph?: DefaultGraphMeaning | undefined;
}

/** A view with whatever it takes to let go of it. */
export interface HeldView {
  readonly view: GraphView;
  release(): void;
}

/** Lets go of what was lost without having been disposed of. */
const lost = new FinalizationRegistry<HeldView>((held) => {
  held.release();
});

export class SnapshotSource implements RDF.Source, RDF.DatasetCore, QuadSupply, Disposable {
  /** The state: the last change in it. */
  readonly seq: number;
  readonly #held: HeldView;
  readonly #isMerged: boolean;
  #isClosed = false;
  #isRetired = false;
  #openStreams = 0;
  #size: number | undefined;

  /** @param held  released with this source, by {@link SnapshotSource[Symbol.dispose]} or when nobody has it any more */
  constructor(held: HeldView, options: SnapshotSourceOptions = {}) {
    this.seq = held.view.seq;
    this.#held = held;
    this.#isMerged = options.defaultGraph === 'merged';
    lost.register(this, held, this);
  }

  /** Quads that match, as a stream and as a dataset of their own; no graph means every graph. */
  match(subject?: Wanted, predicate?: Wanted, object?: Wanted, graph?: Wanted): QuadMatch {
    return new QuadMatch(this, [subject, predicate, object, graph]);
  }

  /** How many quads match, or a few more where counting would take long; for planners. */
  countQuads(subject?: Wanted, predicate?: Wanted, object?: Wanted, graph?: Wanted): number {
    if (this.#isClosed) return 0;
    const ids = this.#ids(subject, predicate, object);
    if (!ids) return 0;
    const { view } = this.#held;
    return this.#graphIds(graph).reduce((sum, g) => sum + view.estimate(...ids, g), 0);
  }

  get size(): number {
    return (this.#size ??= this.countOf([null, null, null, null]));
  }

  has(q: RDF.Quad): boolean {
    if (this.#isClosed) return false;
    const ids = this.#ids(q.subject, q.predicate, q.object);
    return ids !== undefined && this.#graphIds(q.graph).some((g) => this.#held.view.has(...ids, g));
  }

  [Symbol.iterator](): Iterator<RDF.Quad> {
    return this.quadsOf([null, null, null, null]);
  }

  toStream(): QuadMatch {
    return this.match();
  }

  /** @throws FabricError `not-supported`: a state of the past does not change; a `FabricStore` does */
  add(_quad: RDF.Quad): this {
    throw immutable();
  }

  /** @throws FabricError `not-supported` */
  delete(_quad: RDF.Quad): this {
    throw immutable();
  }

  /** Lets go of the state. What is read later, in streams that are under way too, fails. */
  [Symbol.dispose](): void {
    lost.unregister(this);
    this.#held.release();
  }

  /** Ends quietly whatever is read: for an engine that reads on although nobody wants its answer any more. */
  close(): void {
    this.#isClosed = true;
    this[Symbol.dispose]();
  }

  /** Lets go of the state as soon as no stream of it is under way. */
  retire(): void {
    this.#isRetired = true;
    if (this.#openStreams === 0) this[Symbol.dispose]();
  }

  /** @internal A stream of this source has begun. */
  enter(): void {
    this.#openStreams++;
  }

  /** @internal A stream of this source is over. */
  leave(): void {
    this.#openStreams--;
    if (this.#isRetired && this.#openStreams === 0) this[Symbol.dispose]();
  }

  /** @internal Exactly how many quads match. */
  countOf([subject, predicate, object, graph]: QuadTerms): number {
    if (this.#isClosed) return 0;
    const ids = this.#ids(subject, predicate, object);
    if (!ids) return 0;
    const { view } = this.#held;
    return this.#graphIds(graph).reduce((sum, g) => sum + view.match(...ids, g).length / 4, 0);
  }

  /** @internal Quads that match, made one by one. */
  *quadsOf([subject, predicate, object, graph]: QuadTerms): Generator<RDF.Quad, void> {
    const ids = this.#ids(subject, predicate, object);
    if (!ids) return;
    const { view } = this.#held;
    for (const g of this.#graphIds(graph)) {
      if (this.#hasClosed()) return;
      const found = view.match(...ids, g);
      for (let i = 0; i < found.length; i += 4) {
        if (this.#hasClosed()) return;
        yield quad(
          view.term(found[i]!) as RDF.Quad_Subject,
          view.term(found[i + 1]!) as RDF.Quad_Predicate,
          view.term(found[i + 2]!) as RDF.Quad_Object,
          g === MERGED ? defaultGraph() : (view.term(found[i + 3]!) as RDF.Quad_Graph),
        );
      }
    }
  }

  /** May change while a reader waits between two quads. */
  #hasClosed(): boolean {
    return this.#isClosed;
  }

  /** Undefined where one of them cannot stand in any quad of the fabric. */
  #ids(...terms: readonly [Wanted, Wanted, Wanted]): [TermId, TermId, TermId] | undefined {
    const ids = terms.map((term) => this.#idOf(term));
    return ids.includes(UNKNOWN) ? undefined : (ids as [TermId, TermId, TermId]);
  }

  #idOf(term: Wanted): TermId {
    if (!term) return ANY;
    if (term.termType === 'Quad' || term.termType === 'Variable') return UNKNOWN;
    return this.#held.view.find(term);
  }

  /** The places that a graph means, each of them asked for itself. */
  #graphIds(graph: Wanted): readonly TermId[] {
    if (this.#isClosed) return [];
    if (!graph) return this.#isMerged ? [MERGED, NAMED] : [ANY];
    if (graph.termType === 'DefaultGraph' && this.#isMerged) return [MERGED];
    const id = this.#idOf(graph);
    return id === UNKNOWN ? [] : [id];
  }
}
