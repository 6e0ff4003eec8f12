/**
 * Which columns of a table the rules of a mapping refer to, so that a database need not send the others.
 *
 * A name more than is needed does no harm; a name that is missing would. Where it cannot be told, all are needed.
 */
import type { AbstractSource, LogicalSource, TriplesMap } from './normal-form.ts';
import { type Needed, neededBy, neededByRule } from './view/references.ts';

/** The references into each source; undefined where all of its columns may be needed. */
export function columnsReferredTo(
  maps: readonly TriplesMap[],
): (source: LogicalSource) => readonly string[] | undefined {
  const needs = new Map<string, Needed[]>();
  const add = (source: AbstractSource, needed: Needed): void => {
    for (const { id } of sourcesOf(source)) {
      const known = needs.get(id) ?? [];
      needs.set(id, known);
      // A view names fields, not columns.
      known.push(source.kind === 'view' ? undefined : needed);
    }
  };
  for (const map of maps) {
    add(map.source, neededByRule(map, maps));
    for (const { parent, conditions } of map.predicateObjects.flatMap((part) => part.references))
      add(maps[parent]!.source, neededBy(conditions.map((condition) => condition.parent)));
  }
  return (source) => {
    const found = needs.get(source.id);
    if (found === undefined || found.includes(undefined)) return undefined;
    return [...new Set(found.flatMap((needed) => [...needed!]))];
  };
}

/** The source itself, or all that a view stands on and is joined with. */
function sourcesOf(source: AbstractSource): readonly LogicalSource[] {
  if (source.kind === 'source') return [source];
  return [source.on, ...source.joins.map((join) => join.parent)].flatMap(sourcesOf);
}
