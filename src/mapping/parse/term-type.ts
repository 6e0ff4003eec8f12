/**
 * Term types of term maps: which may stand where, and what holds where none is declared (RML-Core, "Term types").
 */
import type { Expression } from '../normal-form.ts';
import { TERM_TYPES, type TermType } from '../vocabulary.ts';
import type { MappingGraph, MappingTerm, Resource } from './mapping-graph.ts';

/** Where a term map stands; it decides the default and the allowed term types. */
export type Role =
  | 'subject'
  | 'predicate'
  | 'object'
  | 'graph'
  | 'datatype'
  | 'language'
  | 'join'
  | 'field'
  | 'function'
  | 'parameter'
  | 'return'
  | 'inputValue';

const IRI_TYPES: readonly TermType[] = ['IRI', 'URI', 'UnsafeIRI', 'UnsafeURI'];
const ALLOWED: Readonly<Record<Role, readonly TermType[]>> = {
  subject: [...IRI_TYPES, 'BlankNode'],
  predicate: IRI_TYPES,
  object: TERM_TYPES,
  graph: [...IRI_TYPES, 'BlankNode'],
  datatype: IRI_TYPES,
  language: ['Literal'],
  join: ['Literal'],
  field: ['IRI', 'Literal'],
  function: IRI_TYPES,
  parameter: IRI_TYPES,
  return: IRI_TYPES,
  inputValue: [...IRI_TYPES, 'Literal'],
};

export const typeOfConstant = (term: MappingTerm): TermType =>
  term.termType === 'NamedNode' ? 'IRI' : term.termType;

/**
 * The term type of a map that declares none.
 *
 * @param literal  whether the map has a datatype or a language
 * @see RML-FNML, "Function-valued Expression Map"
 */
export function defaultType(role: Role, expression: Expression, literal: boolean): TermType {
  if (role === 'language' || role === 'join') return 'Literal';
  if (expression.kind === 'constant') return typeOfConstant(expression.term);
  if (role === 'inputValue' || role === 'field') return 'Literal';
  const values = expression.kind === 'reference' || expression.kind === 'function';
  return role === 'object' && (literal || values) ? 'Literal' : 'IRI';
}

/** @throws FabricError `mapping-invalid` where a map cannot make what its place needs */
export function checkType(
  graph: MappingGraph,
  node: Resource,
  role: Role,
  expression: Expression,
  termType: TermType,
  property = 'termType',
): void {
  if (!ALLOWED[role].includes(termType)) {
    graph.refuse(node, `makes an rml:${termType}, which cannot stand as ${role}`, property);
  }
  if (expression.kind !== 'constant') return;
  const kind = typeOfConstant(expression.term);
  const fits = kind === 'IRI' ? IRI_TYPES.includes(termType) : kind === termType;
  if (fits) return;
  graph.refuse(node, `has a constant of type rml:${kind} but the term type rml:${termType}`, 'termType');
}
