/**
 * Logical sources of a mapping, in normal form (RML-Core "Logical source", RML-IO "Logical source").
 *
 * Puts together where the data are, how they are encoded and how they are read. It opens nothing.
 */
import { nearest } from '../../errors.ts';
import type { Compression, FormulationSpec, LogicalSource } from '../normal-form.ts';
import { FORMULATION_IRIS, formulationOf } from '../reference/registry.ts';
import { rmlName } from '../vocabulary.ts';
import { dialectOf, nullsOfTable } from './csv-dialect.ts';
import { isDatabase, namesRelation, parseDatabaseSource } from './logical-table.ts';
import type { MappingGraph, MappingTerm, Resource } from './mapping-graph.ts';
import { RDF_TYPE } from './namespaces.ts';
import { describeSource, encodingOfTable, locationOf } from './source-description.ts';
import { isSparqlService, parseSparqlSource, queryOf, readsSolutions } from './sparql-source.ts';
import { placeOf } from './term-map.ts';

const KNOWN = ['source', 'iterator', 'referenceFormulation', 'null', 'query', 'encoding', 'compression'];
const KNOWN_OF_SOURCE = ['path', 'root', 'null', 'encoding', 'compression'];
const KNOWN_OF_DATABASE = ['tableName', 'sqlQuery', 'sqlVersion'];

/** @throws FabricError `mapping-invalid` */
export function parseLogicalSource(graph: MappingGraph, node: Resource): LogicalSource {
  const source = graph.optional(node, 'source');
  const described = source === undefined || source.termType === 'Literal' ? undefined : source;
  const database =
    source === undefined
      ? namesRelation(graph, node)
      : described !== undefined && isDatabase(graph, described);
  graph.onlyKnows(node, 'a logical source', database ? [...KNOWN, ...KNOWN_OF_DATABASE] : KNOWN);
  if (source === undefined && !database) return graph.refuse(node, 'has no rml:source');
  if (described !== undefined) graph.onlyKnows(described, 'a source', KNOWN_OF_SOURCE);
  const nodes = described === undefined ? [node] : [node, described];
  const nulls = [...nodes.flatMap((owner) => textsOf(graph, owner)), ...nullsOfTable(graph, described)];
  if (database) {
    const stated = graph.has(node, 'referenceFormulation')
      ? parseFormulation(graph, node, undefined, undefined).name
      : undefined;
    const formulation = stated === 'sql-table' || stated === 'sql-query' ? stated : undefined;
    return parseDatabaseSource(graph, node, { source: described, formulation, nulls });
  }
  if (described !== undefined && isSparqlService(graph, described)) {
    const { name } = parseFormulation(graph, node, undefined, undefined);
    return parseSparqlSource(graph, node, { source: described, formulation: name, nulls });
  }
  return parsePlainSource(graph, node, { source: source!, nodes, nulls });
}

/** A source that is read as it lies there. */
function parsePlainSource(
  graph: MappingGraph,
  node: Resource,
  given: {
    readonly source: MappingTerm;
    readonly nodes: readonly Resource[];
    readonly nulls: readonly string[];
  },
): LogicalSource {
  const { source, nodes, nulls } = given;
  const description = describeSource(graph, node, source);
  const location = locationOf(description);
  const formulation = parseFormulation(graph, node, location, nodes[1]);
  if (formulation.name === 'sql-table' || formulation.name === 'sql-query') {
    graph.refuse(node, 'reads SQL although its source is no d2rq:Database', 'referenceFormulation');
  }
  const { query, iterator } = readsSolutions(formulation.name)
    ? queryOf(graph, node, formulation.name)
    : { query: undefined, iterator: graph.text(node, 'iterator') };
  if (query === undefined && graph.has(node, 'query'))
    graph.refuse(node, 'has an rml:query although its source is neither database nor service', 'query');
  const compression = compressionOf(graph, nodes);
  const encoding = encodingOf(graph, nodes);
  const names = nodes.flatMap((owner) => (owner.termType === 'NamedNode' ? [owner.value] : []));
  const reading = [formulation, description, query ?? null, iterator ?? null, nulls];
  return {
    kind: 'source',
    id: JSON.stringify([...reading, compression, encoding ?? null]),
    place: placeOf(graph, node),
    description,
    location,
    names,
    iterator,
    query,
    formulation,
    compression,
    encoding,
    nulls,
  };
}

const textsOf = (graph: MappingGraph, owner: Resource): string[] =>
  graph.all(owner, 'null').map((value) => {
    if (value.termType === 'Literal') return value.value;
    return graph.refuse(owner, 'has an rml:null that is no literal', 'null');
  });

/**
 * The reference formulation of a node.
 *
 * @param location   of the source, whose ending may tell NDJSON and tab-separated tables
 * @param described  the node that describes the source, which may have a CSVW dialect
 * @throws FabricError `mapping-invalid` for a formulation that is missing or unknown
 */
export function parseFormulation(
  graph: MappingGraph,
  node: Resource,
  location: string | undefined,
  described: Resource | undefined,
): FormulationSpec {
  const term = graph.optional(node, 'referenceFormulation');
  if (term === undefined) return graph.refuse(node, 'has no rml:referenceFormulation');
  const iri = formulationIri(graph, term);
  const name = formulationOf(iri, location);
  if (name === undefined) {
    const near = nearest(iri, FORMULATION_IRIS);
    const hint = near === undefined ? `supported: ${FORMULATION_IRIS.join(', ')}` : `did you mean <${near}>?`;
    return graph.refuse(
      node,
      `has the unknown reference formulation <${iri}>; ${hint}`,
      'referenceFormulation',
    );
  }
  const namespaces = term.termType === 'Literal' ? {} : namespacesOf(graph, term);
  if (name !== 'xpath' && Object.keys(namespaces).length > 0) {
    graph.refuse(node, 'has XML namespaces although its formulation is not XPath', 'referenceFormulation');
  }
  return { name, namespaces, dialect: name === 'csv' ? dialectOf(graph, described, location) : undefined };
}

/** A formulation is an IRI, or a node of a class that stands for one (`rml:XPathReferenceFormulation`). */
function formulationIri(graph: MappingGraph, term: MappingTerm): string {
  if (term.termType === 'Literal') return term.value;
  const types = graph.all(term, RDF_TYPE).map((type) => type.value);
  const [known] = types.flatMap((type) => {
    const bare = type.replace(/ReferenceFormulation$/, '');
    return FORMULATION_IRIS.includes(bare) ? [bare] : [];
  });
  if (known === undefined && term.termType === 'BlankNode') {
    graph.refuse(term, 'is a reference formulation without a known type, as rml:XPathReferenceFormulation');
  }
  return known ?? term.value;
}

function namespacesOf(graph: MappingGraph, formulation: Resource): Readonly<Record<string, string>> {
  graph.onlyKnows(formulation, 'a reference formulation', ['namespace']);
  return Object.fromEntries(
    graph.resources(formulation, 'namespace').map((node) => {
      graph.onlyKnows(node, 'a namespace', ['namespacePrefix', 'namespaceURL']);
      const prefix = graph.text(node, 'namespacePrefix');
      const url = graph.optional(node, 'namespaceURL')?.value;
      if (prefix === undefined || url === undefined) {
        return graph.refuse(node, 'is a namespace that lacks rml:namespacePrefix or rml:namespaceURL');
      }
      return [prefix, url] as const;
    }),
  );
}

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'zip', 'targz', 'tarxz', 'tar'];

/** The one value that the logical source or its source has. */
function oneOf(graph: MappingGraph, owners: readonly Resource[], property: string): MappingTerm | undefined {
  const [first, second] = owners.flatMap((owner) => graph.optional(owner, property) ?? []);
  if (first !== undefined && second !== undefined && !first.equals(second)) {
    graph.refuse(owners[0]!, `and its source differ in rml:${property}`, property);
  }
  return first;
}

function compressionOf(graph: MappingGraph, owners: readonly Resource[]): Compression {
  const value = oneOf(graph, owners, 'compression');
  if (value === undefined) return 'none';
  const name = rmlName(value.value) ?? value.value;
  const compression = COMPRESSIONS.find((candidate) => candidate === name);
  return compression ?? refuseUnknown(graph, owners, 'compression', name, COMPRESSIONS);
}

/** Names of the vocabulary; everything that WHATWG's Encoding Standard has a label for is read as well. */
const ENCODINGS = ['UTF-8', 'UTF-16', 'UTF-16LE', 'UTF-16BE', 'ISO-8859-1', 'windows-1252'];

function encodingOf(graph: MappingGraph, owners: readonly Resource[]): string | undefined {
  const own = oneOf(graph, owners, 'encoding')?.value;
  const name = own === undefined ? encodingOfTable(graph, owners.at(-1)!) : (rmlName(own) ?? own);
  if (name === undefined) return undefined;
  const label = name.toLowerCase().trim();
  if (label === 'utf-16') return label; // which half comes first is for the byte order mark to say
  try {
    const { encoding } = new TextDecoder(label);
    return encoding === 'utf-8' ? undefined : encoding;
  } catch {
    return refuseUnknown(graph, owners, 'encoding', name, ENCODINGS);
  }
}

function refuseUnknown(
  graph: MappingGraph,
  owners: readonly Resource[],
  property: string,
  value: string,
  known: readonly string[],
): never {
  const owner = owners.find((node) => graph.has(node, property)) ?? owners[0]!;
  const near = nearest(value, known);
  const hint = near === undefined ? `supported: ${known.join(', ')}` : `did you mean ${near}?`;
  return graph.refuse(owner, `has the unknown ${property} "${value}"; ${hint}`, property);
}
