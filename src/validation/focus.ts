/**
 * Focus nodes: which nodes of a dataset the targets of which shapes select (SHACL, section 2.1.3).
 */
import { type RDF, type Term, termKey } from '../rdf/terms.ts';
import { rdf } from '../rdf/vocab.ts';
import type { QuadIndex } from './quad-index.ts';
import type { ShapePlan, TargetedShape } from './shape-plan.ts';

export interface FocusNode {
  readonly node: Term;
  /** Each once. */
  readonly shapes: readonly TargetedShape[];
}

/** The focus nodes of a dataset, in the order of their first appearance; target nodes come though absent. */
export function focusNodes(
  index: QuadIndex,
  { targets }: ShapePlan,
  shapesOfClass: (iri: string) => readonly TargetedShape[],
): readonly FocusNode[] {
  const found = new Map<string, { node: Term; shapes: Set<TargetedShape> }>();
  const select = (node: RDF.Term, shapes: readonly TargetedShape[] | undefined): void => {
    if (!shapes || shapes.length === 0) return;
    const key = termKey(node);
    let entry = found.get(key);
    if (!entry) found.set(key, (entry = { node: node as Term, shapes: new Set() }));
    for (const shape of shapes) entry.shapes.add(shape);
  };
  for (const subject of index.subjects()) {
    for (const { object } of index.quadsOf(subject, rdf.type.value))
      select(subject, shapesOfClass(object.value));
    if (targets.bySubjectsOf.size + targets.byObjectsOf.size === 0) continue;
    for (const predicate of index.predicates(subject)) {
      select(subject, targets.bySubjectsOf.get(predicate));
      const ofObjects = targets.byObjectsOf.get(predicate);
      if (!ofObjects) continue;
      for (const object of index.objects(subject, predicate)) select(object, ofObjects);
    }
  }
  for (const node of targets.nodes) select(node, targets.byNode.get(termKey(node)));
  return [...found.values()].map(({ node, shapes }) => ({ node, shapes: [...shapes] }));
}
