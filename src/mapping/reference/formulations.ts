/**
 * All reference formulations at once, for whoever compiles mappings without waiting. It loads the parsers of all.
 */
import { csv } from './csv.ts';
import { excel } from './excel.ts';
import type { Formulation } from './formulation.ts';
import { jsonPath } from './json-path.ts';
import { ndjson } from './ndjson.ts';
import type { FormulationName } from './registry.ts';
import { sparqlCsv, sparqlJson, sparqlSolutions } from './sparql.ts';
import { sqlQuery, sqlTable } from './sql.ts';
import { xpath } from './xml.ts';

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
