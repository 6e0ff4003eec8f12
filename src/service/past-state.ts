/**
 * A state of the past: the present one with the changes since then undone.
 */
import { FabricError } from '../errors.ts';
import type { Change } from '../log/change.ts';
import type { ChangeLog } from '../log/change-log.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { quad, quadKey, type RDF } from '../rdf/terms.ts';
import { ANY, type GraphView } from '../store/graph-view.ts';
import { Image } from '../store/image/image.ts';

/**
 * @param present  a view of the state at `present.seq`, held by the caller
 * @throws FabricError `snapshot-unavailable` when the log no longer reaches back to `seq`
 */
export async function stateAt(
  seq: number,
  present: GraphView,
  log: ChangeLog,
  graphs: GraphNames,
): Promise<GraphView> {
  if (seq === present.seq) return present;
  if (seq > present.seq) {
    throw new FabricError(
      'snapshot-unavailable',
      `Change ${seq} lies in the future; the last is ${present.seq}`,
    );
  }
  const quads = new Map<string, RDF.Quad>();
  for (const q of allQuads(present)) quads.set(quadKey(q), q);
  const since: Change[] = [];
  for await (const change of log.read(seq + 1)) {
    if (change.seq <= present.seq) since.push(change);
  }
  for (const change of since.reverse()) {
    for (const q of change.added) quads.delete(quadKey(q));
    for (const q of change.removed) quads.set(quadKey(q), q);
  }
  const image = new Image({ graphs });
  image.load(quads.values(), seq);
  return image.snapshot().view;
}

/** Every quad of a view. */
export function* allQuads(view: GraphView, graph: number = ANY): Iterable<RDF.Quad> {
  const found = view.match(ANY, ANY, ANY, graph);
  for (let i = 0; i < found.length; i += 4) {
    yield quad(
      view.term(found[i]!) as RDF.Quad_Subject,
      view.term(found[i + 1]!) as RDF.Quad_Predicate,
      view.term(found[i + 2]!) as RDF.Quad_Object,
      view.term(found[i + 3]!) as RDF.Quad_Graph,
    );
  }
}
