/**
 * Logical targets of a mapping, in normal form (RML-IO, "Target"): where quads go beside the default output.
 */
import { nearest } from '../../errors.ts';
import type { Compression, LogicalTarget, Place, SourceDescription } from '../normal-form.ts';
import { rmlName } from '../vocabulary.ts';
import type { MappingGraph, Resource } from './mapping-graph.ts';
import { DCAT, FORMATS, SD } from './namespaces.ts';

const VOID = 'http://rdfs.org/ns/void#';

/** Serialisations that a target may have, by the local names of their IRIs in the W3C list of formats. */
export const SERIALIZATIONS = [
  'N-Quads',
  'N-Triples',
  'Turtle',
  'TriG',
  'N3',
  'JSON-LD',
  'RDF_XML',
  'RDF_JSON',
] as const;
export type SerializationName = (typeof SERIALIZATIONS)[number];

/** The serialisation that an IRI names; N-Quads where none is named. */
export const serializationOf = (iri: string | undefined): SerializationName | undefined =>
  iri === undefined ? 'N-Quads' : SERIALIZATIONS.find((name) => FORMATS + name === iri);

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'zip', 'targz', 'tarxz', 'tar'];

/** WHATWG labels of the encodings that can be written; UTF-16 is little-endian, with a byte order mark. */
const ENCODINGS: ReadonlyMap<string, string> = new Map([
  ['UTF-8', 'utf-8'],
  ['UTF-16', 'utf-16le'],
]);

/** The targets that a term map names. @throws FabricError `mapping-invalid` */
export function parseTargets(graph: MappingGraph, termMap: Resource): readonly LogicalTarget[] {
  return graph.resources(termMap, 'logicalTarget').map((node) => parseLogicalTarget(graph, node));
}

function parseLogicalTarget(graph: MappingGraph, node: Resource): LogicalTarget {
  graph.onlyKnows(node, 'a logical target', ['target', 'serialization', 'compression', 'encoding']);
  const target = graph.optional(node, 'target');
  if (target === undefined) return graph.refuse(node, 'has no rml:target');
  const file = target.termType === 'Literal' ? undefined : target;
  if (file !== undefined) {
    graph.onlyKnows(file, 'a target', ['path', 'root', 'compression', 'encoding', 'serialization']);
  }
  // The vocabulary has these on the logical target; older documents on the target itself.
  const owner = (property: string): Resource =>
    file !== undefined && !graph.has(node, property) && graph.has(file, property) ? file : node;
  const description: SourceDescription =
    file === undefined ? { kind: 'file', path: target.value, root: undefined } : describe(graph, file);
  const serialization = readSerialization(graph, owner('serialization'));
  const compression = compressionOf(graph, owner('compression'));
  const encoding = encodingOf(graph, owner('encoding'));
  if (description.kind === 'sparql' && (compression !== 'none' || encoding !== undefined)) {
    graph.refuse(node, 'writes to a SPARQL endpoint, which takes neither compression nor encoding');
  }
  const id = JSON.stringify([description, serialization ?? null, compression, encoding ?? null]);
  return { id, place: placeOf(graph, node), description, serialization, compression, encoding };
}

// term-map.ts, which reads targets, has the same: a cycle of modules for three lines would be worse.
const placeOf = (graph: MappingGraph, node: Resource): Place => ({
  node: () => graph.node(node),
  refuse: (problem, property) => graph.refuse(node, problem, property),
});

function describe(graph: MappingGraph, target: Resource): SourceDescription {
  const path = graph.text(target, 'path');
  if (path !== undefined) return { kind: 'file', path, root: rootOf(graph, target) };
  const endpoint = graph.optional(target, `${SD}endpoint`);
  if (endpoint !== undefined) return describeEndpoint(graph, target, endpoint.value);
  const address =
    graph.optional(target, `${DCAT}downloadURL`) ??
    graph.optional(target, `${DCAT}accessURL`) ??
    graph.optional(target, `${VOID}dataDump`);
  if (address === undefined) {
    return graph.refuse(
      target,
      'is a target without rml:path, dcat:downloadURL, void:dataDump or sd:endpoint',
    );
  }
  return describeAddress(graph, target, address.value);
}

function describeAddress(graph: MappingGraph, target: Resource, address: string): SourceDescription {
  if (!URL.canParse(address)) return { kind: 'file', path: address, root: undefined };
  const { protocol, pathname, host } = new URL(address);
  if (protocol === 'http:' || protocol === 'https:') return { kind: 'http', url: address };
  if (protocol === 'file:' && host === '') {
    return { kind: 'file', path: decodeURIComponent(pathname), root: undefined };
  }
  return graph.refuse(target, `writes to <${address}>; supported: file:, http: and https: addresses`);
}

function describeEndpoint(graph: MappingGraph, target: Resource, endpoint: string): SourceDescription {
  const language = graph.optional(target, `${SD}supportedLanguage`)?.value;
  if (language !== undefined && language !== `${SD}SPARQL11Update`) {
    graph.refuse(target, `is an endpoint for <${language}>; a target needs sd:SPARQL11Update`);
  }
  if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : '')) {
    graph.refuse(target, `has the endpoint <${endpoint}>, which is no http address`);
  }
  return { kind: 'sparql', endpoint, format: undefined };
}

/** What a path is relative to: a local name of the vocabulary, or a path. */
function rootOf(graph: MappingGraph, target: Resource): string | undefined {
  const root = graph.optional(target, 'root');
  if (root === undefined) return undefined;
  return root.termType === 'Literal' ? root.value : (rmlName(root.value) ?? root.value);
}

function readSerialization(graph: MappingGraph, node: Resource): string | undefined {
  const iri = graph.optional(node, 'serialization')?.value;
  if (serializationOf(iri) !== undefined) return iri;
  const known = SERIALIZATIONS.map((name) => FORMATS + name);
  return graph.refuse(
    node,
    `has the unknown serialization <${iri}>; ${hint(iri ?? '', known)}`,
    'serialization',
  );
}

function compressionOf(graph: MappingGraph, node: Resource): Compression {
  const iri = graph.optional(node, 'compression')?.value;
  if (iri === undefined) return 'none';
  const name = rmlName(iri);
  const known = COMPRESSIONS.find((compression) => compression === name);
  if (known !== undefined) return known;
  const names = COMPRESSIONS.map((compression) => `rml:${compression}`);
  return graph.refuse(
    node,
    `has the unknown compression <${iri}>; ${hint(`rml:${name}`, names)}`,
    'compression',
  );
}

/** Undefined stands for UTF-8. */
function encodingOf(graph: MappingGraph, node: Resource): string | undefined {
  const iri = graph.optional(node, 'encoding')?.value;
  if (iri === undefined) return undefined;
  const label = ENCODINGS.get(rmlName(iri) ?? '');
  if (label !== undefined) return label === 'utf-8' ? undefined : label;
  const names = Array.from(ENCODINGS.keys(), (name) => `rml:${name}`);
  return graph.refuse(
    node,
    `has the encoding <${iri}>, which cannot be written; supported: ${names.join(', ')}`,
    'encoding',
  );
}

function hint(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? `supported: ${known.join(', ')}` : `did you mean ${near}?`;
}
