/**
 * The functions that mappings may call, by IRI: the built-in ones, and those that are handed in.
 */
import { nearest } from '../../errors.ts';
import type { FunctionDescription } from './function.ts';

let builtIn: readonly FunctionDescription[] | undefined;

/** Makes the built-in functions known to mappings that are compiled. */
export function provideFunctions(functions: readonly FunctionDescription[]): void {
  builtIn = functions;
}

/** Loads the built-in functions and provides them. */
export async function loadFunctions(): Promise<void> {
  builtIn ??= (await import('./built-in.ts')).BUILT_IN_FUNCTIONS;
}

export class FunctionRegistry {
  readonly #own: readonly FunctionDescription[];
  #known: ReadonlyMap<string, FunctionDescription> | undefined;

  /** The built-in functions and `own`, which take precedence; of two with the same IRI the later one counts. */
  constructor(own: readonly FunctionDescription[] = []) {
    this.#own = own;
  }

  /** Made when it is first asked for: most mappings call nothing. */
  get #byIri(): ReadonlyMap<string, FunctionDescription> {
    if (this.#known !== undefined) return this.#known;
    if (builtIn === undefined) throw new Error('The built-in functions have not been loaded');
    const byIri = new Map<string, FunctionDescription>();
    for (const description of [...builtIn, ...this.#own]) {
      for (const iri of [description.iri, ...(description.aliases ?? [])]) byIri.set(iri, description);
    }
    this.#known = byIri;
    return byIri;
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

/** The functions that every mapping may call. */
export const BUILT_IN = new FunctionRegistry();

/** The built-in functions and others, which take precedence. */
export const withFunctions = (functions: readonly FunctionDescription[]): FunctionRegistry =>
  functions.length === 0 ? BUILT_IN : new FunctionRegistry(functions);
