/**
 * Triples maps compiled to rules: a record in, quads out.
 */
import { defaultGraph, namedNode, quad, type RDF } from '../../rdf/terms.ts';
import type {
  LogicalTarget,
  Place,
  PredicateObjectMap,
  RefObjectMap,
  TermMap,
  TriplesMap,
} from '../normal-form.ts';
import { rml } from '../vocabulary.ts';
import { compileJoin, type Join, type JoinIndex } from './join.ts';
import { readerOf } from './reader.ts';
import type { Run } from './run.ts';
import { compileIri, compileNode, compileTerm, type TermContext, type TermFunction } from './term.ts';
import { listOf } from './values.ts';

/** What in the mapping makes a quad; one object for all quads of a combination of term maps. */
export interface Origin {
  /** The object map, or the subject map for its classes. */
  readonly place: Place;
  /** Where its quads go; none: the default output. */
  readonly targets: readonly LogicalTarget[];
}

export type Sink = (quad: RDF.Quad, origin: Origin) => void;
/** The index of a join, as the run keeps it. */
export type Indexes = (join: Join) => JoinIndex;

export interface Rule {
  readonly joins: readonly Join[];
  emit(record: unknown, run: Run, indexes: Indexes, sink: Sink): void;
}

type Objects = (record: unknown, run: Run, indexes: Indexes) => ReturnType<TermFunction>;

/** Graphs of a quad, with what its origin is when it goes there. */
interface Graphs {
  readonly origin: Origin;
  readonly graphs: (record: unknown, run: Run) => readonly RDF.Quad_Graph[];
}

/** Objects with the predicates that they go with. */
interface Combination {
  readonly objects: Objects;
  readonly predicate: TermFunction<RDF.NamedNode>;
  readonly graphs: readonly Graphs[];
}

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
  const classParts = map.classes.length === 0 ? [] : compileGraphs(map.graphs, [map.subject], context);
  const parts = map.predicateObjects.map((part) => compilePredicateObject(maps, map, part, context, joins));
  const emitOne = (node: RDF.Quad_Subject, record: unknown, run: Run, indexes: Indexes, sink: Sink): void => {
    for (const { origin, graphs } of classParts) {
      for (const graph of graphs(record, run)) {
        for (const type of map.classes) sink(quad(node, TYPE, type, graph), origin);
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
  return { ...readerOf(map.source), base: map.base, natural: !map.legacy, rule };
}

type Part = (node: RDF.Quad_Subject, record: unknown, run: Run, indexes: Indexes, sink: Sink) => void;

function compilePredicateObject(
  maps: readonly TriplesMap[],
  map: TriplesMap,
  part: PredicateObjectMap,
  context: TermContext,
  joins: Join[],
): Part {
  const graphMaps = [...map.graphs, ...part.graphs];
  const combine = (objects: Objects, object: TermMap | RefObjectMap): readonly Combination[] =>
    part.predicates.map((predicate) => ({
      objects,
      predicate: compileIri(predicate, context),
      graphs: compileGraphs(graphMaps, [object, map.subject, predicate], context),
    }));
  const combinations = [
    ...part.objects.flatMap((object) => combine(compileTerm(object, context), object)),
    ...part.references.flatMap((reference) =>
      combine(compileReferencing(maps, map, reference, context, joins), reference),
    ),
  ];
  return (node, record, run, indexes, sink) => {
    for (const { objects, predicate, graphs } of combinations) {
      // Objects first: most absences are absent objects.
      const found = objects(record, run, indexes);
      if (found === undefined) continue;
      for (const property of listOf<RDF.NamedNode>(predicate(record, run))) {
        for (const to of graphs) {
          for (const graph of to.graphs(record, run)) {
            for (const term of listOf(found))
              sink(quad(node, property, term as RDF.Quad_Object, graph), to.origin);
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

/**
 * Without a graph map the default graph; with some, what they make, `rml:defaultGraph` included.
 *
 * @param makers  the other maps that make the quads; the first is their place
 */
function compileGraphs(
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
