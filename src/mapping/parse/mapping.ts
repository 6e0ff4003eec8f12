/**
 * From a mapping document to its triples maps in normal form. All that can be told without data is refused here.
 */
import { namedNode } from '../../rdf/terms.ts';
import { isIri } from '../iri.ts';
import type {
  AbstractSource,
  LogicalSource,
  PredicateObjectMap,
  RefObjectMap,
  TermMap,
  TriplesMap,
} from '../normal-form.ts';
import {
  DEFAULT_BASE,
  MappingGraph,
  type MappingText,
  mappingInvalid,
  type Resource,
} from './mapping-graph.ts';
import { parseLogicalSource } from './source.ts';
import { parseShortcuts, parseTermMap, parseTermMaps, placeOf, referenceMap } from './term-map.ts';

/**
 * Parses a mapping in Turtle, in the vocabulary of today or the legacy one.
 *
 * @throws FabricError `syntax-error` for what is no Turtle, `mapping-invalid` for what is no mapping
 */
export function parseMapping(document: MappingText): readonly TriplesMap[] {
  const graph = new MappingGraph(document);
  const nodes = graph.described('TriplesMap', ['logicalSource', 'logicalTable', 'subjectMap', 'subject']);
  if (nodes.length === 0) {
    throw mappingInvalid(`Mapping "${document.name}" has no triples map`, document.name, undefined);
  }
  const base = document.baseIRI ?? graph.declaredBase ?? DEFAULT_BASE;
  return new Reader(graph, nodes, base).triplesMaps();
}

class Reader {
  readonly #graph: MappingGraph;
  readonly #nodes: readonly Resource[];
  readonly #base: string;
  readonly #sources = new Map<string, AbstractSource>();

  constructor(graph: MappingGraph, nodes: readonly Resource[], base: string) {
    this.#graph = graph;
    this.#nodes = nodes;
    this.#base = base;
  }

  triplesMaps(): readonly TriplesMap[] {
    const maps = this.#nodes.map((node) => this.#triplesMap(node));
    // Sources are shared by content: the last one read knows all names.
    return maps.map((map) => ({ ...map, source: this.#sources.get(map.source.id)! }));
  }

  #triplesMap(node: Resource): TriplesMap {
    const graph = this.#graph;
    const known = ['logicalSource', 'subjectMap', 'subject', 'predicateObjectMap', 'baseIRI'];
    graph.onlyKnows(node, 'a triples map', known);
    const [sourceNode, second] = graph.resources(node, 'logicalSource');
    if (sourceNode === undefined) return graph.refuse(node, 'has no logical source');
    if (second !== undefined) graph.refuse(node, 'has more than one logical source', 'logicalSource');
    const subjects = parseTermMaps(graph, node, 'subject');
    const [subject] = subjects;
    if (subject === undefined) return graph.refuse(node, 'has no subject map');
    if (subjects.length > 1)
      graph.refuse(node, `has ${subjects.length} subject maps, one is allowed`, 'subjectMap');
    const subjectNodes = graph.resources(node, 'subjectMap');
    return {
      place: placeOf(graph, node),
      name: node.value,
      source: this.#source(sourceNode),
      legacy: graph.legacy,
      base: this.#baseOf(node),
      subject,
      classes: subjectNodes.flatMap((map) => this.#classes(map)),
      graphs: subjectNodes.flatMap((map) => parseTermMaps(graph, map, 'graph')),
      predicateObjects: graph.resources(node, 'predicateObjectMap').map((map) => this.#predicateObject(map)),
    };
  }

  #source(node: Resource): AbstractSource {
    const read: LogicalSource = parseLogicalSource(this.#graph, node);
    const known = this.#sources.get(read.id);
    const source =
      known?.kind === 'source' ? { ...known, names: [...new Set([...known.names, ...read.names])] } : read;
    this.#sources.set(source.id, source);
    return source;
  }

  #baseOf(node: Resource): string {
    const base = this.#graph.optional(node, 'baseIRI')?.value;
    if (base !== undefined && !isIri(base))
      this.#graph.refuse(node, `has the base "${base}", which is no IRI`, 'baseIRI');
    return base ?? this.#base;
  }

  #classes(map: Resource): ReturnType<typeof namedNode>[] {
    return this.#graph.all(map, 'class').map((value) => {
      if (value.termType !== 'NamedNode')
        return this.#graph.refuse(map, 'has a class that is no IRI', 'class');
      return namedNode(value.value);
    });
  }

  #predicateObject(node: Resource): PredicateObjectMap {
    const graph = this.#graph;
    const known = ['predicate', 'predicateMap', 'object', 'objectMap', 'graph', 'graphMap'];
    graph.onlyKnows(node, 'a predicate-object map', known);
    const predicates = parseTermMaps(graph, node, 'predicate');
    if (predicates.length === 0) graph.refuse(node, 'has no predicate map');
    const maps = graph.resources(node, 'objectMap');
    const isReference = (map: Resource): boolean => graph.has(map, 'parentTriplesMap');
    const objects = [
      ...parseShortcuts(graph, node, 'object'),
      ...maps.filter((map) => !isReference(map)).map((map) => parseTermMap(graph, map, 'object')),
    ];
    const references = maps.filter(isReference).map((map) => this.#refObjectMap(map));
    if (objects.length + references.length === 0) graph.refuse(node, 'has no object map');
    const graphs = parseTermMaps(graph, node, 'graph');
    return { place: placeOf(graph, node), predicates, objects, references, graphs, conditions: [] };
  }

  #refObjectMap(node: Resource): RefObjectMap {
    const graph = this.#graph;
    graph.onlyKnows(node, 'a referencing object map', ['parentTriplesMap', 'joinCondition']);
    const [parentNode, second] = graph.resources(node, 'parentTriplesMap');
    if (second !== undefined) graph.refuse(node, 'has more than one parent triples map', 'parentTriplesMap');
    const parent = this.#nodes.findIndex((candidate) => candidate.equals(parentNode));
    if (parent < 0) {
      graph.refuse(node, `refers to <${parentNode?.value}>, which is no triples map`, 'parentTriplesMap');
    }
    const conditions = graph.resources(node, 'joinCondition').map((condition) => {
      graph.onlyKnows(condition, 'a join condition', ['child', 'childMap', 'parent', 'parentMap']);
      return { child: this.#side(condition, 'child'), parent: this.#side(condition, 'parent') };
    });
    return { place: placeOf(graph, node), parent, conditions, targets: [] };
  }

  #side(condition: Resource, side: 'child' | 'parent'): TermMap {
    const graph = this.#graph;
    const reference = graph.text(condition, side);
    const maps = graph.resources(condition, `${side}Map`);
    if (maps.length + (reference === undefined ? 0 : 1) !== 1) {
      graph.refuse(condition, `needs exactly one of rml:${side} and rml:${side}Map`, side);
    }
    if (reference !== undefined) return referenceMap(graph, condition, reference);
    return parseTermMap(graph, maps[0]!, 'join');
  }
}
