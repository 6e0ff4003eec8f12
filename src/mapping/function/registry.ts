/**
 * The functions that mappings may call, by IRI: the built-in ones, and those that are handed in.
 */
import { nearest } from '../../errors.ts';
import type { FunctionDescription } from './function.ts';
import { arrayFunctions } from './grel-array.ts';
import { controlFunctions } from './grel-control.ts';
import { dateFunctions } from './grel-date.ts';
import { mathFunctions } from './grel-math.ts';
import { stringFunctions } from './grel-string.ts';
import { idlabFunctions } from './idlab.ts';

export class FunctionRegistry {
  readonly #byIri = new Map<string, FunctionDescription>();

  /** Of two functions with the same IRI the later one counts. */
  constructor(functions: readonly FunctionDescription[]) {
    for (const description of functions) {
      for (const iri of [description.iri, ...(description.aliases ?? [])]) this.#byIri.set(iri, description);
    }
  }

  get(iri: string): FunctionDescription | undefined {
    return this.#byIri.get(iri);
  }

  /** The IRI of a function that is named much like `iri`. */
  nearest(iri: string): string | undefined {
    return nearestIri(iri, this.#byIri.keys());
  }

  get iris(): Iterable<string> {
    return this.#byIri.keys();
  }
}

/** The IRI with a local name much like that of `iri` in the same namespace; else one that is much like the whole. */
export function nearestIri(iri: string, known: Iterable<string>): string | undefined {
  const iris = [...known];
  const local = (text: string): string => /[^#/]*$/.exec(text)![0];
  const namespace = iri.slice(0, iri.length - local(iri).length);
  const neighbours = iris.filter((other) => other.startsWith(namespace));
  if (neighbours.length === 0) return nearest(iri, iris);
  const name = nearest(local(iri), neighbours.map(local));
  return neighbours.find((other) => local(other) === name);
}

const builtIn: readonly FunctionDescription[] = [
  ...stringFunctions,
  ...arrayFunctions,
  ...controlFunctions,
  ...mathFunctions,
  ...dateFunctions,
  ...idlabFunctions,
];

/** The functions that every mapping may call. */
export const BUILT_IN = new FunctionRegistry(builtIn);

/** The built-in functions and others, which take precedence. */
export const withFunctions = (functions: readonly FunctionDescription[]): FunctionRegistry =>
  functions.length === 0 ? BUILT_IN : new FunctionRegistry([...builtIn, ...functions]);
