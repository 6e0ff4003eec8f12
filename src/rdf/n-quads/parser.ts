/**
 * N-Quads and N-Triples from bytes to ids, as a stream and strictly by the grammar (RDF 1.1 N-Quads, section 4).
 *
 * No string is made of any term. Whatever is pushed is taken whole or refused with line and column; a parser that has
 * refused once is not used again.
 */
import { FabricError } from '../../errors.ts';
import type { QuadIdColumns, TermIds } from '../term-ids.ts';
import { CR, DOT, HASH, isBlank, isLineEnd, LESS, LF, QUOTE, UNDERSCORE } from './characters.ts';
import { Fault, TermScanner } from './term-scanner.ts';

export interface NQuadsOptions {
  /** Gives out ids, and takes the canonical text of each term. */
  readonly ids: TermIds;
  /** In N-Triples no statement has a graph. */
  readonly format: 'n-quads' | 'n-triples';
  /** Name of the text in messages. */
  readonly source?: string;
  /** Put in front of every label of a blank node, so that labels of several texts stay apart. */
  readonly blankNodePrefix?: string;
  /** IRI of the graph of statements that name none; absent: the default graph. */
  readonly graph?: string;
  /** Where in the whole text the first byte stands, when a part was read before. */
  readonly start?: { readonly offset: number; readonly line: number };
}

/** A line longer than this is refused: it would have to be held whole. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;
/** Slots of terms that were seen in the same piece; a power of two. */
const SEEN = 4096;
/** Longer terms seldom come again. */
const SEEN_BYTES_MAX = 256;

const encoder = new TextEncoder();

export class NQuadsParser {
  readonly #options: NQuadsOptions;
  readonly #ids: TermIds;
  readonly #hasGraphs: boolean;
  readonly #prefix: Uint8Array;
  readonly #graph: number;
  readonly #scanner = new TermScanner();
  readonly #seenAt = new Int32Array(SEEN);
  readonly #seenLength = new Int32Array(SEEN);
  readonly #seenId = new Int32Array(SEEN);
  #columns = new Int32Array(4096);
  #filled = 0;
  /** Where the last term ends. */
  #end = 0;
  /** The beginning of a line whose end has not come yet. */
  #begun: Uint8Array[] = [];
  #begunBytes = 0;
  #offset: number;
  #line: number;
  #lineStart = 0;

  constructor(options: NQuadsOptions) {
    this.#options = options;
    this.#ids = options.ids;
    this.#hasGraphs = options.format === 'n-quads';
    this.#prefix = encoder.encode(options.blankNodePrefix ?? '');
    this.#offset = options.start?.offset ?? 0;
    this.#line = options.start?.line ?? 1;
    this.#graph = options.ids.defaultGraph;
    if (options.graph !== undefined) this.#graph = this.#idOf(encoder.encode(`<${options.graph}>`));
  }

  /** Bytes of the text up to the end of the last whole line that was taken. */
  get offset(): number {
    return this.#offset;
  }

  /** The line that begins there, from 1. */
  get line(): number {
    return this.#line;
  }

  /**
   * Takes the next piece of the text, which may end anywhere.
   *
   * @returns the quads of the lines that are whole, valid until the next call
   * @throws FabricError `syntax-error` with line, column and offset, and what the ids throw
   */
  push(piece: Uint8Array): QuadIdColumns {
    let end = piece.lastIndexOf(LF) + 1;
    if (end === 0) end = piece.lastIndexOf(CR) + 1;
    if (end === 0) {
      this.#begin(piece);
      return this.#columns.subarray(0, 0);
    }
    const whole = this.#joined(piece.subarray(0, end));
    this.#begin(piece.subarray(end));
    return this.#parse(whole, whole.length);
  }

  /** Takes the end of the text: its last line needs no end of its own. @throws FabricError as {@link push} */
  end(): QuadIdColumns {
    const last = this.#joined(Uint8Array.of(LF));
    const columns = this.#parse(last, last.length);
    this.#offset -= 1;
    return columns;
  }

  #begin(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#begun.push(piece.slice()); // whoever gave it may use it again
    this.#begunBytes += piece.length;
    if (this.#begunBytes > LINE_BYTES_MAX) {
      throw this.#refusal(new Uint8Array(), new Fault(0, `The line is longer than ${LINE_BYTES_MAX} bytes`));
    }
  }

  #joined(piece: Uint8Array): Uint8Array {
    if (this.#begunBytes === 0) return piece;
    const joined = new Uint8Array(this.#begunBytes + piece.length);
    let at = 0;
    for (const part of [...this.#begun, piece]) {
      joined.set(part, at);
      at += part.length;
    }
    this.#begun = [];
    this.#begunBytes = 0;
    return joined;
  }

  /** Whole lines: the last byte ends one, so nothing below has to look for the end of the bytes. */
  #parse(bytes: Uint8Array, length: number): QuadIdColumns {
    this.#filled = 0;
    this.#lineStart = 0;
    this.#seenLength.fill(0);
    try {
      for (let at = 0; at < length; ) {
        while (isBlank(bytes[at]!)) at++;
        const byte = bytes[at]!;
        if (isLineEnd(byte)) at = this.#nextLine(bytes, at);
        else if (byte === HASH) at = lineEnd(bytes, at);
        else at = this.#statement(bytes, at);
      }
    } catch (thrown) {
      throw thrown instanceof Fault ? this.#refusal(bytes, thrown) : thrown;
    }
    this.#offset += length;
    return this.#columns.subarray(0, this.#filled);
  }

  #nextLine(bytes: Uint8Array, at: number): number {
    // The line feed behind a carriage return counts alone.
    if (bytes[at] === LF || bytes[at + 1] !== LF) {
      this.#line++;
      this.#lineStart = at + 1;
    }
    return at + 1;
  }

  #statement(bytes: Uint8Array, at: number): number {
    const subject = this.#node(bytes, at, 'A subject is an IRI or a blank node');
    let next = this.#gap(bytes);
    if (bytes[next] !== LESS) throw new Fault(next, 'A predicate is an IRI');
    this.#end = this.#scanner.iri(bytes, next);
    const predicate = this.#identify(bytes, next);
    next = this.#gap(bytes);
    const object =
      bytes[next] === QUOTE
        ? this.#literal(bytes, next)
        : this.#node(bytes, next, 'An object is an IRI, a blank node or a literal');
    next = this.#gap(bytes);
    let graph = this.#graph;
    if (bytes[next] !== DOT && this.#hasGraphs) {
      graph = this.#node(bytes, next, 'A graph is an IRI or a blank node, and a dot ends the statement');
      next = this.#gap(bytes);
    }
    if (bytes[next] !== DOT) {
      const hint = this.#hasGraphs ? undefined : 'A statement with a graph is N-Quads, not N-Triples.';
      throw new Fault(next, 'A dot ends the statement', hint);
    }
    this.#end = next + 1;
    next = this.#gap(bytes);
    if (bytes[next] === HASH) next = lineEnd(bytes, next);
    else if (!isLineEnd(bytes[next]!)) throw new Fault(next, 'Behind a statement its line ends');
    this.#put(subject, predicate, object, graph);
    return next;
  }

  /** Where what follows the last term begins. */
  #gap(bytes: Uint8Array): number {
    let at = this.#end;
    while (isBlank(bytes[at]!)) at++;
    return at;
  }

  #node(bytes: Uint8Array, at: number, expected: string): number {
    const byte = bytes[at];
    if (byte === LESS) this.#end = this.#scanner.iri(bytes, at);
    else if (byte === UNDERSCORE) this.#end = this.#scanner.blankNode(bytes, at, this.#prefix);
    else throw new Fault(at, isLineEnd(byte!) ? `${expected}; the line ends before it` : expected);
    return this.#identify(bytes, at);
  }

  #literal(bytes: Uint8Array, at: number): number {
    this.#end = this.#scanner.literal(bytes, at);
    return this.#identify(bytes, at);
  }

  /** The id of the term that was scanned last: terms come again soon, in the same bytes. */
  #identify(bytes: Uint8Array, at: number): number {
    const length = this.#end - at;
    const { from, to } = this.#scanner;
    if (length > SEEN_BYTES_MAX || length < 4) return this.#ids.intern(this.#scanner.bytes, from, to);
    const last = this.#end - 1;
    const tail = bytes[last]! | (bytes[last - 1]! << 8) | (bytes[last - 2]! << 16) | (bytes[last - 3]! << 24);
    const slot = (Math.imul(tail ^ (length * 0x10001), 0x9e3779b1) >>> 16) & (SEEN - 1);
    if (this.#seenLength[slot] === length) {
      const seenAt = this.#seenAt[slot]!;
      let i = length - 4;
      while (i > 0 && bytes[seenAt + i - 1] === bytes[at + i - 1]) i--;
      if (i === 0 && isSameTail(bytes, seenAt + length - 4, at + length - 4)) return this.#seenId[slot]!;
    }
    const id = this.#ids.intern(this.#scanner.bytes, from, to);
    this.#seenAt[slot] = at;
    this.#seenLength[slot] = length;
    this.#seenId[slot] = id;
    return id;
  }

  #put(subject: number, predicate: number, object: number, graph: number): void {
    if (this.#filled + 4 > this.#columns.length) {
      const larger = new Int32Array(2 * this.#columns.length);
      larger.set(this.#columns);
      this.#columns = larger;
    }
    const columns = this.#columns;
    const at = this.#filled;
    columns[at] = subject;
    columns[at + 1] = predicate;
    columns[at + 2] = object;
    columns[at + 3] = graph;
    this.#filled = at + 4;
  }

  #idOf(iri: Uint8Array): number {
    try {
      const ended = Uint8Array.of(...iri, LF);
      if (this.#scanner.iri(ended, 0) !== iri.length) throw new Fault(0, 'It ends before its end');
      return this.#ids.intern(this.#scanner.bytes, this.#scanner.from, this.#scanner.to);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      throw new FabricError(
        'request-invalid',
        `Graph "${this.#options.graph!}" is not an IRI: ${thrown.message}`,
      );
    }
  }

  #refusal(bytes: Uint8Array, fault: Fault): FabricError {
    const { source } = this.#options;
    const before = new TextDecoder().decode(bytes.subarray(this.#lineStart, fault.at));
    const place = { line: this.#line, column: before.length + 1, offset: this.#offset + fault.at };
    return new FabricError('syntax-error', fault.message, {
      location: { ...(source === undefined ? {} : { source }), ...place },
      ...(fault.hint === undefined ? {} : { extensions: { hint: fault.hint } }),
    });
  }
}

function lineEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while (!isLineEnd(bytes[end]!)) end++;
  return end;
}

function isSameTail(bytes: Uint8Array, one: number, other: number): boolean {
  return (
    bytes[one] === bytes[other] &&
    bytes[one + 1] === bytes[other + 1] &&
    bytes[one + 2] === bytes[other + 2] &&
    bytes[one + 3] === bytes[other + 3]
  );
}
