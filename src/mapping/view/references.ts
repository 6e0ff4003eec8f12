/**
 * What term maps refer to, so that only fields that somebody asks for are looked up.
 */
import type { FunctionExecution, RefObjectMap, TermMap, TriplesMap } from '../normal-form.ts';

/** Names that are referenced; undefined where more than they counts, as how many iterations there are. */
export type Needed = ReadonlySet<string> | undefined;

/** What these maps need of a record. */
export function neededBy(maps: readonly TermMap[]): Needed {
  const names = new Set<string>();
  return maps.every((map) => collect(map, names)) ? names : undefined;
}

/** What a triples map needs of its records, the subjects of parents of the same record included. */
export function neededByRule(map: TriplesMap, maps: readonly TriplesMap[]): Needed {
  const own = map.predicateObjects.flatMap(({ predicates, objects, graphs }) => [
    ...predicates,
    ...objects,
    ...graphs,
  ]);
  const referenced = map.predicateObjects.flatMap(({ references }) =>
    references.flatMap((reference) => sidesOf(reference, maps)),
  );
  const conditions = map.predicateObjects.flatMap((part) => part.conditions.flatMap(mapsOf));
  return neededBy([map.subject, ...map.graphs, ...own, ...referenced, ...conditions]);
}

const sidesOf = ({ parent, conditions }: RefObjectMap, maps: readonly TriplesMap[]): TermMap[] =>
  conditions.length === 0 ? [maps[parent]!.subject] : conditions.map(({ child }) => child);

/** Adds what a map refers to. @returns whether that is all that it needs */
function collect(map: TermMap, names: Set<string>): boolean {
  const { expression, datatype, language, gather, conditions } = map;
  // A new node for each iteration, and what is gathered over iterations, depend on how many there are.
  if (expression.kind === 'fresh' || gather !== undefined) return false;
  if (expression.kind === 'reference') names.add(expression.reference);
  if (expression.kind === 'template') for (const name of expression.template.references) names.add(name);
  const inner = [
    ...(expression.kind === 'function' ? mapsOf(expression.execution) : []),
    ...conditions.flatMap(mapsOf),
    ...[datatype, language].filter((part) => part !== undefined),
  ];
  return inner.every((part) => collect(part, names));
}

const mapsOf = (execution: FunctionExecution): readonly TermMap[] => [
  execution.function,
  ...execution.inputs.flatMap(({ parameter, value }) => [parameter, value]),
  ...(execution.output === undefined ? [] : [execution.output]),
];
