/**
 * SPARQL over RDF documents: the fabric's own engine answers, as an endpoint would.
 *
 * A document is parsed whole. Queries see its default graph, and its named graphs by GRAPH.
 */
import { FabricError } from '../../errors.ts';
import type { LogicalSource } from '../../mapping/normal-form.ts';
import type { SourceData } from '../../mapping/reference/formulation.ts';
import type { FormulationName } from '../../mapping/reference/registry.ts';
import type { RdfFormat } from '../../rdf/formats.ts';
import { parseRdf } from '../../rdf/parse.ts';
import { SparqlEngine } from '../../sparql/engine.ts';
import type { QueryResult } from '../../sparql/result.ts';
import { type ResultFormat, serialiseResult } from '../../sparql/serialise.ts';
import { Image } from '../../store/image/image.ts';
import { checkVariables, rowsOf, valueOfTerm } from './sparql-solutions.ts';

/** An RDF document that can be asked. */
export interface RdfDocument {
  /** @throws FabricError `syntax-error` for what is no query, and what the engine throws */
  query(text: string): Promise<QueryResult>;
}

/** @throws FabricError `syntax-error` with line and column */
export async function loadRdf(
  text: string,
  options: { readonly format: RdfFormat; readonly source: string; readonly baseIRI?: string },
): Promise<RdfDocument> {
  const quads = await parseRdf(text, options);
  const image = new Image({ graphs: undefined });
  image.load(quads, 1);
  const { view } = image.snapshot();
  const engine = new SparqlEngine({
    graphs: undefined,
    now: Date.now,
    loadGeneral: async () => (await import('../../sparql/comunica.ts')).startComunica(),
  });
  return {
    query: (query) => engine.query(engine.parse(query, { kind: 'query' }), view),
  };
}

/**
 * The answer to the query of a source over an RDF document, in the form that its formulation reads.
 *
 * @throws FabricError `syntax-error` for what is no RDF or no query, `mapping-failed` for queries that are no
 *   SELECT
 */
export async function queryRdfFile(
  source: LogicalSource,
  text: string,
  options: { readonly format: RdfFormat; readonly source: string },
): Promise<SourceData> {
  const document = await loadRdf(text, options);
  const result = await document.query(source.query ?? '');
  if (result.kind !== 'select') {
    throw new FabricError(
      'mapping-failed',
      `Source "${options.source}": the query is no SELECT and gives no solutions`,
    );
  }
  checkVariables(result.variables, `"${options.source}"`);
  if (source.formulation.name === 'sparql') {
    const rows = result.rows.map((row) => row.map(valueOfTerm));
    return { kind: 'rows', rows: rowsOf({ variables: result.variables, rows }) };
  }
  const answer = serialiseResult(result, readFormatOf(source.formulation.name));
  return { kind: 'bytes', chunks: [new TextEncoder().encode(answer)] };
}

/** The result format that a formulation reads. */
function readFormatOf(name: FormulationName): ResultFormat {
  if (name === 'json' || name === 'sparql-json') return 'json';
  return name === 'xpath' ? 'xml' : 'csv';
}
