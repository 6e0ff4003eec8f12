/**
 * The text of a source: bytes decoded as they come. What is no UTF-8 is told with its place, never replaced
 * in silence.
 */
import type { Part, SourceData, TextLimits } from './formulation.ts';
import { type DecodedChunk, decodeEscaped, trailingBytes } from './utf-8.ts';

/** Characters that must be in memory at once unless a source has limits of its own. */
export const TEXT_LIMITS: TextLimits = {
  documentCharactersMax: 268_435_456,
  lineCharactersMax: 33_554_432,
  // A quote that is left open must not swallow a large file.
  rowCharactersMax: 4_194_304,
};

/** The limits of a source. */
export const limitsOf = (data: SourceData): TextLimits =>
  data.kind === 'bytes' ? { ...TEXT_LIMITS, ...data.limits } : TEXT_LIMITS;

/** Bytes that are no UTF-8, by their place in the source. */
class TextEncodingError extends Error {
  /** Of the first byte at fault, from 0. */
  readonly offset: number;

  constructor(offset: number) {
    super(`holds bytes that are no UTF-8 (at byte ${offset})`);
    this.offset = offset;
  }
}

/** A text that does not fit into the memory that it may take. */
export class TextTooLongError extends Error {
  constructor(charactersMax: number) {
    super(`has more than ${charactersMax} characters, the limit for what is held in memory at once`);
  }
}

const NONE: readonly number[] = [];
const BOM = '\uFEFF';

/** Text chunks of a source, without a byte order mark; damaged bytes are marked, so that a row alone is lost. */
export async function* decodedChunks(data: SourceData): AsyncGenerator<DecodedChunk> {
  if (data.kind !== 'bytes') throw new Error('The source has rows and no text');
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = new Uint8Array();
  let offset = 0; // of the first byte of `rest`
  let first = true;
  const decode = (bytes: Uint8Array): DecodedChunk => {
    let decoded: DecodedChunk;
    try {
      decoded = { text: decoder.decode(bytes), damaged: NONE };
    } catch {
      decoded = decodeEscaped(bytes, offset);
    }
    offset += bytes.length;
    if (!first) return decoded;
    first = false;
    return decoded.text.startsWith(BOM) ? { ...decoded, text: decoded.text.slice(1) } : decoded;
  };
  for await (const chunk of data.chunks) {
    const bytes = rest.length === 0 ? chunk : joined(rest, chunk);
    const end = bytes.length - trailingBytes(bytes);
    rest = bytes.slice(end);
    if (end > 0) yield decode(bytes.subarray(0, end));
  }
  if (rest.length > 0) yield decode(rest);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/**
 * Text chunks of a source that cannot do without any of them.
 *
 * @throws TextEncodingError
 * @throws Error when the source has rows and no text
 */
export async function* decodedText(data: SourceData): AsyncGenerator<string> {
  for await (const { text, damaged } of decodedChunks(data)) {
    const [offset] = damaged;
    if (offset !== undefined) throw new TextEncodingError(offset);
    yield text;
  }
}

/**
 * Text chunks of a source that is held in memory whole.
 *
 * @throws TextEncodingError
 * @throws TextTooLongError when they are more than a document may have
 * @throws Error when the source has rows and no text
 */
export async function* textOfSource(data: SourceData): AsyncGenerator<string> {
  const max = limitsOf(data).documentCharactersMax;
  let length = 0;
  for await (const text of decodedText(data)) {
    length += text.length;
    if (length > max) throw new TextTooLongError(max);
    yield text;
  }
}

/** What {@link textOfSource} throws as a problem of a document; anything else is thrown on. */
export function problemOfText(thrown: unknown): Part {
  const code =
    thrown instanceof TextEncodingError
      ? 'encoding-invalid'
      : thrown instanceof TextTooLongError
        ? 'document-too-large'
        : undefined;
  if (code === undefined) throw thrown;
  return { problem: { code, message: `The document ${(thrown as Error).message}` }, row: 1, fatal: true };
}
