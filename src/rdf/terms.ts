/**
 * RDF terms: the one data factory, and the textual keys by which terms are compared and stored.
 *
 * Equality here is RDF term equality: `"02"^^xsd:integer` is not `"2"^^xsd:integer`. Language tags compare
 * in lower case and are kept as they were written. RDF 1.2 triple terms and base directions are refused.
 */
import type * as RDF from '@rdfjs/types';
import { DataFactory } from 'rdf-data-factory';
import { FabricError } from '../errors.ts';

export type { RDF };

/** The terms that may stand in a quad of the fabric. */
export type Term = RDF.NamedNode | RDF.BlankNode | RDF.Literal | RDF.DefaultGraph;

const factory = new DataFactory<RDF.Quad>();

/** The factory to hand to parsers and libraries. */
export const dataFactory: RDF.DataFactory = factory;

export const namedNode = (iri: string): RDF.NamedNode => factory.namedNode(iri);
export const blankNode = (label: string): RDF.BlankNode => factory.blankNode(label);
export const variable = (name: string): RDF.Variable => factory.variable(name);
export const defaultGraph = (): RDF.DefaultGraph => factory.defaultGraph();

/** A literal: of a datatype, of a language, or a plain xsd:string. */
export const literal = (value: string, languageOrDatatype?: string | RDF.NamedNode): RDF.Literal =>
  factory.literal(value, languageOrDatatype);

export const quad = (
  subject: RDF.Quad_Subject,
  predicate: RDF.Quad_Predicate,
  object: RDF.Quad_Object,
  graph: RDF.Quad_Graph = factory.defaultGraph(),
): RDF.Quad => factory.quad(subject, predicate, object, graph);

const XSD = 'http://www.w3.org/2001/XMLSchema#';
const XSD_STRING = `${XSD}string`;

/** An xsd literal by the local name of its datatype: `typed('5', 'integer')`. */
export const typed = (
  value: string | number | boolean | bigint,
  datatype: 'integer' | 'decimal' | 'double' | 'float' | 'boolean' | 'dateTime' | 'anyURI' | 'string',
): RDF.Literal => factory.literal(String(value), factory.namedNode(XSD + datatype));

/**
 * The text that stands for a term in the log: reversible, without escapes.
 * `<iri`, `_label`, `"string`, `@language"string`, `^datatype"lexical`, and the empty text for the default graph.
 *
 * @throws FabricError `not-supported` for triple terms, variables and literals with a base direction
 */
export function encodeTerm(term: RDF.Term): string {
  switch (term.termType) {
    case 'NamedNode':
      return `<${term.value}`;
    case 'BlankNode':
      return `_${term.value}`;
    case 'DefaultGraph':
      return '';
    case 'Literal':
      if (term.language !== '') {
        if (term.direction) throw unsupported('a base direction');
        return `@${term.language}"${term.value}`;
      }
      return term.datatype.value === XSD_STRING ? `"${term.value}` : `^${term.datatype.value}"${term.value}`;
    case 'Quad':
      throw unsupported('triple terms');
    case 'Variable':
      throw unsupported('a variable in a quad');
  }
}

/** The identity of a term: equal texts for equal terms; language tags in lower case. */
export function termKey(term: RDF.Term): string {
  if (term.termType === 'Literal' && term.language !== '') {
    if (term.direction) throw unsupported('a base direction');
    return `@${term.language.toLowerCase()}"${term.value}`;
  }
  return encodeTerm(term);
}

/** Reads what {@link encodeTerm} wrote. */
export function decodeTerm(text: string): Term {
  switch (text[0]) {
    case undefined:
      return factory.defaultGraph();
    case '<':
      return factory.namedNode(text.slice(1));
    case '_':
      return factory.blankNode(text.slice(1));
    case '"':
      return factory.literal(text.slice(1));
    case '@': {
      const quote = text.indexOf('"');
      return factory.literal(text.slice(quote + 1), text.slice(1, quote));
    }
    case '^': {
      const quote = text.indexOf('"');
      return factory.literal(text.slice(quote + 1), factory.namedNode(text.slice(1, quote)));
    }
    default:
      throw new Error(`"${text.slice(0, 40)}" is not an encoded term`);
  }
}

/** The identity of a quad, usable as a key of a map. */
export function quadKey(q: RDF.Quad): string {
  return `${termKey(q.subject)}\u0001${termKey(q.predicate)}\u0001${termKey(q.object)}\u0001${termKey(q.graph)}`;
}

const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

const TO_ESCAPE = /["\\\n\r\t\b\f]|[\u0000-\u001f\u007f]/g;

const escapeControl = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Characters that no IRI has; data may put them there by `rml:UnsafeIRI`. */
const NOT_OF_IRIS = /[\u0000-\u0020<>"{}|^`\\]/;
const ALL_NOT_OF_IRIS = new RegExp(NOT_OF_IRIS, 'g');

const bracketed = (iri: string): string => `<${iri.replace(ALL_NOT_OF_IRIS, escapeControl)}>`;

/** Whether the IRI of a term, or of its datatype, could end its own brackets: no writer of others escapes it. */
export const isUnsafe = (term: RDF.Term): boolean =>
  term.termType === 'Literal'
    ? NOT_OF_IRIS.test(term.datatype.value)
    : term.termType === 'NamedNode' && NOT_OF_IRIS.test(term.value);

/** A term in N-Triples syntax (RDF 1.1 N-Triples, section 2), for people and for addresses. */
export function toNTriples(term: RDF.Term): string {
  switch (term.termType) {
    case 'NamedNode':
      return bracketed(term.value);
    case 'BlankNode':
      return `_:${term.value}`;
    case 'Literal': {
      const text = `"${term.value.replace(TO_ESCAPE, (c) => ESCAPES[c] ?? escapeControl(c))}"`;
      if (term.language !== '') return `${text}@${term.language}`;
      return term.datatype.value === XSD_STRING ? text : `${text}^^${bracketed(term.datatype.value)}`;
    }
    case 'DefaultGraph':
      return '';
    case 'Variable':
      return `?${term.value}`;
    case 'Quad':
      throw unsupported('triple terms');
  }
}

/** A quad as a line of N-Quads, without the line feed. */
export function toNQuads(q: RDF.Quad): string {
  const graph = q.graph.termType === 'DefaultGraph' ? '' : ` ${toNTriples(q.graph)}`;
  return `${toNTriples(q.subject)} ${toNTriples(q.predicate)} ${toNTriples(q.object)}${graph} .`;
}

/** A quad as a statement of Turtle, or of TriG where it has a graph, with whatever is unsafe escaped. */
export function toStatement({ subject, predicate, object, graph }: RDF.Quad): string {
  const triple = `${toNTriples(subject)} ${toNTriples(predicate)} ${toNTriples(object)} .`;
  return graph.termType === 'DefaultGraph' ? triple : `${toNTriples(graph)} { ${triple} }`;
}

function unsupported(what: string): FabricError {
  return new FabricError('not-supported', `RDF 1.2 is not supported yet: ${what} cannot be stored`);
}
