/**
 * What made a quad and where it goes: graphs and targets of compiled rules.
 */
import { defaultGraph, type RDF } from '../../rdf/terms.ts';
import type { LogicalTarget, Place, RefObjectMap, TermMap } from '../normal-form.ts';
import { rml } from '../vocabulary.ts';
import type { Run } from './run.ts';
import { compileNode, type TermContext } from './term.ts';
import { listOf } from './values.ts';

/** What in the mapping makes a quad; one object for all quads of a combination of term maps. */
export interface Origin {
  /** The object map, or the subject map for its classes. */
  readonly place: Place;
  /** Where its quads go; none: the default output. */
  readonly targets: readonly LogicalTarget[];
}

export type Sink = (quad: RDF.Quad, origin: Origin) => void;

/** Graphs of a quad, with what its origin is when it goes there. */
export interface Graphs {
  readonly origin: Origin;
  readonly graphs: (record: unknown, run: Run) => readonly RDF.Quad_Graph[];
}

const DEFAULT_GRAPH = rml('defaultGraph');
const NO_GRAPH_MAP: readonly RDF.Quad_Graph[] = [defaultGraph()];

/**
 * Without a graph map the default graph; with some, what they make, `rml:defaultGraph` included.
 *
 * @param makers  the other maps that make the quads; the first is their place
 */
export function compileGraphs(
  maps: readonly TermMap[],
  makers: readonly [TermMap | RefObjectMap, ...TermMap[]],
  context: TermContext,
): readonly Graphs[] {
  const originOf = (...all: readonly (TermMap | RefObjectMap)[]): Origin => ({
    place: makers[0].place,
    targets: [...new Map(all.flatMap(targetsOf).map((target) => [target.id, target])).values()],
  });
  if (maps.length === 0) return [{ origin: originOf(...makers), graphs: () => NO_GRAPH_MAP }];
  const toGraph = (term: RDF.NamedNode | RDF.BlankNode): RDF.Quad_Graph =>
    term.value === DEFAULT_GRAPH ? defaultGraph() : term;
  return maps.map((map) => {
    const make = compileNode(map, context);
    return {
      origin: originOf(...makers, map),
      graphs: (record, run) => listOf<RDF.NamedNode | RDF.BlankNode>(make(record, run)).map(toGraph),
    };
  });
}

/** The targets of a map and of the maps in it. */
function targetsOf(map: TermMap | RefObjectMap): readonly LogicalTarget[] {
  const parts = 'expression' in map ? [map.datatype, map.language].filter((part) => part !== undefined) : [];
  return [...map.targets, ...parts.flatMap(targetsOf)];
}
