/**
 * The page that output is written on: bytes with room at the end, filled from left to right.
 *
 * Text is copied in words of eight and four bytes, which may run over its end: what comes next overwrites
 * that. No eight bytes of UTF-8 are a NaN, whose bits an engine might change. Nothing here knows RDF.
 */

/** Bytes that are known when the mapping is compiled. */
export interface StaticText {
  readonly words: Float64Array;
  readonly length: number;
}

const encoder = new TextEncoder();

export function staticText(text: string | Uint8Array): StaticText {
  const bytes = typeof text === 'string' ? encoder.encode(text) : text;
  const padded = new Uint8Array(bytes.length + 8);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const words = new Float64Array((bytes.length + 7) >> 3);
  for (let i = 0; i < words.length; i++) words[i] = view.getFloat64(8 * i, true);
  return { words, length: bytes.length };
}

/** Bytes that may be written beyond the end of what is asked for. */
const SLACK = 16;
/** From here on the engine's own copying is faster than a loop. */
const LOOP_BYTES_MAX = 192;

export class Page {
  bytes: Uint8Array;
  view: DataView;
  /** End of what is written for good. */
  at = 0;

  constructor(capacityBytes: number) {
    this.bytes = new Uint8Array(capacityBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room up to `end`; what was written stays. */
  reserve(end: number): void {
    if (end + SLACK > this.bytes.length) this.#grow(end + SLACK);
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(2 * this.bytes.length, needed));
    bytes.set(this.bytes);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

/** Writes static text. @returns the end */
export function putStatic(page: Page, at: number, text: StaticText): number {
  page.reserve(at + text.length);
  const { view } = page;
  const { words } = text;
  for (let i = 0, to = at; i < words.length; i++, to += 8) view.setFloat64(to, words[i]!, true);
  return at + text.length;
}

/** Writes what stands on the page from `from` up to `to` once more. @returns the end */
export function putAgain(page: Page, at: number, from: number, to: number): number {
  const length = to - from;
  page.reserve(at + length);
  if (length > LOOP_BYTES_MAX) page.bytes.copyWithin(at, from, to);
  else {
    const { view } = page;
    let i = 0;
    for (; i + 8 <= length; i += 8) view.setFloat64(at + i, view.getFloat64(from + i, true), true);
    for (; i < length; i += 4) view.setInt32(at + i, view.getInt32(from + i, true), true);
  }
  return at + length;
}

/** Writes bytes as they are. @returns the end */
export function putBytes(page: Page, at: number, bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  page.reserve(at + length);
  const out = page.bytes;
  if (length > LOOP_BYTES_MAX) out.set(bytes.subarray(from, to), at);
  else for (let i = 0; i < length; i++) out[at + i] = bytes[from + i]!;
  return at + length;
}

/** Writes a text as UTF-8; a lone surrogate becomes U+FFFD. @returns the end */
export function putText(page: Page, at: number, text: string): number {
  page.reserve(at + 3 * text.length);
  return at + encoder.encodeInto(text, page.bytes.subarray(at)).written;
}
