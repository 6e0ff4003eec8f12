/**
 * Old decisions: which of them may be forgotten, and the change that forgets them.
 *
 * A decision goes when its time is over and nothing rests on it any more: none of its allocations is reserved
 * or confirmed, and none has a live claim. With it goes its idempotency key.
 */
import type { QuadDelta } from '../rdf/dataset.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { type RDF } from '../rdf/terms.ts';
import { cf, prov, rdf } from '../rdf/vocab.ts';
import type { GraphView } from '../store/graph-view.ts';
import { objectsOf, quadsOf, subjectsOf } from '../store/lookup.ts';
import { CONFIRMED, RESERVED } from './terms.ts';

/**
 * The change that forgets decisions made before a time, the oldest first.
 *
 * @param before  milliseconds since the epoch
 * @param atMost  how many to forget in one change
 */
export function forgottenDecisions(
  view: GraphView,
  graphs: GraphNames,
  before: number,
  atMost: number,
): QuadDelta {
  const graph = graphs.system('decisions');
  const passed: { readonly node: RDF.Term; readonly decidedAt: number }[] = [];
  for (const node of subjectsOf(view, rdf.type, cf.PlacementDecision, graph)) {
    const decidedAt = Date.parse(objectsOf(view, node, cf.decidedAt, graph)[0]?.value ?? '');
    if (decidedAt < before && !holds(view, graph, node)) passed.push({ node, decidedAt });
  }
  passed.sort((a, b) => a.decidedAt - b.decidedAt);
  const removed = passed.slice(0, atMost).flatMap(({ node }) => quadsOfDecision(view, graph, node));
  return { added: [], removed };
}

function holds(view: GraphView, graph: RDF.NamedNode, decision: RDF.Term): boolean {
  return objectsOf(view, decision, cf.allocation, graph).some((allocation) => {
    const states = objectsOf(view, allocation, cf.allocationState, graph);
    if (states.some((state) => state.equals(RESERVED) || state.equals(CONFIRMED))) return true;
    return quadsOf(view, { subject: allocation, graph }).some(({ predicate }) =>
      predicate.value.endsWith('Claimed'),
    );
  });
}

/** The decision with its answer and its allocations. */
function quadsOfDecision(view: GraphView, graph: RDF.NamedNode, decision: RDF.Term): RDF.Quad[] {
  const generated = subjectsOf(view, prov.wasGeneratedBy, decision, graph);
  return [decision, ...generated].flatMap((node) => quadsOf(view, { subject: node, graph }));
}
