/**
 * One term of N-Quads as bytes: where it ends, and its canonical text, which is the term itself wherever it is written
 * canonically already. It never takes what the grammar does not have; IRIs have to be absolute.
 */
import {
  AT,
  BACKSLASH,
  beginsLabel,
  CANONICAL_ESCAPES,
  CARET,
  COLON,
  codePointAt,
  continuesLabel,
  DASH,
  DOT,
  GREATER,
  hexadecimalAt,
  IN_LABEL,
  IN_SCHEME,
  isLineEnd,
  isSurrogate,
  LESS,
  LETTERS,
  LETTERS_AND_DIGITS,
  PLAIN_IN_IRI,
  PLAIN_IN_STRING,
  QUOTE,
  sequenceLength,
  UNDERSCORE,
} from './characters.ts';
import { TextBuffer } from './text-buffer.ts';

/** What is wrong and where; the parser makes a refusal of it. */
export class Fault extends Error {
  readonly at: number;
  readonly hint: string | undefined;

  constructor(at: number, message: string, hint?: string) {
    super(message);
    this.at = at;
    this.hint = hint;
  }
}

const XSD_STRING = new TextEncoder().encode('<http://www.w3.org/2001/XMLSchema#string>');
const TRIPLE_TERM_HINT = 'RDF 1.2 is not supported yet: triple terms cannot be stored.';

/** Scans terms; the canonical text of the last one is `bytes` from `from` up to `to`. */
export class TermScanner {
  bytes: Uint8Array = new Uint8Array();
  from = 0;
  to = 0;
  readonly #buffer = new TextBuffer();

  /** @returns where the IRI that begins at `at` ends */
  iri(bytes: Uint8Array, at: number): number {
    let i = at + 1;
    while (PLAIN_IN_IRI[bytes[i]!] === 1) i++;
    if (bytes[i] !== GREATER) return this.#unusualIri(bytes, at);
    checkScheme(bytes, at);
    this.#set(bytes, at, i + 1);
    return i + 1;
  }

  /** @param prefix  put in front of the label @returns where the blank node that begins at `at` ends */
  blankNode(bytes: Uint8Array, at: number, prefix: Uint8Array): number {
    if (bytes[at + 1] !== COLON) throw new Fault(at + 1, 'A blank node begins with _:');
    let i = at + 2;
    const first = bytes[i]!;
    if (first < 128 ? IN_LABEL[first] === 0 || first === DASH : !beginsLabel(codePointAt(bytes, i)))
      throw new Fault(i, 'No label of a blank node begins like this');
    let end = i;
    for (;;) {
      const byte = bytes[i]!;
      if (byte < 128) {
        if (IN_LABEL[byte] === 1) end = ++i;
        else if (byte === DOT)
          i++; // within a label, never at its end
        else break;
      } else if (continuesLabel(codePointAt(bytes, i))) end = i += sequenceLength(byte);
      else throw new Fault(i, 'This character stands in no label of a blank node');
    }
    if (prefix.length === 0) this.#set(bytes, at, end);
    else {
      const buffer = this.#buffer.clear();
      buffer.copy(bytes, at, at + 2);
      buffer.copy(prefix, 0, prefix.length);
      buffer.copy(bytes, at + 2, end);
      this.#set(buffer.bytes, 0, buffer.length);
    }
    return end;
  }

  /** @returns where the literal that begins at `at` ends */
  literal(bytes: Uint8Array, at: number): number {
    let i = at + 1;
    let isCanonical = true;
    for (;;) {
      while (PLAIN_IN_STRING[bytes[i]!] === 1) i++;
      const byte = bytes[i]!;
      if (byte === QUOTE) break;
      if (byte >= 128) i += this.#sequence(bytes, i);
      else if (byte === BACKSLASH) {
        if (CANONICAL_ESCAPES[bytes[i + 1]!] !== 0) i += 2;
        else {
          isCanonical = false;
          i = escapeEnd(bytes, i, true);
        }
      } else if (isLineEnd(byte)) {
        throw new Fault(
          i,
          'A string does not end on its line',
          'Write line ends within a string as \\n or \\r.',
        );
      } else {
        isCanonical = false; // a control character, which may stand as it is
        i++;
      }
    }
    return this.#suffix(bytes, at, i + 1, isCanonical);
  }

  /** Datatype or language behind a string that ends at `end`. */
  #suffix(bytes: Uint8Array, at: number, end: number, isCanonical: boolean): number {
    const next = bytes[end];
    let to = end;
    if (next === AT) to = tagEnd(bytes, end);
    else if (next === CARET) {
      if (bytes[end + 1] !== CARET || bytes[end + 2] !== LESS)
        throw new Fault(end, 'A datatype is written as ^^ and an IRI');
      to = this.iri(bytes, end + 2);
      const isPlainString = isSame(this.bytes, this.from, this.to, XSD_STRING);
      if (isPlainString && isCanonical) {
        this.#set(bytes, at, end);
        return to;
      }
      if (!isCanonical || this.bytes !== bytes) {
        const datatype = isPlainString ? undefined : this.bytes.slice(this.from, this.to);
        this.#rewriteString(bytes, at, end);
        if (datatype !== undefined) {
          this.#buffer.copy(bytes, end, end + 2);
          this.#buffer.copy(datatype, 0, datatype.length);
        }
        this.#set(this.#buffer.bytes, 0, this.#buffer.length);
        return to;
      }
    }
    if (isCanonical) this.#set(bytes, at, to);
    else {
      this.#rewriteString(bytes, at, end);
      this.#buffer.copy(bytes, end, to);
      this.#set(this.#buffer.bytes, 0, this.#buffer.length);
    }
    return to;
  }

  /** An IRI with escapes or characters beyond ASCII, or none. */
  #unusualIri(bytes: Uint8Array, at: number): number {
    const buffer = this.#buffer.clear();
    let isCanonical = true;
    let i = at + 1;
    let copied = at;
    for (;;) {
      while (PLAIN_IN_IRI[bytes[i]!] === 1) i++;
      const byte = bytes[i]!;
      if (byte === GREATER) break;
      if (byte >= 128) i += this.#sequence(bytes, i);
      else if (byte === BACKSLASH) {
        isCanonical = false;
        const end = escapeEnd(bytes, i, false);
        buffer.copy(bytes, copied, i);
        buffer.pushInIri(pointOf(bytes, i));
        copied = i = end;
      } else if (i === at + 1 && byte === LESS) throw new Fault(at, 'This is no IRI', TRIPLE_TERM_HINT);
      else throw new Fault(i, notInIri(byte), 'Percent-encode it, or end the IRI with >.');
    }
    if (isCanonical) this.#set(bytes, at, i + 1);
    else {
      buffer.copy(bytes, copied, i + 1);
      this.#set(buffer.bytes, 0, buffer.length);
    }
    checkScheme(this.bytes, this.from, at);
    return i + 1;
  }

  #rewriteString(bytes: Uint8Array, from: number, to: number): void {
    const buffer = this.#buffer.clear();
    buffer.push(QUOTE);
    for (let i = from + 1; i < to - 1; ) {
      const byte = bytes[i]!;
      if (byte === BACKSLASH) {
        buffer.pushInString(pointOf(bytes, i));
        i = escapeEnd(bytes, i, true);
      } else {
        if (byte < 128) buffer.pushInString(byte);
        else buffer.push(byte);
        i++;
      }
    }
    buffer.push(QUOTE);
  }

  #sequence(bytes: Uint8Array, at: number): number {
    if (codePointAt(bytes, at) < 0) throw new Fault(at, 'These bytes are no UTF-8');
    return sequenceLength(bytes[at]!);
  }

  #set(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }
}

/** @param told  where a message says that the IRI is */
function checkScheme(bytes: Uint8Array, at: number, told = at): void {
  let i = at + 1;
  if (LETTERS[bytes[i]!] === 1) {
    while (IN_SCHEME[bytes[i]!] === 1) i++;
    if (bytes[i] === COLON) return;
  }
  throw new Fault(told, 'The IRI is relative', 'There is no base here: write the IRI with its scheme.');
}

/** Where the escape at `at` ends. @param letters  whether \t, \n and the like are escapes too */
function escapeEnd(bytes: Uint8Array, at: number, letters: boolean): number {
  const letter = bytes[at + 1]!;
  if (letter === 0x75 || letter === 0x55) {
    const digits = letter === 0x75 ? 4 : 8;
    const point = hexadecimalAt(bytes, at + 2, digits);
    if (point < 0) throw new Fault(at, `The escape has no ${digits} hexadecimal digits`);
    if (point > 0x10ffff || isSurrogate(point)) throw new Fault(at, 'The escape stands for no character');
    return at + 2 + digits;
  }
  if (letters && (CANONICAL_ESCAPES[letter] !== 0 || letter === 0x27)) return at + 2;
  throw new Fault(at, 'There is no such escape here', letters ? undefined : 'An IRI has \\u and \\U alone.');
}

/** The character of an escape that {@link escapeEnd} took. */
function pointOf(bytes: Uint8Array, at: number): number {
  const letter = bytes[at + 1]!;
  if (letter === 0x75) return hexadecimalAt(bytes, at + 2, 4);
  if (letter === 0x55) return hexadecimalAt(bytes, at + 2, 8);
  return letter === 0x27 ? letter : CANONICAL_ESCAPES[letter]!;
}

function tagEnd(bytes: Uint8Array, at: number): number {
  let i = at + 1;
  while (LETTERS[bytes[i]!] === 1) i++;
  if (i === at + 1) throw new Fault(i, 'A language tag begins with a letter');
  while (bytes[i] === DASH) {
    const part = ++i;
    while (LETTERS_AND_DIGITS[bytes[i]!] === 1) i++;
    if (i > part) continue;
    const hint =
      bytes[i] === DASH ? 'RDF 1.2 is not supported yet: a base direction cannot be stored.' : undefined;
    throw new Fault(i, 'A part of the language tag is empty', hint);
  }
  // In _ and the like the tag would end, and the next term begin without anything between them.
  if (bytes[i] === UNDERSCORE) throw new Fault(i, 'No language tag has this character');
  return i;
}

function isSame(bytes: Uint8Array, from: number, to: number, other: Uint8Array): boolean {
  if (to - from !== other.length) return false;
  for (let i = 0; i < other.length; i++) if (bytes[from + i] !== other[i]) return false;
  return true;
}

const notInIri = (byte: number): string =>
  isLineEnd(byte) ? 'An IRI does not end on its line' : `"${String.fromCharCode(byte)}" stands in no IRI`;
