/**
 * What the store is compared with: a set of quads, looked through from end to end for every question. It shares no
 * code with the image beyond the identity of a quad.
 */
import type { GraphNames } from '../../src/rdf/graphs.ts';
import { defaultGraph, quad, quadKey, type RDF, type Term, termKey } from '../../src/rdf/terms.ts';
import { ANY, type GraphView, MERGED, NAMED, type TermId } from '../../src/store/graph-view.ts';

/** Quads by their keys. */
export type QuadSet = ReadonlyMap<string, RDF.Quad>;

export type AskedGraph = Term | typeof ANY | typeof MERGED | typeof NAMED;

/** A pattern in terms; null: any. */
export interface Asked {
  readonly subject: RDF.Term | null;
  readonly predicate: RDF.Term | null;
  readonly object: RDF.Term | null;
  readonly graph: AskedGraph;
}

/** Keys of the quads that match, in order; those of a merge have no graph. */
export function matchesIn(
  set: QuadSet,
  { subject, predicate, object, graph }: Asked,
  graphs: GraphNames,
): string[] {
  const found = new Set<string>();
  for (const each of set.values()) {
    if (subject && termKey(each.subject) !== termKey(subject)) continue;
    if (predicate && termKey(each.predicate) !== termKey(predicate)) continue;
    if (object && termKey(each.object) !== termKey(object)) continue;
    if (graph === MERGED && graphs.classOf(each.graph) === 'system') continue;
    if (graph === NAMED && each.graph.termType === 'DefaultGraph') continue;
    if (typeof graph !== 'number' && termKey(each.graph) !== termKey(graph)) continue;
    found.add(quadKey(graph === MERGED ? quad(each.subject, each.predicate, each.object) : each));
  }
  return [...found].sort();
}

/** The same pattern in the ids of a view. */
export function idsOf(
  view: GraphView,
  { subject, predicate, object, graph }: Asked,
): [TermId, TermId, TermId, TermId] {
  const id = (term: RDF.Term | null): TermId => (term === null ? ANY : view.find(term));
  return [id(subject), id(predicate), id(object), typeof graph === 'number' ? graph : view.find(graph)];
}

/** Keys of what a view answers, in order; one that comes twice is there twice. */
export function answersOf(view: GraphView, ids: readonly [TermId, TermId, TermId, TermId]): string[] {
  const found = view.match(...ids);
  const keys: string[] = [];
  for (let at = 0; at < found.length; at += 4) {
    const [s, p, o] = [0, 1, 2].map((part) => view.term(found[at + part]!));
    const graph = found[at + 3] === ANY ? defaultGraph() : view.term(found[at + 3]!);
    keys.push(
      quadKey(
        quad(s as RDF.Quad_Subject, p as RDF.Quad_Predicate, o as RDF.Quad_Object, graph as RDF.Quad_Graph),
      ),
    );
  }
  return keys.sort();
}

/** Keys of all quads that a view holds, in order. */
export const contentOf = (view: GraphView): string[] => answersOf(view, [ANY, ANY, ANY, ANY]);
