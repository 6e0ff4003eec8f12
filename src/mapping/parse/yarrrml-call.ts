/**
 * Calls of functions on one line: `ex:join(a = $(x), b = "y, z", c = ex:lower(d = $(e)))`.
 *
 * It takes the text apart and looks nothing up.
 */

export interface WrittenCall {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly value: string | WrittenCall }[];
}

export interface CallProblem {
  readonly problem: string;
}

const CALL = /^\s*([^\s()$"=,]+)\s*\(([^]*)\)\s*$/;

/** Takes a text apart; undefined when it calls nothing, as the bare name of a function does not. */
export function readCall(text: string): WrittenCall | CallProblem | undefined {
  const match = CALL.exec(text);
  if (match === null) return undefined;
  const [, name = '', list = ''] = match;
  if (list.trim() === '') return { name, parameters: [] };
  const parts = splitList(list);
  if (parts === undefined) return { problem: 'a quote or a parenthesis is not closed' };
  const parameters: { name: string; value: string | WrittenCall }[] = [];
  for (const part of parts) {
    const equals = part.indexOf('=');
    const parameter = part.slice(0, equals).trim();
    if (equals < 0 || parameter === '') {
      return { problem: `"${part.trim()}" is no parameter with a value, as in "name = value"` };
    }
    const value = part.slice(equals + 1).trim();
    const nested = readCall(value);
    if (nested !== undefined && 'problem' in nested) return nested;
    parameters.push({ name: parameter, value: nested ?? unquoted(value) });
  }
  return { name, parameters };
}

const unquoted = (text: string): string =>
  text.length > 1 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replaceAll('\\"', '"')
    : text;

/** Splits at the commas that stand in no quotes and no parentheses; undefined when these do not match. */
function splitList(text: string): readonly string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '(') depth++;
    else if (character === ')' && --depth < 0) return undefined;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return quoted || depth > 0 ? undefined : [...parts, text.slice(start)];
}
