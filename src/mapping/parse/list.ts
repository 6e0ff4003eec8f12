/**
 * RDF collections of a mapping (RDF Schema, "RDF Collections"), read as arrays. Other nodes are refused.
 */
import type { MappingGraph, MappingTerm, Resource } from './mapping-graph.ts';

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';

/**
 * The items of the collection that `owner` has as its `property`.
 *
 * @throws FabricError `mapping-invalid` for what is no well-formed collection
 */
export function readList(graph: MappingGraph, owner: Resource, property: string): readonly MappingTerm[] {
  const items: MappingTerm[] = [];
  const seen = new Set<string>();
  let node = graph.optional(owner, property);
  while (node !== undefined && node.value !== `${RDF}nil`) {
    const first: readonly MappingTerm[] = node.termType === 'Literal' ? [] : graph.all(node, `${RDF}first`);
    const rest: readonly MappingTerm[] = node.termType === 'Literal' ? [] : graph.all(node, `${RDF}rest`);
    const [item] = first;
    if (item === undefined || first.length > 1 || rest.length !== 1 || seen.has(node.value)) {
      return graph.refuse(
        owner,
        `has an rml:${property} that is no well-formed list; write ( ... )`,
        property,
      );
    }
    seen.add(node.value);
    items.push(item);
    node = rest[0];
  }
  return items;
}
