/**
 * What is wrong with a JSON text, and where: read only when parsing failed or lost something.
 *
 * `JSON.parse` names no position for half of its errors and quotes the text, which may hold a secret. This
 * reader never quotes a value; it names members that stand twice in one object.
 */

export interface JsonFaults {
  /** The first fault, at an offset in UTF-16 units; absent in well-formed text. */
  readonly fault?: { readonly message: string; readonly offset: number };
  /** Names that stand more than once in one object. */
  readonly duplicates: readonly string[];
}

interface Cursor {
  readonly text: string;
  offset: number;
  readonly duplicates: Set<string>;
}

class Fault extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Walks a text of bounded depth (RFC 8259, section 2). */
export function findJsonFaults(text: string): JsonFaults {
  const cursor: Cursor = { text, offset: 0, duplicates: new Set() };
  try {
    value(cursor);
    blank(cursor);
    if (cursor.offset < text.length) throw new Fault('goes on after its end', cursor.offset);
    return { duplicates: [...cursor.duplicates] };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return {
      fault: { message: thrown.message, offset: thrown.offset },
      duplicates: [...cursor.duplicates],
    };
  }
}

const BLANK = /[ \t\n\r]*/y;
const QUOTE = 34;
const BACKSLASH = 92;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/y;

function blank(cursor: Cursor): void {
  take(cursor, BLANK);
}

function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.offset;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.offset += found.length;
  return found;
}

function value(cursor: Cursor): void {
  blank(cursor);
  const first = cursor.text[cursor.offset];
  if (first === undefined) throw new Fault('ends where a value is expected', cursor.offset);
  if (first === '{') object(cursor);
  else if (first === '[') array(cursor);
  else if (first === '"') string(cursor);
  else if (take(cursor, NUMBER) === undefined && take(cursor, LITERAL) === undefined) {
    throw new Fault('has something else where a value is expected', cursor.offset);
  }
}

/** The string as written, with its quotes. */
function string(cursor: Cursor): string {
  const { text, offset: start } = cursor;
  cursor.offset++;
  for (;;) {
    const code = text.charCodeAt(cursor.offset);
    if (code === QUOTE) {
      cursor.offset++;
      return text.slice(start, cursor.offset);
    }
    if (Number.isNaN(code)) throw new Fault('has a string that is not closed', start);
    if (code < 0x20) throw new Fault('has a control character in a string', cursor.offset);
    if (code !== BACKSLASH) cursor.offset++;
    else if (take(cursor, ESCAPE) === undefined) throw new Fault('has an unknown escape', cursor.offset);
  }
}

function object(cursor: Cursor): void {
  const names = new Set<string>();
  cursor.offset++;
  blank(cursor);
  if (closes(cursor, '}')) return;
  for (;;) {
    blank(cursor);
    if (cursor.text[cursor.offset] !== '"') {
      throw new Fault('has something else where the name of a member is expected', cursor.offset);
    }
    const name = JSON.parse(string(cursor)) as string;
    if (names.has(name)) cursor.duplicates.add(name);
    names.add(name);
    blank(cursor);
    if (!closes(cursor, ':')) throw new Fault('has a member without a colon', cursor.offset);
    value(cursor);
    blank(cursor);
    if (closes(cursor, '}')) return;
    if (!closes(cursor, ',')) throw new Fault('lacks a comma or a closing brace', cursor.offset);
  }
}

function array(cursor: Cursor): void {
  cursor.offset++;
  blank(cursor);
  if (closes(cursor, ']')) return;
  for (;;) {
    value(cursor);
    blank(cursor);
    if (closes(cursor, ']')) return;
    if (!closes(cursor, ',')) throw new Fault('lacks a comma or a closing bracket', cursor.offset);
  }
}

/** Steps over `mark` if it stands here. */
function closes(cursor: Cursor, mark: string): boolean {
  if (cursor.text[cursor.offset] !== mark) return false;
  cursor.offset++;
  return true;
}
