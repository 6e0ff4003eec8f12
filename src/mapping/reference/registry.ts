/**
 * The reference formulations that are supported, by IRI: a closed map.
 *
 * NDJSON and Excel have no IRI in the RML vocabulary. They are chosen by our own ones, or by the ending of the
 * source: `.ndjson`, `.jsonl` or `.nljson` for JSONPath, `.xlsx` for CSV.
 */
import { rml } from '../vocabulary.ts';
import { csv } from './csv.ts';
import { excel } from './excel.ts';
import type { Formulation } from './formulation.ts';
import { jsonPath } from './json-path.ts';
import { ndjson } from './ndjson.ts';
import { sparqlCsv, sparqlJson, sparqlSolutions } from './sparql.ts';
import { sqlQuery, sqlTable } from './sql.ts';
import { xpath } from './xml.ts';

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

export const FORMULATIONS: Readonly<Record<FormulationName, Formulation>> = {
  json: jsonPath,
  ndjson,
  csv,
  xpath,
  xlsx: excel,
  'sql-table': sqlTable,
  'sql-query': sqlQuery,
  sparql: sparqlSolutions,
  'sparql-csv': sparqlCsv,
  'sparql-json': sparqlJson,
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
