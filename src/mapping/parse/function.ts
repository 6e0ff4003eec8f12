/**
 * Function executions and conditions of a mapping, in normal form (RML-FNML), and the older way of writing them.
 *
 * It reads what is written; whether functions and parameters exist is told when the mapping is compiled.
 */
import type { FunctionExecution, Place, TermMap } from '../normal-form.ts';
import type { MappingGraph, Resource } from './mapping-graph.ts';
import type { Role } from './term-type.ts';

/** The reader of term maps, which reads function executions in its turn. */
export interface TermMapReader {
  readonly place: (node: Resource) => Place;
  /** All maps of a role below a node, shortcuts included. */
  readonly all: (node: Resource, role: Role) => readonly TermMap[];
}

/** Properties of a term map whose value a function gives. */
export const FUNCTION_PROPERTIES: readonly string[] = ['functionExecution', 'return', 'returnMap'];

/** `fno:executes`; the older one has no `s` in its scheme. */
const EXECUTES = /^https?:\/\/w3id\.org\/function\/ontology#executes$/;

/**
 * What a term map calls.
 *
 * @throws FabricError `mapping-invalid`
 */
export function parseExecution(graph: MappingGraph, map: Resource, read: TermMapReader): FunctionExecution {
  const [node, second] = graph.resources(map, 'functionExecution');
  if (node === undefined) return graph.refuse(map, 'has no rml:functionExecution');
  if (second !== undefined) {
    graph.refuse(map, 'has several values of rml:functionExecution, one is allowed', 'functionExecution');
  }
  const [output, other] = read.all(map, 'return');
  if (other !== undefined) graph.refuse(map, 'has several return maps, one is allowed', 'return');
  return graph.has(node, 'predicateObjectMap')
    ? { ...parseFunctionTriplesMap(graph, node, read), output }
    : { ...parseFunctionExecution(graph, node, read), output };
}

/** Conditions of a term map or predicate-object map: each is a map that a function gives its value. */
export function parseConditions(
  graph: MappingGraph,
  node: Resource,
  read: TermMapReader,
): readonly FunctionExecution[] {
  return graph.resources(node, 'condition').map((condition) => {
    graph.onlyKnows(condition, 'a condition', FUNCTION_PROPERTIES);
    return parseExecution(graph, condition, read);
  });
}

type Execution = Omit<FunctionExecution, 'output'>;

function parseFunctionExecution(graph: MappingGraph, node: Resource, read: TermMapReader): Execution {
  graph.onlyKnows(node, 'a function execution', ['function', 'functionMap', 'input']);
  const [called, second] = read.all(node, 'function');
  if (called === undefined) return graph.refuse(node, 'has no rml:function');
  if (second !== undefined) graph.refuse(node, 'has several functions, one is allowed', 'function');
  const inputs = graph.resources(node, 'input').map((input) => {
    graph.onlyKnows(input, 'an input', ['parameter', 'parameterMap', 'inputValue', 'inputValueMap']);
    const [parameter, otherParameter] = read.all(input, 'parameter');
    const [value, otherValue] = read.all(input, 'inputValue');
    if (parameter === undefined) return graph.refuse(input, 'has no rml:parameter');
    if (otherParameter) graph.refuse(input, 'has several parameters, one is allowed', 'parameter');
    if (value === undefined) return graph.refuse(input, 'has neither rml:inputValue nor rml:inputValueMap');
    if (otherValue)
      graph.refuse(input, 'has several values, one is allowed; write one input each', 'inputValue');
    return { parameter, value };
  });
  return { place: read.place(node), functions: graph.functions, function: called, inputs };
}

/**
 * A function as it was written before RML-FNML: a triples map whose predicates are `fno:executes` and the
 * parameters. Its logical source is that of the map it stands in, and what it says of subjects makes no triples.
 */
function parseFunctionTriplesMap(graph: MappingGraph, node: Resource, read: TermMapReader): Execution {
  const known = ['predicateObjectMap', 'logicalSource', 'logicalTable', 'subjectMap', 'subject'];
  graph.onlyKnows(node, 'a function triples map', known);
  const functions: TermMap[] = [];
  const inputs: { parameter: TermMap; value: TermMap }[] = [];
  for (const map of graph.resources(node, 'predicateObjectMap')) {
    graph.onlyKnows(map, 'a predicate-object map of a function', [
      'predicate',
      'predicateMap',
      'object',
      'objectMap',
    ]);
    const values = read.all(map, 'object');
    if (values.length === 0) graph.refuse(map, 'has no object map');
    for (const parameter of read.all(map, 'predicate')) {
      const { expression } = parameter;
      const executes = expression.kind === 'constant' && EXECUTES.test(expression.term.value);
      if (executes) functions.push(...values);
      else inputs.push(...values.map((value) => ({ parameter, value })));
    }
  }
  const [called, second] = functions;
  if (called === undefined) return graph.refuse(node, 'has no predicate fno:executes', 'predicateObjectMap');
  if (second !== undefined)
    graph.refuse(node, 'executes several functions, one is allowed', 'predicateObjectMap');
  return { place: read.place(node), functions: graph.functions, function: called, inputs };
}
