/**
 * Joins of YARRRML: the condition of a reference to another mapping becomes a join condition.
 */
import type { RDF } from '../../rdf/terms.ts';
import type { Reading } from './yarrrml-builder.ts';
import { type Argument, type Call, EQUAL, type Functions, type Side } from './yarrrml-function.ts';

export interface WrittenJoin {
  /** The referencing object map. */
  readonly object: RDF.NamedNode | RDF.BlankNode;
  readonly call: Call;
  /** Whether the reference goes from the parent to the child, as inverse predicates need it. */
  readonly turned: boolean;
}

/**
 * States a join: two values that have to be equal, one of the child's record and one of the parent's.
 *
 * What says nothing of its side is of the other one than its neighbour; of two, the first is the child's.
 *
 * @throws FabricError `mapping-invalid` for another function than equality, and for two values of one side
 */
export function stateJoin(
  { yaml, builder }: Reading,
  functions: Functions,
  { object, call, turned }: WrittenJoin,
): void {
  if (call.function !== EQUAL) {
    yaml.refuse(call.at, `joins mappings by <${call.function}>; only "equal" is supported`);
  }
  const [first, second] = call.parameters;
  if (first === undefined || second === undefined || call.parameters.length > 2) {
    return yaml.refuse(call.at, 'joins mappings by a condition that has not exactly two parameters');
  }
  const [stated, statedOther] = [first, second].map(({ value, side }) => side ?? sideOf(value));
  const one = stated ?? (statedOther === undefined ? 'child' : otherThan(statedOther));
  const other = statedOther ?? otherThan(one);
  if (one === other) {
    yaml.refuse(call.at, 'joins mappings by two values of the same side; one has to be "s", the other "o"');
  }
  const condition = builder.node(call.at, 'the join condition');
  builder.add(object, 'joinCondition', condition, call.at);
  const sides = [
    { parameter: first, side: one },
    { parameter: second, side: other },
  ];
  for (const { parameter, side } of sides) {
    const actual = turned ? otherThan(side) : side;
    const map = builder.node(parameter.at, `the ${actual} of the join condition`);
    builder.add(condition, `${actual}Map`, map, parameter.at);
    functions.argument(map, parameter.value);
  }
}

const otherThan = (side: Side): Side => (side === 'child' ? 'parent' : 'child');

/** The side that a nested call says it is of. */
function sideOf(value: Argument): Side | undefined {
  if (value.kind === 'text') return undefined;
  const sides = value.call.parameters.map((parameter) => parameter.side ?? sideOf(parameter.value));
  return sides.find((side) => side !== undefined);
}
