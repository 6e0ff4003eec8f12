/**
 * The RML vocabulary, and how the older ones are lifted into it.
 *
 * Everything behind the parser speaks `http://w3id.org/rml/` only; no other module may know a legacy term.
 */

export const RML = 'http://w3id.org/rml/';
const R2RML = 'http://www.w3.org/ns/r2rml#';
const RML_LEGACY = 'http://semweb.mmlab.be/ns/rml#';
const QL_LEGACY = 'http://semweb.mmlab.be/ns/ql#';
const FNML_LEGACY = 'http://semweb.mmlab.be/ns/fnml#';

const LEGACY = [R2RML, RML_LEGACY, QL_LEGACY, FNML_LEGACY];

/** Legacy terms whose local name changed. */
const RENAMED = new Map([
  [`${R2RML}column`, `${RML}reference`],
  [`${R2RML}RefObjectMap`, `${RML}RefObjectMap`],
  [`${FNML_LEGACY}functionValue`, `${RML}functionExecution`],
]);

/** The IRI of a term of the RML vocabulary. */
export const rml = (name: string): string => RML + name;

/** Whether an IRI belongs to the vocabulary that came before `http://w3id.org/rml/`. */
export const isLegacy = (iri: string): boolean => LEGACY.some((namespace) => iri.startsWith(namespace));

/** The RML term that an IRI stands for: itself, or what a legacy term is called today. */
export function lift(iri: string): string {
  const renamed = RENAMED.get(iri);
  if (renamed !== undefined) return renamed;
  for (const namespace of LEGACY) {
    if (iri.startsWith(namespace)) return RML + iri.slice(namespace.length);
  }
  return iri;
}

/** The local name of a term of the RML vocabulary; undefined for any other IRI. */
export const rmlName = (iri: string): string | undefined =>
  iri.startsWith(RML) ? iri.slice(RML.length) : undefined;

/** Sorts of RDF term that a term map may make (RML-Core, "IRIs, URIs, Literal, Blank Nodes"). */
export const TERM_TYPES = ['IRI', 'URI', 'UnsafeIRI', 'UnsafeURI', 'BlankNode', 'Literal'] as const;
export type TermType = (typeof TERM_TYPES)[number];
