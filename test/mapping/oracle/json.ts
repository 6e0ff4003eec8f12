/**
 * JSON and JSONPath for the oracle: a reader that keeps the digits of numbers, and paths taken step by step.
 *
 * Written from RFC 8259 and the part of RFC 9535 that mappings use. It shares nothing with the engine.
 */

/** A value that can become a term, with the datatype that JSON gives it. */
export interface Scalar {
  readonly text: string;
  readonly natural: 'string' | 'integer' | 'double' | 'boolean';
}

export type Json = null | Scalar | readonly Json[] | ReadonlyMap<string, Json>;

const TOKEN =
  /\s*(?:([[\]{},:])|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))\s*/y;

export function readJson(text: string): Json {
  JSON.parse(text); // refuses what is no JSON
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) tokens.push(match[0].trim());
  let at = 0;
  const value = (): Json => {
    const token = tokens[at++]!;
    if (token === '[') {
      const items: Json[] = [];
      while (tokens[at] !== ']') {
        items.push(value());
        if (tokens[at] === ',') at++;
      }
      at++;
      return items;
    }
    if (token === '{') {
      const members = new Map<string, Json>();
      while (tokens[at] !== '}') {
        const name = JSON.parse(tokens[at]!) as string;
        at += 2;
        members.set(name, value());
        if (tokens[at] === ',') at++;
      }
      at++;
      return members;
    }
    if (token === 'null') return null;
    if (token === 'true' || token === 'false') return { text: token, natural: 'boolean' };
    // RDF is of Unicode characters, of which a surrogate alone is none.
    if (token.startsWith('"'))
      return { text: (JSON.parse(token) as string).toWellFormed(), natural: 'string' };
    return { text: token, natural: /^-?\d+$/.test(token) ? 'integer' : 'double' };
  };
  return value();
}

const STEP = /\.?\[\*\]|\.\*|\[(-?\d+)\]|\['([^']*)'\]|\.?([^.[\]*']+)/y;

/** The values at a path; `$` in front is optional. */
export function select(start: Json, path: string): readonly Json[] {
  let found: Json[] = [start];
  STEP.lastIndex = path.startsWith('$') ? 1 : 0;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null) throw new Error(`The oracle does not know the path ${path}`);
    const [, index, quoted, plain] = match;
    found = found.flatMap((value) => {
      if (index !== undefined) {
        const item = isList(value) ? value.at(Number(index)) : undefined;
        return item === undefined ? [] : [item];
      }
      const name = quoted ?? plain;
      if (name === undefined) return isList(value) ? value : value instanceof Map ? [...value.values()] : [];
      return value instanceof Map && value.has(name) ? [value.get(name) as Json] : [];
    });
  }
  return found;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

export const isScalar = (value: Json): value is Scalar =>
  value !== null && !isList(value) && !(value instanceof Map);
