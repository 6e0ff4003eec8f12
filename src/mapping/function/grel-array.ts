/**
 * GREL functions on arrays: several values of one parameter, in their order.
 */
import type { Scalar, Values } from '../reference/formulation.ts';
import type { FunctionDescription } from './function.ts';
import { grel, integerOf, numberOf, OUT, P, textOfArgument, valuesOf } from './vocabulary.ts';

const texts = (value: Values): readonly string[] => valuesOf(value).map(textOfArgument);

/** From `from` up to `to`; negative positions count from the end. */
function slice(values: Values, from: Values, to: Values): readonly Scalar[] {
  const end = to === undefined ? undefined : integerOf(textOfArgument(to));
  return valuesOf(values).slice(integerOf(textOfArgument(from)), end);
}

/** By value where all are numbers, else by their texts in the order of code units. */
function sorted(values: readonly Scalar[]): readonly Scalar[] {
  const number = (value: Scalar): number => Number(textOfArgument(value));
  const numeric = values.every(
    (value) => Number.isFinite(number(value)) && textOfArgument(value).trim() !== '',
  );
  const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return values.toSorted((a, b) =>
    numeric ? number(a) - number(b) : compareTexts(textOfArgument(a), textOfArgument(b)),
  );
}

function distinct(values: readonly Scalar[]): readonly Scalar[] {
  return [...new Map(values.map((value) => [textOfArgument(value), value])).values()];
}

const sum = (values: Values): number => texts(values).reduce((total, text) => total + numberOf(text), 0);

export const arrayFunctions: readonly FunctionDescription[] = [
  grel('array_get', [P.array, P.from, P.to], OUT.array, ([values, from, to]) =>
    to === undefined ? valuesOf(values).at(integerOf(textOfArgument(from))) : slice(values, from, to),
  ),
  grel('array_slice', [P.array, P.from, P.to], OUT.array, ([values, from, to]) => slice(values, from, to)),
  grel('array_join', [P.array, P.separator], OUT.string, ([values, separator]) =>
    texts(values).join(textOfArgument(separator)),
  ),
  grel(
    ['array_length', 'array_size'],
    [{ ...P.array, nullable: true }],
    OUT.number,
    ([values]) => valuesOf(values).length,
  ),
  grel('array_reverse', [P.array], OUT.array, ([values]) => valuesOf(values).toReversed()),
  grel('array_sort', [P.array], OUT.array, ([values]) => sorted(valuesOf(values))),
  grel(['array_uniques', 'array_unique'], [P.array], OUT.array, ([values]) => distinct(valuesOf(values))),
  grel(['array_sum', 'math_sum'], [P.array], OUT.number, ([values]) => sum(values)),
  grel('math_avg', [P.array], OUT.number, ([values]) => sum(values) / valuesOf(values).length),
  grel('array_contains', [P.array, P.value], OUT.boolean, ([values, value]) =>
    texts(values).includes(textOfArgument(value)),
  ),
];
