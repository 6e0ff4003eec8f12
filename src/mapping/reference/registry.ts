/**
 * The reference formulations that are supported, by IRI: a closed map.
 *
 * NDJSON has no IRI in the RML vocabulary. It is chosen by our own one, or by the ending `.ndjson`,
 * `.jsonl` or `.nljson` of a source that is read by JSONPath.
 */
import { rml } from '../vocabulary.ts';
import { csv } from './csv.ts';
import type { Formulation } from './formulation.ts';
import { jsonPath } from './json-path.ts';
import { ndjson } from './ndjson.ts';

export type FormulationName = 'json' | 'ndjson' | 'csv';

export const FORMULATIONS: Readonly<Record<FormulationName, Formulation>> = { json: jsonPath, ndjson, csv };

const BY_IRI: ReadonlyMap<string, FormulationName> = new Map([
  [rml('JSONPath'), 'json'],
  [rml('CSV'), 'csv'],
  ['https://w3id.org/continuum-fabric/ns#NDJSON', 'ndjson'],
]);

/** The IRIs that mappings may name. */
export const FORMULATION_IRIS: readonly string[] = [...BY_IRI.keys()];

const NDJSON_FILE = /\.(?:ndjson|jsonl|nljson)$/i;

/** The formulation that an IRI names, for a source at `location`; undefined when none does. */
export function formulationOf(iri: string, location: string | undefined): FormulationName | undefined {
  const name = BY_IRI.get(iri);
  return name === 'json' && location !== undefined && NDJSON_FILE.test(location) ? 'ndjson' : name;
}
