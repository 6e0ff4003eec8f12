/**
 * One term at a time as bytes: its N-Triples text in UTF-8, in words, filled up with zeros.
 *
 * The text is the only one of equal terms: tags of languages are in lower case. Nothing is kept between two terms.
 */
import { literal, type RDF, toNTriples } from '../../rdf/terms.ts';
import { wordsFor } from './term-arena.ts';

/** Bytes that stay; a larger text gets room of its own. */
const PAGE_BYTES = 16_384;

/** From here on the encoder is faster than going through the characters. */
const ENCODED_LENGTH_MIN = 16;

const NOT_OF_IRIS = 1;
const TO_ESCAPE = 2;
const NOT_OF_TAGS = 4;
/** By character: where it cannot stand as it is. */
const LIMITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  const isControl = code < 32;
  return (
    (isControl || ' <>"{}|^`\\'.includes(character) ? NOT_OF_IRIS : 0) |
    (isControl || code === 127 || character === '"' || character === '\\' ? TO_ESCAPE : 0) |
    (/[a-z0-9-]/.test(character) ? 0 : NOT_OF_TAGS)
  );
});

const [QUOTE, AT, CARET, LESS, GREATER] = [34, 64, 94, 60, 62] as const;
const [UNDERSCORE, COLON] = [95, 58] as const;
const XSD_STRING = 'http://www.w3.org/2001/XMLSchema#string';

const encoder = new TextEncoder();

export class TermScratch {
  readonly #page = new Uint8Array(PAGE_BYTES);
  readonly #pageWords = new Int32Array(this.#page.buffer);
  readonly #pageBehindFirst = this.#page.subarray(1);
  #bytes = this.#page;
  #words = this.#pageWords;
  #at = 0;
  /** Bytes of the text, without zeros. */
  length = 0;

  get words(): Int32Array {
    return this.#words;
  }

  /** Words of the text. */
  get textWords(): number {
    return wordsFor(this.length);
  }

  /**
   * Takes in a term that is neither a variable nor a triple.
   *
   * @returns whether it is short and in ASCII; a lone surrogate of another one stands here as something else
   */
  write(term: RDF.Term): boolean {
    this.#begin();
    const isPlain = this.#writePlain(term);
    if (isPlain) this.#end();
    else this.#writeAny(term);
    return isPlain;
  }

  /** Takes in a text as it stands in `bytes`. */
  writeBytes(bytes: Uint8Array, from: number, to: number): void {
    this.#begin();
    const length = to - from;
    this.#reserve(length);
    const target = this.#bytes;
    if (length > 256) target.set(bytes.subarray(from, to));
    else for (let i = 0; i < length; i++) target[i] = bytes[from + i]!;
    this.#at = length;
    this.#end();
  }

  #begin(): void {
    this.#bytes = this.#page;
    this.#words = this.#pageWords;
    this.#at = 0;
  }

  #end(): void {
    this.length = this.#at;
    const end = 4 * wordsFor(this.length);
    while (this.#at < end) this.#bytes[this.#at++] = 0;
  }

  #writePlain(term: RDF.Term): boolean {
    switch (term.termType) {
      case 'NamedNode':
        return this.#bracketed(term.value);
      case 'BlankNode':
        this.#byte(UNDERSCORE);
        this.#byte(COLON);
        return this.#ascii(term.value, 0);
      case 'DefaultGraph':
        return true;
      case 'Literal': {
        this.#byte(QUOTE);
        if (!this.#ascii(term.value, TO_ESCAPE)) return false;
        this.#byte(QUOTE);
        if (term.language !== '') {
          this.#byte(AT);
          return this.#ascii(term.language, NOT_OF_TAGS);
        }
        if (term.datatype.value === XSD_STRING) return true;
        this.#byte(CARET);
        this.#byte(CARET);
        return this.#bracketed(term.datatype.value);
      }
      default:
        throw new Error(`A term of type ${term.termType} has no text`);
    }
  }

  #bracketed(iri: string): boolean {
    this.#byte(LESS);
    if (!this.#ascii(iri, NOT_OF_IRIS)) return false;
    this.#byte(GREATER);
    return true;
  }

  #byte(byte: number): void {
    this.#bytes[this.#at++] = byte;
  }

  /** Adds a text in which all characters can stand as they are. @returns false for another */
  #ascii(text: string, limit: number): boolean {
    const { length } = text;
    let at = this.#at;
    if (at + length + 8 > PAGE_BYTES) return false;
    const bytes = this.#bytes;
    if (at === 1 && length >= ENCODED_LENGTH_MIN) {
      const { written } = encoder.encodeInto(text, this.#pageBehindFirst);
      for (const end = at + written; at < end; at++) {
        const byte = bytes[at]!;
        if (byte > 127 || (LIMITS[byte]! & limit) !== 0) return false;
      }
      this.#at = at;
      return true;
    }
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127 || (LIMITS[unit]! & limit) !== 0) return false;
      bytes[at++] = unit;
    }
    this.#at = at;
    return true;
  }

  #writeAny(term: RDF.Term): void {
    const isTagged = term.termType === 'Literal' && term.language !== '';
    const text = toNTriples(isTagged ? literal(term.value, term.language.toLowerCase()) : term);
    this.#reserve(3 * text.length);
    this.#at = encoder.encodeInto(text, this.#bytes).written;
    this.#end();
  }

  #reserve(length: number): void {
    const size = 4 * (wordsFor(length) + 4);
    if (size <= PAGE_BYTES) return;
    this.#bytes = new Uint8Array(size);
    this.#words = new Int32Array(this.#bytes.buffer);
  }
}
