/**
 * Functions on strings, SPARQL 1.1 section 17.4.3. Positions count code points, from 1.
 */
import { booleanValue, numberValue, stringValue, type Value } from '../value.ts';
import type { Strict } from './functions.ts';

/** Two string arguments, compatible in language (section 17.4.3.1.1). */
const strings =
  (work: (a: string, b: string, language: string) => Value): Strict =>
  (a, b) => {
    if (a?.kind !== 'string' || b?.kind !== 'string') return undefined;
    if (b.language !== '' && b.language !== a.language) return undefined;
    return work(a.string, b.string, a.language);
  };

const test = (work: (a: string, b: string) => boolean): Strict => strings((a, b) => booleanValue(work(a, b)));

const string1 =
  (work: (text: string) => string): Strict =>
  (a) =>
    a?.kind === 'string' ? stringValue(work(a.string), a.language) : undefined;

export const STRING_FUNCTIONS: Readonly<Record<string, Strict>> = {
  strlen: (a) => (a?.kind === 'string' ? numberValue(Array.from(a.string).length, 'integer') : undefined),
  ucase: string1((text) => text.toUpperCase()),
  lcase: string1((text) => text.toLowerCase()),
  strstarts: test((a, b) => a.startsWith(b)),
  strends: test((a, b) => a.endsWith(b)),
  contains: test((a, b) => a.includes(b)),
  strbefore: strings((a, b, language) => {
    const at = a.indexOf(b);
    return at < 0 ? stringValue('') : stringValue(a.slice(0, at), language);
  }),
  strafter: strings((a, b, language) => {
    const at = a.indexOf(b);
    return at < 0 ? stringValue('') : stringValue(a.slice(at + b.length), language);
  }),
  substr: (a, start, length) => {
    if (a?.kind !== 'string' || start?.kind !== 'number') return undefined;
    if (length !== undefined && length.kind !== 'number') return undefined;
    const from = Math.round(start.number);
    const to = length === undefined ? Number.POSITIVE_INFINITY : from + Math.round(length.number);
    const kept = Array.from(a.string).filter((_character, index) => index + 1 >= from && index + 1 < to);
    return stringValue(kept.join(''), a.language);
  },
  concat: (...parts) => {
    let text = '';
    const languages = new Set<string>();
    for (const part of parts) {
      if (part?.kind !== 'string') return undefined;
      text += part.string;
      languages.add(part.language);
    }
    return stringValue(text, languages.size === 1 ? [...languages][0]! : '');
  },
  encode_for_uri: (a) => {
    if (a?.kind !== 'string') return undefined;
    const encoded = encodeURIComponent(a.string.toWellFormed());
    return stringValue(
      encoded.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`),
    );
  },
  langmatches: (a, b) => {
    if (a?.kind !== 'string' || b?.kind !== 'string') return undefined;
    const [tag, range] = [a.string.toLowerCase(), b.string.toLowerCase()];
    return booleanValue(range === '*' ? tag !== '' : tag === range || tag.startsWith(`${range}-`));
  },
  regex: (a, pattern, flags) => {
    if (a?.kind !== 'string') return undefined;
    const folded = foldCase(a.string, pattern, flags);
    const expression =
      (folded && regularExpression(folded.pattern, folded.flags, '', folded.text)) ??
      regularExpression(pattern, flags, '', a.string);
    return expression && booleanValue(expression.test(folded ? folded.text : a.string));
  },
  replace: (a, pattern, replacement, flags) => {
    if (a?.kind !== 'string' || replacement?.kind !== 'string') return undefined;
    const expression = regularExpression(pattern, flags, 'g', a.string);
    // A pattern that matches the empty string is an error (XPath fn:replace).
    if (!expression || new RegExp(expression.source, expression.flags.replace('g', '')).test(''))
      return undefined;
    const substitute = replacement.string.replace(/\\\$|\$(?!\d)|\\\\/g, (found) =>
      found === '\\\\' ? '\\' : '$$',
    );
    return stringValue(a.string.replace(expression, substitute), a.language);
  },
};

/** Compiled expressions, few and asked often. */
const compiled = new Map<string, RegExp | undefined>();
const COMPILED_MAX = 200;

/**
 * An XPath regular expression as one of JavaScript, as far as the two agree; undefined is an error.
 *
 * Where pattern and text cannot tell the difference it is compiled without Unicode mode: V8 goes on in linear
 * time with an expression that backtracks without end only then.
 */
function regularExpression(
  pattern: Value | undefined,
  flags: Value | undefined,
  more: string,
  text: string,
): RegExp | undefined {
  if (pattern?.kind !== 'string' || (flags !== undefined && flags.kind !== 'string')) return undefined;
  const given = flags?.string ?? '';
  const unicode = needsUnicode(pattern.string, given, text) ? 'u' : '';
  const key = `${more}${unicode}/${given}/${pattern.string}`;
  if (!compiled.has(key)) {
    if (compiled.size >= COMPILED_MAX) compiled.clear();
    compiled.set(key, compileExpression(pattern.string, given, more, unicode));
  }
  const expression = compiled.get(key);
  if (expression) expression.lastIndex = 0;
  return expression;
}

/**
 * A test without regard to case as one in lower case, where both are ASCII and no escape names a letter by its
 * number: V8 knows no linear time for the flag `i`.
 */
function foldCase(
  text: string,
  pattern: Value | undefined,
  flags: Value | undefined,
): { readonly text: string; readonly pattern: Value; readonly flags: Value } | undefined {
  if (pattern?.kind !== 'string' || flags?.kind !== 'string' || !flags.string.includes('i')) return undefined;
  if (!ASCII.test(text) || !ASCII.test(pattern.string) || /\\[cuxpP]/.test(pattern.string)) return undefined;
  const lower = pattern.string.replace(/\\.|[A-Z]/gs, (found) =>
    found[0] === '\\' ? found : found.toLowerCase(),
  );
  // A range such as [Z-a] has no form in lower case.
  if (/[A-Z]-[a-z]|[A-Z]-[^A-Za-z\\\]]|[^A-Za-z[-]-[A-Za-z]/.test(pattern.string)) return undefined;
  return {
    text: text.toLowerCase(),
    pattern: stringValue(lower),
    flags: stringValue(flags.string.replaceAll('i', '')),
  };
}

const ASCII = /^[\0-\x7f]*$/;
const SURROGATE = /[\ud800-\udfff]/;

/** Classes of Unicode in the pattern, characters beyond 16 bits, or letters whose case Unicode folds. */
function needsUnicode(pattern: string, flags: string, text: string): boolean {
  if (!ASCII.test(pattern) || /\\[pPu]/.test(pattern)) return true;
  return flags.includes('i') ? !ASCII.test(text) : SURROGATE.test(text);
}

function compileExpression(
  pattern: string,
  flags: string,
  more: string,
  unicode: string,
): RegExp | undefined {
  if (/[^smixq]/.test(flags)) return undefined;
  let source = pattern;
  if (flags.includes('q')) source = source.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  else if (flags.includes('x')) source = source.replace(/\s+/g, '');
  try {
    const kept = more + flags.replace(/[xq]/g, '');
    // Unicode mode refuses what is no expression of XPath either, such as an escape that means nothing.
    const strict = new RegExp(source, `u${kept}`);
    return unicode === '' ? new RegExp(source, kept) : strict;
  } catch {
    return undefined;
  }
}
