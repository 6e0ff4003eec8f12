/**
 * A desk for the records of one source: its reader, the slots of its references, and a page to write on.
 */
import type { Run } from '../execute/run.ts';
import type { LogicalSource, TermMap, TriplesMap } from '../normal-form.ts';
import { CsvReader } from './csv-reader.ts';
import { joinsOf } from './join-index.ts';
import { jsonPathNames, jsonRecordPath } from './json-path-names.ts';
import { JsonReader } from './json-reader.ts';
import { NdjsonReader } from './ndjson-reader.ts';
import type { Page } from './page.ts';
import type { ByteReader } from './reader.ts';
import type { Desk } from './value-writer.ts';

/**
 * @param maps  all triples maps: those over the source, and children whose joins read it as their parent
 * @param more  references that are wanted beside theirs
 */
export function openDesk(
  source: LogicalSource,
  maps: readonly TriplesMap[],
  page: Page,
  run: Run,
  more: readonly string[] = [],
): Desk {
  const references = [...new Set([...referencesTo(source, maps), ...more])];
  const { reader, slotOf } =
    source.formulation.name === 'csv' ? csv(source, references) : json(source, references);
  return { page, fields: reader.fields, reader, run, slotOf };
}

interface SlotReader {
  readonly reader: ByteReader;
  readonly slotOf: (reference: string) => number;
}

function csv({ formulation, nulls }: LogicalSource, references: readonly string[]): SlotReader {
  const reader = new CsvReader(references, formulation.dialect, nulls);
  return { reader, slotOf: (reference) => references.indexOf(reference) };
}

/** Paths that are written in different ways share a slot. */
function json({ formulation, iterator, nulls }: LogicalSource, references: readonly string[]): SlotReader {
  const keyOf = (reference: string): string => JSON.stringify(jsonPathNames(reference));
  const keys = [...new Set(references.map(keyOf))];
  const paths = keys.map((key) => JSON.parse(key) as readonly string[]);
  const reader =
    formulation.name === 'ndjson'
      ? new NdjsonReader(paths, nulls)
      : new JsonReader(paths, jsonRecordPath(iterator)!, nulls);
  return { reader, slotOf: (reference) => keys.indexOf(keyOf(reference)) };
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

const termMapsOf = (map: TriplesMap): readonly TermMap[] => [
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
