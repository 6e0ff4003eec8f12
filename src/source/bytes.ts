/**
 * Bodies as lines and as whole texts: bounded in bytes, UTF-8 only, with the place of every piece.
 */
import { FabricError, type Location } from '../errors.ts';

/** A physical line without its line feed; `text` is absent where the line cannot be read. */
export interface Line {
  readonly text: string | undefined;
  readonly problem?: FabricError;
  /** From 1. */
  readonly line: number;
  /** Of the first byte, from 0. */
  readonly offset: number;
  /** Length in bytes, without the line feed. */
  readonly bytes: number;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * The lines of a body (LF or CR LF), one by one; a byte order mark at its start is taken off. A line beyond
 * `bytesMax` is passed over up to its line feed and never held in memory whole.
 */
export async function* readLines(body: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Line> {
  const decode = decoder();
  let parts: Uint8Array[] = [];
  let held = 0;
  let length = 0;
  let offset = 0;
  let number = 1;
  const add = (part: Uint8Array): void => {
    length += part.length;
    if (length > bytesMax) {
      parts = [];
      held = 0;
    } else if (part.length > 0) {
      parts.push(part);
      held += part.length;
    }
  };
  const finish = (): Line => {
    const at = { line: number, offset, bytes: length };
    const line =
      length > bytesMax
        ? { text: undefined, problem: tooLong(length, bytesMax, at), ...at }
        : decode(concat(parts, held), at);
    parts = [];
    held = 0;
    return line;
  };
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      add(chunk.subarray(start, end));
      yield finish();
      offset += length + 1;
      number++;
      length = 0;
      start = end + 1;
    }
    // a chunk may be a view of a buffer that its owner fills anew
    add(chunk.slice(start));
  }
  if (length > 0) yield finish();
}

/** A whole body as text, without a byte order mark. */
export async function readText(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Line> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length <= bytesMax) parts.push(chunk.slice());
    else parts.length = 0;
  }
  const at = { line: 1, offset: 0, bytes: length };
  if (length > bytesMax) return { text: undefined, problem: tooLong(length, bytesMax, at), ...at };
  return decoder()(concat(parts, length), at);
}

interface Place {
  readonly line: number;
  readonly offset: number;
  readonly bytes: number;
}

function decoder(): (bytes: Uint8Array, at: Place) => Line {
  // The mark is taken off by hand, at the very start only; elsewhere it is a character.
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (bytes, at) => {
    const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
    if (at.offset === 0 && (startsWith(bytes, [0xfe, 0xff]) || startsWith(bytes, [0xff, 0xfe]))) {
      return { text: undefined, problem: notUtf8('is UTF-16', at), ...at };
    }
    const start = at.offset === 0 && startsWith(bytes, [0xef, 0xbb, 0xbf]) ? 3 : 0;
    try {
      return { text: utf8.decode(bytes.subarray(start, end)), ...at };
    } catch {
      return { text: undefined, problem: notUtf8('is not well-formed UTF-8', at), ...at };
    }
  };
}

const startsWith = (bytes: Uint8Array, mark: readonly number[]): boolean =>
  mark.every((byte, index) => bytes[index] === byte);

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, length);
}

function tooLong(length: number, bytesMax: number, at: Place): FabricError {
  return new FabricError(
    'body-too-large',
    `Piece of ${length} bytes is longer than the ${bytesMax} allowed`,
    {
      location: placeOf(at),
    },
  );
}

const notUtf8 = (what: string, at: Place): FabricError =>
  new FabricError('syntax-error', `Text ${what}, and only UTF-8 is read`, { location: placeOf(at) });

export const placeOf = (at: { readonly line: number; readonly offset: number }): Location => ({
  line: at.line,
  offset: at.offset,
});
