/**
 * A state of the past: the present one with the changes since then undone.
 */
import { FabricError } from '../errors.ts';
import type { Change } from '../log/change.ts';
import type { ChangeLog } from '../log/change-log.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { quadKey, type RDF } from '../rdf/terms.ts';
import type { GraphView } from '../store/graph-view.ts';
import { Image } from '../store/image/image.ts';
import { eachQuadOf } from '../store/lookup.ts';

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
  for (const q of eachQuadOf(present, {})) quads.set(quadKey(q), q);
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
