/**
 * A window on bytes that come in chunks: what a reader has not used yet is kept, and the next chunk joined to it.
 *
 * The window owns its bytes: chunks are copied in, so that readers may undo escapes in place. Behind the last
 * byte stands a line feed and a zero, at which every loop of a reader ends.
 */
import { textOfBytes } from './fields.ts';
import { isCut, validEnd } from './utf8.ts';

const LF = 10;
const CHARACTER_BYTES_MAX = 4;
const CAPACITY_BYTES = 131_072;
/** Bytes behind the end that readers may look at in passing. */
const WINDOW_SLACK = 16;

export class Window {
  bytes = new Uint8Array(CAPACITY_BYTES);
  view = new DataView(this.bytes.buffer);
  /** The next byte to be read. */
  at = 0;
  /** End of the bytes that are there. */
  end = 0;
  /** Whether nothing more comes. */
  ended = false;
  /** Bytes of the source before the first one of the window. */
  offset = 0;
  /** Place of the first byte that is no UTF-8; negative while there is none. */
  invalidAt = -1;
  /** Whether lines are counted, for `placeOf`. */
  countsLines = false;
  #checked = 0;
  /** Line feeds before the window, and bytes behind the last of them. */
  #lines = 0;
  #behindLine = 0;

  /** Joins a chunk. What was read before it is forgotten. */
  push(chunk: Uint8Array): void {
    const kept = this.end - this.at;
    if (this.countsLines) this.#countLines();
    const needed = kept + chunk.length + WINDOW_SLACK;
    if (needed > this.bytes.length) {
      const bytes = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
      bytes.set(this.bytes.subarray(this.at, this.end));
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer);
    } else if (this.at > 0) this.bytes.copyWithin(0, this.at, this.end);
    this.offset += this.at;
    this.#checked -= this.at;
    if (this.invalidAt >= 0) this.invalidAt -= this.at;
    this.at = 0;
    this.bytes.set(chunk, kept);
    this.end = kept + chunk.length;
    this.bytes[this.end] = LF;
    this.bytes[this.end + 1] = 0;
    this.#check(false);
  }

  /** Line and column of a place in the window, from 1. */
  placeOf(place: number): { readonly line: number; readonly column: number } {
    let line = this.#lines + 1;
    const before = this.bytes.subarray(0, place);
    let start = -1;
    for (let at = before.indexOf(LF); at >= 0; at = before.indexOf(LF, at + 1)) {
      line++;
      start = at + 1;
    }
    const text = textOfBytes(this.bytes, Math.max(0, start), Math.min(place, this.end));
    return { line, column: text.length + 1 + (start < 0 ? this.#behindLine : 0) };
  }

  #countLines(): void {
    const used = this.bytes.subarray(0, this.at);
    let start = -1;
    for (let at = used.indexOf(LF); at >= 0; at = used.indexOf(LF, at + 1)) {
      this.#lines++;
      start = at + 1;
    }
    this.#behindLine = start < 0 ? this.#behindLine + this.at : this.at - start;
  }

  finish(): void {
    this.ended = true;
    this.#check(true);
  }

  /**
   * Place in the source of the first byte that is no UTF-8 in what was read up to `to`, negative when there is none;
   * then the bytes from `to` on are looked at.
   */
  takeDamage(to: number): number {
    if (this.invalidAt < 0 || this.invalidAt >= to) return -1;
    const place = this.offset + this.invalidAt;
    this.invalidAt = -1;
    this.#checked = to;
    this.#check(this.ended);
    return place;
  }

  /** Forgets what is not used yet but for the last bytes, which may be the first of a character. */
  drop(): void {
    this.at = Math.max(this.at, this.end - CHARACTER_BYTES_MAX);
  }

  /** Looks at what has not been looked at: a sequence that the chunk cuts is left for the next one. */
  #check(whole: boolean): void {
    if (this.invalidAt >= 0) return;
    const at = validEnd(this.bytes, Math.max(0, this.#checked), this.end);
    if (at < this.end && (whole || !isCut(this.bytes, at, this.end))) this.invalidAt = at;
    this.#checked = at;
  }
}
