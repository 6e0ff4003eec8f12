/**
 * Regular expressions whose time grows with the text and no faster (RE2), for the patterns that JavaScript's
 * own engine may never come to an end with.
 *
 * The library is loaded when the first such pattern comes, as whoever composes the program says; the core
 * must not know where it lies.
 */
import type * as re2js from 're2js';

export type LinearEngine = typeof re2js;

let load: (() => LinearEngine) | undefined;
let loaded: LinearEngine | undefined;

/** Says how the library is loaded. It is called at most once, and only when it is needed. */
export function provideLinearEngine(provider: () => LinearEngine): void {
  load = provider;
}

/** A part of a pattern: an escape, a class of characters, a group's beginning or end, a quantifier, a character. */
const PART =
  /\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?|[|)]|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[\s\S]/g;

/**
 * Whether a pattern repeats what has more than one way to match: only then a text may be matched in more ways
 * than can be tried.
 */
export function mayRunWithoutEnd(pattern: string): boolean {
  /** For each group that is open: whether there are several ways through it. */
  const open = [false];
  let isGroup = false;
  let hasWays = false;
  for (const [part] of pattern.matchAll(PART)) {
    const quantifier = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??$/.exec(part);
    if (quantifier !== null) {
      const most = mostOf(part, quantifier);
      if (isGroup && hasWays && most > 1) return true;
      if (quantifier[1] === undefined || quantifier[2] === ',') open[open.length - 1] = true;
    } else if (part === ')' && open.length > 1) {
      hasWays = open.pop() ?? false;
      if (hasWays) open[open.length - 1] = true;
    } else if (part === '|') open[open.length - 1] = true;
    else if (part.startsWith('(')) open.push(false);
    isGroup = part === ')';
  }
  return false;
}

/** How often a quantifier allows at most. */
function mostOf(part: string, [, least = '', comma, most = '']: RegExpExecArray): number {
  if (part.startsWith('?')) return 1;
  if (!part.startsWith('{')) return Number.POSITIVE_INFINITY;
  if (comma === '') return Number(least);
  return most === '' ? Number.POSITIVE_INFINITY : Number(most);
}

/**
 * An expression of JavaScript that is run by RE2, with the same methods of strings.
 *
 * @throws Error for a pattern that RE2 has not, such as one with back references
 */
export function linearExpression(pattern: string, flags: string): RegExp {
  if (loaded === undefined) {
    if (load === undefined)
      throw new Error(`${WITHOUT_END}, and no engine for such patterns is provided here`);
    loaded = load();
  }
  const { RE2JS } = loaded;
  const text = flags.includes('s') ? inRe2(pattern) : inRe2(pattern, NO_LINE_END);
  const inline = flags.replace(/[^ims]/g, '');
  try {
    return new LinearExpression(pattern, flags, RE2JS.compile(inline === '' ? text : `(?${inline})${text}`));
  } catch (thrown) {
    throw new Error(`${WITHOUT_END}; write it without repetition in a repetition, or without look-around`, {
      cause: thrown,
    });
  }
}

const WITHOUT_END = 'the pattern may run without end';
const SPACE = String.raw`\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`;
const NO_LINE_END = String.raw`[^\n\r\x{2028}\x{2029}]`;

/** The pattern in the syntax of RE2; what JavaScript means by white space and by a line is spelled out. */
function inRe2(pattern: string, dot = '.'): string {
  return pattern
    .replace(PART, (part) => {
      if (part === '.') return dot;
      if (part === String.raw`\S`) return `[^${SPACE}]`;
      if (part === String.raw`\s`) return `[${SPACE}]`;
      return part.startsWith('[')
        ? part.replace(/\\[\s\S]/g, (escape) => (escape === String.raw`\s` ? SPACE : escape))
        : part;
    })
    .replace(
      /\\u\{([0-9A-Fa-f]+)\}|\\u([0-9A-Fa-f]{4})|\\\\/g,
      (all: string, braced?: string, plain?: string) => (all === '\\\\' ? all : `\\x{${braced ?? plain}}`),
    );
}

type Compiled = ReturnType<LinearEngine['RE2JS']['compile']>;

class LinearExpression extends RegExp {
  readonly #compiled: Compiled;

  constructor(pattern: string, flags: string, compiled: Compiled) {
    super(pattern, flags);
    this.#compiled = compiled;
  }

  /** `replace` and `test` of strings and expressions come here. */
  override exec(text: string): RegExpExecArray | null {
    const matcher = this.#compiled.matcher(text);
    const from = this.global ? this.lastIndex : 0;
    const found = from <= text.length && (from === 0 ? matcher.find() : matcher.find(from));
    if (this.global) this.lastIndex = found ? matcher.end() : 0;
    if (!found) return null;
    const groups = Array.from({ length: matcher.groupCount() }, (_, i) => matcher.group(i + 1) ?? undefined);
    const match: [string, ...(string | undefined)[]] = [matcher.group() ?? '', ...groups];
    // The type of the language leaves out that a group may have no part in a match.
    return Object.assign(match, { index: matcher.start(), input: text }) as RegExpExecArray;
  }

  override *[Symbol.matchAll](text: string): RegExpStringIterator<RegExpExecArray> {
    const all = new LinearExpression(this.source, this.flags.replace('g', '') + 'g', this.#compiled);
    for (let match = all.exec(text); match !== null; match = all.exec(text)) {
      yield match;
      if (match[0] === '') all.lastIndex++;
    }
    return undefined;
  }

  override [Symbol.split](text: string): string[] {
    const parts: string[] = [];
    let from = 0;
    for (const match of this[Symbol.matchAll](text)) {
      const end = match.index + match[0].length;
      if (end === from || match.index >= text.length) continue;
      parts.push(text.slice(from, match.index), ...match.slice(1));
      from = end;
    }
    return text === '' && this.test('') ? [] : [...parts, text.slice(from)];
  }
}
