/**
 * From a mapping document to its triples maps in normal form. All that can be told without data is refused here.
 */
import { namedNode } from '../../rdf/terms.ts';
import { isIri } from '../iri.ts';
import type { PredicateObjectMap, RefObjectMap, TriplesMap } from '../normal-form.ts';
import type { Diagnostic } from '../record.ts';
import { AbstractSources } from './abstract-source.ts';
import { parseConditions } from './function.ts';
import {
  DEFAULT_BASE,
  MappingGraph,
  type MappingText,
  mappingInvalid,
  type Resource,
} from './mapping-graph.ts';
import { parseTargets } from './target.ts';
import { parseShortcuts, parseTermMap, parseTermMaps, placeOf, readerOf } from './term-map.ts';
import { parseJoinCondition } from './view.ts';

/**
 * Parses a mapping in Turtle, in the vocabulary of today or the legacy one.
 *
 * @param warn  told of sources and views that are described and never used
 * @throws FabricError `syntax-error` for what is no Turtle, `mapping-invalid` for what is no mapping
 */
export function parseMapping(
  document: MappingText,
  warn: (warning: Diagnostic) => void = () => undefined,
): readonly TriplesMap[] {
  const graph = new MappingGraph(document);
  const sources = new AbstractSources(graph);
  const views = graph.described('LogicalView', ['viewOn']);
  for (const view of views) sources.read(view); // a view that nobody uses is checked as well
  const nodes = graph
    .described('TriplesMap', ['logicalSource', 'logicalTable', 'subjectMap', 'subject'])
    .filter((node) => !graph.isValueOf(node, 'functionExecution'));
  if (nodes.length === 0) {
    throw mappingInvalid(`Mapping "${document.name}" has no triples map`, document.name, undefined);
  }
  const base = document.baseIRI ?? graph.declaredBase ?? DEFAULT_BASE;
  const maps = new Reader(graph, nodes, base, sources).triplesMaps();
  for (const unused of unusedSources(graph, views)) warn(unused);
  return maps;
}

const USES = ['logicalSource', 'logicalTable', 'viewOn', 'parentLogicalView', 'targetView'];

/** Sources and views that no triples map and no view names. */
function unusedSources(graph: MappingGraph, views: readonly Resource[]): readonly Diagnostic[] {
  const sources = graph.described('LogicalSource', []).filter((node) => !graph.has(node, 'viewOn'));
  const isUnused = (node: Resource): boolean => !USES.some((property) => graph.isValueOf(node, property));
  const warningOf =
    (code: string, problem: string) =>
    (node: Resource): Diagnostic => ({
      code,
      message: `Mapping "${graph.name}": ${graph.node(node).label} ${problem}`,
      term: node.value,
    });
  return [
    ...sources.filter(isUnused).map(warningOf('source-unused', 'is a source that nothing reads')),
    ...views.filter(isUnused).map(warningOf('view-unused', 'is a view that nothing is mapped from')),
  ];
}

class Reader {
  readonly #graph: MappingGraph;
  readonly #nodes: readonly Resource[];
  readonly #base: string;
  readonly #sources: AbstractSources;
  readonly #reference = (node: Resource): RefObjectMap => this.#refObjectMap(node);

  constructor(graph: MappingGraph, nodes: readonly Resource[], base: string, sources: AbstractSources) {
    this.#graph = graph;
    this.#nodes = nodes;
    this.#base = base;
    this.#sources = sources;
  }

  triplesMaps(): readonly TriplesMap[] {
    return this.#nodes.map((node) => this.#triplesMap(node));
  }

  #triplesMap(node: Resource): TriplesMap {
    const graph = this.#graph;
    const known = ['logicalSource', 'logicalTable', 'subjectMap', 'subject', 'predicateObjectMap', 'baseIRI'];
    graph.onlyKnows(node, 'a triples map', known);
    const [sourceNode, second] = ['logicalSource', 'logicalTable'].flatMap((property) =>
      graph.resources(node, property),
    );
    if (sourceNode === undefined) return graph.refuse(node, 'has no logical source');
    if (second !== undefined) graph.refuse(node, 'has more than one logical source', 'logicalSource');
    const subjects = parseTermMaps(graph, node, 'subject', this.#reference);
    const [subject] = subjects;
    if (subject === undefined) return graph.refuse(node, 'has no subject map');
    if (subjects.length > 1)
      graph.refuse(node, `has ${subjects.length} subject maps, one is allowed`, 'subjectMap');
    const subjectNodes = graph.resources(node, 'subjectMap');
    return {
      place: placeOf(graph, node),
      name: node.value,
      source: this.#sources.read(sourceNode),
      legacy: graph.legacy,
      base: this.#baseOf(node),
      subject,
      classes: subjectNodes.flatMap((map) => this.#classes(map)),
      graphs: subjectNodes.flatMap((map) => parseTermMaps(graph, map, 'graph')),
      predicateObjects: graph.resources(node, 'predicateObjectMap').map((map) => this.#predicateObject(map)),
    };
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
    const known = ['predicate', 'predicateMap', 'object', 'objectMap', 'graph', 'graphMap', 'condition'];
    graph.onlyKnows(node, 'a predicate-object map', known);
    const predicates = parseTermMaps(graph, node, 'predicate');
    if (predicates.length === 0) graph.refuse(node, 'has no predicate map');
    const maps = graph.resources(node, 'objectMap');
    const isReference = (map: Resource): boolean => graph.has(map, 'parentTriplesMap');
    const objects = [
      ...parseShortcuts(graph, node, 'object'),
      ...maps
        .filter((map) => !isReference(map))
        .map((map) => parseTermMap(graph, map, 'object', this.#reference)),
    ];
    const references = maps.filter(isReference).map((map) => this.#refObjectMap(map));
    if (objects.length + references.length === 0) graph.refuse(node, 'has no object map');
    const graphs = parseTermMaps(graph, node, 'graph');
    const conditions = parseConditions(graph, node, readerOf(graph));
    return { place: placeOf(graph, node), predicates, objects, references, graphs, conditions };
  }

  #refObjectMap(node: Resource): RefObjectMap {
    const graph = this.#graph;
    graph.onlyKnows(node, 'a referencing object map', ['parentTriplesMap', 'joinCondition', 'logicalTarget']);
    const [parentNode, second] = graph.resources(node, 'parentTriplesMap');
    if (second !== undefined) graph.refuse(node, 'has more than one parent triples map', 'parentTriplesMap');
    const parent = this.#nodes.findIndex((candidate) => candidate.equals(parentNode));
    if (parent < 0) {
      graph.refuse(node, `refers to <${parentNode?.value}>, which is no triples map`, 'parentTriplesMap');
    }
    const conditions = graph
      .resources(node, 'joinCondition')
      .map((condition) => parseJoinCondition(graph, condition));
    return { place: placeOf(graph, node), parent, conditions, targets: parseTargets(graph, node) };
  }
}
