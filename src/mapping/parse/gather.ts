/**
 * Gather maps of a mapping, in normal form (RML-CC): collections and containers of what other term maps make.
 */
import type { Gather, RefObjectMap, TermMap } from '../normal-form.ts';
import { rml } from '../vocabulary.ts';
import { readList } from './list.ts';
import type { MappingGraph, Resource } from './mapping-graph.ts';

/** Properties of a term map that gathers. */
export const GATHER_PROPERTIES: readonly string[] = [
  'gather',
  'gatherAs',
  'strategy',
  'allowEmptyListAndContainer',
];

/** Readers of what may be a member. */
export interface MemberReader {
  readonly termMap: (node: Resource) => TermMap;
  /** Undefined where a referencing object map cannot stand. */
  readonly refObjectMap: ((node: Resource) => RefObjectMap) | undefined;
}

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const KINDS: ReadonlyMap<string, Gather['as']> = new Map([
  [`${RDF}List`, 'List'],
  [`${RDF}Bag`, 'Bag'],
  [`${RDF}Seq`, 'Seq'],
  [`${RDF}Alt`, 'Alt'],
]);
const STRATEGIES: ReadonlyMap<string, Gather['strategy']> = new Map([
  [rml('append'), 'append'],
  [rml('cartesianProduct'), 'cartesianProduct'],
]);
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/**
 * What a term map gathers; undefined where it gathers nothing.
 *
 * @throws FabricError `mapping-invalid`
 */
export function parseGather(graph: MappingGraph, node: Resource, read: MemberReader): Gather | undefined {
  if (!graph.has(node, 'gather')) {
    const stray = GATHER_PROPERTIES.find((property) => graph.has(node, property));
    if (stray !== undefined) graph.refuse(node, `has rml:${stray} without rml:gather`, stray);
    return undefined;
  }
  const as = oneOf(graph, node, 'gatherAs', KINDS);
  if (as === undefined) return graph.refuse(node, 'has rml:gather without rml:gatherAs', 'gather');
  const items = readList(graph, node, 'gather');
  if (items.length === 0) graph.refuse(node, 'gathers an empty list of term maps', 'gather');
  return {
    place: { node: () => graph.node(node), refuse: (problem, at) => graph.refuse(node, problem, at) },
    as,
    strategy: oneOf(graph, node, 'strategy', STRATEGIES) ?? 'append',
    allowEmpty: oneOf(graph, node, 'allowEmptyListAndContainer', BOOLEANS) ?? false,
    members: items.map((item) => {
      if (item.termType === 'Literal') {
        return graph.refuse(node, `gathers the literal "${item.value}", which is no term map`, 'gather');
      }
      if (!graph.has(item, 'parentTriplesMap')) return { kind: 'term', map: read.termMap(item) };
      if (read.refObjectMap === undefined) {
        return graph.refuse(item, 'refers to a triples map where none can be joined', 'parentTriplesMap');
      }
      return { kind: 'reference', map: read.refObjectMap(item) };
    }),
  };
}

function oneOf<T>(
  graph: MappingGraph,
  node: Resource,
  property: string,
  known: ReadonlyMap<string, T>,
): T | undefined {
  const value = graph.optional(node, property)?.value;
  if (value === undefined) return undefined;
  const found = known.get(value);
  if (found !== undefined) return found;
  const values = [...known.keys()].join(', ');
  return graph.refuse(node, `has "${value}" as rml:${property}; supported: ${values}`, property);
}
