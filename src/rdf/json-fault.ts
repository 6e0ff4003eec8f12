/**
 * Where a text stops being JSON (RFC 8259): the engine's own parser tells the place of some faults only.
 *
 * It is asked when parsing has failed, and must not recurse: a text may be nested as deep as it likes.
 */

const SPACE = /[ \t\n\r]*/y;
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

/** What may come next: `value` and `name` after a comma, the others after a bracket. */
type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'comma or end';

/**
 * Offset of the first character that no JSON text could have there; the length of the text when it ends too early,
 * or has no fault.
 */
export function jsonFaultAt(text: string): number {
  /** The brackets that have to close what is open. */
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at = endOf(SPACE, text, at);
    const character = text[at];
    if (character === undefined) return text.length;
    if (expected === 'comma or end') {
      if (character === open.at(-1)) {
        open.pop();
        at++;
      } else if (character === ',' && open.length > 0) {
        expected = open.at(-1) === '}' ? 'name' : 'value';
        at++;
      } else return at;
      continue;
    }
    const mayEnd = expected === 'value or end' || expected === 'name or end';
    if (mayEnd && character === open.at(-1)) {
      open.pop();
      expected = 'comma or end';
      at++;
      continue;
    }
    if (expected === 'name' || expected === 'name or end') {
      const name = character === '"' ? stringEnd(text, at) : ~at;
      if (name < 0) return ~name;
      at = endOf(SPACE, text, name);
      if (text[at] !== ':') return at;
      expected = 'value';
      at++;
      continue;
    }
    if (character === '{' || character === '[') {
      open.push(character === '{' ? '}' : ']');
      expected = character === '{' ? 'name or end' : 'value or end';
      at++;
      continue;
    }
    const end = character === '"' ? stringEnd(text, at) : endOf(LITERAL, text, at);
    if (end < 0) return ~end;
    if (end === at) return isCutLiteral(text.slice(at)) ? text.length : at;
    expected = 'comma or end';
    at = end;
  }
}

/** Where a match at `at` ends; `at` itself when there is none. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Where the string at `at` ends; `~place` of what cannot stand in one. */
function stringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; ) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code < 0x20) return ~i;
    const next = code === 0x5c ? endOf(ESCAPE, text, i) : i + 1;
    if (next === i) return ~i;
    i = next;
  }
  return ~text.length;
}

const isCutLiteral = (rest: string): boolean =>
  rest === '-' || ['true', 'false', 'null'].some((word) => word.startsWith(rest));
