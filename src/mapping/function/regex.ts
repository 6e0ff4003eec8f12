/**
 * Regular expressions of GREL: a text between two slashes, in the syntax of Java as far as JavaScript has it.
 *
 * They are compiled without Unicode mode unless they need it: V8 can go on in linear time with an expression
 * that backtracks without end only then.
 */
const COMPILED_MAX = 256;
const compiled = new Map<string, RegExp>();

const SLASHED = /^\/(?<pattern>.+)\/$/s;
const NEEDS_UNICODE = /\\[pP]\{|\\u\{|[\u{10000}-\u{10FFFF}]/u;
const INLINE_FLAGS = /^\(\?(?<flags>[ims]+)\)/;

/** The pattern between the slashes; undefined for a plain text. */
export const patternOf = (text: string): string | undefined => SLASHED.exec(text)?.groups?.['pattern'];

/** @throws Error for a pattern that is none */
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
  const made = new RegExp(body, flags + unicode + [...new Set(inline?.groups?.['flags'] ?? '')].join(''));
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  compiled.set(key, made);
  return made;
}
