/**
 * A desk for the records of one source: its reader, the slots of its references, and a page to write on.
 */
import type { Run } from '../execute/run.ts';
import type { LogicalSource, TermMap, TriplesMap } from '../normal-form.ts';
import { joinsOf } from './join-index.ts';
import type { Page } from './page.ts';
import type { OpenSlots } from './slots.ts';
import type { Desk } from './value-writer.ts';

/**
 * @param maps  all triples maps: those over the source, and children whose joins read it as their parent
 * @param open  the readers of its formulation
 * @param more  references that are wanted beside theirs
 */
export function openDesk(
  source: LogicalSource,
  maps: readonly TriplesMap[],
  page: Page,
  run: Run,
  open: OpenSlots,
  more: readonly string[] = [],
): Desk {
  const references = [...new Set([...referencesTo(source, maps), ...more])];
  const { reader, slotOf } = open(source, references);
  return { page, fields: reader.fields, reader, run, slotOf };
}

/** The references that are read from records of a source. */
function* referencesTo(source: LogicalSource, maps: readonly TriplesMap[]): Generator<string> {
  for (const map of maps) {
    const isOwn = map.source.id === source.id;
    if (isOwn) for (const term of termMapsOf(map)) yield* referencesOf(term);
    for (const { parent, conditions } of joinsOf(map)) {
      for (const condition of conditions) {
        if (isOwn) yield* referencesOf(condition.child);
        if (maps[parent]!.source.id === source.id) yield* referencesOf(condition.parent);
      }
    }
  }
}

/** The term maps of a triples map, joins left out. */
export const termMapsOf = (map: TriplesMap): readonly TermMap[] => [
  map.subject,
  ...map.graphs,
  ...map.predicateObjects.flatMap(({ predicates, objects, graphs }) => [
    ...predicates,
    ...objects,
    ...graphs,
  ]),
];

/** The references in a term map, those of its datatype and language included. */
export function* referencesOf({ expression, datatype, language }: TermMap): Generator<string> {
  if (expression.kind === 'reference') yield expression.reference;
  if (expression.kind === 'template') yield* expression.template.references;
  if (datatype !== undefined) yield* referencesOf(datatype);
  if (language !== undefined) yield* referencesOf(language);
}
