/**
 * How the references of a triples map read a record: those of a source by its formulation, those of a view as
 * keys of its rows.
 *
 * The one place where compiled term maps and sources meet; term maps know neither formulations nor views.
 */
import type { AbstractSource, LogicalSource } from '../normal-form.ts';
import type { Reference } from '../reference/formulation.ts';
import { type FormulationName, formulationNamed } from '../reference/registry.ts';
import { keysOf, type Row } from '../view/keys.ts';

export interface Reader {
  /** Texts that stand for no value. */
  readonly nulls: readonly string[];
  /** Whether the data have no columns, so that only the whole of them tells a reference that names nothing. */
  readonly schemaless?: boolean;
  /** @throws Error that says what is wrong with the reference */
  compileReference(reference: string): Reference;
}

export function readerOf(source: AbstractSource): Reader {
  if (source.kind === 'view') {
    const keys = keysOf(source);
    return {
      nulls: [],
      compileReference(reference) {
        const key = keys.find(reference);
        if ('problem' in key) throw new Error(key.problem);
        const { slot } = key;
        return (row) => (row as Row)[slot];
      },
    };
  }
  const { formulation, nulls } = source;
  return {
    nulls,
    schemaless: SCHEMALESS.includes(formulation.name),
    compileReference: (reference) =>
      formulationNamed(formulation.name).compileReference(reference, formulation),
  };
}

const SCHEMALESS: readonly FormulationName[] = ['json', 'ndjson', 'xpath'];

/** What is read in the end: the source itself, or the one that views stand on. */
export function baseOf(source: AbstractSource): LogicalSource {
  let base = source;
  while (base.kind === 'view') base = base.on;
  return base;
}

/** Whether values have datatypes in every vocabulary, as those of databases do (R2RML, section 10.2). */
export const isTyped = (source: AbstractSource): boolean =>
  baseOf(source).formulation.name.startsWith('sql-');
