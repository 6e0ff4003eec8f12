/**
 * Readers of JSON and of lines of JSON, with the slot of each reference.
 */
import { jsonPathNames, jsonRecordPath } from './json-path-names.ts';
import { JsonReader } from './json-reader.ts';
import { NdjsonReader } from './ndjson-reader.ts';
import type { OpenSlots } from './slots.ts';

/** Paths that are written in different ways share a slot. */
export const jsonSlots: OpenSlots = ({ formulation, iterator, nulls }, references) => {
  const keyOf = (reference: string): string => JSON.stringify(jsonPathNames(reference));
  const keys = [...new Set(references.map(keyOf))];
  const paths = keys.map((key) => JSON.parse(key) as readonly string[]);
  const reader =
    formulation.name === 'ndjson'
      ? new NdjsonReader(paths, nulls)
      : new JsonReader(paths, jsonRecordPath(iterator)!, nulls);
  return { reader, slotOf: (reference) => keys.indexOf(keyOf(reference)) };
};
