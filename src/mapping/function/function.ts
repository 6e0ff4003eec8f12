/**
 * The port of functions (RML-FNML, FnO): what a mapping may call, and how.
 *
 * A function computes values from values. It must not read, write, wait or keep state; one that does is not
 * `pure`, and only the one who configures it answers for it.
 */
import type { Values } from '../reference/formulation.ts';

export interface Parameter {
  readonly iri: string;
  /** Other IRIs that mappings use for it: its `fno:predicate`, older namespaces. */
  readonly aliases?: readonly string[];
  /** Whether every execution has to have an input for it. */
  readonly required: boolean;
  /** `one`: the function is called for each value; `all`: it takes all values together, as a list. */
  readonly takes: 'one' | 'all';
  /** Whether the function is called although the data give no value for it; else there is no result then. */
  readonly nullable?: boolean;
}

export interface Output {
  readonly iri: string;
  readonly aliases?: readonly string[];
}

export interface FunctionDescription {
  readonly iri: string;
  readonly aliases?: readonly string[];
  readonly parameters: readonly Parameter[];
  /** The first counts where an execution names none. */
  readonly outputs: readonly [Output, ...Output[]];
  /** Whether equal arguments always give equal results. */
  readonly pure: boolean;
  /**
   * Computes one result.
   *
   * @param args  in the order of the parameters; undefined where the data or the mapping give nothing
   * @param output  index of the output that is asked for
   * @returns undefined for no value
   * @throws FunctionFault, or any Error, for arguments that it has no result for; this becomes a diagnostic
   */
  run(args: readonly Values[], output: number): Values;
}

/** Why a call gave no result. */
export class FunctionFault extends Error {
  override readonly name = 'FunctionFault';
  readonly code: 'function-failed' | 'function-timeout';

  constructor(code: FunctionFault['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether an IRI names a function, a parameter or an output. */
export const isNamed = (
  named: { readonly iri: string; readonly aliases?: readonly string[] },
  iri: string,
): boolean => named.iri === iri || named.aliases?.includes(iri) === true;
