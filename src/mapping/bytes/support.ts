/**
 * What the byte engine can run exactly. All that stands in the way is named before anything is read.
 *
 * What the term engine would refuse to compile is always in the way: whoever runs bytes need not compile for terms.
 */
import type { LogicalSource, RefObjectMap, TermMap, TriplesMap } from '../normal-form.ts';
import { jsonPathNames, jsonRecordPath } from './json-path-names.ts';

/** Reasons why a mapping needs the term engine; none: the byte engine runs it. */
export function unsupportedParts(maps: readonly TriplesMap[]): readonly string[] {
  const reasons = new Set<string>();
  for (const map of maps) {
    for (const reason of reasonsOf(map, maps)) reasons.add(reason);
  }
  return [...reasons];
}

function* reasonsOf(map: TriplesMap, maps: readonly TriplesMap[]): Generator<string> {
  const { source } = map;
  if (source.kind === 'view') {
    yield 'a logical view';
    return;
  }
  yield* ofSource(source);
  yield* ofTermMap(map.subject, source);
  for (const graph of map.graphs) yield* ofTermMap(graph, source);
  for (const part of map.predicateObjects) {
    if (part.conditions.length > 0) yield 'a condition';
    for (const term of [...part.predicates, ...part.objects, ...part.graphs]) yield* ofTermMap(term, source);
    for (const reference of part.references) yield* ofReference(reference, source, maps);
  }
}

function* ofReference(
  { parent, conditions, targets }: RefObjectMap,
  source: LogicalSource,
  maps: readonly TriplesMap[],
): Generator<string> {
  if (conditions.length === 0 && maps[parent]!.source.id !== source.id) yield 'a join without a condition';
  if (targets.length > 0) yield 'a logical target';
  const parentSource = maps[parent]!.source;
  for (const condition of conditions) {
    if (condition.child.datatype ?? condition.parent.datatype) yield 'a datatype of a join key';
    yield* ofTermMap(condition.child, source);
    if (parentSource.kind === 'source') yield* ofTermMap(condition.parent, parentSource);
  }
}

const ANY_BYTES = new Set(['file', 'http', 'given']);
const DIALECT_PARTS = new Set(['delimiter', 'quoteChar']);

function* ofSource({ description, formulation, iterator }: LogicalSource): Generator<string> {
  if (!ANY_BYTES.has(description.kind)) yield `a source of the kind ${description.kind}`;
  switch (formulation.name) {
    case 'csv': {
      if (iterator !== undefined) yield 'an iterator over a table';
      const { dialect = {} } = formulation;
      const given = Object.entries(dialect).filter(([, value]) => value !== undefined);
      for (const [name, value] of given) {
        if (DIALECT_PARTS.has(name) ? !isPlainMark(value) : true) yield `the ${name} of a CSV dialect`;
      }
      break;
    }
    case 'json':
      if (jsonRecordPath(iterator) === undefined) yield `the iterator "${iterator}"`;
      break;
    case 'ndjson':
      if (iterator !== undefined && iterator !== '$') yield `the iterator "${iterator}" in NDJSON`;
      break;
    default:
      yield `the formulation ${formulation.name}`;
  }
}

/** One character of ASCII that no number of rows or text is taken for; null: no quotes. */
const isPlainMark = (value: unknown): boolean =>
  value === null || (typeof value === 'string' && /^[\t -~]$/.test(value));

function* ofTermMap(map: TermMap, source: LogicalSource): Generator<string> {
  const { expression, datatype, language } = map;
  if (expression.kind === 'function') yield 'a function';
  if (expression.kind === 'fresh' && map.termType !== 'BlankNode') yield 'a text of a fresh blank node';
  if (map.gather !== undefined) yield 'a gather map';
  if (map.conditions.length > 0) yield 'a condition';
  if (map.targets.length > 0) yield 'a logical target';
  const references =
    expression.kind === 'reference'
      ? [expression.reference]
      : expression.kind === 'template'
        ? expression.template.references
        : [];
  if (source.formulation.name !== 'csv') {
    for (const reference of references) {
      if (jsonPathNames(reference) === undefined) yield `the reference "${reference}"`;
    }
  }
  if (datatype?.termType.startsWith('Unsafe') === true) yield 'a datatype of unsafe IRIs';
  if (datatype !== undefined) yield* ofTermMap(datatype, source);
  if (language !== undefined) yield* ofTermMap(language, source);
}
