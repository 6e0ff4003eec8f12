/**
 * Triples maps compiled to a plan, with the formulations and functions that have been provided.
 *
 * It loads nothing: `plan.ts` provides all there are, `load.ts` those that a mapping needs.
 */
import { messageOf } from '../errors.ts';
import { columnsReferredTo } from './columns.ts';
import { baseOf } from './execute/reader.ts';
import { compileRule, type Rule } from './execute/rule.ts';
import type { AbstractSource, LogicalSource, TermMap, TriplesMap } from './normal-form.ts';
import type { MappingPlan, SourceRules } from './plan.ts';
import type { Formulation, Iterate } from './reference/formulation.ts';
import { formulationNamed } from './reference/registry.ts';
import { refuseImpossibleJoins, viewsOf, warningsOf } from './static-checks.ts';
import { neededByRule } from './view/references.ts';
import { rowsOf } from './view/rows.ts';

/**
 * Compiles triples maps that were parsed before: those of several documents run as one mapping.
 *
 * @param name  of the whole, for messages
 * @throws FabricError `mapping-invalid`
 */
export function compileTriplesMaps(maps: readonly TriplesMap[], name: string): MappingPlan {
  // Rules see only what they ask for; what nobody asks for is checked as well.
  for (const view of viewsOf(maps)) rowsOf(view, undefined);
  refuseImpossibleJoins(maps);
  const rules = maps.map((map, index) => overRows(compileRule(maps, index), map, maps));
  const sources = distinctSources(maps.flatMap((map) => basesOf(map.source)));
  const referencesTo = columnsReferredTo(maps);
  const groups = sources.map((source): SourceRules => {
    const formulation = formulationNamed(source.formulation.name);
    const own = rules.filter((_, index) => baseOf(maps[index]!.source).id === source.id);
    const reader = maps.find((map) => map.source.id === source.id);
    const iterate = compileIterator(formulation, source, reader);
    return { source, formulation, iterate, rules: own, references: referencesTo(source) };
  });
  return {
    name,
    legacy: maps.some((map) => map.legacy),
    sources,
    triplesMaps: maps,
    classes: distinct(maps.flatMap(classesOf)),
    predicates: distinct(
      maps.flatMap((map) => map.predicateObjects.flatMap((part) => constants(part.predicates))),
    ),
    groups,
    joins: [...new Set(rules.flatMap((rule) => rule.joins))],
    warnings: warningsOf(maps, name),
  };
}

/** All that is read for a source: what it stands on, and what the joins of views look into. */
function basesOf(source: AbstractSource): readonly LogicalSource[] {
  if (source.kind === 'source') return [source];
  return [...basesOf(source.on), ...source.joins.flatMap(({ parent }) => basesOf(parent))];
}

/** Sources with the same id are one, under all names that it has. */
function distinctSources(sources: readonly LogicalSource[]): readonly LogicalSource[] {
  return Array.from(Map.groupBy(sources, ({ id }) => id).values(), (same) => {
    const names = distinct(same.flatMap((source) => source.names));
    return names.length === same[0]!.names.length ? same[0]! : { ...same[0]!, names };
  });
}

/** A rule over a view takes records of the source below and sees the rows that the view makes of them. */
function overRows(rule: Rule, map: TriplesMap, maps: readonly TriplesMap[]): Rule {
  const { source } = map;
  const joins = rule.joins.flatMap((join) => [...join.needs, join]);
  if (source.kind === 'source') return { ...rule, joins: [...new Set(joins)] };
  const rows = rowsOf(source, neededByRule(map, maps));
  return {
    ...rule,
    joins: [...new Set([...rows.joins, ...joins])],
    emit(record, run, indexes, sink) {
      rows.each(record, run, indexes, (row) => {
        rule.emit(row, run, indexes, sink);
      });
    },
  };
}

function compileIterator(
  formulation: Formulation,
  source: LogicalSource,
  map: TriplesMap | undefined,
): Iterate {
  try {
    return formulation.compileIterator(source.iterator, source.formulation);
  } catch (thrown) {
    const problem = `has the iterator "${source.iterator}": ${messageOf(thrown)}`;
    return map === undefined
      ? source.place.refuse(problem, 'iterator')
      : map.place.refuse(problem, 'logicalSource');
  }
}

const RDF_TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';

/** Classes by `rml:class`, and constant objects of a constant `rdf:type`. */
function classesOf(map: TriplesMap): string[] {
  const typing = map.predicateObjects.filter((part) => constants(part.predicates).includes(RDF_TYPE));
  return [...map.classes.map((term) => term.value), ...typing.flatMap((part) => constants(part.objects))];
}

const constants = (maps: readonly TermMap[]): string[] =>
  maps.flatMap(({ expression }) => (expression.kind === 'constant' ? [expression.term.value] : []));

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
