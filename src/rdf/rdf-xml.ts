/**
 * RDF/XML, written: one element per subject, blank nodes by `rdf:nodeID`, nothing nested (RDF 1.1 XML Syntax).
 *
 * Written here because rdflib, which reads the format, nests blank nodes in a way that reads back as other
 * triples.
 */
import { FabricError } from '../errors.ts';
import type { RDF } from './terms.ts';
import { NS, xsd } from './vocab.ts';

/**
 * @param prefixes  names for namespaces; others are numbered
 * @throws FabricError `not-supported` for a property without a local name, and for control characters
 */
export function writeRdfXml(quads: readonly RDF.Quad[], prefixes: Readonly<Record<string, string>>): string {
  const names = new Names(prefixes);
  const bySubject = new Map<string, string[]>();
  for (const { subject, predicate, object } of quads) {
    const about =
      subject.termType === 'BlankNode'
        ? `rdf:nodeID="${names.node(subject.value)}"`
        : `rdf:about="${escapeXml(subject.value)}"`;
    const element = propertyElement(names.qualified(predicate.value), object, names);
    const known = bySubject.get(about);
    if (known) known.push(element);
    else bySubject.set(about, [element]);
  }
  const body = Array.from(
    bySubject,
    ([about, elements]) => `  <rdf:Description ${about}>\n${elements.join('')}  </rdf:Description>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF${names.declarations()}>\n${body.join('')}</rdf:RDF>\n`;
}

function propertyElement(name: string, object: RDF.Term, names: Names): string {
  switch (object.termType) {
    case 'NamedNode':
      return `    <${name} rdf:resource="${escapeXml(object.value)}"/>\n`;
    case 'BlankNode':
      return `    <${name} rdf:nodeID="${names.node(object.value)}"/>\n`;
    case 'Literal':
      return `    <${name}${kindOf(object)}>${escapeXml(object.value)}</${name}>\n`;
    default:
      throw new FabricError('not-supported', `RDF/XML cannot hold a ${object.termType}`);
  }
}

function kindOf({ language, datatype }: RDF.Literal): string {
  if (language !== '') return ` xml:lang="${language}"`;
  return datatype.equals(xsd.string) ? '' : ` rdf:datatype="${escapeXml(datatype.value)}"`;
}

/** Prefixes and node ids of one document. */
class Names {
  readonly #known: ReadonlyMap<string, string>;
  readonly #used = new Map<string, string>([[NS.rdf, 'rdf']]);
  readonly #nodes = new Map<string, string>();

  constructor(prefixes: Readonly<Record<string, string>>) {
    this.#known = new Map(Object.entries(prefixes).map(([prefix, namespace]) => [namespace, prefix]));
  }

  /** The longest end of an IRI that is an XML name, under a prefix for what stands before it. */
  qualified(iri: string): string {
    const local = /[A-Za-z_\u00c0-\ud7ff][\w.\u00b7-\ud7ff-]*$/u.exec(iri)?.[0];
    if (local === undefined || local.length === iri.length) {
      throw new FabricError(
        'not-supported',
        `RDF/XML cannot name the property <${iri}>: it has no local name`,
      );
    }
    const namespace = iri.slice(0, iri.length - local.length);
    const prefix = this.#used.get(namespace) ?? this.#known.get(namespace) ?? `ns${this.#used.size}`;
    this.#used.set(namespace, prefix);
    return `${prefix}:${local}`;
  }

  node(label: string): string {
    const known = this.#nodes.get(label) ?? `b${this.#nodes.size}`;
    this.#nodes.set(label, known);
    return known;
  }

  declarations(): string {
    return Array.from(this.#used, ([iri, prefix]) => ` xmlns:${prefix}="${escapeXml(iri)}"`).join('');
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

function escapeXml(text: string): string {
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)) {
    throw new FabricError('not-supported', 'RDF/XML cannot hold a control character');
  }
  return text.replace(/[&<>"\r\n\t]/g, (character) => ESCAPES[character]!);
}
