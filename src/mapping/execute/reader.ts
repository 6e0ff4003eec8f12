/**
 * How the references of a triples map read a record: those of a source by its formulation.
 *
 * The one place where compiled term maps and sources meet; term maps know neither formulations nor views.
 */
import type { AbstractSource, LogicalSource } from '../normal-form.ts';
import type { Reference } from '../reference/formulation.ts';
import { FORMULATIONS } from '../reference/registry.ts';

export interface Reader {
  /** Texts that stand for no value. */
  readonly nulls: readonly string[];
  /** @throws Error that says what is wrong with the reference */
  compileReference(reference: string): Reference;
}

export function readerOf(source: AbstractSource): Reader {
  const { formulation, nulls } = baseOf(source);
  return {
    nulls,
    compileReference: (reference) => FORMULATIONS[formulation.name].compileReference(reference, formulation),
  };
}

/** What is read in the end: the source itself, or the one that views stand on. */
export function baseOf(source: AbstractSource): LogicalSource {
  let base = source;
  while (base.kind === 'view') base = base.on;
  return base;
}
