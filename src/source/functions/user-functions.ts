/**
 * User functions: a module of the user's own, whose functions mappings may call by their IRIs.
 *
 * The module exports an array `functions` (or exports it as default); each entry has
 * - `iri`: the IRI that mappings call it by;
 * - `parameters`: an array of IRIs, or of `{ iri, required, takes, nullable }`. `required` (true) is whether a
 *   mapping has to give it; `takes` is `'one'` for a function that is called for each value, `'all'` for one that
 *   takes all values as an array; `nullable` (false) is whether it is called although the data give no value;
 * - `outputs`: an array of IRIs; with more than one, `run` gives an object with a member for each;
 * - `pure`: whether equal arguments always give equal results, which are then remembered;
 * - `run`: the function; its arguments are in the order of the parameters, each a string, number, boolean, array
 *   of these, or undefined. It gives a string, number, boolean, bigint, Date, an array of these, null for no
 *   value, or a promise of one.
 *
 * They run in a thread of their own without the environment of this process, each call for a limited time.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FabricError, messageOf } from '../../errors.ts';
import type { FunctionDescription } from '../../mapping/function/function.ts';
import type { Scalar, Values } from '../../mapping/reference/formulation.ts';
import { ExactNumber } from '../../mapping/reference/number.ts';
import { TypedText } from '../../mapping/reference/typed-text.ts';
import { FunctionThread } from './function-thread.ts';
import type { WireDescription, WireScalar, WireValue } from './message.ts';

export interface UserFunctionLimits {
  /** How long one call may take; 1 000 unless told otherwise. */
  readonly timeoutMs?: number;
  /** How long the module may take to load, at first and after a call that took too long; 10 000. */
  readonly startTimeoutMs?: number;
  /** Heap of the thread; 256. */
  readonly memoryMbMax?: number;
}

export interface UserFunctions {
  readonly functions: readonly FunctionDescription[];
  /** Ends the thread that they run in. */
  close(): void;
}

/** Results of a pure function that are remembered. */
const REMEMBERED_MAX = 4096;

/**
 * Loads the functions of a module. The process stands still until that is done, at most for the time that a
 * start may take.
 *
 * @param path  of an ES module; relative to the working directory
 * @throws FabricError `config-invalid` for a module that cannot be loaded or describes no functions
 */
export async function loadUserFunctions(
  path: string,
  limits: UserFunctionLimits = {},
): Promise<UserFunctions> {
  const { timeoutMs = 1000, startTimeoutMs = 10_000, memoryMbMax = 256 } = limits;
  const thread = new FunctionThread(pathToFileURL(resolve(path)).href, {
    callMs: timeoutMs,
    startMs: startTimeoutMs,
    memoryMb: memoryMbMax,
  });
  const close = (): void => {
    thread.close();
  };
  try {
    const described = await Promise.resolve(thread.start());
    return { functions: described.map((wire, index) => functionOf(wire, index, thread)), close };
  } catch (thrown) {
    throw new FabricError('config-invalid', `Functions "${path}" cannot be loaded: ${messageOf(thrown)}`, {
      location: { source: path },
      cause: thrown,
    });
  }
}

function functionOf(wire: WireDescription, index: number, thread: FunctionThread): FunctionDescription {
  const [first, ...others] = wire.outputs.map((iri) => ({ iri }));
  const call = (args: readonly WireValue[], output: number): Values =>
    fromWire(thread.call({ index, args, output }));
  const remembered = wire.pure ? remembering(call) : call;
  return {
    iri: wire.iri,
    parameters: wire.parameters,
    outputs: [first!, ...others],
    pure: wire.pure,
    run: (args, output) => remembered(args.map(toWire), output),
  };
}

/** The same with its results remembered in bounded room; what throws is tried again. */
function remembering(
  call: (args: readonly WireValue[], output: number) => Values,
): (args: readonly WireValue[], output: number) => Values {
  const known = new Map<string, { readonly value: Values }>();
  return (args, output) => {
    const key = JSON.stringify([output, ...args.map((arg) => arg ?? null)]);
    const before = known.get(key);
    if (before !== undefined) return before.value;
    const value = call(args, output);
    if (known.size >= REMEMBERED_MAX) known.clear();
    known.set(key, { value });
    return value;
  };
}

function toWire(values: Values): WireValue {
  if (values === undefined) return undefined;
  return Array.isArray(values) ? (values as readonly Scalar[]).map(plainOf) : plainOf(values as Scalar);
}

const NUMERIC = /#(?:integer|int|long|short|byte|double|float)$/;

/** What JavaScript has for a value; digits that a number would lose stay text. */
function plainOf(value: Scalar): string | number | boolean {
  if (value instanceof ExactNumber) return value.text;
  if (!(value instanceof TypedText)) return value;
  const { text, datatype } = value;
  if (datatype.endsWith('#boolean')) return text === 'true' || text === '1';
  const number = NUMERIC.test(datatype) ? Number(text) : Number.NaN;
  return Number.isFinite(number) && String(number) === text ? number : text;
}

const scalarOf = (wire: WireScalar): Scalar =>
  typeof wire === 'object' ? new TypedText(wire.text, wire.datatype) : wire;

function fromWire(value: WireValue): Values {
  if (value === undefined) return undefined;
  return Array.isArray(value)
    ? (value as readonly WireScalar[]).map(scalarOf)
    : scalarOf(value as WireScalar);
}
