/**
 * The validator on the package shacl-engine: what it is asked, and how its results are read.
 *
 * The engine finds classes only in the shapes graph and passes over what it does not know. So the class tree
 * is written into the shapes graph here, targets are resolved here, and `supported.ts` refuses at load
 * whatever would be passed over.
 */
import type { ShaclResult, Validator } from 'shacl-engine';
import type { TBox } from '../ontology/tbox.ts';
import { distinctQuads } from '../rdf/dataset.ts';
import { dataFactory, namedNode, quad, type RDF, type Term, termKey } from '../rdf/terms.ts';
import { NS, rdf, rdfs } from '../rdf/vocab.ts';
import { focusNodes } from './focus.ts';
import { type PathStep, pathText } from './path.ts';
import { QuadIndex } from './quad-index.ts';
import type { ConstraintScope, Severity, ValidationReport, ValidationResult } from './report.ts';
import { ShapeGraph } from './shape-graph.ts';
import { planShapes, type RunnableShape, type ShapePlan, type TargetedShape } from './shape-plan.ts';
import { checkSupported } from './supported.ts';
import type { DatasetOptions, ShapeValidator } from './validate.ts';

/**
 * Compiles a shapes graph.
 *
 * @param tbox  the class tree for targets and `sh:class`, beside what the data themselves say
 * @throws FabricError `request-invalid` for a shapes graph that uses anything unsupported, naming it
 */
export async function loadShapes(shapes: readonly RDF.Quad[], tbox: TBox): Promise<ShapeValidator> {
  const quads = distinctQuads(shapes.map((q) => quad(q.subject, q.predicate, q.object)));
  const graph = new ShapeGraph(quads);
  checkSupported(graph);
  const plan = planShapes(graph);
  const { Validator } = await import('shacl-engine');

  /**
   * The engine keeps a memory of shapes and nodes seen, which loses results where one shape is used twice
   * on a node. Shapes that refer to themselves were refused, so nothing needs the memory.
   */
  class ForgetfulValidator extends Validator {
    override shape(ptr: Parameters<Validator['shape']>[0]): ReturnType<Validator['shape']> {
      const shape = super.shape(ptr);
      if (shape) shape.validate = (context) => shape.shapeValidator.validate(context);
      return shape;
    }
  }
  const compile = (classes: ClassTree): Validator =>
    new ForgetfulValidator(new QuadIndex([...quads, ...treeQuads(plan, classes)]), { factory: dataFactory });
  return new EngineValidator(plan, (iri) => tbox.subClasses(iri), compile);
}

/** The classes below a class, itself included. */
type ClassTree = (iri: string) => ReadonlySet<string>;

function treeQuads(plan: ShapePlan, tree: ClassTree): RDF.Quad[] {
  return [...plan.classes].flatMap((iri) =>
    [...tree(iri)]
      .filter((below) => below !== iri)
      .map((below) => quad(namedNode(below), rdfs.subClassOf, namedNode(iri))),
  );
}

/** Focus nodes between two pauses: some tens of milliseconds of work. */
const FOCUS_NODES_PER_PAUSE = 64;

class EngineValidator implements ShapeValidator {
  readonly #plan: ShapePlan;
  readonly #tree: ClassTree;
  readonly #compile: (tree: ClassTree) => Validator;
  readonly #engine: Validator;
  readonly #shapesOfClass: (iri: string) => readonly TargetedShape[];

  constructor(plan: ShapePlan, tree: ClassTree, compile: (tree: ClassTree) => Validator) {
    this.#plan = plan;
    this.#tree = tree;
    this.#compile = compile;
    this.#engine = compile(tree);
    this.#shapesOfClass = shapesByClass(plan, tree);
  }

  validateRecord(quads: readonly RDF.Quad[]): Promise<ValidationReport> {
    const index = new QuadIndex(quads);
    return this.#run(this.#engine, index, this.#focusNodes(index), 'record');
  }

  validateCrossRecord(
    quads: readonly RDF.Quad[],
    referenced: readonly RDF.Quad[],
  ): Promise<ValidationReport> {
    const focus = this.#focusNodes(new QuadIndex(quads));
    return this.#run(this.#engine, new QuadIndex([...quads, ...referenced]), focus, 'cross-record');
  }

  referencesOf(quads: readonly RDF.Quad[]): readonly string[] {
    const index = new QuadIndex(quads);
    const references = new Set<string>();
    for (const { node, shapes } of this.#focusNodes(index)) {
      for (const shape of shapes) {
        for (const predicate of shape.references) {
          for (const object of index.objects(node, predicate)) {
            const ownToo = index.hasPredicate(object, rdf.type.value);
            if (object.termType === 'NamedNode' && !ownToo) references.add(object.value);
          }
        }
      }
    }
    return [...references];
  }

  async validateDataset(quads: readonly RDF.Quad[], options: DatasetOptions = {}): Promise<ValidationReport> {
    const index = new QuadIndex(quads);
    const tree = treeWith(this.#tree, quads);
    const own = tree === this.#tree;
    const engine = own ? this.#engine : this.#compile(tree);
    const focus = focusNodes(index, this.#plan, own ? this.#shapesOfClass : shapesByClass(this.#plan, tree));
    return this.#run(engine, index, focus, undefined, options.pause);
  }

  #focusNodes(index: QuadIndex): ReturnType<typeof focusNodes> {
    return focusNodes(index, this.#plan, this.#shapesOfClass);
  }

  /** Runs the shapes of a scope, of both where none is given, on the focus nodes. */
  async #run(
    engine: Validator,
    index: QuadIndex,
    focus: ReturnType<typeof focusNodes>,
    scope: ConstraintScope | undefined,
    pause?: () => Promise<void>,
  ): Promise<ValidationReport> {
    const results: ValidationResult[] = [];
    let count = 0;
    for (const { node, shapes } of focus) {
      if (pause && ++count % FOCUS_NODES_PER_PAUSE === 0) await pause();
      for (const wanted of SCOPES) {
        if (scope !== undefined && scope !== wanted) continue;
        const selected = shapes.filter((shape) => shape.scope === wanted);
        if (selected.length === 0) continue;
        const run = shapesToRun(selected, node, index);
        if (run.length === 0) continue;
        const report = await engine.validate({ dataset: index, terms: [node] }, run);
        for (const result of report.results) results.push(read(result, node, wanted, this.#plan));
      }
    }
    return { conforms: results.length === 0, results };
  }
}

const SCOPES = ['record', 'cross-record'] as const;

/** The shapes of the targets at a class and those above it, by the IRI of the class. */
function shapesByClass(plan: ShapePlan, tree: ClassTree): (iri: string) => readonly TargetedShape[] {
  const shapes = new Map<string, TargetedShape[]>();
  for (const [iri, targeted] of plan.targets.byClass) {
    for (const below of tree(iri)) shapes.set(below, [...(shapes.get(below) ?? []), ...targeted]);
  }
  return (iri) => shapes.get(iri) ?? [];
}

/** What the engine has to run on a node: all that concerns it and that no quick check settles. */
function shapesToRun(
  shapes: readonly TargetedShape[],
  node: RDF.Term,
  index: QuadIndex,
): { terms: readonly RDF.Term[] }[] {
  const run: { terms: readonly RDF.Term[] }[] = [];
  const consider = ({ term, quick }: RunnableShape): void => {
    if (quick?.(node, index) !== true) run.push({ terms: [term] });
  };
  for (const { always, byPredicate } of shapes) {
    always.forEach(consider);
    if (byPredicate.size === 0) continue;
    for (const predicate of index.predicates(node)) byPredicate.get(predicate)?.forEach(consider);
  }
  return run;
}

/** The tree with the subclasses that the data state; the tree itself where they state none. */
function treeWith(tree: ClassTree, quads: readonly RDF.Quad[]): ClassTree {
  const stated = quads.filter((q) => q.predicate.equals(rdfs.subClassOf));
  if (stated.length === 0) return tree;
  const below = Map.groupBy(stated, ({ object }) => object.value);
  return (iri) => {
    // a set grows while it is walked: each member is visited once
    const reached = new Set([iri]);
    for (const one of reached) {
      for (const known of tree(one)) reached.add(known);
      for (const { subject } of below.get(one) ?? []) {
        if (subject.termType === 'NamedNode') reached.add(subject.value);
      }
    }
    return reached;
  };
}

function read(result: ShaclResult, node: Term, scope: ConstraintScope, plan: ShapePlan): ValidationResult {
  const shape = result.shape.ptr.term;
  const steps = result.path?.map(stepOf);
  const value = result.value?.term as Term | undefined | null;
  const focusNode = (result.focusNode?.term as Term | undefined | null) ?? node;
  const component = result.constraintComponent.value;
  const sourceShape = shape ? plan.names.get(termKey(shape)) : undefined;
  const simple = steps?.length === 1 && steps[0]?.kind === 'predicate';
  return {
    focusNode,
    ...(steps && steps.length > 0 ? { path: pathText(steps) } : {}),
    ...(steps && !simple ? { pathSteps: steps } : {}),
    ...(value ? { value } : {}),
    message: messageOf(result),
    severity: result.severity.value.slice(NS.sh.length) as Severity,
    component,
    ...(sourceShape === undefined ? {} : { sourceShape }),
    scope,
  };
}

/** The English message, or the first, or the name of the constraint. */
function messageOf({ message, constraintComponent }: ShaclResult): string {
  const english = message.find(({ language }) => language === '' || /^en\b/i.test(language));
  return (english ?? message[0])?.value ?? `Constraint ${constraintComponent.value} is broken`;
}

function stepOf(step: NonNullable<ShaclResult['path']>[number]): PathStep {
  const predicates = step.predicates.map(({ value }) => value);
  if (step.quantifier !== 'one') return { kind: step.quantifier, predicates };
  if (step.start === 'object') return { kind: 'inverse', predicates };
  return { kind: predicates.length > 1 ? 'alternative' : 'predicate', predicates };
}
