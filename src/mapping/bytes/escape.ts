/**
 * Texts of records written into terms: literals escaped, parts of IRIs percent-encoded, labels of blank nodes.
 *
 * Bytes in are valid UTF-8. The results are those of the term engine, byte for byte.
 */

import { blankNodeLabel } from '../execute/run.ts';
import { encoderOf } from '../iri.ts';
import { belowMask, equalMask, firstMarked, repeated } from './byte-words.ts';
import { textOfBytes } from './fields.ts';
import { type Page, putText } from './page.ts';

const HEXADECIMAL = new TextEncoder().encode('0123456789ABCDEF');
const BACKSLASH = 92;
const PERCENT = 37;

/** What follows the backslash in a literal; 1: a code point in hexadecimal; 0: no escape. */
const ESCAPES = new Uint8Array(256);
ESCAPES.fill(1, 0, 32);
ESCAPES[127] = 1;
for (const [character, letter] of [
  ['\\', '\\'],
  ['"', '"'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
  ['\b', 'b'],
  ['\f', 'f'],
] as const) {
  ESCAPES[character.charCodeAt(0)] = letter.charCodeAt(0);
}

/** RFC 3986, "unreserved". */
const UNRESERVED = new Uint8Array(256);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~') {
  UNRESERVED[character.charCodeAt(0)] = 1;
}

/** Bytes that are escaped at a time: room for them is made at once, six bytes for one at the worst. */
const PIECE_BYTES = 8192;

const SPACES = repeated(32);
const QUOTES = repeated(34);
const BACKSLASHES = repeated(BACKSLASH);
const DELETES = repeated(127);

/** Marks control characters, quotes and backslashes. */
const escapeMask = (word: number): number =>
  belowMask(word, SPACES) | equalMask(word, QUOTES) | equalMask(word, BACKSLASHES) | equalMask(word, DELETES);

/** Bytes with room to look over their end, as windows and fields have it. */
export interface Viewed {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Writes the text of a literal (N-Triples, section 2.5). @returns the end */
export function putLiteralText(
  page: Page,
  at: number,
  { bytes, view }: Viewed,
  from: number,
  to: number,
): number {
  let end = at;
  for (let start = from; start < to; start += PIECE_BYTES) {
    end = putLiteralPiece(page, end, bytes, view, start, Math.min(to, start + PIECE_BYTES));
  }
  return end;
}

function putLiteralPiece(
  page: Page,
  at: number,
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
): number {
  page.reserve(at + 6 * (to - from));
  const out = page.bytes;
  const outView = page.view;
  let end = at;
  let i = from;
  while (i < to) {
    const word = view.getInt32(i, true);
    outView.setInt32(end, word, true);
    const mask = escapeMask(word);
    const count = mask === 0 ? 4 : firstMarked(mask);
    if (count >= to - i) return end + to - i;
    end += count;
    i += count;
    if (mask !== 0) {
      const byte = bytes[i++]!;
      end = putEscape(out, end, byte, ESCAPES[byte]!);
    }
  }
  return end;
}

function putEscape(out: Uint8Array, at: number, byte: number, escape: number): number {
  out[at] = BACKSLASH;
  if (escape !== 1) {
    out[at + 1] = escape;
    return at + 2;
  }
  out[at + 1] = 117;
  out[at + 2] = 48;
  out[at + 3] = 48;
  out[at + 4] = HEXADECIMAL[byte >> 4]!;
  out[at + 5] = HEXADECIMAL[byte & 15]!;
  return at + 6;
}

/** Writes bytes as they are, by words. @returns the end */
export function putViewed(page: Page, at: number, { view }: Viewed, from: number, to: number): number {
  const length = to - from;
  page.reserve(at + length);
  const out = page.view;
  for (let i = 0; i < length; i += 4) out.setInt32(at + i, view.getInt32(from + i, true), true);
  return at + length;
}

const encodeIri = encoderOf('IRI');

/**
 * Writes a value into a template of IRIs: what is not unreserved is percent-encoded; `keepUcschar` says
 * whether characters beyond ASCII that an IRI may have stay. @returns the end
 */
export function putEncoded(
  page: Page,
  at: number,
  { bytes }: Viewed,
  from: number,
  to: number,
  keepUcschar: boolean,
): number {
  page.reserve(at + 3 * (to - from));
  const out = page.bytes;
  let end = at;
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (UNRESERVED[byte] === 1) out[end++] = byte;
    else if (byte >= 128 && keepUcschar) return putText(page, end, encodeIri(textOfBytes(bytes, i, to)));
    else {
      out[end++] = PERCENT;
      out[end++] = HEXADECIMAL[byte >> 4]!;
      out[end++] = HEXADECIMAL[byte & 15]!;
    }
  }
  return end;
}

/** Whether a byte is a letter or a digit of ASCII. */
const isAlphanumeric = (byte: number): boolean =>
  (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90);

/** Writes the label of a blank node that is made from a text, without `_:`. @returns the end */
export function putLabel(page: Page, at: number, { bytes }: Viewed, from: number, to: number): number {
  page.reserve(at + 1 + to - from);
  const out = page.bytes;
  let end = at;
  out[end++] = 118;
  for (let i = from; i < to; i++) {
    if (!isAlphanumeric(bytes[i]!))
      return putText(page, at, blankNodeLabel('v', textOfBytes(bytes, from, to)));
    out[end++] = bytes[i]!;
  }
  return end;
}
