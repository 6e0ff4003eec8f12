/**
 * SPARQL services as logical sources (RML-IO, SPARQL service description): the query goes to an endpoint, its
 * answer is read as a document of the result format, or by the names of its variables.
 *
 * The query itself is checked by whoever answers it.
 */
import type { LogicalSource, SourceDescription } from '../normal-form.ts';
import type { FormulationName } from '../reference/registry.ts';
import type { MappingGraph, Resource } from './mapping-graph.ts';
import { FORMATS, RDF_TYPE, SD } from './namespaces.ts';
import { placeOf } from './term-map.ts';

const RESULT_FORMATS = ['JSON', 'XML', 'CSV', 'TSV'].map((name) => `${FORMATS}SPARQL_Results_${name}`);

/** The result format that a formulation reads. */
const FORMAT_OF: Readonly<Partial<Record<FormulationName, string>>> = {
  json: `${FORMATS}SPARQL_Results_JSON`,
  sparql: `${FORMATS}SPARQL_Results_JSON`,
  csv: `${FORMATS}SPARQL_Results_CSV`,
  'sparql-csv': `${FORMATS}SPARQL_Results_CSV`,
};
const XML_FORMAT = `${FORMATS}SPARQL_Results_XML`;

/** Whether `source` describes a SPARQL service. */
export function isSparqlService(graph: MappingGraph, source: Resource): boolean {
  const typed = graph.all(source, RDF_TYPE).some(({ value }) => value === `${SD}Service`);
  return typed || graph.has(source, `${SD}endpoint`);
}

/** Whether references of a formulation are variables, and its iterator is the query. */
export const readsSolutions = (name: FormulationName): boolean => name === 'sparql' || name === 'sparql-csv';

/** @throws FabricError `mapping-invalid` */
export function parseSparqlSource(
  graph: MappingGraph,
  node: Resource,
  options: {
    readonly source: Resource;
    readonly formulation: FormulationName;
    readonly nulls: readonly string[];
  },
): LogicalSource {
  const { source, formulation, nulls } = options;
  const endpoint = graph.optional(source, `${SD}endpoint`);
  if (endpoint === undefined) return graph.refuse(source, 'is an sd:Service without sd:endpoint');
  const format = formatOf(graph, source, formulation);
  const { query, iterator } = queryOf(graph, node, formulation);
  const description: SourceDescription = { kind: 'sparql', endpoint: endpoint.value, format };
  const names = [node, source].filter((term) => term.termType === 'NamedNode').map((term) => term.value);
  return {
    kind: 'source',
    id: JSON.stringify([formulation, endpoint.value, format, query, iterator ?? null, nulls]),
    place: placeOf(graph, node),
    description,
    location: endpoint.value,
    names,
    iterator,
    query,
    formulation: {
      name: formulation === 'json' ? 'sparql-json' : formulation,
      namespaces: RESULT_NAMESPACES,
      dialect: undefined,
    },
    compression: 'none',
    encoding: undefined,
    nulls,
  };
}

/** Prefixes that XPath may use in an answer. */
const RESULT_NAMESPACES = { sparql: 'http://www.w3.org/2005/sparql-results#' } as const;

/**
 * The query of a source that is asked by SPARQL: `rml:query` as legacy mappings have it, or the iterator where
 * the references are variables.
 *
 * @throws FabricError `mapping-invalid`
 */
export function queryOf(
  graph: MappingGraph,
  node: Resource,
  formulation: FormulationName,
): { readonly query: string; readonly iterator: string | undefined } {
  const stated = graph.text(node, 'query');
  const iterator = graph.text(node, 'iterator');
  if (!readsSolutions(formulation)) {
    if (stated === undefined) return graph.refuse(node, 'is over a SPARQL service and has no rml:query');
    checkSelected(graph, node, stated);
    return { query: stated, iterator };
  }
  if (stated !== undefined && iterator !== undefined)
    graph.refuse(node, 'has its query both as rml:query and as rml:iterator', 'query');
  const query = stated ?? iterator;
  if (query === undefined) return graph.refuse(node, 'has no SPARQL query as its rml:iterator');
  checkSelected(graph, node, query);
  return { query, iterator: undefined };
}

/** Refuses a query that selects a variable twice: the columns of an answer have names of their own. */
function checkSelected(graph: MappingGraph, node: Resource, query: string): void {
  const plain = query.replace(/<[^<>\s]*>|#.*/g, (part) => (part.startsWith('<') ? part : ''));
  const list = /\bSELECT\s+(?:DISTINCT\s+|REDUCED\s+)?((?:[?$]\w+\s*)+)(?:WHERE|FROM|\{)/iu.exec(plain)?.[1];
  const names: readonly string[] = list?.match(/\w+/gu) ?? [];
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  graph.refuse(
    node,
    `has a query that selects ?${twice} twice`,
    graph.has(node, 'query') ? 'query' : 'iterator',
  );
}

function formatOf(graph: MappingGraph, source: Resource, formulation: FormulationName): string {
  const read = FORMAT_OF[formulation] ?? XML_FORMAT;
  const stated = graph.all(source, `${SD}resultFormat`).map(({ value }) => value);
  if (stated.length === 0 || stated.includes(read)) return read;
  const unknown = stated.find((format) => !RESULT_FORMATS.includes(format));
  if (unknown !== undefined)
    graph.refuse(source, `has the unknown result format <${unknown}>`, `${SD}resultFormat`);
  // References that are variables leave the format to us.
  if (readsSolutions(formulation)) return read;
  return graph.refuse(source, `answers as <${stated[0]}>, which the reference formulation cannot read`);
}
