/**
 * GREL functions that decide: booleans, branches, and questions about values that may be absent.
 */
import type { Scalar, Values } from '../reference/formulation.ts';
import type { FunctionDescription } from './function.ts';
import { grel, isTrue, MORPH, OUT, P, scalarOf, textOfArgument, valuesOf } from './vocabulary.ts';

const booleans = (values: Values): readonly boolean[] => valuesOf(values).map((value) => isTrue(value));

/** Texts that mean no where a text is cast to a boolean. */
const FALSE = new Set(['', 'false', 'no', 'off', '0']);

const isBlank = (values: Values): boolean =>
  valuesOf(values).every((value) => textOfArgument(value).trim() === '');

const isNumeric = (values: Values): boolean => {
  const text = textOfArgument(values).trim();
  return text !== '' && Number.isFinite(Number(text));
};

/** The first value that is there and no empty text. */
const coalesce = (values: Values): Scalar | undefined =>
  valuesOf(values).find((value) => textOfArgument(value) !== '');

/** What GREL calls the type of a value. */
function typeName(values: Values): string {
  if (Array.isArray(values) && values.length > 1) return 'array';
  const value = scalarOf(values);
  if (value === undefined) return 'undefined';
  return typeof value === 'boolean' || typeof value === 'string' ? typeof value : 'number';
}

export const controlFunctions: readonly FunctionDescription[] = [
  grel('boolean_and', [P.booleans], OUT.boolean, ([values]) => booleans(values).every(Boolean)),
  grel('boolean_or', [P.booleans], OUT.boolean, ([values]) => booleans(values).some(Boolean)),
  grel(
    'boolean_xor',
    [P.booleans],
    OUT.boolean,
    ([values]) => booleans(values).filter(Boolean).length % 2 === 1,
  ),
  grel(
    'boolean_not',
    [{ ...P.boolean, nullable: false }],
    OUT.boolean,
    ([value]) => !isTrue(scalarOf(value)),
  ),
  grel('controls_if', [P.boolean, P.whenTrue, P.whenFalse], OUT.any, ([test, whenTrue, whenFalse]) =>
    isTrue(scalarOf(test)) ? whenTrue : whenFalse,
  ),
  {
    ...grel(
      'controls_if_cast',
      [P.boolean, P.whenTrue, P.whenFalse],
      OUT.any,
      ([test, whenTrue, whenFalse]) => (FALSE.has(textOfArgument(test).toLowerCase()) ? whenFalse : whenTrue),
    ),
    aliases: [`${MORPH}controls_if_cast`],
  },
  grel('controls_isNull', [P.anyOrNull], OUT.boolean, ([value]) => valuesOf(value).length === 0),
  grel('controls_isNotNull', [P.anyOrNull], OUT.boolean, ([value]) => valuesOf(value).length > 0),
  grel('controls_isBlank', [P.anyOrNull], OUT.boolean, ([value]) => isBlank(value)),
  grel('controls_isNonBlank', [P.anyOrNull], OUT.boolean, ([value]) => !isBlank(value)),
  grel('controls_isNumeric', [P.anyOrNull], OUT.boolean, ([value]) => isNumeric(value)),
  {
    ...grel('other_coalesce', [P.objects], OUT.any, ([values]) => coalesce(values)),
    aliases: [`${MORPH}other_coalesce`],
  },
  grel('other_type', [P.anyOrNull], OUT.string, ([value]) => typeName(value)),
];
