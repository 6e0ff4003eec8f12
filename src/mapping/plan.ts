/**
 * A mapping as a plan: checked, compiled, and grouped so that each source is read once.
 *
 * A plan is immutable and holds no data. It may be used for any number of runs.
 */

import { type CheckedMapping, checkMapping } from './check.ts';
import { compileChecked } from './compile.ts';
import type { Join } from './execute/join.ts';
import type { Rule } from './execute/rule.ts';
import { BUILT_IN_FUNCTIONS } from './function/built-in.ts';
import type { FunctionDescription } from './function/function.ts';
import { provideFunctions } from './function/registry.ts';
import type { LogicalSource } from './normal-form.ts';
import type { MappingSyntax } from './parse/statements.ts';
import type { Formulation, Iterate } from './reference/formulation.ts';
import { FORMULATIONS } from './reference/formulations.ts';
import { provideFormulations } from './reference/registry.ts';

export type { LogicalSource } from './normal-form.ts';

// All that a mapping can need: compiling waits for nothing here.
provideFormulations(FORMULATIONS);
provideFunctions(BUILT_IN_FUNCTIONS);

/** The rules of one logical source. */
export interface SourceRules {
  readonly source: LogicalSource;
  readonly formulation: Formulation;
  readonly iterate: Iterate;
  readonly rules: readonly Rule[];
  /** What is looked up in its records; undefined where that cannot be told. */
  readonly references: readonly string[] | undefined;
}

/** A mapping that the term engine can run. */
export interface MappingPlan extends CheckedMapping {
  readonly groups: readonly SourceRules[];
  /** Joins that others need come before these. */
  readonly joins: readonly Join[];
}

export interface CompileOptions {
  /** Name of the document, for messages. */
  readonly name: string;
  /** What relative IRIs are put behind, unless a triples map has an `rml:baseIRI`. */
  readonly baseIRI?: string;
  /** What the document is written in; Turtle unless told otherwise. `loadMappingSyntax` has the others. */
  readonly syntax?: MappingSyntax;
  /** Functions beside the built-in ones, which they take precedence over. */
  readonly functions?: readonly FunctionDescription[];
}

/**
 * Compiles a mapping document in Turtle: RML-Core with the file part of RML-IO, or legacy RML.
 *
 * @throws FabricError `syntax-error` or `mapping-invalid`, both with line and column where they are known
 */
export const compileMapping = (text: string, options: CompileOptions): MappingPlan =>
  compileChecked(checkMapping(text, options));
