/**
 * Term maps of a mapping, in normal form: expression, term type with its default, datatype and language,
 * conditions, and what they gather.
 */
import { isLanguageTag } from '../execute/lexical.ts';
import type { Expression, Place, RefObjectMap, TermMap } from '../normal-form.ts';
import { rml, rmlName, TERM_TYPES, type TermType } from '../vocabulary.ts';
import { FUNCTION_PROPERTIES, parseConditions, parseExecution, type TermMapReader } from './function.ts';
import { GATHER_PROPERTIES, parseGather } from './gather.ts';
import type { MappingGraph, MappingTerm, Resource } from './mapping-graph.ts';
import { parseTargets } from './target.ts';
import { parseTemplate } from './template.ts';
import { checkType, defaultType, type Role, typeOfConstant } from './term-type.ts';

export type { Role } from './term-type.ts';

/** What most term maps are without. */
const PLAIN = { gather: undefined, conditions: [], targets: [] } as const;

const EXPRESSIONS = ['template', 'reference', 'constant'];
// An rr:inverseExpression helps those who query through a mapping; it has no part in what is made.
const KNOWN = [
  ...EXPRESSIONS,
  ...FUNCTION_PROPERTIES,
  'condition',
  'termType',
  'logicalTarget',
  'inverseExpression',
];
const LITERAL_PROPERTIES = ['datatype', 'datatypeMap', 'language', 'languageMap'];
const KNOWN_OF: Readonly<Partial<Record<Role, readonly string[]>>> = {
  subject: ['class', 'graph', 'graphMap', ...GATHER_PROPERTIES],
  object: [...LITERAL_PROPERTIES, ...GATHER_PROPERTIES],
  field: ['fieldName', 'field'],
  inputValue: ['datatype', 'datatypeMap'],
};

export function placeOf(graph: MappingGraph, node: Resource): Place {
  return {
    node: () => graph.node(node),
    refuse: (problem, property) => graph.refuse(node, problem, property),
  };
}

/** Nodes that are being read, by document: a map that is a part of itself would be read without end. */
const open = new WeakMap<MappingGraph, Set<string>>();

/**
 * @param references  reads a member of a gather that refers to a triples map; absent where none can be joined
 * @throws FabricError `mapping-invalid`
 */
export function parseTermMap(
  graph: MappingGraph,
  node: Resource,
  role: Role,
  references?: (node: Resource) => RefObjectMap,
): TermMap {
  const reading = open.get(graph) ?? new Set<string>();
  open.set(graph, reading);
  const key = `${node.termType} ${node.value}`;
  if (reading.has(key)) graph.refuse(node, 'is a part of itself');
  reading.add(key);
  try {
    return readTermMap(graph, node, role, references);
  } finally {
    reading.delete(key);
  }
}

function readTermMap(
  graph: MappingGraph,
  node: Resource,
  role: Role,
  references: ((node: Resource) => RefObjectMap) | undefined,
): TermMap {
  graph.onlyKnows(node, `a ${role} map`, [...KNOWN, ...(KNOWN_OF[role] ?? [])]);
  const datatype = one(graph, node, 'datatype');
  const language = one(graph, node, 'language');
  const gather = parseGather(graph, node, {
    termMap: (member) => parseTermMap(graph, member, 'object', references),
    refObjectMap: references,
  });
  const declared = declaredType(graph, node);
  const expression = parseExpression(graph, node, gather === undefined ? declared : 'BlankNode');
  const isLiteral = datatype !== undefined || language !== undefined;
  const termType = declared ?? (gather ? headType(expression) : defaultType(role, expression, isLiteral));
  checkType(graph, node, gather ? 'subject' : role, expression, termType);
  if (expression.kind === 'fresh' && termType !== 'BlankNode') {
    graph.refuse(node, `has the term type rml:${termType} and nothing that names it`, 'termType');
  }
  if (termType !== 'Literal' && (datatype ?? language)) {
    graph.refuse(node, `has a datatype or language although its term type is rml:${termType}`, 'termType');
  }
  if (datatype && language) graph.refuse(node, 'has both a datatype and a language', 'language');
  const place = placeOf(graph, node);
  const conditions = parseConditions(graph, node, readerOf(graph));
  const targets = parseTargets(graph, node);
  return { place, expression, termType, datatype, language, gather, conditions, targets };
}

/** The head of what is gathered is a node whatever names it (RML-CC, "Named collection or container"). */
function headType(expression: Expression): TermType {
  if (expression.kind === 'constant') return typeOfConstant(expression.term);
  return expression.kind === 'fresh' ? 'BlankNode' : 'IRI';
}

/** What function executions are read with. */
export const readerOf = (graph: MappingGraph): TermMapReader => ({
  place: (node) => placeOf(graph, node),
  all: (node, role) => parseTermMaps(graph, node, role),
});

function constantTermMap(graph: MappingGraph, owner: Resource, term: MappingTerm, role: Role): TermMap {
  const expression: Expression = { kind: 'constant', term };
  const termType = typeOfConstant(term);
  checkType(graph, owner, role, expression, termType, role);
  const place = placeOf(graph, owner);
  return { place, expression, termType, datatype: undefined, language: undefined, ...PLAIN };
}

/** All maps of a role below `node`: shortcuts first, then maps, as `rml:graph` and `rml:graphMap`. */
export function parseTermMaps(
  graph: MappingGraph,
  node: Resource,
  role: Role,
  references?: (node: Resource) => RefObjectMap,
): readonly TermMap[] {
  const maps = graph.resources(node, `${role}Map`).map((map) => parseTermMap(graph, map, role, references));
  return [...parseShortcuts(graph, node, role), ...maps];
}

/** The term maps that `node` writes as their constants, as `rml:graph`. */
export function parseShortcuts(graph: MappingGraph, node: Resource, role: Role): readonly TermMap[] {
  return graph.all(node, role).map((term) => {
    const described =
      term.termType === 'BlankNode' && graph.propertiesOf(term).some((iri) => iri.startsWith(rml('')));
    // A shortcut is a constant: what its node says of itself would be without effect.
    if (described)
      graph.refuse(node, `has a term map as rml:${role}, which takes a constant; write rml:${role}Map`, role);
    return constantTermMap(graph, node, term, role);
  });
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
  const given = [...EXPRESSIONS, 'functionExecution'].filter((property) => graph.has(node, property));
  if (given.length > 1) graph.refuse(node, `has rml:${given.join(' and rml:')}, one is allowed`, given[1]);
  const stray = FUNCTION_PROPERTIES.find((property) => graph.has(node, property));
  if (given[0] !== 'functionExecution' && stray !== undefined) {
    graph.refuse(node, `has rml:${stray} without rml:functionExecution`, stray);
  }
  switch (given[0]) {
    case 'constant':
      return { kind: 'constant', term: graph.optional(node, 'constant')! };
    case 'reference':
      return { kind: 'reference', reference: graph.text(node, 'reference')! };
    case 'template':
      return templateOf(graph, node, graph.text(node, 'template')!);
    case 'functionExecution':
      return { kind: 'function', execution: parseExecution(graph, node, readerOf(graph)) };
    default:
      if (declared === 'BlankNode') return { kind: 'fresh' };
      return graph.refuse(
        node,
        'has none of rml:template, rml:reference, rml:constant and rml:functionExecution',
      );
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
