/**
 * Regular expressions of GREL: a text between two slashes, in the syntax of Java as far as JavaScript has it.
 *
 * A pattern that could be tried in more ways than there is time for is run by an engine that takes linear time.
 */
import { linearExpression, mayRunWithoutEnd } from './linear-expression.ts';

const COMPILED_MAX = 256;
const compiled = new Map<string, RegExp>();

const SLASHED = /^\/(?<pattern>.+)\/$/s;
const NEEDS_UNICODE = /\\[pP]\{|\\u\{|[\u{10000}-\u{10FFFF}]/u;
const INLINE_FLAGS = /^\(\?(?<flags>[ims]+)\)/;

/** The pattern between the slashes; undefined for a plain text. */
export const patternOf = (text: string): string | undefined => SLASHED.exec(text)?.groups?.['pattern'];

/** The pattern of texts that match from one end to the other. */
export const wholly = (pattern: string): string => {
  const flags = INLINE_FLAGS.exec(pattern)?.[0] ?? '';
  return `${flags}^(?:${pattern.slice(flags.length)})$`;
};

/** @throws Error for a pattern that is none, and for one that no engine can run in time */
export function regularExpression(pattern: string, flags: '' | 'g'): RegExp {
  const key = `${flags}/${pattern}`;
  const known = compiled.get(key);
  if (known !== undefined) {
    known.lastIndex = 0;
    return known;
  }
  const inline = INLINE_FLAGS.exec(pattern);
  const body = inline === null ? pattern : pattern.slice(inline[0].length);
  const unicode = NEEDS_UNICODE.test(body) ? 'u' : '';
  const allFlags = flags + unicode + [...new Set(inline?.groups?.['flags'] ?? '')].join('');
  const made = mayRunWithoutEnd(body) ? linearExpression(body, allFlags) : new RegExp(body, allFlags);
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  compiled.set(key, made);
  return made;
}
