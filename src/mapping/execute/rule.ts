/**
 * Triples maps compiled to rules: a record in, quads out.
 */
import { namedNode, quad, type RDF } from '../../rdf/terms.ts';
import type { PredicateObjectMap, RefObjectMap, TermMap, TriplesMap } from '../normal-form.ts';
import {
  compileGather,
  compileSubject,
  type GatherFunction,
  type GatherMap,
  gathers,
  headIn,
  writeGathered,
} from './gather.ts';
import { compileJoin, type Join, type JoinLookup } from './join.ts';
import { compileGraphs, type Graphs, type Sink } from './origin.ts';
import { isTyped, readerOf } from './reader.ts';
import type { Run } from './run.ts';
import { compileIri, compileTerm, type TermContext, type TermFunction } from './term.ts';
import { compileConditions, listOf } from './values.ts';

export type { Origin, Sink } from './origin.ts';

/** The index of a join, as the run keeps it. */
export type Indexes = (join: Join) => JoinLookup;

export interface Rule {
  /** Which of the triples maps it is. */
  readonly index: number;
  readonly joins: readonly Join[];
  emit(record: unknown, run: Run, indexes: Indexes, sink: Sink): void;
}

type Objects = (record: unknown, run: Run, indexes: Indexes) => ReturnType<TermFunction>;

/** Objects with the predicates that they go with. */
interface Combination {
  readonly objects: Objects;
  readonly predicate: TermFunction<RDF.NamedNode>;
  readonly graphs: readonly Graphs[];
}

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
  if (gathers(map.subject)) {
    const reference: Referencing = (member) => compileReferencing(maps, map, member, context, joins);
    return {
      index: rule,
      joins,
      emit: compileGatheredSubject(map, map.subject, context, reference, emitOne),
    };
  }
  const subject = compileSubject(map.subject, context);
  return {
    index: rule,
    joins,
    emit(record, run, indexes, sink) {
      const nodes = subject(record, run);
      if (nodes === undefined) return;
      if (!Array.isArray(nodes)) emitOne(nodes as RDF.Quad_Subject, record, run, indexes, sink);
      else for (const node of nodes as RDF.NamedNode[]) emitOne(node, record, run, indexes, sink);
    },
  };
}

type Referencing = (map: RefObjectMap) => Objects;

/** Subjects that are collections or containers: written in the graphs of the subject map, then described. */
function compileGatheredSubject(
  map: TriplesMap,
  subject: GatherMap,
  context: TermContext,
  reference: Referencing,
  emitOne: Part,
): Rule['emit'] {
  const gather = compileGather(subject, context, 's', reference);
  const parts = compileGraphs(map.graphs, [subject], context);
  return (record, run, indexes, sink) => {
    for (const gathered of gather(record, run, indexes)) {
      let head: RDF.Quad_Subject = gathered.head;
      for (const { origin, graphs } of parts) {
        for (const graph of graphs(record, run)) {
          const written = writeGathered(gathered, graph, origin, run, sink);
          if (!gathered.isNamed) head = written;
        }
      }
      const named: Sink = (made, origin) => {
        const own = headIn(made.graph, gathered.head, run);
        sink(own === head ? made : quad(own, made.predicate, made.object, made.graph), origin);
      };
      emitOne(head, record, run, indexes, gathered.isNamed ? named : sink);
    }
  };
}

function contextOf(map: TriplesMap, rule: number): TermContext {
  return { ...readerOf(map.source), base: map.base, natural: !map.legacy || isTyped(map.source), rule };
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
  const reference: Referencing = (member) => compileReferencing(maps, map, member, context, joins);
  const combinations = [
    ...part.objects
      .filter((object) => !gathers(object))
      .flatMap((object, at) => {
        const path = `p${map.predicateObjects.indexOf(part)}o${at}`;
        return combine(compileTerm(object, { ...context, path }), object);
      }),
    ...part.references.flatMap((member) => combine(reference(member), member)),
  ];
  const plain = emitterOf(combinations);
  const collections = part.objects.filter(gathers).map((object, at): GatherCombination => {
    const path = `o${map.predicateObjects.indexOf(part)}x${at}`;
    const predicates = combine(NO_OBJECTS, object);
    return { gather: compileGather(object, context, path, reference), predicates };
  });
  const emit = collections.length === 0 ? plain : withCollections(plain, collections);
  if (part.conditions.length === 0) return emit;
  const holds = compileConditions(part.conditions, context);
  return (node, record, run, indexes, sink) => {
    if (holds(record, run)) emit(node, record, run, indexes, sink);
  };
}

const NO_OBJECTS: Objects = () => undefined;

/** Collections or containers with the predicates that they are objects of. */
interface GatherCombination {
  readonly gather: GatherFunction;
  readonly predicates: readonly Combination[];
}

function withCollections(plain: Part, collections: readonly GatherCombination[]): Part {
  return (node, record, run, indexes, sink) => {
    plain(node, record, run, indexes, sink);
    for (const { gather, predicates } of collections) {
      const found = gather(record, run, indexes);
      if (found.length === 0) continue;
      for (const { predicate, graphs } of predicates) {
        for (const property of listOf<RDF.NamedNode>(predicate(record, run))) {
          for (const to of graphs) {
            for (const graph of to.graphs(record, run)) {
              for (const gathered of found) {
                writeGathered(gathered, graph, to.origin, run, sink, (head) =>
                  quad(node, property, head, graph),
                );
              }
            }
          }
        }
      }
    }
  };
}

function emitterOf(combinations: readonly Combination[]): Part {
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
    if (parent.source.id === map.source.id) return compileSubject(parent.subject, parentContext); // the same record
    // RML before `http://w3id.org/rml/` meant every record of the parent; R2RML and RML do not allow it.
    if (!map.legacy || isTyped(map.source))
      return reference.place.refuse('has no join condition although its parent reads another source');
  }
  const join = compileJoin(reference, context, { map: parent, context: parentContext });
  joins.push(join);
  return (record, run, indexes) => join.find(indexes(join), record, run);
}
