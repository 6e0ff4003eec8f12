/**
 * JSON numbers whose text a double cannot give back: integers beyond 2^53, trailing zeros, long decimals.
 *
 * They travel as their text. Nothing here computes with them.
 */

/** A number by its text in the document. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): number {
    return Number(this.text);
  }
}

/**
 * Where a double may lose digits of a JSON text: sixteen digits in a row, a fraction, an exponent, minus zero. And
 * where the escape of a surrogate may be, which is a character only in pairs.
 */
const DELICATE = /\d{16}|\d[.eE]|-0|\\u[dD]/;

/** What `JSON.parse` hands to its reviver since ES2025's source text access; the library types lack it. */
type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const keepText: Reviver = (_key, value, { source }) => {
  if (typeof value === 'string') return value.toWellFormed();
  // `1e+21` is how a double is written too, but it becomes digits as soon as its text is asked for.
  const isExact = typeof value === 'number' && source !== undefined;
  return isExact && (String(value) !== source || source.includes('e')) ? new ExactNumber(source) : value;
};

/**
 * Parses JSON; a number that a double would change comes as an {@link ExactNumber}. A surrogate that is alone is
 * U+FFFD, as in every UTF-8 text: else two terms would be one when they are written.
 *
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseExactJson(text: string): unknown {
  return DELICATE.test(text)
    ? JSON.parse(text, keepText as (key: string, value: unknown) => unknown)
    : JSON.parse(text);
}

/** `value` with plain numbers in place of exact ones; the value itself where there are none. */
export function withPlainNumbers(value: unknown): unknown {
  if (value instanceof ExactNumber) return Number(value.text);
  if (Array.isArray(value)) {
    const items = value.map(withPlainNumbers);
    return items.some((item, index) => item !== value[index]) ? items : (value as unknown[]);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, withPlainNumbers(member)] as const);
  const members = value as Readonly<Record<string, unknown>>;
  return entries.some(([name, member]) => member !== members[name]) ? Object.fromEntries(entries) : value;
}
