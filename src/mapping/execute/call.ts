/**
 * Function executions compiled to closures (RML-FNML): a record in, values out.
 *
 * What a mapping states is checked before a byte of data is read. A function that fails is reported and gives
 * no value; nothing else is lost.
 */
import { messageOf } from '../../errors.ts';
import { type FunctionDescription, FunctionFault, isNamed } from '../function/function.ts';
import { nearestIri } from '../function/registry.ts';
import { scalarOf, textOfArgument } from '../function/vocabulary.ts';
import type { FunctionExecution, Place, TermMap } from '../normal-form.ts';
import type { Scalar, Values } from '../reference/formulation.ts';
import type { Run } from './run.ts';

type ValueFunction = (record: unknown, run: Run) => Values;

/** Compiles the values of a term map. */
export type CompileValues = (map: TermMap) => ValueFunction;

/** An execution whose names are all resolved. */
interface Bound {
  readonly description: FunctionDescription;
  /** For each parameter of the function the inputs that are meant for it. */
  readonly slots: readonly (readonly number[])[];
  readonly output: number;
}

/** What is wrong with the names of an execution, and where that stands. */
interface Unbound {
  readonly problem: string;
  readonly place: Place;
  readonly property: string;
}

/** Several values for each of several parameters would call a function without end. */
const CALLS_MAX = 65_536;

/** @throws FabricError `mapping-invalid` for unknown functions, parameters and outputs, and missing inputs */
export function compileCall(execution: FunctionExecution, compileValues: CompileValues): ValueFunction {
  const inputs = execution.inputs.map(({ value }) => compileValues(value));
  const names = [
    execution.function,
    ...execution.inputs.map(({ parameter }) => parameter),
    ...(execution.output === undefined ? [] : [execution.output]),
  ];
  const constants = names.map(({ expression }) =>
    expression.kind === 'constant' ? expression.term.value : undefined,
  );
  if (constants.every((name) => name !== undefined)) {
    const bound = bind(execution, constants);
    if ('problem' in bound) return bound.place.refuse(bound.problem, bound.property);
    return (record, run) => call(bound, inputs, execution.place, record, run);
  }
  return dynamicCall(execution, names.map(compileValues), inputs);
}

/** Functions, parameters or outputs that the data name: resolved when they are first met. */
function dynamicCall(
  execution: FunctionExecution,
  names: readonly ValueFunction[],
  inputs: readonly ValueFunction[],
): ValueFunction {
  const known = new Map<string, Bound | Unbound>();
  return (record, run) => {
    const texts: string[] = [];
    for (const name of names) {
      const value = scalarOf(name(record, run));
      if (value === undefined) return undefined;
      texts.push(textOfArgument(value));
    }
    const key = JSON.stringify(texts);
    const bound = known.get(key) ?? bind(execution, texts);
    if (known.size >= BOUND_MAX) known.clear();
    known.set(key, bound);
    if (!('problem' in bound)) return call(bound, inputs, execution.place, record, run);
    run.report(bound.place, { code: 'function-unknown', message: bound.problem });
    return undefined;
  };
}

const BOUND_MAX = 1024;

/** @param names  of the function, of the parameter of each input, and of the output where there is one */
function bind(execution: FunctionExecution, names: readonly string[]): Bound | Unbound {
  const [iri = '', ...parameters] = names;
  const description = execution.functions.get(iri);
  if (description === undefined) {
    const hint = hintFor(execution.functions.nearest(iri), 'mappings/functions.md lists the built-in ones');
    const problem = `calls <${iri}>, which is no known function; ${hint}`;
    return { problem, place: execution.function.place, property: 'function' };
  }
  const slots: number[][] = description.parameters.map(() => []);
  for (const [index, { parameter }] of execution.inputs.entries()) {
    const name = parameters[index]!;
    const at = description.parameters.findIndex((known) => isNamed(known, name));
    const slot = slots[at];
    const place = parameter.place;
    if (slot === undefined) {
      const problem = `gives <${iri}> the parameter <${name}>, which it does not have; ${known(description.parameters, name)}`;
      return { problem, place, property: 'parameter' };
    }
    if (slot.length > 0 && description.parameters[at]!.takes === 'one') {
      return { problem: `gives <${iri}> the parameter <${name}> twice`, place, property: 'parameter' };
    }
    slot.push(index);
  }
  const missing = description.parameters.find(({ required }, at) => required && slots[at]!.length === 0);
  if (missing !== undefined) {
    const problem = `calls <${iri}> without its parameter <${missing.iri}>`;
    return { problem, place: execution.place, property: 'input' };
  }
  if (execution.output === undefined) return { description, slots, output: 0 };
  const name = names.at(-1)!;
  const output = description.outputs.findIndex((known) => isNamed(known, name));
  if (output >= 0) return { description, slots, output };
  const problem = `asks <${iri}> for <${name}>, which it does not return; ${known(description.outputs, name)}`;
  return { problem, place: execution.output.place, property: 'return' };
}

function known(
  named: readonly { readonly iri: string; readonly aliases?: readonly string[] }[],
  name: string,
): string {
  const iris = named.map(({ iri }) => iri);
  const all = named.flatMap(({ iri, aliases = [] }) => [iri, ...aliases]);
  const others = iris.length === 0 ? 'it has none' : `it has ${iris.map((iri) => `<${iri}>`).join(', ')}`;
  return hintFor(nearestIri(name, all), others);
}

const hintFor = (near: string | undefined, otherwise: string): string =>
  near === undefined ? otherwise : `did you mean <${near}>?`;

function call(
  { description, slots, output }: Bound,
  inputs: readonly ValueFunction[],
  place: Place,
  record: unknown,
  run: Run,
): Values {
  const { parameters } = description;
  const args: Values[] = [];
  /** Parameters that have several values and take one. */
  let several: number[] | undefined;
  let calls = 1;
  for (let at = 0; at < parameters.length; at++) {
    const { takes, required, nullable = false } = parameters[at]!;
    const slot = slots[at]!;
    const value = slot.length === 1 ? inputs[slot[0]!]!(record, run) : joined(slot, inputs, record, run);
    const list = Array.isArray(value) ? (value as readonly Scalar[]) : undefined;
    const isAbsent = value === undefined || list?.length === 0;
    if (isAbsent && !nullable && (required || slot.length > 0)) return undefined;
    if (takes === 'one' && list !== undefined && list.length > 1) {
      (several ??= []).push(at);
      calls *= list.length;
    }
    args.push(isAbsent ? undefined : takes === 'one' && list?.length === 1 ? list[0] : value);
  }
  if (several === undefined) return invoke(description, args, output, place, run);
  if (calls > CALLS_MAX) {
    const message = `gives <${description.iri}> more than ${CALLS_MAX} combinations of values`;
    run.report(place, { code: 'values-too-many', message });
    return undefined;
  }
  return combinations(args, several).flatMap((each) => invoke(description, each, output, place, run) ?? []);
}

/** The values of all inputs for one parameter. */
function joined(
  slot: readonly number[],
  inputs: readonly ValueFunction[],
  record: unknown,
  run: Run,
): Values {
  if (slot.length === 0) return undefined;
  return slot.flatMap((index) => inputs[index]!(record, run) ?? []);
}

/** The arguments of each call where some parameters have several values (RML-FNML, "Multivalue processing"). */
function combinations(args: readonly Values[], several: readonly number[]): readonly (readonly Values[])[] {
  let calls: readonly (readonly Values[])[] = [args];
  for (const at of several) {
    const values = args[at] as readonly Scalar[];
    calls = calls.flatMap((each) => values.map((value) => each.with(at, value)));
  }
  return calls;
}

function invoke(
  description: FunctionDescription,
  args: readonly Values[],
  output: number,
  place: Place,
  run: Run,
): Values {
  try {
    const result = description.run(args, output);
    return Array.isArray(result) ? (result as readonly Scalar[]).map(checked) : checked(result as Scalar);
  } catch (thrown) {
    const code = thrown instanceof FunctionFault ? thrown.code : 'function-failed';
    run.report(place, { code, message: `calls <${description.iri}>, which failed: ${messageOf(thrown)}` });
    return undefined;
  }
}

/**
 * A result as RDF can have it: what cuts a character in two leaves a surrogate, which is none.
 *
 * @throws Error for numbers that are not finite
 */
function checked<T extends Scalar | undefined>(result: T): T | string {
  if (typeof result === 'number' && !Number.isFinite(result))
    throw new Error('the result is no finite number');
  return typeof result === 'string' ? result.toWellFormed() : result;
}
