/**
 * Look-ups in a view by terms: what a subject states, who states an object, the quads of a pattern.
 *
 * For code that asks now and then; the query engine and whatever loops over many ids stay with ids.
 */
import { quad, type RDF, type Term } from '../rdf/terms.ts';
import { ANY, type GraphView, MERGED, type QuadIds, type TermId, UNKNOWN } from './graph-view.ts';

/** Where is looked: one graph, the merge that queries see, or anywhere. */
export type Where = RDF.Term | typeof MERGED | typeof ANY;

const idOf = (view: GraphView, where: Where): TermId =>
  typeof where === 'number' ? where : view.find(where);

/** Objects of a property of a subject. */
export function objectsOf(
  view: GraphView,
  subject: RDF.Term,
  predicate: RDF.Term,
  where: Where = MERGED,
): Term[] {
  return matched(view, view.find(subject), view.find(predicate), ANY, idOf(view, where), 2);
}

/** The object of a property where exactly one is stated: two are no knowledge. */
export function onlyObjectOf(
  view: GraphView,
  subject: RDF.Term,
  predicate: RDF.Term,
  where: Where = MERGED,
): Term | undefined {
  const found = objectsOf(view, subject, predicate, where);
  return found.length === 1 ? found[0] : undefined;
}

/** Subjects that have a value of a property. */
export function subjectsOf(
  view: GraphView,
  predicate: RDF.Term,
  object: RDF.Term,
  where: Where = MERGED,
): Term[] {
  return matched(view, ANY, view.find(predicate), view.find(object), idOf(view, where), 0);
}

/** What quads have to be; a part that is absent may be anything. */
export interface QuadPattern {
  readonly subject?: RDF.Term | undefined;
  readonly predicate?: RDF.Term | undefined;
  readonly object?: RDF.Term | undefined;
  readonly graph?: Where | undefined;
}

/** Quads that match, at most `limit`; with MERGED they are in the default graph. */
export function quadsOf(
  view: GraphView,
  pattern: QuadPattern,
  limit: number = Number.POSITIVE_INFINITY,
): RDF.Quad[] {
  const { found, quadAt } = search(view, pattern);
  const quads: RDF.Quad[] = [];
  for (let i = 0; i < found.length && quads.length < limit; i += 4) quads.push(quadAt(i));
  return quads;
}

/** The same one by one, for those who write them down and keep none. */
export function* eachQuadOf(view: GraphView, pattern: QuadPattern): Generator<RDF.Quad> {
  const { found, quadAt } = search(view, pattern);
  for (let i = 0; i < found.length; i += 4) yield quadAt(i);
}

interface Search {
  /** Four ids a quad. */
  readonly found: QuadIds;
  /** The quad whose ids begin at `i`. */
  readonly quadAt: (i: number) => RDF.Quad;
}

function search(view: GraphView, { subject, predicate, object, graph = ANY }: QuadPattern): Search {
  const ids = [subject, predicate, object].map((term) => (term === undefined ? ANY : view.find(term)));
  const home = idOf(view, graph);
  const isKnown = !ids.includes(UNKNOWN) && home !== UNKNOWN;
  const found = isKnown ? view.match(ids[0]!, ids[1]!, ids[2]!, home) : [];
  const graphAt = (i: number): RDF.Term | undefined => {
    if (home === MERGED) return undefined;
    return typeof graph === 'number' ? view.term(found[i + 3]!) : graph;
  };
  return {
    found,
    quadAt: (i) =>
      quad(
        (subject ?? view.term(found[i]!)) as RDF.Quad_Subject,
        (predicate ?? view.term(found[i + 1]!)) as RDF.Quad_Predicate,
        (object ?? view.term(found[i + 2]!)) as RDF.Quad_Object,
        graphAt(i) as RDF.Quad_Graph | undefined,
      ),
  };
}

function matched(view: GraphView, s: TermId, p: TermId, o: TermId, g: TermId, part: number): Term[] {
  if (s === UNKNOWN || p === UNKNOWN || o === UNKNOWN || g === UNKNOWN) return [];
  const found = view.match(s, p, o, g);
  const terms: Term[] = [];
  for (let i = part; i < found.length; i += 4) terms.push(view.term(found[i]!));
  return terms;
}
