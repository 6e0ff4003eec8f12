/**
 * Old decisions: which of them may be forgotten, and the change that forgets them.
 *
 * A decision goes when its time is over and nothing rests on it any more: none of its allocations is reserved
 * or confirmed, and none has a live claim. With it goes its idempotency key.
 */
import type { QuadDelta } from '../rdf/dataset.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { quad, type RDF } from '../rdf/terms.ts';
import { cf, prov, rdf } from '../rdf/vocab.ts';
import { ANY, type GraphView, UNKNOWN } from '../store/graph-view.ts';
import { statedIn, subjectsIn } from './prov.ts';
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
  for (const node of subjectsIn(view, graph, rdf.type, cf.PlacementDecision)) {
    const decidedAt = Date.parse(statedIn(view, graph, node, cf.decidedAt)[0]?.value ?? '');
    if (decidedAt < before && !holds(view, graph, node)) passed.push({ node, decidedAt });
  }
  passed.sort((a, b) => a.decidedAt - b.decidedAt);
  const removed = passed.slice(0, atMost).flatMap(({ node }) => quadsOfDecision(view, graph, node));
  return { added: [], removed };
}

function holds(view: GraphView, graph: RDF.NamedNode, decision: RDF.Term): boolean {
  return statedIn(view, graph, decision, cf.allocation).some((allocation) => {
    const states = statedIn(view, graph, allocation, cf.allocationState);
    if (states.some((state) => state.equals(RESERVED) || state.equals(CONFIRMED))) return true;
    return quadsAbout(view, graph, allocation).some(({ predicate }) => predicate.value.endsWith('Claimed'));
  });
}

/** The decision with its answer and its allocations. */
function quadsOfDecision(view: GraphView, graph: RDF.NamedNode, decision: RDF.Term): RDF.Quad[] {
  const generated = subjectsIn(view, graph, prov.wasGeneratedBy, decision);
  return [decision, ...generated].flatMap((node) => quadsAbout(view, graph, node));
}

function quadsAbout(view: GraphView, graph: RDF.NamedNode, subject: RDF.Term): RDF.Quad[] {
  const [s, g] = [view.find(subject), view.find(graph)];
  if (s === UNKNOWN || g === UNKNOWN) return [];
  const found = view.match(s, ANY, ANY, g);
  const quads: RDF.Quad[] = [];
  for (let i = 0; i < found.length; i += 4) {
    const [predicate, object] = [view.term(found[i + 1]!), view.term(found[i + 2]!)];
    quads.push(
      quad(subject as RDF.Quad_Subject, predicate as RDF.NamedNode, object as RDF.Quad_Object, graph),
    );
  }
  return quads;
}
