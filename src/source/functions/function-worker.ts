/**
 * The thread in which user functions run: it loads their module, says what is in it, and answers calls.
 *
 * It knows nothing of mappings. Whatever a function does, this thread can be ended without loss.
 */
import { Console } from 'node:console';
import { workerData } from 'node:worker_threads';
import type { Call, Reply, ThreadData, WireDescription, WireScalar, WireValue } from './message.ts';

type Run = (...args: readonly unknown[]) => unknown;
type Members = Readonly<Record<string, unknown>>;

const { module, port, replies } = workerData as ThreadData;

// What functions print is for people; the output of the process may be the graph.
globalThis.console = new Console(process.stderr);

const XSD = 'http://www.w3.org/2001/XMLSchema#';

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

function say(reply: Reply): void {
  port.postMessage(reply);
  Atomics.add(replies, 0, 1);
  Atomics.notify(replies, 0);
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws Error that says what a description lacks */
function describe(entry: unknown, position: number): { description: WireDescription; run: Run } {
  const name = `function ${position + 1}`;
  if (!isMembers(entry)) throw new Error(`${name} is no object`);
  const { iri, parameters = [], outputs, pure = false, run } = entry;
  if (typeof iri !== 'string' || !URL.canParse(iri)) throw new Error(`${name} has no IRI as its iri`);
  if (typeof run !== 'function') throw new Error(`<${iri}> has no function as its run`);
  if (!isList(parameters)) throw new Error(`<${iri}> has no array as its parameters`);
  if (
    !Array.isArray(outputs) ||
    outputs.length === 0 ||
    outputs.some((output) => typeof output !== 'string')
  ) {
    throw new Error(`<${iri}> has no array of IRIs as its outputs`);
  }
  if (typeof pure !== 'boolean') throw new Error(`<${iri}> has a pure that is neither true nor false`);
  const described = parameters.map((parameter) => parameterOf(parameter, iri));
  const description = { iri, parameters: described, outputs: outputs as readonly string[], pure };
  return { description, run: run as Run };
}

function parameterOf(parameter: unknown, owner: string): WireDescription['parameters'][number] {
  const members = typeof parameter === 'string' ? { iri: parameter } : parameter;
  if (!isMembers(members) || typeof members['iri'] !== 'string') {
    throw new Error(`<${owner}> has a parameter without an IRI`);
  }
  const {
    iri,
    required = true,
    takes = 'one',
    nullable = false,
  } = members as Members & { readonly iri: string };
  if (
    typeof required !== 'boolean' ||
    typeof nullable !== 'boolean' ||
    (takes !== 'one' && takes !== 'all')
  ) {
    throw new Error(`<${owner}> has the parameter <${iri}>, of which required, nullable or takes is wrong`);
  }
  return { iri, required, takes, nullable };
}

/** @throws Error for what is no value */
function scalarOf(value: unknown): WireScalar {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return { text: String(value), datatype: `${XSD}integer` };
  if (value instanceof Date) return { text: value.toISOString(), datatype: `${XSD}dateTime` };
  throw new Error(
    `it gave ${typeof value === 'object' ? 'an object' : `a ${typeof value}`}, which is no value`,
  );
}

function valueOf(value: unknown): WireValue {
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value)
    ? value.filter((item) => item !== undefined && item !== null).map(scalarOf)
    : scalarOf(value);
}

/** Where there are several outputs, a function gives an object with a member for each IRI. */
function outputOf(result: unknown, { outputs }: WireDescription, output: number): unknown {
  if (outputs.length === 1) return result;
  if (result === undefined || result === null) return undefined;
  if (!isMembers(result)) throw new Error('it has several outputs and gave no object with a member for each');
  return result[outputs[output]!];
}

try {
  const loaded = (await import(module)) as Members;
  const entries = loaded['functions'] ?? loaded['default'];
  if (!isList(entries)) throw new Error('it exports no array "functions"');
  const functions = entries.map(describe);
  port.on('message', (call: Call) => {
    void answer(functions[call.index]!, call);
  });
  say({ kind: 'ready', functions: functions.map(({ description }) => description) });
} catch (thrown) {
  say({ kind: 'failed', message: messageOf(thrown) });
}

async function answer(
  { description, run }: { readonly description: WireDescription; readonly run: Run },
  { args, output }: Call,
): Promise<void> {
  try {
    const result = await run(...args);
    say({ kind: 'value', value: valueOf(outputOf(result, description, output)) });
  } catch (thrown) {
    say({ kind: 'failed', message: messageOf(thrown) });
  }
}
