/**
 * JSON as it comes from outside: bounded in depth, located where it is wrong, exact in its numbers.
 *
 * `JSON.parse` does the work; one scan before it bounds the nesting and notices what parsing would lose.
 * Messages never quote the text: it may hold a secret.
 */
import { FabricError, type Location } from '../errors.ts';
import type { Diagnostic, Json } from '../mapping/record.ts';
import { findJsonFaults } from './json-faults.ts';

export interface ParsedJson {
  readonly value: Json;
  /** `member-duplicate`, `number-kept-as-text`. */
  readonly diagnostics: readonly Diagnostic[];
}

const NONE: readonly Diagnostic[] = [];

/**
 * Parses one JSON text (RFC 8259).
 *
 * A number whose value a double does not hold (`9007199254740993`, `1e400`, more than 17 significant digits)
 * is kept as a string with its digits as sent; of members with one name the last counts. Both are said in a
 * diagnostic.
 *
 * @throws FabricError `syntax-error` with line and column; `record-invalid` beyond `depthMax`
 */
export function parseJson(text: string, depthMax: number, at: Location = {}): ParsedJson {
  const scan = scanJson(text);
  if (scan.depth > depthMax) {
    throw new FabricError(
      'record-invalid',
      `JSON is nested ${scan.depth} levels deep; ${depthMax} are allowed`,
      {
        location: at,
      },
    );
  }
  const inexact: string[] = [];
  let value: Json;
  try {
    value = (scan.longNumbers ? JSON.parse(text, keepExact(inexact)) : JSON.parse(text)) as Json;
  } catch {
    throw syntaxError(text, at);
  }
  if (inexact.length === 0 && countMembers(value) === scan.members) return { value, diagnostics: NONE };
  return { value, diagnostics: [...duplicates(text), ...inexact.map(keptAsText)] };
}

function syntaxError(text: string, at: Location): FabricError {
  const fault = findJsonFaults(text).fault ?? { message: 'is not well-formed', offset: 0 };
  const before = text.slice(0, fault.offset);
  const line = before.split('\n').length;
  const column = fault.offset - before.lastIndexOf('\n');
  return new FabricError('syntax-error', `JSON ${fault.message} at line ${line}, column ${column}`, {
    location: {
      ...at,
      line: (at.line ?? 1) + line - 1,
      column,
      offset: (at.offset ?? 0) + Buffer.byteLength(before),
    },
  });
}

function duplicates(text: string): Diagnostic[] {
  return findJsonFaults(text).duplicates.map((name) => ({
    code: 'member-duplicate',
    message: `Member "${name}" stands more than once in one object; the last one counts`,
    attribute: name,
  }));
}

const keptAsText = (member: string): Diagnostic => ({
  code: 'number-kept-as-text',
  message: `A number in "${member}" is beyond the precision of a double and was kept as text`,
  attribute: member,
});

interface Scan {
  readonly depth: number;
  readonly members: number;
  readonly longNumbers: boolean;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Counts in one pass what `JSON.parse` does not tell; says nothing about whether the text is well-formed. */
function scanJson(text: string): Scan {
  let depth = 0;
  let deepest = 0;
  let members = 0;
  let longNumbers = false;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      if (++digits > 15) longNumbers = true;
      continue;
    }
    // a point stands inside a number, and an exponent may take it out of range
    if (code === 46) continue;
    if (code === 69 || code === 101) longNumbers ||= digits > 0;
    digits = 0;
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === 58) members++;
    else if (code === 123 || code === 91) deepest = Math.max(deepest, ++depth);
    else if (code === 125 || code === 93) depth--;
  }
  return { depth: deepest, members, longNumbers };
}

/** Index of the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function countMembers(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) count += countMembers(item);
    return count;
  }
  for (const child of Object.values(value)) count += 1 + countMembers(child);
  return count;
}

type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context?: { readonly source?: string },
) => unknown;

function keepExact(inexact: string[]): Reviver {
  return (key, value, context) => {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined || survives(source, value)) return value;
    inexact.push(key);
    return source;
  };
}

/** Whether the double writes the same decimal number as the source does. */
function survives(source: string, value: number): boolean {
  return Number.isFinite(value) && decimalOf(source) === decimalOf(String(value));
}

/** Digits and exponent of a JSON number, so that equal decimal numbers have equal texts. */
function decimalOf(text: string): string {
  const match = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const [, whole = '', fraction = '', exponent = '0'] = match ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  const scale = Number(exponent) - fraction.length + all.length - digits.length;
  return `${text.startsWith('-') ? '-' : ''}${digits}e${scale}`;
}
