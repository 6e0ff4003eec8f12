/**
 * JSON syntax on bytes (RFC 8259): where values end, without making them. What is skipped is checked all the same.
 *
 * Every function gives the place behind what it read, or a negative number: `~place` of the first byte that
 * cannot stand there. Behind the bytes stands a line feed, at which all loops end.
 */
import { belowMask, equalMask, firstMarked, repeated } from './byte-words.ts';
import type { Viewed } from './escape.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const SPACES = repeated(32);
const QUOTES = repeated(QUOTE);
const BACKSLASHES = repeated(BACKSLASH);

export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let byte = bytes[at]!; byte <= 32; byte = bytes[++at]!) {
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break;
  }
  return at;
}

/** Skips white space up to `limit` at most. */
export function skipSpaceTo(bytes: Uint8Array, from: number, limit: number): number {
  let at = from;
  while (at < limit) {
    const byte = bytes[at]!;
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break;
    at++;
  }
  return at;
}

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

/** What `scanString` found: whether there is an escape. One scan follows the other, so one place is enough. */
export const scanned = { hasEscape: false };

/** A string whose quote stands before `from`. */
export function scanString({ bytes, view }: Viewed, from: number): number {
  scanned.hasEscape = false;
  let at = from;
  for (;;) {
    const word = view.getInt32(at, true);
    const mask = belowMask(word, SPACES) | equalMask(word, QUOTES) | equalMask(word, BACKSLASHES);
    if (mask === 0) {
      at += 4;
      continue;
    }
    at += firstMarked(mask);
    const byte = bytes[at]!;
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) return ~at;
    scanned.hasEscape = true;
    at = skipEscape(bytes, at);
    if (at < 0) return at;
  }
}

const ESCAPED = new Uint8Array(256);
for (const character of '"\\/bfnrt') ESCAPED[character.charCodeAt(0)] = 1;

function skipEscape(bytes: Uint8Array, at: number): number {
  const letter = bytes[at + 1]!;
  if (ESCAPED[letter] === 1) return at + 2;
  if (letter !== 117) return ~(at + 1);
  for (let i = at + 2; i < at + 6; i++) if (hexadecimal(bytes[i]!) < 0) return ~i;
  return at + 6;
}

/** Value of a hexadecimal digit; negative for any other byte. */
export function hexadecimal(byte: number): number {
  if (isDigit(byte)) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

export function scanNumber(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === 45 ? from + 1 : from;
  if (bytes[at] === 48) at++;
  else {
    if (!isDigit(bytes[at]!)) return ~at;
    while (isDigit(bytes[at]!)) at++;
  }
  if (bytes[at] === 46) {
    if (!isDigit(bytes[++at]!)) return ~at;
    while (isDigit(bytes[at]!)) at++;
  }
  if (bytes[at] === 101 || bytes[at] === 69) {
    at++;
    if (bytes[at] === 43 || bytes[at] === 45) at++;
    if (!isDigit(bytes[at]!)) return ~at;
    while (isDigit(bytes[at]!)) at++;
  }
  return at;
}

const WORDS: ReadonlyMap<number, Uint8Array> = new Map(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), new TextEncoder().encode(word)]),
);

/** `true`, `false` or `null`. */
export function scanWord(bytes: Uint8Array, from: number): number {
  const word = WORDS.get(bytes[from]!);
  if (word === undefined) return ~from;
  for (let i = 1; i < word.length; i++) if (bytes[from + i] !== word[i]) return ~(from + i);
  return from + word.length;
}

/** A value of any kind at `from`; however deep it is nested, it takes no stack. */
export function scanValue(text: Viewed, from: number): number {
  const { bytes } = text;
  // Open brackets, outermost first: true for objects.
  const open: boolean[] = [];
  let at = from;
  for (;;) {
    const byte = bytes[at]!;
    if (byte === 123 || byte === 91) {
      const next = skipSpace(bytes, at + 1);
      if (bytes[next] !== byte + 2) {
        open.push(byte === 123);
        at = byte === 123 ? memberValue(text, next) : next;
        if (at < 0) return at;
        continue;
      }
      at = next + 1;
    } else {
      at =
        byte === QUOTE ? scanString(text, at + 1) : byte < 58 ? scanNumber(bytes, at) : scanWord(bytes, at);
      if (at < 0) return at;
    }
    // A value is over: so may be what it stands in.
    for (;;) {
      const isObject = open.at(-1);
      if (isObject === undefined) return at;
      at = skipSpace(bytes, at);
      if (bytes[at] === 44) {
        at = skipSpace(bytes, at + 1);
        if (isObject) at = memberValue(text, at);
        if (at < 0) return at;
        break;
      }
      if (bytes[at] !== (isObject ? 125 : 93)) return ~at;
      open.pop();
      at++;
    }
  }
}

/** From a member's name to its value. */
function memberValue(text: Viewed, from: number): number {
  const { bytes } = text;
  if (bytes[from] !== QUOTE) return ~from;
  const end = scanString(text, from + 1);
  if (end < 0) return end;
  const colon = skipSpace(bytes, end);
  return bytes[colon] === 58 ? skipSpace(bytes, colon + 1) : ~colon;
}

/**
 * Undoes the escapes of a string in place. A lone surrogate becomes U+FFFD, as in every UTF-8 text.
 *
 * @returns the new end
 */
export function unescapeString(bytes: Uint8Array, from: number, to: number): number {
  let out = from;
  let at = from;
  while (at < to) {
    const byte = bytes[at]!;
    if (byte !== BACKSLASH) {
      bytes[out++] = byte;
      at++;
      continue;
    }
    const letter = bytes[at + 1]!;
    if (letter !== 117) {
      bytes[out++] = SIMPLE[letter]!;
      at += 2;
      continue;
    }
    let code = hexadecimals(bytes, at + 2);
    at += 6;
    if (code >= 0xd800 && code < 0xdc00 && bytes[at] === BACKSLASH && bytes[at + 1] === 117 && at < to) {
      const low = hexadecimals(bytes, at + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00;
        at += 6;
      }
    }
    out = putCharacter(bytes, out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
  }
  return out;
}

const SIMPLE = new Uint8Array(256);
for (const [letter, value] of Object.entries({
  '"': 34,
  '\\': 92,
  '/': 47,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
})) {
  SIMPLE[letter.charCodeAt(0)] = value;
}

const hexadecimals = (bytes: Uint8Array, at: number): number =>
  (hexadecimal(bytes[at]!) << 12) |
  (hexadecimal(bytes[at + 1]!) << 8) |
  (hexadecimal(bytes[at + 2]!) << 4) |
  hexadecimal(bytes[at + 3]!);

function putCharacter(bytes: Uint8Array, at: number, code: number): number {
  if (code < 0x80) {
    bytes[at] = code;
    return at + 1;
  }
  if (code < 0x800) {
    bytes[at] = 0xc0 | (code >> 6);
    bytes[at + 1] = 0x80 | (code & 63);
    return at + 2;
  }
  if (code < 0x10000) {
    bytes[at] = 0xe0 | (code >> 12);
    bytes[at + 1] = 0x80 | ((code >> 6) & 63);
    bytes[at + 2] = 0x80 | (code & 63);
    return at + 3;
  }
  bytes[at] = 0xf0 | (code >> 18);
  bytes[at + 1] = 0x80 | ((code >> 12) & 63);
  bytes[at + 2] = 0x80 | ((code >> 6) & 63);
  bytes[at + 3] = 0x80 | (code & 63);
  return at + 4;
}
