/**
 * A checked mapping compiled for the term engine, with the formulations and functions that have been provided.
 *
 * It loads nothing: `plan.ts` provides all there are, `load.ts` those that a mapping needs.
 */
import { messageOf } from '../errors.ts';
import type { CheckedMapping } from './check.ts';
import { columnsReferredTo } from './columns.ts';
import { baseOf } from './execute/reader.ts';
import { compileRule, type Rule } from './execute/rule.ts';
import type { LogicalSource, TriplesMap } from './normal-form.ts';
import type { MappingPlan, SourceRules } from './plan.ts';
import type { Formulation, Iterate } from './reference/formulation.ts';
import { formulationNamed } from './reference/registry.ts';
import { viewsOf } from './static-checks.ts';
import { neededByRule } from './view/references.ts';
import { rowsOf } from './view/rows.ts';

/**
 * Compiles a mapping for the term engine.
 *
 * @throws FabricError `mapping-invalid`
 */
export function compileChecked(checked: CheckedMapping): MappingPlan {
  const { triplesMaps: maps, sources } = checked;
  // Rules see only what they ask for; what nobody asks for is checked as well.
  for (const view of viewsOf(maps)) rowsOf(view, undefined);
  const rules = maps.map((map, index) => overRows(compileRule(maps, index), map, maps));
  const referencesTo = columnsReferredTo(maps);
  const groups = sources.map((source): SourceRules => {
    const formulation = formulationNamed(source.formulation.name);
    const own = rules.filter((_, index) => baseOf(maps[index]!.source).id === source.id);
    const reader = maps.find((map) => map.source.id === source.id);
    const iterate = compileIterator(formulation, source, reader);
    return { source, formulation, iterate, rules: own, references: referencesTo(source) };
  });
  return { ...checked, groups, joins: [...new Set(rules.flatMap((rule) => rule.joins))] };
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
