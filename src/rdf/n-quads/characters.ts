/**
 * The characters of N-Quads as bytes: which may stand where (RDF 1.1 N-Quads, section 4), told by tables for ASCII and
 * by code point beyond it. Nothing here must ever take a sequence that is no UTF-8.
 */

export const [TAB, LF, CR, SPACE, QUOTE, HASH] = [9, 10, 13, 32, 34, 35] as const;
export const [DASH, DOT, COLON, LESS, GREATER] = [45, 46, 58, 60, 62] as const;
export const [AT, BACKSLASH, CARET, UNDERSCORE] = [64, 92, 94, 95] as const;

/** A table of 256 bytes with 1 for each of the characters. */
function tableOf(isMember: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(isMember(byte)));
}

const isLetter = (byte: number): boolean => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

/** ASCII that stands in an IRI as it is; `<>"{}|^` and the backtick, backslash, blanks and controls do not. */
export const PLAIN_IN_IRI = tableOf(
  (byte) => byte > SPACE && byte < 128 && !'<>"{}|^`\\'.includes(String.fromCharCode(byte)),
);
/** ASCII that stands in a string as it is, in the canonical form too. */
export const PLAIN_IN_STRING = tableOf(
  (byte) => byte >= SPACE && byte < 127 && byte !== QUOTE && byte !== BACKSLASH,
);
/** ASCII of PN_CHARS: within a label of a blank node. */
export const IN_LABEL = tableOf(
  (byte) => isLetter(byte) || isDigit(byte) || byte === UNDERSCORE || byte === DASH,
);
export const LETTERS = tableOf(isLetter);
export const LETTERS_AND_DIGITS = tableOf((byte) => isLetter(byte) || isDigit(byte));
/** What follows the first letter of a scheme. */
export const IN_SCHEME = tableOf(
  (byte) => isLetter(byte) || isDigit(byte) || '+-.'.includes(String.fromCharCode(byte)),
);
/** By the letter of an escape that the canonical form has as well: the character, else 0. */
export const CANONICAL_ESCAPES = new Uint8Array(256);
for (const [letter, byte] of [
  ['\\', BACKSLASH],
  ['"', QUOTE],
  ['n', LF],
  ['r', CR],
  ['t', TAB],
  ['b', 8],
  ['f', 12],
] as const) {
  CANONICAL_ESCAPES[letter.charCodeAt(0)] = byte;
}

export const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB;
export const isLineEnd = (byte: number): boolean => byte === LF || byte === CR;

/** The code point of the UTF-8 sequence at `at`, whose first byte is no ASCII; -1 where it is none (Unicode, table 3-7). */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const length = sequenceLength(lead);
  let point = lead & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if ((byte & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (byte & 0x3f);
  }
  // Too long for what it says, a surrogate, or beyond Unicode.
  if (
    length === 3 ? point < 0x800 || isSurrogate(point) : length === 4 && (point < 0x10000 || point > 0x10ffff)
  )
    return -1;
  return point;
}

/** Bytes of a sequence, by a first byte that is no ASCII. */
export const sequenceLength = (lead: number): number => (lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);

export const isSurrogate = (point: number): boolean => point >= 0xd800 && point <= 0xdfff;

const BASE_RANGES: readonly (readonly [number, number])[] = [
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
  [0x10000, 0xeffff],
];

/** PN_CHARS_BASE beyond ASCII: begins a label. */
export const beginsLabel = (point: number): boolean =>
  BASE_RANGES.some(([low, high]) => point >= low && point <= high);

/** PN_CHARS beyond ASCII: goes on with a label. */
export const continuesLabel = (point: number): boolean =>
  point === 0xb7 ||
  (point >= 0x300 && point <= 0x36f) ||
  (point >= 0x203f && point <= 0x2040) ||
  beginsLabel(point);

/** The number of so many hexadecimal digits; -1 where they are none. */
export function hexadecimalAt(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const byte = bytes[at + i] ?? 0;
    const digit = isDigit(byte) ? byte - 48 : (byte | 32) >= 97 && (byte | 32) <= 102 ? (byte | 32) - 87 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
