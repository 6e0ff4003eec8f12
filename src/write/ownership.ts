/**
 * Who states a fact: in the default graph at most one record states a functional property of a subject.
 *
 * When two records state one, the source of higher precedence wins, then the later observation; the loser's
 * statement waits in its shadow graph and steps forward when the winner goes. Every quad of a record lies
 * either in its record graph or in its shadow graph, never in both, never elsewhere.
 */
import type { GraphNames } from '../rdf/graphs.ts';
import { quad, quadKey, type RDF, termKey } from '../rdf/terms.ts';
import { ANY, type GraphView, type TermId, UNKNOWN } from '../store/graph-view.ts';
import { quadsOf } from '../store/lookup.ts';

/** How strongly a record speaks. */
export interface Standing {
  readonly precedence: number;
  /** ISO 8601, UTC. */
  readonly observedAt: string;
}

export interface OwnershipContext {
  readonly view: GraphView;
  readonly graphs: GraphNames;
  /** IRIs of the functional properties. */
  readonly functional: ReadonlySet<string>;
  /** The standing of any other record. */
  readonly standingOf: (source: string, key: string) => Standing;
}

export interface RecordQuads {
  readonly source: string;
  readonly key: string;
  readonly standing: Standing;
  /** What the record states now, graphs left out; empty after a delete. */
  readonly quads: readonly RDF.Quad[];
  /**
   * Whether the version at hand says something of the property of this quad's subject. What it leaves as it
   * was is as old as before, however new the record is, and is not contested again. Absent: it says all.
   */
  readonly restates?: (q: RDF.Quad) => boolean;
}

/** The changes that bring the graph to what `record` now states, moves of other records' quads included. */
export function settle(
  record: RecordQuads,
  context: OwnershipContext,
): { added: RDF.Quad[]; removed: RDF.Quad[] } {
  const { graphs, view } = context;
  const own = graphs.record(record.source, record.key);
  const shadow = graphs.shadow(record.source, record.key);
  const wanted = new Map<string, RDF.Quad>();
  const want = (q: RDF.Quad, graph: RDF.NamedNode): void => {
    const placed = quad(q.subject, q.predicate, q.object, graph);
    wanted.set(quadKey(placed), placed);
  };
  const moves: { added: RDF.Quad[]; removed: RDF.Quad[] } = { added: [], removed: [] };
  const claims = new Map<string, RDF.Quad[]>();
  const search = new RivalSearch(record, context);

  for (const q of record.quads) {
    if (!context.functional.has(q.predicate.value)) {
      want(q, own);
      continue;
    }
    const claim = claimOf(q);
    const known = claims.get(claim);
    if (known) known.push(q);
    else claims.set(claim, [q]);
  }
  for (const quads of claims.values()) {
    const rivals = search.of(quads[0]!);
    const best = strongest(rivals);
    const place =
      best && record.restates?.(quads[0]!) === false ? placeOf(quads[0]!, own, shadow, view) : undefined;
    if (place) for (const q of quads) want(q, place);
    else if (!best || beats(record, best)) {
      for (const q of quads) want(q, own);
      for (const rival of rivals) shift(rival, rival.shadow, moves);
    } else {
      for (const q of quads) want(q, shadow);
      shift(best, best.own, moves);
    }
  }

  const before = [...quadsOf(view, { graph: own }), ...quadsOf(view, { graph: shadow })];
  const added: RDF.Quad[] = [];
  const removed: RDF.Quad[] = [];
  for (const q of before) if (!wanted.delete(quadKey(q))) removed.push(q);
  added.push(...wanted.values());
  // What the record no longer states may free the place for another.
  for (const q of removed) {
    if (!context.functional.has(q.predicate.value) || !q.graph.equals(own)) continue;
    if (claims.has(claimOf(q))) continue;
    const next = strongest(search.of(q));
    if (next) shift(next, next.own, moves);
  }
  return { added: [...added, ...moves.added], removed: [...removed, ...moves.removed] };
}

/** The graph of the two that has a value of this property now. */
function placeOf(
  q: RDF.Quad,
  own: RDF.NamedNode,
  shadow: RDF.NamedNode,
  view: GraphView,
): RDF.NamedNode | undefined {
  const [subject, predicate] = [view.find(q.subject), view.find(q.predicate)];
  if (subject === UNKNOWN || predicate === UNKNOWN) return undefined;
  return [own, shadow].find((graph) => {
    const id = view.find(graph);
    return id !== UNKNOWN && view.match(subject, predicate, ANY, id).length > 0;
  });
}

/** What a functional quad lays claim to: the property of the subject. */
export function claimOf(q: RDF.Quad): string {
  return `${termKey(q.subject)}\u0001${q.predicate.value}`;
}

interface Rival extends Standing {
  readonly source: string;
  readonly key: string;
  readonly own: RDF.NamedNode;
  readonly shadow: RDF.NamedNode;
  readonly quads: RDF.Quad[];
}

/**
 * The other records that state the property of `q` for its subject, forward or in the shadow. Most subjects
 * are described by one record alone; that is found out once for each and in ids.
 */
class RivalSearch {
  readonly #record: RecordQuads;
  readonly #context: OwnershipContext;
  readonly #ownIds: ReadonlySet<TermId>;
  /** Whether other records describe a subject, by its key. */
  readonly #contested = new Map<string, boolean>();

  constructor(record: RecordQuads, context: OwnershipContext) {
    const { graphs, view } = context;
    this.#record = record;
    this.#context = context;
    this.#ownIds = new Set([
      view.find(graphs.record(record.source, record.key)),
      view.find(graphs.shadow(record.source, record.key)),
    ]);
  }

  of(q: RDF.Quad): Rival[] {
    const { view } = this.#context;
    const subject = view.find(q.subject);
    if (subject === UNKNOWN || !this.#isContested(q.subject, subject)) return [];
    const predicate = view.find(q.predicate);
    if (predicate === UNKNOWN) return [];
    const rivals = new Map<TermId, Rival>();
    const found = view.match(subject, predicate, ANY, ANY);
    for (let i = 0; i < found.length; i += 4) {
      const graphId = found[i + 3]!;
      if (this.#ownIds.has(graphId)) continue;
      const graph = view.term(graphId);
      const rival = rivals.get(graphId) ?? this.#rival(graph);
      if (!rival) continue;
      rivals.set(graphId, rival);
      rival.quads.push(
        quad(q.subject, q.predicate, view.term(found[i + 2]!) as RDF.Quad_Object, graph as RDF.NamedNode),
      );
    }
    return merged([...rivals.values()]);
  }

  #isContested(term: RDF.Term, subject: TermId): boolean {
    const key = termKey(term);
    const known = this.#contested.get(key);
    if (known !== undefined) return known;
    const found = this.#context.view.match(subject, ANY, ANY, ANY);
    let contested = false;
    for (let i = 3; i < found.length && !contested; i += 4) contested = !this.#ownIds.has(found[i]!);
    this.#contested.set(key, contested);
    return contested;
  }

  #rival(graph: RDF.Term): Rival | undefined {
    const { graphs, standingOf } = this.#context;
    const owner = graphs.recordOf(graph);
    if (!owner || (owner.source === this.#record.source && owner.key === this.#record.key)) return undefined;
    return {
      ...owner,
      ...standingOf(owner.source, owner.key),
      own: graphs.record(owner.source, owner.key),
      shadow: graphs.shadow(owner.source, owner.key),
      quads: [],
    };
  }
}

/** A record may state a property in its own graph and in its shadow: it is one rival. */
function merged(rivals: readonly Rival[]): Rival[] {
  const bySource = new Map<string, Rival>();
  for (const rival of rivals) {
    const known = bySource.get(rival.own.value);
    if (known) known.quads.push(...rival.quads);
    else bySource.set(rival.own.value, rival);
  }
  return [...bySource.values()];
}

function strongest(rivals: readonly Rival[]): Rival | undefined {
  let best: Rival | undefined;
  for (const rival of rivals) if (!best || stronger(rival, best)) best = rival;
  return best;
}

function beats(record: RecordQuads, rival: Rival): boolean {
  return stronger({ ...record.standing, source: record.source, key: record.key }, rival);
}

interface Contender extends Standing {
  readonly source: string;
  readonly key: string;
}

/** Precedence, then time, then names: total, so that every replay decides alike. */
function stronger(a: Contender, b: Contender): boolean {
  if (a.precedence !== b.precedence) return a.precedence > b.precedence;
  if (a.observedAt !== b.observedAt) return a.observedAt > b.observedAt;
  if (a.source !== b.source) return a.source < b.source;
  return a.key < b.key;
}

/** Puts the quads of a rival into `graph`, where they are not there yet. */
function shift(rival: Rival, graph: RDF.NamedNode, moves: { added: RDF.Quad[]; removed: RDF.Quad[] }): void {
  for (const q of rival.quads) {
    if (q.graph.equals(graph)) continue;
    moves.removed.push(q);
    moves.added.push(quad(q.subject, q.predicate, q.object, graph));
  }
}
