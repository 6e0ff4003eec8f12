/**
 * Structural annotations of logical views (RML-LV, "Structural Annotations"): promises about fields.
 *
 * They are checked for fields that exist and kept for whoever plans with them. What is mapped never depends on
 * them: a promise that the data break must not change the graph.
 */
import type { AbstractSource, LogicalView, ViewAnnotation } from '../normal-form.ts';
import { keysOf } from '../view/keys.ts';
import { rmlName } from '../vocabulary.ts';
import type { MappingGraph, Resource } from './mapping-graph.ts';
import { placeOf } from './term-map.ts';

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';

const KINDS: readonly ViewAnnotation['kind'][] = [
  'PrimaryKey',
  'Unique',
  'NotNull',
  'IriSafe',
  'ForeignKey',
  'Inclusion',
];

/** @throws FabricError `mapping-invalid` */
export function parseAnnotations(
  graph: MappingGraph,
  node: Resource,
  view: LogicalView,
  read: (node: Resource) => AbstractSource,
): readonly ViewAnnotation[] {
  const annotations = graph.resources(node, 'structuralAnnotation').map((annotation): ViewAnnotation => {
    const known = ['onFields', 'targetView', 'targetFields'];
    graph.onlyKnows(annotation, 'a structural annotation', known);
    const kind = kindOf(graph, annotation);
    const fields = fieldsOf(graph, annotation, 'onFields', view);
    const target = hasTarget(kind) ? targetOf(graph, annotation, read) : undefined;
    if (
      target === undefined &&
      (graph.has(annotation, 'targetView') || graph.has(annotation, 'targetFields'))
    )
      graph.refuse(annotation, `has a target, which rml:${kind}Annotation does not take`, 'targetView');
    if (target !== undefined && target.fields.length !== fields.length) {
      const counts = `${fields.length} fields but ${target.fields.length} target fields`;
      graph.refuse(annotation, `has ${counts}`, 'targetFields');
    }
    return { place: placeOf(graph, annotation), kind, fields, target };
  });
  if (annotations.filter(({ kind }) => kind === 'PrimaryKey').length > 1)
    graph.refuse(node, 'has more than one primary key', 'structuralAnnotation');
  return annotations;
}

const hasTarget = (kind: ViewAnnotation['kind']): boolean => kind === 'ForeignKey' || kind === 'Inclusion';

/** The class of an annotation; the specification's examples write some in lower case. */
function kindOf(graph: MappingGraph, node: Resource): ViewAnnotation['kind'] {
  const types = graph.all(node, `${RDF}type`).map(({ value }) => rmlName(value)?.toLowerCase());
  const kind = KINDS.find((name) => types.includes(`${name.toLowerCase()}annotation`));
  return kind ?? graph.refuse(node, `is a structural annotation of no known kind: ${KINDS.join(', ')}`);
}

function targetOf(
  graph: MappingGraph,
  node: Resource,
  read: (node: Resource) => AbstractSource,
): ViewAnnotation['target'] {
  const [viewNode, second] = graph.resources(node, 'targetView');
  if (viewNode === undefined || second !== undefined)
    return graph.refuse(node, 'needs exactly one rml:targetView', 'targetView');
  const view = read(viewNode);
  if (view.kind !== 'view') return graph.refuse(node, 'has a target that is no logical view', 'targetView');
  return { view, fields: fieldsOf(graph, node, 'targetFields', view) };
}

/** The members of an RDF list of field names. */
function fieldsOf(graph: MappingGraph, node: Resource, property: string, view: LogicalView): string[] {
  const names: string[] = [];
  const [start, second] = graph.resources(node, property);
  if (start === undefined || second !== undefined)
    return graph.refuse(node, `needs exactly one list as rml:${property}`, property);
  for (let cell = start; cell.value !== `${RDF}nil`; ) {
    const name = graph.optional(cell, `${RDF}first`);
    if (name?.termType !== 'Literal' || names.length > 1_000)
      return graph.refuse(node, `has an rml:${property} that is no list of field names`, property);
    names.push(name.value);
    const [rest] = graph.resources(cell, `${RDF}rest`);
    cell = rest ?? graph.refuse(node, `has an rml:${property} without an end`, property);
  }
  if (names.length === 0) graph.refuse(node, `has an empty rml:${property}`, property);
  for (const name of names) {
    const key = keysOf(view).find(name);
    if ('problem' in key) graph.refuse(node, `names the field "${name}": ${key.problem}`, property);
  }
  return names;
}
