/**
 * Where a source is: access descriptions of a mapping, in normal form (RML-IO and its registry).
 *
 * Files, DCAT distributions, CSVW tables, WoT things and the fabric's own records; databases and SPARQL
 * services have modules of their own. Nothing is opened.
 */
import type { SourceDescription } from '../normal-form.ts';
import { rmlName } from '../vocabulary.ts';
import type { MappingGraph, MappingTerm, Resource } from './mapping-graph.ts';
import { CSVW, DCAT, HCTL, RDF_TYPE, TD } from './namespaces.ts';

const CF = 'https://w3id.org/continuum-fabric/ns#';
const HTV = 'http://www.w3.org/2011/http#';
const MQV = 'http://www.example.org/mqtt-binding#';
const SECURITY = 'https://www.w3.org/2019/wot/security#';

/**
 * Reads the description of a source.
 *
 * @param owner  the logical source, for refusals about a source that is only a text
 * @throws FabricError `mapping-invalid`
 */
export function describeSource(graph: MappingGraph, owner: Resource, source: MappingTerm): SourceDescription {
  if (source.termType === 'Literal') return addressed(source.value);
  if (isRecords(graph, source)) {
    return { kind: 'records', source: textAt(graph, source, `${CF}sourceName`) };
  }
  const path = graph.text(source, 'path');
  if (path !== undefined) return { ...fileAt(path), root: rootOf(graph, source) };
  if (graph.has(source, 'root')) graph.refuse(source, 'has an rml:root without an rml:path', 'root');
  const form = formOf(graph, source);
  if (form !== undefined) return describeForm(graph, form);
  const address = addressOf(graph, source);
  if (address !== undefined) return addressed(address);
  if (source.termType === 'NamedNode') {
    return source.value.startsWith('file:') ? fileAt(source.value) : { kind: 'given', iri: source.value };
  }
  return graph.refuse(
    source,
    'is a source without an address; supported: rml:path, dcat:downloadURL, csvw:url, td:hasPropertyAffordance, ' +
      `sd:endpoint, d2rq:jdbcDSN, cf:sourceName (read by ${graph.node(owner).label})`,
  );
}

/** What messages call a source. */
export function locationOf(description: SourceDescription): string | undefined {
  switch (description.kind) {
    case 'file':
      return description.path;
    case 'http':
      return description.url;
    case 'mqtt':
      return `${description.broker}/${description.topic}`;
    case 'given':
      return description.iri;
    case 'records':
      return description.source;
    default:
      return undefined;
  }
}

/** The encoding that a CSVW table or its dialect names. */
export function encodingOfTable(graph: MappingGraph, source: Resource): string | undefined {
  const own = textAt(graph, source, `${CSVW}encoding`);
  if (own !== undefined) return own;
  const dialect = graph.optional(source, `${CSVW}dialect`);
  if (dialect === undefined || dialect.termType === 'Literal') return undefined;
  return textAt(graph, dialect, `${CSVW}encoding`);
}

const textAt = (graph: MappingGraph, node: Resource, property: string): string | undefined =>
  graph.optional(node, property)?.value;

const isRecords = (graph: MappingGraph, source: Resource): boolean =>
  graph.has(source, `${CF}sourceName`) ||
  graph.all(source, RDF_TYPE).some((type) => type.value === `${CF}Records`);

/** What an address in a text means: a URL, or a path. */
function addressed(address: string): SourceDescription {
  return /^https?:\/\//i.test(address) ? { kind: 'http', url: address } : fileAt(address);
}

function fileAt(path: string): { kind: 'file'; path: string; root: undefined } {
  if (!path.startsWith('file:') || !URL.canParse(path)) return { kind: 'file', path, root: undefined };
  return { kind: 'file', path: decodeURIComponent(new URL(path).pathname), root: undefined };
}

/** What a path is relative to: a local name of the vocabulary, or a path. */
function rootOf(graph: MappingGraph, source: Resource): string | undefined {
  const root = graph.optional(source, 'root');
  if (root === undefined) return undefined;
  if (root.termType === 'Literal') return root.value;
  const name = rmlName(root.value);
  if (name === 'MappingDirectory' || name === 'CurrentWorkingDirectory') return name;
  if (root.value.startsWith('file:')) return fileAt(root.value).path;
  return graph.refuse(
    source,
    `has the root <${root.value}>; supported: rml:MappingDirectory, rml:CurrentWorkingDirectory, a path`,
    'root',
  );
}

function addressOf(graph: MappingGraph, source: Resource): string | undefined {
  const found = [`${DCAT}downloadURL`, `${CSVW}url`, `${DCAT}accessURL`].flatMap(
    (property) => graph.optional(source, property) ?? [],
  );
  return found[0]?.value;
}

/** The form of a WoT thing, or of one of its properties. */
function formOf(graph: MappingGraph, source: Resource): Resource | undefined {
  const affordances = graph.resources(source, `${TD}hasPropertyAffordance`);
  const forms = [source, ...affordances].flatMap((node) => graph.resources(node, `${TD}hasForm`));
  if (forms.length > 1) graph.refuse(source, `has ${forms.length} forms, one is allowed`);
  if (affordances.length > 0 && forms.length === 0) graph.refuse(source, 'has a property without td:hasForm');
  const schemes = [source, ...affordances, ...forms].flatMap((node) =>
    graph.resources(node, `${TD}hasSecurityConfiguration`),
  );
  for (const scheme of schemes) {
    const open = [scheme, ...graph.all(scheme, RDF_TYPE)].some(
      ({ value }) => value === `${SECURITY}NoSecurityScheme`,
    );
    if (!open) graph.refuse(scheme, 'asks for credentials; only wotsec:NoSecurityScheme is supported');
  }
  return forms[0];
}

function describeForm(graph: MappingGraph, form: Resource): SourceDescription {
  const target = textAt(graph, form, `${HCTL}hasTarget`);
  if (target === undefined) return graph.refuse(form, 'is a form without hctl:hasTarget');
  const protocol = URL.canParse(target) ? new URL(target).protocol : '';
  switch (protocol) {
    case 'http:':
    case 'https:': {
      const method = textAt(graph, form, `${HTV}methodName`) ?? 'GET';
      if (method !== 'GET') graph.refuse(form, `asks for the method ${method}; sources are read by GET`);
      if (graph.has(form, `${HTV}headers`)) {
        graph.refuse(form, 'asks for header fields of its own, which is not supported');
      }
      return { kind: 'http', url: target };
    }
    case 'mqtt:':
    case 'mqtts:':
      return describeBroker(graph, form, target);
    case 'file:':
      return fileAt(target);
    default:
      return graph.refuse(form, `has the target <${target}>; supported: http:, https:, mqtt:, mqtts:, file:`);
  }
}

function describeBroker(graph: MappingGraph, form: Resource, target: string): SourceDescription {
  const control = textAt(graph, form, `${MQV}controlPacketValue`);
  if (control !== undefined && control !== 'SUBSCRIBE') {
    graph.refuse(form, `asks for the MQTT packet ${control}; sources are read by SUBSCRIBE`);
  }
  const { protocol, host, username } = new URL(target);
  if (username !== '')
    graph.refuse(form, 'has credentials in hctl:hasTarget; give them in the configuration');
  // The wildcard `#` of a topic would be the fragment of a URL.
  const topic = decodeURIComponent(/^[a-z]+:\/\/[^/]*\/(.*)$/is.exec(target)?.[1] ?? '');
  if (topic === '') return graph.refuse(form, `has the target <${target}>, which names no topic`);
  return { kind: 'mqtt', broker: `${protocol}//${host}`, topic };
}
