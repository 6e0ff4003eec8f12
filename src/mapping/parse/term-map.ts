/**
 * Term maps of a mapping, in normal form: expression, term type with its default, datatype and language.
 */
import { isLanguageTag } from '../execute/lexical.ts';
import type { Expression, Place, TermMap } from '../normal-form.ts';
import { rmlName, TERM_TYPES, type TermType } from '../vocabulary.ts';
import type { MappingGraph, MappingTerm, Resource } from './mapping-graph.ts';
import { parseTemplate } from './template.ts';

/** Where a term map stands; it decides the default and the allowed term types. */
export type Role = 'subject' | 'predicate' | 'object' | 'graph' | 'datatype' | 'language' | 'join';

const IRI_TYPES: readonly TermType[] = ['IRI', 'URI', 'UnsafeIRI', 'UnsafeURI'];
const ALLOWED: Readonly<Record<Role, readonly TermType[]>> = {
  subject: [...IRI_TYPES, 'BlankNode'],
  predicate: IRI_TYPES,
  object: TERM_TYPES,
  graph: [...IRI_TYPES, 'BlankNode'],
  datatype: IRI_TYPES,
  language: ['Literal'],
  join: ['Literal'],
};

/** What most term maps are without. */
const PLAIN = { gather: undefined, conditions: [], targets: [] } as const;

const EXPRESSIONS = ['template', 'reference', 'constant'];
const KNOWN = [...EXPRESSIONS, 'termType'];
const KNOWN_OF: Readonly<Partial<Record<Role, readonly string[]>>> = {
  subject: ['class', 'graph', 'graphMap'],
  object: ['datatype', 'datatypeMap', 'language', 'languageMap'],
};

export function placeOf(graph: MappingGraph, node: Resource): Place {
  return {
    node: () => graph.node(node),
    refuse: (problem, property) => graph.refuse(node, problem, property),
  };
}

/** @throws FabricError `mapping-invalid` */
export function parseTermMap(graph: MappingGraph, node: Resource, role: Role): TermMap {
  graph.onlyKnows(node, `a ${role} map`, [...KNOWN, ...(KNOWN_OF[role] ?? [])]);
  const datatype = one(graph, node, 'datatype');
  const language = one(graph, node, 'language');
  const declared = declaredType(graph, node);
  const expression = parseExpression(graph, node, declared);
  const termType =
    declared ?? defaultType(role, expression, datatype !== undefined || language !== undefined);
  checkType(graph, node, role, expression, termType);
  if (termType !== 'Literal' && (datatype ?? language)) {
    graph.refuse(node, `has a datatype or language although its term type is rml:${termType}`, 'termType');
  }
  if (datatype && language) graph.refuse(node, 'has both a datatype and a language', 'language');
  const place = placeOf(graph, node);
  return { place, expression, termType, datatype, language, ...PLAIN };
}

function constantTermMap(graph: MappingGraph, owner: Resource, term: MappingTerm, role: Role): TermMap {
  const expression: Expression = { kind: 'constant', term };
  const termType = typeOfConstant(term);
  checkType(graph, owner, role, expression, termType, role);
  const place = placeOf(graph, owner);
  return { place, expression, termType, datatype: undefined, language: undefined, ...PLAIN };
}

/** All maps of a role below `node`: shortcuts first, then maps, as `rml:graph` and `rml:graphMap`. */
export function parseTermMaps(graph: MappingGraph, node: Resource, role: Role): readonly TermMap[] {
  const maps = graph.resources(node, `${role}Map`).map((map) => parseTermMap(graph, map, role));
  return [...parseShortcuts(graph, node, role), ...maps];
}

/** The term maps that `node` writes as their constants, as `rml:graph`. */
export function parseShortcuts(graph: MappingGraph, node: Resource, role: Role): readonly TermMap[] {
  return graph.all(node, role).map((term) => constantTermMap(graph, node, term, role));
}

/** A reference that the mapping wrote without a map: `rml:child`, `rml:parent`. */
export function referenceMap(graph: MappingGraph, owner: Resource, reference: string): TermMap {
  return {
    place: placeOf(graph, owner),
    expression: { kind: 'reference', reference },
    termType: 'Literal',
    datatype: undefined,
    language: undefined,
    ...PLAIN,
  };
}

function one(graph: MappingGraph, node: Resource, role: 'datatype' | 'language'): TermMap | undefined {
  const maps = parseTermMaps(graph, node, role);
  if (maps.length > 1) graph.refuse(node, `has ${maps.length} ${role} maps, one is allowed`, role);
  const [map] = maps;
  const constant = map?.expression.kind === 'constant' ? map.expression.term.value : undefined;
  if (role === 'language' && constant !== undefined && !isLanguageTag(constant)) {
    graph.refuse(node, `has "${constant}" as language, which is no language tag (BCP 47)`, role);
  }
  return map;
}

function declaredType(graph: MappingGraph, node: Resource): TermType | undefined {
  const value = graph.optional(node, 'termType');
  if (value === undefined) return undefined;
  const type = TERM_TYPES.find((name) => name === rmlName(value.value));
  if (type === undefined) graph.refuse(node, `has the unknown term type <${value.value}>`, 'termType');
  return type;
}

function parseExpression(graph: MappingGraph, node: Resource, declared: TermType | undefined): Expression {
  const given = EXPRESSIONS.filter((property) => graph.has(node, property));
  if (given.length > 1) graph.refuse(node, `has rml:${given.join(' and rml:')}, one is allowed`, given[1]);
  switch (given[0]) {
    case 'constant':
      return { kind: 'constant', term: graph.optional(node, 'constant')! };
    case 'reference':
      return { kind: 'reference', reference: graph.text(node, 'reference')! };
    case 'template':
      return templateOf(graph, node, graph.text(node, 'template')!);
    default:
      if (declared === 'BlankNode') return { kind: 'fresh' };
      return graph.refuse(node, 'has none of rml:template, rml:reference and rml:constant');
  }
}

function templateOf(graph: MappingGraph, node: Resource, text: string): Expression {
  const template = parseTemplate(text);
  if ('problem' in template) {
    const { problem, at } = template;
    return graph.refuse(
      node,
      `has the template "${text}" in which ${problem} (character ${at + 1})`,
      'template',
    );
  }
  return { kind: 'template', template };
}

const typeOfConstant = (term: MappingTerm): TermType =>
  term.termType === 'NamedNode' ? 'IRI' : term.termType;

function defaultType(role: Role, expression: Expression, literal: boolean): TermType {
  if (role === 'language' || role === 'join') return 'Literal';
  if (expression.kind === 'constant') return typeOfConstant(expression.term);
  if (role === 'object' && (literal || expression.kind === 'reference')) return 'Literal';
  return 'IRI';
}

function checkType(
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
