/**
 * Shapes, prepared: which shapes can say anything about which node.
 *
 * A node shape whose only constraints are property shapes is taken apart, so that of a record only the
 * property shapes run whose predicate is there, and those that speak of absence. The outcome is the same.
 */
import { FabricError } from '../errors.ts';
import { type RDF, termKey } from '../rdf/terms.ts';
import { NS, owl, rdf, rdfs } from '../rdf/vocab.ts';
import { type PathStep, pathText } from './path.ts';
import { type QuickCheck, quickCheck } from './quick-check.ts';
import type { ConstraintScope } from './report.ts';
import { type ShapeGraph, shacl } from './shape-graph.ts';
import { CONSTRAINT_NAMES } from './supported.ts';

/** A shape to run, unless a quick check proves that it finds nothing. */
export interface RunnableShape {
  readonly term: RDF.Term;
  readonly quick: QuickCheck | undefined;
}

/** A shape with a target, and what of it to run. */
export interface TargetedShape {
  readonly term: RDF.Term;
  readonly scope: ConstraintScope;
  /** Shapes to run on every focus node. */
  readonly always: readonly RunnableShape[];
  /** Shapes to run on focus nodes that have the predicate, by its IRI. */
  readonly byPredicate: ReadonlyMap<string, readonly RunnableShape[]>;
  /** Predicates whose values are looked at as nodes, by IRI; of shapes that look across records. */
  readonly references: readonly string[];
}

export interface Targets {
  /** By IRI of the class, subclasses not included. */
  readonly byClass: ReadonlyMap<string, readonly TargetedShape[]>;
  /** By {@link termKey}. */
  readonly byNode: ReadonlyMap<string, readonly TargetedShape[]>;
  /** The target nodes themselves: they are validated though the data may not name them. */
  readonly nodes: readonly RDF.Term[];
  readonly bySubjectsOf: ReadonlyMap<string, readonly TargetedShape[]>;
  readonly byObjectsOf: ReadonlyMap<string, readonly TargetedShape[]>;
}

export interface ShapePlan {
  readonly shapes: readonly TargetedShape[];
  readonly targets: Targets;
  /** Classes that targets and sh:class name. */
  readonly classes: ReadonlySet<string>;
  /** Paths of property shapes by {@link termKey} of the shape. */
  readonly paths: ReadonlyMap<string, readonly PathStep[]>;
  /** IRI of the shape, or of the nearest around it that has one, by {@link termKey}. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Plans a shapes graph that {@link checkSupported} has let through.
 *
 * @throws FabricError `request-invalid` for shapes that refer to themselves, for paths the engine cannot walk,
 *   for a graph in which no shape has a target
 */
export function planShapes(graph: ShapeGraph): ShapePlan {
  const paths = new Map<string, readonly PathStep[]>();
  const names = new Map<string, string>();
  const shapes: TargetedShape[] = [];
  const targets = new TargetMaps();
  const walked = new Set<string>();
  let targetCount = 0;
  for (const subject of graph.index.subjects()) {
    if (isPropertyShape(graph, subject)) paths.set(termKey(subject), graph.path(subject));
    const found = targetsOf(graph, subject);
    if (found.length === 0) {
      checkUnmarked(graph, subject);
      continue;
    }
    targetCount += found.length;
    walk({ graph, names, walked, within: new Set() }, subject, subject);
    if (graph.isTrue(subject, 'deactivated')) continue;
    const shape = targetedShape(graph, subject);
    shapes.push(shape);
    for (const target of found) targets.add(target, shape);
  }
  if (targetCount === 0) {
    throw new FabricError(
      'request-invalid',
      'The shapes graph has no shape with a target, so it checks nothing',
    );
  }
  return { shapes, targets: targets.done(), classes: classesOf(graph), paths, names };
}

type TargetKind = 'class' | 'node' | 'subjects-of' | 'objects-of';
interface Target {
  readonly kind: TargetKind;
  readonly term: RDF.Term;
}

const TARGET_TERMS = [
  ['class', 'targetClass'],
  ['node', 'targetNode'],
  ['subjects-of', 'targetSubjectsOf'],
  ['objects-of', 'targetObjectsOf'],
] as const satisfies readonly (readonly [TargetKind, string])[];

function targetsOf(graph: ShapeGraph, shape: RDF.Term): Target[] {
  const targets: Target[] = TARGET_TERMS.flatMap(([kind, name]) =>
    graph.values(shape, name).map((term) => ({ kind, term })),
  );
  // a shape that is a class is its own target (SHACL, section 2.1.3.3)
  const types = new Set(graph.index.objects(shape, rdf.type.value).map(({ value }) => value));
  const isShape = types.has(shacl('NodeShape')) || types.has(shacl('PropertyShape'));
  if (isShape && (types.has(rdfs.Class.value) || types.has(owl.Class.value))) {
    targets.push({ kind: 'class', term: shape });
  }
  return targets;
}

class TargetMaps {
  readonly #maps: Readonly<Record<TargetKind, Map<string, TargetedShape[]>>> = {
    class: new Map(),
    node: new Map(),
    'subjects-of': new Map(),
    'objects-of': new Map(),
  };
  readonly #nodes: RDF.Term[] = [];

  add({ kind, term }: Target, shape: TargetedShape): void {
    const key = kind === 'node' ? termKey(term) : term.value;
    if (kind === 'node') this.#nodes.push(term);
    const known = this.#maps[kind].get(key);
    if (known) known.push(shape);
    else this.#maps[kind].set(key, [shape]);
  }

  done(): Targets {
    return {
      byClass: this.#maps.class,
      byNode: this.#maps.node,
      nodes: this.#nodes,
      bySubjectsOf: this.#maps['subjects-of'],
      byObjectsOf: this.#maps['objects-of'],
    };
  }
}

const SCOPE = `${NS.cf}scope`;
const CROSS_RECORD = `${NS.cf}CrossRecord`;

function targetedShape(graph: ShapeGraph, shape: RDF.Term): TargetedShape {
  const cross = graph.index.objects(shape, SCOPE).some(({ value }) => value === CROSS_RECORD);
  const scope = cross ? 'cross-record' : 'record';
  const onlyProperties =
    !isPropertyShape(graph, shape) &&
    [...CONSTRAINT_NAMES].every((name) => name === 'property' || !graph.has(shape, name));
  if (!onlyProperties) {
    if (cross)
      throw graph.refused(shape, 'looks across records, so it may have no constraints but property shapes');
    const whole = { term: shape, quick: undefined };
    return { term: shape, scope, always: [whole], byPredicate: new Map(), references: [] };
  }
  const always: RunnableShape[] = [];
  const byPredicate = new Map<string, RunnableShape[]>();
  const references: string[] = [];
  for (const property of graph.values(shape, 'property')) {
    const predicate = simplePath(graph, property);
    if (cross && predicate === undefined) {
      throw graph.refused(shape, `looks across records, so its paths must be single predicates`);
    }
    if (cross && predicate !== undefined && looksAtValues(graph, property)) references.push(predicate);
    const quick = predicate === undefined ? undefined : quickCheck(graph, property, predicate);
    const runnable = { term: property, quick };
    if (predicate === undefined || speaksOfAbsence(graph, property)) always.push(runnable);
    else byPredicate.set(predicate, [...(byPredicate.get(predicate) ?? []), runnable]);
  }
  return { term: shape, scope, always, byPredicate, references };
}

/** The one predicate of a path, where it is one. */
function simplePath(graph: ShapeGraph, property: RDF.Term): string | undefined {
  const steps = graph.path(property);
  return steps.length === 1 && steps[0]?.kind === 'predicate' ? pathText(steps) : undefined;
}

/** Whether a property shape can find fault with a node that lacks the property. */
function speaksOfAbsence(graph: ShapeGraph, property: RDF.Term): boolean {
  return ['minCount', 'hasValue', 'equals', 'qualifiedValueShape'].some((name) => graph.has(property, name));
}

/** Whether a property shape looks at what is said of the values, not only at the values. */
function looksAtValues(graph: ShapeGraph, property: RDF.Term): boolean {
  return ['class', 'property', 'node', 'not', 'and', 'or', 'xone', 'qualifiedValueShape'].some((name) =>
    graph.has(property, name),
  );
}

function isPropertyShape(graph: ShapeGraph, node: RDF.Term): boolean {
  return graph.has(node, 'path');
}

/** Where a scope is stated and nobody would look, the author means something that does not happen. */
function checkUnmarked(graph: ShapeGraph, subject: RDF.Term): void {
  if (!graph.index.hasPredicate(subject, SCOPE)) return;
  throw graph.refused(
    subject,
    'has a cf:scope but no target; state the scope on the shape with the target',
    SCOPE,
  );
}

interface Walk {
  readonly graph: ShapeGraph;
  readonly names: Map<string, string>;
  readonly walked: Set<string>;
  /** The shapes around the present one. */
  readonly within: Set<string>;
}

const SHAPE_DEPTH_MAX = 100;

/** Names the shapes within a shape; checks that properties have paths and that no shape contains itself. */
function walk(state: Walk, shape: RDF.Term, around: RDF.Term): void {
  const { graph, names, walked, within } = state;
  const key = termKey(shape);
  if (within.has(key)) {
    throw graph.refused(shape, 'refers to itself; what that means is not defined (SHACL, section 3.4.3)');
  }
  if (within.size >= SHAPE_DEPTH_MAX)
    throw graph.refused(shape, `is nested more than ${SHAPE_DEPTH_MAX} deep`);
  if (walked.has(key)) return;
  const named = shape.termType === 'NamedNode' ? shape : around;
  if (named.termType === 'NamedNode') names.set(key, named.value);
  within.add(key);
  for (const property of graph.values(shape, 'property')) graph.path(property);
  for (const inner of innerShapes(graph, shape)) walk(state, inner, named);
  within.delete(key);
  walked.add(key);
}

function innerShapes(graph: ShapeGraph, shape: RDF.Term): RDF.Term[] {
  return [
    ...['property', 'node', 'not', 'qualifiedValueShape'].flatMap((name) => graph.values(shape, name)),
    ...['and', 'or', 'xone'].flatMap((name) =>
      graph.values(shape, name).flatMap((list) => graph.list(list, shape, name)),
    ),
  ];
}

function classesOf(graph: ShapeGraph): Set<string> {
  const classes = new Set<string>();
  for (const subject of graph.index.subjects()) {
    for (const { kind, term } of targetsOf(graph, subject)) if (kind === 'class') classes.add(term.value);
    for (const { value } of graph.values(subject, 'class')) classes.add(value);
  }
  return classes;
}
