/**
 * Logical views of a mapping, in normal form (RML-LV): fields, joins and structural annotations.
 *
 * Whether references name fields is checked when expressions are compiled; here it is the shape that is checked:
 * cycles, names, and what has to be there.
 */
import type {
  AbstractSource,
  ExpressionField,
  Field,
  JoinCondition,
  LogicalView,
  ViewJoin,
} from '../normal-form.ts';
import { rml } from '../vocabulary.ts';
import { parseAnnotations } from './annotation.ts';
import type { MappingGraph, Resource } from './mapping-graph.ts';
import { RDF_TYPE } from './namespaces.ts';
import { parseFormulation } from './source.ts';
import { parseTermMap, placeOf, referenceMap } from './term-map.ts';

/** Reads another source or view of the mapping. */
export type ReadSource = (node: Resource) => AbstractSource;

/** Whether a node describes a logical view and not a source. */
export function isView(graph: MappingGraph, node: Resource): boolean {
  return graph.has(node, 'viewOn') || typed(graph, node, 'LogicalView');
}

const typed = (graph: MappingGraph, node: Resource, type: string): boolean =>
  graph.all(node, RDF_TYPE).some(({ value }) => value === rml(type));

/** @throws FabricError `mapping-invalid` */
export function parseView(graph: MappingGraph, node: Resource, read: ReadSource): LogicalView {
  const known = ['viewOn', 'field', 'leftJoin', 'innerJoin', 'structuralAnnotation'];
  graph.onlyKnows(node, 'a logical view', known);
  const on = oneNode(graph, node, 'viewOn');
  const view = {
    kind: 'view',
    place: placeOf(graph, node),
    on: read(on),
    fields: parseFields(graph, node, []),
    joins: [
      ...graph.resources(node, 'innerJoin').map((join) => parseJoin(graph, join, 'inner', read)),
      ...graph.resources(node, 'leftJoin').map((join) => parseJoin(graph, join, 'left', read)),
    ],
  } as const;
  if (view.fields.length === 0) graph.refuse(node, 'is a logical view without rml:field');
  refuseTwins(graph, node, [...view.fields, ...view.joins.flatMap(({ fields }) => fields)]);
  const withId = { ...view, id: idOf(view), annotations: [] };
  return { ...withId, annotations: parseAnnotations(graph, node, withId, read) };
}

/** Everything that distinguishes a view, but for where it is written. */
function idOf(view: Omit<LogicalView, 'id' | 'annotations'>): string {
  const { on, fields, joins } = view;
  const joined = joins.map(({ parent, ...join }) => ({ ...join, parent: parent.id }));
  return JSON.stringify({ on: on.id, fields, joined }, (key, value: unknown) =>
    key === 'place' ? undefined : value,
  );
}

function oneNode(graph: MappingGraph, node: Resource, property: string): Resource {
  const [first, second] = graph.resources(node, property);
  if (first === undefined) return graph.refuse(node, `has no rml:${property}`);
  if (second !== undefined) graph.refuse(node, `has more than one rml:${property}`, property);
  return first;
}

/** Fields of one parent have different names (RML-LV, "Field names"). */
function refuseTwins(graph: MappingGraph, node: Resource, fields: readonly Field[]): void {
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name)) graph.refuse(node, `has two fields with the name "${name}"`, 'field');
    names.add(name);
  }
}

/** @param ancestors  fields that the fields of this node stand in: a field in itself has no end */
function parseFields(graph: MappingGraph, node: Resource, ancestors: readonly Resource[]): readonly Field[] {
  const fields = graph.resources(node, 'field').map((field) => {
    if (ancestors.some((ancestor) => ancestor.equals(field))) {
      return graph.refuse(field, 'is a field within itself', 'field');
    }
    return parseField(graph, field, [...ancestors, field]);
  });
  refuseTwins(graph, node, fields);
  return fields;
}

function parseField(graph: MappingGraph, node: Resource, ancestors: readonly Resource[]): Field {
  const name = nameOf(graph, node);
  const place = placeOf(graph, node);
  const fields = parseFields(graph, node, ancestors);
  if (!isIterable(graph, node)) {
    return { kind: 'expression', place, name, expression: parseTermMap(graph, node, 'field'), fields };
  }
  const known = ['fieldName', 'field', 'reference', 'iterator', 'referenceFormulation'];
  graph.onlyKnows(node, 'an iterable field', known);
  const stated = graph.has(node, 'referenceFormulation');
  const formulation = stated ? parseFormulation(graph, node, undefined, undefined) : undefined;
  const iterator = graph.text(node, 'iterator');
  const reference = graph.text(node, 'reference');
  if ((iterator ?? reference ?? formulation) === undefined) {
    graph.refuse(node, 'is an iterable field without rml:iterator');
  }
  if (fields.length === 0) graph.refuse(node, 'is an iterable field without rml:field, so it holds nothing');
  return {
    kind: 'iterable',
    place,
    name,
    reference,
    iterator,
    formulation,
    fields,
  };
}

/** Fields that do not say what they are, are what their properties make them. */
function isIterable(graph: MappingGraph, node: Resource): boolean {
  if (typed(graph, node, 'IterableField')) return true;
  return graph.has(node, 'iterator') || graph.has(node, 'referenceFormulation');
}

/** Dots join the names of fields, and the index of a field ends in a hash. */
const NAME = /^[^.#<>{}\s]+$/u;

function nameOf(graph: MappingGraph, node: Resource): string {
  const name = graph.text(node, 'fieldName');
  if (name === undefined) return graph.refuse(node, 'is a field without rml:fieldName');
  if (!NAME.test(name)) {
    graph.refuse(
      node,
      `has the field name "${name}", which holds a dot, hash, bracket or space`,
      'fieldName',
    );
  }
  return name;
}

function parseJoin(graph: MappingGraph, node: Resource, type: ViewJoin['type'], read: ReadSource): ViewJoin {
  graph.onlyKnows(node, 'a join of views', ['parentLogicalView', 'joinCondition', 'field']);
  const parentNode = oneNode(graph, node, 'parentLogicalView');
  const parent = read(parentNode);
  if (parent.kind !== 'view') {
    return graph.refuse(node, 'has a parent that is no logical view', 'parentLogicalView');
  }
  const conditions = graph
    .resources(node, 'joinCondition')
    .map((condition) => parseJoinCondition(graph, condition));
  if (conditions.length === 0) graph.refuse(node, 'is a join of views without rml:joinCondition');
  const fields = parseFields(graph, node, []).map((field): ExpressionField => {
    if (field.kind === 'expression' && field.fields.length === 0) return field;
    return field.place.refuse('is a field of a join, which takes an expression and no fields of its own');
  });
  if (fields.length === 0) graph.refuse(node, 'is a join of views without rml:field');
  return { type, place: placeOf(graph, node), parent, conditions, fields };
}

/** @throws FabricError `mapping-invalid` */
export function parseJoinCondition(graph: MappingGraph, node: Resource): JoinCondition {
  graph.onlyKnows(node, 'a join condition', ['child', 'childMap', 'parent', 'parentMap']);
  const side = (name: 'child' | 'parent'): JoinCondition['child'] => {
    const reference = graph.text(node, name);
    const maps = graph.resources(node, `${name}Map`);
    if (maps.length + (reference === undefined ? 0 : 1) !== 1) {
      graph.refuse(node, `needs exactly one of rml:${name} and rml:${name}Map`, name);
    }
    if (reference !== undefined) return referenceMap(graph, node, reference);
    return parseTermMap(graph, maps[0]!, 'join');
  };
  return { child: side('child'), parent: side('parent') };
}
