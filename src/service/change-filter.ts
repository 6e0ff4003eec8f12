/**
 * Which changes a follower wants to see, and what of them. A filter only leaves out; it must never change a quad,
 * a cause or a place in the sequence.
 */
import type { CauseKind, Change } from '../log/change.ts';
import type { GraphClass, GraphNames } from '../rdf/graphs.ts';
import type { RDF } from '../rdf/terms.ts';

/** A member that is absent lets everything pass; those that are there must all hold. */
export interface ChangeFilter {
  readonly kinds?: readonly CauseKind[];
  /** Names of sources: changes whose records are theirs, records that followed or were forgotten included. */
  readonly sources?: readonly string[];
  /** Quads of graphs of these classes; a change that has none of them is left out. */
  readonly graphClasses?: readonly GraphClass[];
}

/** A change as the filter lets it through; undefined where it does not. */
export type Sieve = (change: Change) => Change | undefined;

export function sieveOf({ kinds, sources, graphClasses }: ChangeFilter, graphs: GraphNames): Sieve {
  const kindSet = kinds && new Set(kinds);
  const sourceSet = sources && new Set(sources);
  const classes = graphClasses && new Set(graphClasses);
  const isWanted = (q: RDF.Quad): boolean => classes!.has(graphs.classOf(q.graph));
  return (change) => {
    if (kindSet && !kindSet.has(change.cause.kind)) return undefined;
    if (sourceSet && !concerns(change, sourceSet)) return undefined;
    if (!classes) return change;
    const added = change.added.filter(isWanted);
    const removed = change.removed.filter(isWanted);
    return added.length + removed.length === 0 ? undefined : { ...change, added, removed };
  };
}

function concerns({ cause }: Change, sources: ReadonlySet<string>): boolean {
  const { record, followed = [], forgotten = [] } = cause;
  return (
    (record !== undefined && sources.has(record.source)) ||
    followed.some(({ source }) => sources.has(source)) ||
    forgotten.some(({ source }) => sources.has(source))
  );
}
