/**
 * Parameters and outputs of the published function descriptions (GREL as FnO, the functions of IDLab), and how
 * built-in functions are put together from them.
 */
import type { Scalar, Values } from '../reference/formulation.ts';
import { ExactNumber } from '../reference/number.ts';
import { TypedText } from '../reference/typed-text.ts';
import type { FunctionDescription, Output, Parameter } from './function.ts';

export const GREL = 'http://users.ugent.be/~bjdmeest/function/grel.ttl#';
export const IDLAB = 'https://w3id.org/imec/idlab/function#';
/** Where the functions of IDLab were before they had an address of their own. */
const IDLAB_OLD = 'http://example.com/idlab/function/';
export const MORPH = 'https://github.com/morph-kgc/morph-kgc/function/built-in.ttl#';

type More = Partial<Pick<Parameter, 'required' | 'takes' | 'nullable'>>;

/** A parameter by the local names of its IRI and of its `fno:predicate`. */
const grelParameter = (name: string, predicate: string, more: More = {}): Parameter => ({
  iri: GREL + name,
  aliases: [GREL + predicate],
  required: true,
  takes: 'one',
  ...more,
});

const idlabParameter = (name: string, more: More = {}): Parameter => ({
  iri: `${IDLAB}_${name}`,
  aliases: [IDLAB + name, `${IDLAB_OLD}_${name}`, IDLAB_OLD + name],
  required: true,
  takes: 'one',
  ...more,
});

/** The parameters of the GREL description. */
export const P = {
  value: grelParameter('valueParam', 'valueParameter'),
  value1: grelParameter('valueParam1', 'valueParameter1'),
  value2: grelParameter('valueParam2', 'valueParameter2'),
  mode: grelParameter('modeParam', 'modeParameter'),
  array: grelParameter('param_a', 'p_array_a', { takes: 'all' }),
  separator: grelParameter('param_string_sep', 'p_string_sep'),
  optionalSeparator: grelParameter('param_opt_sep', 'p_opt_sep', { required: false, nullable: true }),
  booleans: grelParameter('bool_array_b', 'param_rep_b', { takes: 'all' }),
  boolean: grelParameter('param_b', 'bool_b', { nullable: true }),
  whenTrue: grelParameter('param_true', 'any_true', { takes: 'all', nullable: true }),
  whenFalse: grelParameter('param_false', 'any_false', { takes: 'all', required: false, nullable: true }),
  sub: grelParameter('param_string_sub', 'string_sub'),
  find: grelParameter('param_find', 'p_string_find'),
  replace: grelParameter('param_replace', 'p_string_replace'),
  regex: grelParameter('param_regex', 'p_string_regex'),
  from: grelParameter('p_int_i_from', 'param_int_i_from'),
  to: grelParameter('p_int_i_opt_to', 'param_int_i_opt_to', { required: false, nullable: true }),
  any: grelParameter('param_any_e', 'p_any_e'),
  anyOrNull: grelParameter('param_any_e', 'p_any_e', { takes: 'all', nullable: true }),
  objects: grelParameter('param_any_rep_e', 'p_any_rep_e', { takes: 'all', nullable: true }),
  integer: grelParameter('param_int_i', 'p_int_i'),
  integer2: grelParameter('param_int_i2', 'p_int_i2'),
  moreIntegers: grelParameter('param_int_rep_i', 'p_rep_i', {
    takes: 'all',
    required: false,
    nullable: true,
  }),
  fragment: grelParameter('param_fragment', 'p_fragment'),
  omitFragment: grelParameter('param_bool_opt_b', 'p_bool_opt_b', { required: false, nullable: true }),
  pattern: grelParameter('param_string_pattern', 'p_string_pattern'),
  dateTime: grelParameter('param_datetime_d', 'p_datetime_d'),
  dateTime2: grelParameter('param_datetime_d2', 'p_datetime_d2'),
  timeUnit: grelParameter('param_string_timeunit', 'p_string_timeunit'),
  date: grelParameter('param_date_d', 'p_date_d'),
  unit: grelParameter('param_string_unit', 'p_string_unit'),
  number: grelParameter('param_dec_n', 'p_dec_n'),
  number2: grelParameter('param_dec_n2', 'param_n2'),
  exponent: grelParameter('param_dec_n_exp', 'p_any_exp'),
} as const;

/** The parameters of the functions of IDLab. */
export const I = {
  str: idlabParameter('str'),
  strOrNull: idlabParameter('str', { takes: 'all', nullable: true }),
  otherStr: idlabParameter('otherStr'),
  expectedStr: idlabParameter('expectedStr'),
  result: idlabParameter('result', { takes: 'all' }),
  delimiter: idlabParameter('delimiter', { required: false, nullable: true }),
  list: idlabParameter('list', { takes: 'all' }),
  strBoolean: idlabParameter('strBoolean'),
  resultStr: idlabParameter('str', { takes: 'all' }),
  test: { ...idlabParameter('test'), aliases: aliasesOf('test', 'p_test') },
  from: {
    ...idlabParameter('from', { required: false, nullable: true }),
    aliases: aliasesOf('from', 'p_from'),
  },
  to: { ...idlabParameter('to', { required: false, nullable: true }), aliases: aliasesOf('to', 'p_to') },
  strDate: idlabParameter('strDate'),
  pattern: idlabParameter('pattern'),
  lang: idlabParameter('lang'),
} as const;

function aliasesOf(name: string, predicate: string): readonly string[] {
  return [IDLAB + predicate, IDLAB + name, IDLAB_OLD + predicate, `${IDLAB_OLD}_${name}`, IDLAB_OLD + name];
}

const output = (name: string, predicate: string): Output => ({
  iri: GREL + name,
  aliases: [GREL + predicate],
});
const idlabOutput = (name: string, predicate: string): Output => ({
  iri: `${IDLAB}_${name}`,
  aliases: [IDLAB + predicate, `${IDLAB_OLD}_${name}`, IDLAB_OLD + predicate],
});

/** The outputs of both descriptions. */
export const OUT = {
  string: output('stringOut', 'stringOutput'),
  array: output('output_array', 'o_array'),
  number: output('output_number', 'o_number'),
  boolean: output('output_bool', 'o_bool'),
  any: output('output_any', 'o_any'),
  date: output('output_date', 'o_date'),
  idlabString: idlabOutput('stringOut', 'stringOut'),
  idlabBoolean: idlabOutput('boolOut', 'o_boolOut'),
} as const;

type Run = (args: readonly Values[]) => Values;

/** A pure function of the GREL namespace under one or several local names. */
export const grel = (
  names: string | readonly [string, ...string[]],
  parameters: readonly Parameter[],
  result: Output,
  run: Run,
): FunctionDescription => {
  const [name, ...others] = typeof names === 'string' ? [names] : names;
  const aliases = others.map((other) => GREL + other);
  return { iri: GREL + name, aliases, parameters, outputs: [result], pure: true, run };
};

/** A pure function of IDLab, under its address of today and the older one. */
export const idlab = (
  name: string,
  parameters: readonly Parameter[],
  result: Output,
  run: Run,
): FunctionDescription => ({
  iri: IDLAB + name,
  aliases: [IDLAB_OLD + name],
  parameters,
  outputs: [result],
  pure: true,
  run,
});

/** The first value of an argument. */
export const scalarOf = (value: Values): Scalar | undefined =>
  Array.isArray(value) ? (value as readonly Scalar[])[0] : (value as Scalar | undefined);

/** All values of an argument. */
export function valuesOf(value: Values): readonly Scalar[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
}

/** The text of a value; the empty text for none. */
export function textOfArgument(value: Values): string {
  const scalar = scalarOf(value);
  if (scalar === undefined) return '';
  return scalar instanceof ExactNumber || scalar instanceof TypedText ? scalar.text : String(scalar);
}

/** A run over the texts of the arguments, the first value of each; absent ones are empty. */
export const onTexts =
  (run: (...texts: string[]) => Values): Run =>
  (args) =>
    run(...args.map(textOfArgument));

/** The same, with absent texts undefined. */
export const onGivenTexts =
  (run: (...texts: (string | undefined)[]) => Values): Run =>
  (args) =>
    run(...args.map((arg) => (arg === undefined ? undefined : textOfArgument(arg))));

/** A finite number. @throws Error for a text that is none */
export function numberOf(text: string): number {
  const trimmed = text.trim();
  const number = trimmed === '' ? Number.NaN : Number(trimmed);
  if (!Number.isFinite(number)) throw new Error(`"${text.slice(0, 80)}" is no number`);
  return number;
}

/** A whole number. @throws Error for a text that is none */
export function integerOf(text: string): number {
  const number = numberOf(text);
  if (!Number.isSafeInteger(number)) throw new Error(`"${text.slice(0, 80)}" is no whole number`);
  return number;
}

const TRUE = /^(?:true|1)$/i;

/** Whether a value is true: the boolean, or the texts `true` and `1`. */
export const isTrue = (value: Scalar | undefined): boolean =>
  value === true || (value !== undefined && value !== false && TRUE.test(textOfArgument(value)));
