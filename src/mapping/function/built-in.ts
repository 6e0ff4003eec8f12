/**
 * All built-in functions, which few mappings call: loaded apart from the registry that knows what may be called.
 */
import type { FunctionDescription } from './function.ts';
import { arrayFunctions } from './grel-array.ts';
import { controlFunctions } from './grel-control.ts';
import { dateFunctions } from './grel-date.ts';
import { mathFunctions } from './grel-math.ts';
import { stringFunctions } from './grel-string.ts';
import { idlabFunctions } from './idlab.ts';

/** In the order in which messages name them. */
export const BUILT_IN_FUNCTIONS: readonly FunctionDescription[] = [
  ...stringFunctions,
  ...arrayFunctions,
  ...controlFunctions,
  ...mathFunctions,
  ...dateFunctions,
  ...idlabFunctions,
];
