/**
 * Triples maps compiled to rules: a record in, quads out.
 */
import { defaultGraph, namedNode, quad, type RDF } from '../rdf/terms.ts';
import { compileJoin, type Join, type JoinIndex } from './join.ts';
import type { PredicateObjectMap, RefObjectMap, TermMap, TriplesMap } from './normal-form.ts';
import { FORMULATIONS } from './reference/registry.ts';
import type { Run } from './run.ts';
import { compileIri, compileNode, compileTerm, type TermContext, type TermFunction } from './term.ts';
import { listOf } from './values.ts';
import { rml } from './vocabulary.ts';

export type Sink = (quad: RDF.Quad) => void;
/** The index of a join, as the run keeps it. */
export type Indexes = (join: Join) => JoinIndex;

export interface Rule {
  readonly joins: readonly Join[];
  emit(record: unknown, run: Run, indexes: Indexes, sink: Sink): void;
}

type Objects = (record: unknown, run: Run, indexes: Indexes) => ReturnType<TermFunction>;
type Graphs = (record: unknown, run: Run) => readonly RDF.Quad_Graph[];

const DEFAULT_GRAPH = rml('defaultGraph');
const TYPE = namedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type');

/**
 * Compiles one triples map of `maps`.
 *
 * @throws FabricError `mapping-invalid`
 */
export function compileRule(maps: readonly TriplesMap[], rule: number): Rule {
  const map = maps[rule]!;
  const context = contextOf(map, rule);
  const joins: Join[] = [];
  const subject = compileNode(map.subject, context);
  const classGraphs = compileGraphs(map.graphs, context);
  const parts = map.predicateObjects.map((part) => compilePredicateObject(maps, map, part, context, joins));
  const emitOne = (node: RDF.Quad_Subject, record: unknown, run: Run, indexes: Indexes, sink: Sink): void => {
    if (map.classes.length > 0) {
      for (const graph of classGraphs(record, run)) {
        for (const type of map.classes) sink(quad(node, TYPE, type, graph));
      }
    }
    for (const part of parts) part(node, record, run, indexes, sink);
  };
  return {
    joins,
    emit(record, run, indexes, sink) {
      const nodes = subject(record, run);
      if (nodes === undefined) return;
      if (!Array.isArray(nodes)) emitOne(nodes as RDF.Quad_Subject, record, run, indexes, sink);
      else for (const node of nodes as RDF.NamedNode[]) emitOne(node, record, run, indexes, sink);
    },
  };
}

function contextOf(map: TriplesMap, rule: number): TermContext {
  const { source, base, legacy } = map;
  return { source, formulation: FORMULATIONS[source.formulation], base, natural: !legacy, rule };
}

type Part = (node: RDF.Quad_Subject, record: unknown, run: Run, indexes: Indexes, sink: Sink) => void;

function compilePredicateObject(
  maps: readonly TriplesMap[],
  map: TriplesMap,
  part: PredicateObjectMap,
  context: TermContext,
  joins: Join[],
): Part {
  const predicates = part.predicates.map((predicate) => compileIri(predicate, context));
  const graphs = compileGraphs([...map.graphs, ...part.graphs], context);
  const objects: Objects[] = [
    ...part.objects.map((object): Objects => compileTerm(object, context)),
    ...part.references.map((reference) => compileReferencing(maps, map, reference, context, joins)),
  ];
  return (node, record, run, indexes, sink) => {
    for (const object of objects) {
      // Objects first: most absences are absent objects.
      const found = object(record, run, indexes);
      if (found === undefined) continue;
      for (const predicate of predicates) {
        for (const property of listOf<RDF.NamedNode>(predicate(record, run))) {
          for (const graph of graphs(record, run)) {
            for (const term of listOf(found)) sink(quad(node, property, term as RDF.Quad_Object, graph));
          }
        }
      }
    }
  };
}

function compileReferencing(
  maps: readonly TriplesMap[],
  map: TriplesMap,
  reference: RefObjectMap,
  context: TermContext,
  joins: Join[],
): Objects {
  const parent = maps[reference.parent]!;
  const parentContext = contextOf(parent, reference.parent);
  if (reference.conditions.length === 0) {
    if (parent.source.id !== map.source.id) {
      return reference.place.refuse('has no join condition although its parent reads another source');
    }
    return compileNode(parent.subject, parentContext); // the same record
  }
  const join = compileJoin(reference, context, { map: parent, context: parentContext });
  joins.push(join);
  return (record, run, indexes) => join.find(indexes(join), record, run);
}

const NO_GRAPH_MAP: readonly RDF.Quad_Graph[] = [defaultGraph()];

/** Without a graph map the default graph; with some, what they make, `rml:defaultGraph` included. */
function compileGraphs(maps: readonly TermMap[], context: TermContext): Graphs {
  if (maps.length === 0) return () => NO_GRAPH_MAP;
  const functions = maps.map((map) => compileNode(map, context));
  const toGraph = (term: RDF.NamedNode | RDF.BlankNode): RDF.Quad_Graph =>
    term.value === DEFAULT_GRAPH ? defaultGraph() : term;
  return (record, run) =>
    functions.flatMap((make) => listOf<RDF.NamedNode | RDF.BlankNode>(make(record, run)).map(toGraph));
}
