/**
 * The quads of a state of the past, without building it: those of the present but for what came since, and what has gone
 * since. Takes as much memory as the difference, not as the state.
 */
import { FabricError } from '../errors.ts';
import type { ChangeLog } from '../log/change-log.ts';
import { quadKey, type RDF } from '../rdf/terms.ts';
import type { GraphView } from '../store/graph-view.ts';
import { eachQuadOf, type QuadPattern } from '../store/lookup.ts';

/**
 * @param present  held by the caller as long as it reads
 * @throws FabricError `snapshot-unavailable` when `seq` lies in the future, or the log does not reach back to it
 */
export async function quadsAt(
  seq: number,
  present: GraphView,
  log: ChangeLog,
  pattern: Pick<QuadPattern, 'graph'>,
): Promise<Iterable<RDF.Quad>> {
  if (seq > present.seq) {
    throw new FabricError(
      'snapshot-unavailable',
      `Change ${seq} lies in the future; the last is ${present.seq}`,
    );
  }
  const difference = await differenceSince(seq, present.seq, log);
  return (function* () {
    for (const q of eachQuadOf(present, pattern)) {
      if (difference.size === 0 || !difference.has(quadKey(q))) yield q;
    }
    const { graph } = pattern;
    for (const gone of difference.values()) {
      if (gone === undefined || (typeof graph === 'object' && !gone.graph.equals(graph))) continue;
      yield gone;
    }
  })();
}

/** By key: a quad that was there then and is gone, or undefined for one that came since. */
async function differenceSince(
  seq: number,
  until: number,
  log: ChangeLog,
): Promise<ReadonlyMap<string, RDF.Quad | undefined>> {
  const difference = new Map<string, RDF.Quad | undefined>();
  if (seq === until) return difference;
  for await (const change of log.read(seq + 1)) {
    if (change.seq > until) break;
    // The first change of a quad tells what it was: gone means that it was there, come that it was not.
    for (const q of change.removed) note(difference, q, true);
    for (const q of change.added) note(difference, q, false);
  }
  return difference;
}

function note(difference: Map<string, RDF.Quad | undefined>, q: RDF.Quad, isGone: boolean): void {
  const key = quadKey(q);
  if (!difference.has(key)) {
    difference.set(key, isGone ? q : undefined);
    return;
  }
  const known = difference.get(key);
  // Back to what it was.
  if ((known === undefined) === isGone) difference.delete(key);
}
