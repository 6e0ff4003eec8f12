/**
 * Readers of a formulation, with the slot of each reference. What reads JSON is loaded only for JSON.
 */
import type { LogicalSource } from '../normal-form.ts';
import { CsvReader } from './csv-reader.ts';
import type { ByteReader } from './reader.ts';

export interface SlotReader {
  readonly reader: ByteReader;
  readonly slotOf: (reference: string) => number;
}

/** Opens a reader for the references to a source. */
export type OpenSlots = (source: LogicalSource, references: readonly string[]) => SlotReader;

/** The readers of a source that the byte engine takes. */
export async function loadSlots({ formulation }: LogicalSource): Promise<OpenSlots> {
  return formulation.name === 'csv' ? csvSlots : (await import('./json-slots.ts')).jsonSlots;
}

const csvSlots: OpenSlots = ({ formulation, nulls }, references) => {
  const reader = new CsvReader(references, formulation.dialect, nulls);
  return { reader, slotOf: (reference) => references.indexOf(reference) };
};
