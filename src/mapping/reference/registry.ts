/**
 * The reference formulations that are supported, by IRI: a closed map.
 *
 * NDJSON and Excel have no IRI in the RML vocabulary. They are chosen by our own ones, or by the ending of the
 * source: `.ndjson`, `.jsonl` or `.nljson` for JSONPath, `.xlsx` for CSV.
 */
import { rml } from '../vocabulary.ts';
import type { Formulation } from './formulation.ts';

export type FormulationName =
  | 'json'
  | 'ndjson'
  | 'csv'
  | 'xpath'
  | 'xlsx'
  | 'sql-table'
  | 'sql-query'
  | 'sparql'
  | 'sparql-csv'
  | 'sparql-json';

const provided = new Map<FormulationName, Formulation>();

/** Makes formulations known to what compiles mappings. Several may come one after the other. */
export function provideFormulations(
  formulations: Partial<Readonly<Record<FormulationName, Formulation>>>,
): void {
  for (const [name, formulation] of Object.entries(formulations)) {
    provided.set(name as FormulationName, formulation);
  }
}

/** A formulation that was provided: {@link provideFormulations} or `loadFormulation` come first. */
export function formulationNamed(name: FormulationName): Formulation {
  const formulation = provided.get(name);
  if (formulation === undefined) throw new Error(`The formulation ${name} has not been loaded`);
  return formulation;
}

/** Loads a formulation with the parsers that it needs, and provides it. */
export async function loadFormulation(name: FormulationName): Promise<void> {
  if (!provided.has(name)) provided.set(name, await LOADERS[name]());
}

const LOADERS: Readonly<Record<FormulationName, () => Promise<Formulation>>> = {
  json: async () => (await import('./json-path.ts')).jsonPath,
  ndjson: async () => (await import('./ndjson.ts')).ndjson,
  csv: async () => (await import('./csv.ts')).csv,
  xpath: async () => (await import('./xml.ts')).xpath,
  xlsx: async () => (await import('./excel.ts')).excel,
  'sql-table': async () => (await import('./sql.ts')).sqlTable,
  'sql-query': async () => (await import('./sql.ts')).sqlQuery,
  sparql: async () => (await import('./sparql.ts')).sparqlSolutions,
  'sparql-csv': async () => (await import('./sparql.ts')).sparqlCsv,
  'sparql-json': async () => (await import('./sparql.ts')).sparqlJson,
};

const FORMATS = 'http://www.w3.org/ns/formats/';

const BY_IRI: ReadonlyMap<string, FormulationName> = new Map([
  [rml('JSONPath'), 'json'],
  [rml('CSV'), 'csv'],
  [rml('CSVW'), 'csv'],
  [rml('XPath'), 'xpath'],
  ['https://w3id.org/continuum-fabric/ns#NDJSON', 'ndjson'],
  ['https://w3id.org/continuum-fabric/ns#Excel', 'xlsx'],
  [rml('SQL2008Table'), 'sql-table'],
  [rml('SQLTable'), 'sql-table'],
  [rml('SQL2008Query'), 'sql-query'],
  [rml('SQLQuery'), 'sql-query'],
  [rml('SPARQL'), 'sparql'],
  [`${FORMATS}SPARQL_Results_JSON`, 'sparql'],
  [`${FORMATS}SPARQL_Results_XML`, 'sparql'],
  [`${FORMATS}SPARQL_Results_TSV`, 'sparql'],
  [`${FORMATS}SPARQL_Results_CSV`, 'sparql-csv'],
]);

/** The IRIs that mappings may name. */
export const FORMULATION_IRIS: readonly string[] = [...BY_IRI.keys()];

const NDJSON_FILE = /\.(?:ndjson|jsonl|nljson)(?:\.(?:gz|zip|tar|tgz|xz))*$/i;
const EXCEL_FILE = /\.xlsx$/i;

/** The formulation that an IRI names, for a source at `location`; undefined when none does. */
export function formulationOf(iri: string, location: string | undefined): FormulationName | undefined {
  const name = BY_IRI.get(iri);
  if (location === undefined) return name;
  if (name === 'json' && NDJSON_FILE.test(location)) return 'ndjson';
  return name === 'csv' && EXCEL_FILE.test(location) ? 'xlsx' : name;
}
