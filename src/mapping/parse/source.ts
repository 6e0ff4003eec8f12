/**
 * Logical sources of a mapping, in normal form (RML-Core "Logical source", the part of RML-IO that files need).
 */
import { nearest } from '../../errors.ts';
import type { LogicalSource } from '../normal-form.ts';
import { FORMULATION_IRIS, formulationOf } from '../reference/registry.ts';
import { rmlName } from '../vocabulary.ts';
import type { MappingGraph, Resource } from './mapping-graph.ts';
import { placeOf } from './term-map.ts';

const DOWNLOAD_URL = 'http://www.w3.org/ns/dcat#downloadURL';
const CSVW = 'http://www.w3.org/ns/csvw#';

/** @throws FabricError `mapping-invalid` */
export function parseLogicalSource(graph: MappingGraph, node: Resource): LogicalSource {
  graph.onlyKnows(node, 'a logical source', ['source', 'iterator', 'referenceFormulation', 'null']);
  const { location, root, nulls, name } = parseSource(graph, node);
  const iri = graph.optional(node, 'referenceFormulation');
  if (iri === undefined) return graph.refuse(node, 'has no rml:referenceFormulation');
  const formulation = formulationOf(iri.value, location);
  if (formulation === undefined) {
    const near = nearest(iri.value, FORMULATION_IRIS);
    const hint = near === undefined ? `supported: ${FORMULATION_IRIS.join(', ')}` : `did you mean <${near}>?`;
    graph.refuse(
      node,
      `has the unknown reference formulation <${iri.value}>; ${hint}`,
      'referenceFormulation',
    );
  }
  const iterator = graph.text(node, 'iterator');
  const names = [node.termType === 'NamedNode' ? node.value : undefined, name].filter((n) => n !== undefined);
  const id = JSON.stringify([formulation, root ?? null, location, iterator ?? null, nulls]);
  return {
    kind: 'source',
    id,
    place: placeOf(graph, node),
    description: { kind: 'file', path: location, root },
    location,
    names,
    iterator,
    query: undefined,
    formulation: { name: formulation, namespaces: {}, dialect: undefined },
    compression: 'none',
    encoding: undefined,
    nulls,
  };
}

interface Source {
  readonly location: string;
  readonly root: string | undefined;
  readonly nulls: readonly string[];
  /** IRI of the source, when it has one. */
  readonly name: string | undefined;
}

function parseSource(graph: MappingGraph, logicalSource: Resource): Source {
  const source = graph.optional(logicalSource, 'source');
  if (source === undefined) return graph.refuse(logicalSource, 'has no rml:source');
  const own = graph.all(logicalSource, 'null').map((value) => value.value);
  if (source.termType === 'Literal')
    return { location: source.value, root: undefined, nulls: own, name: undefined };
  graph.onlyKnows(source, 'a source', ['path', 'root', 'null', 'encoding', 'compression']);
  refuseUnread(graph, source, 'encoding', 'UTF-8');
  refuseUnread(graph, source, 'compression', 'none');
  if (graph.has(source, `${CSVW}dialect`)) graph.refuse(source, 'has a csvw:dialect, which is not supported');
  const path = graph.text(source, 'path');
  const address = graph.optional(source, DOWNLOAD_URL) ?? graph.optional(source, `${CSVW}url`);
  const name = source.termType === 'NamedNode' ? source.value : undefined;
  const location = path ?? address?.value ?? name;
  if (location === undefined) return graph.refuse(source, 'is a source without rml:path or dcat:downloadURL');
  const nulls = [...own, ...graph.all(source, 'null').map((value) => value.value)];
  return { location, root: rootOf(graph, source), nulls, name };
}

/** What a path is relative to, by local name, or a path. */
function rootOf(graph: MappingGraph, source: Resource): string | undefined {
  const root = graph.optional(source, 'root');
  if (root === undefined) return undefined;
  return root.termType === 'Literal' ? root.value : (rmlName(root.value) ?? root.value);
}

/** Refuses values other than the one that reading text amounts to. */
function refuseUnread(graph: MappingGraph, source: Resource, property: string, supported: string): void {
  const value = graph.optional(source, property);
  if (value === undefined || rmlName(value.value) === supported) return;
  graph.refuse(source, `has the ${property} <${value.value}>; supported: rml:${supported}`, property);
}
