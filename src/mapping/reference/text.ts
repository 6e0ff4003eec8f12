/**
 * The text of a source: bytes decoded as they come. What is no UTF-8 is told with its place, never replaced
 * in silence.
 */
import type { SourceData } from './formulation.ts';

/** Bytes that are no UTF-8; `offset` counts from the start of the source to the start of the chunk at fault. */
export class TextEncodingError extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super('holds bytes that are no UTF-8');
    this.offset = offset;
  }
}

/**
 * Text chunks of a source, without a byte order mark.
 *
 * @throws TextEncodingError
 * @throws Error when the source has rows and no text
 */
export async function* textOfSource(data: SourceData): AsyncGenerator<string> {
  if (data.kind !== 'bytes') throw new Error('The source has rows and no text');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let offset = 0;
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new TextEncodingError(offset);
    }
  };
  for await (const chunk of data.chunks) {
    yield decode(chunk);
    offset += chunk.length;
  }
  const rest = decode();
  if (rest !== '') yield rest;
}

/** A text that is at hand as the data of a source: whole, or in chunks. */
export function textData(text: string | readonly string[]): SourceData {
  const encoder = new TextEncoder();
  const chunks = typeof text === 'string' ? [text] : text;
  return { kind: 'bytes', chunks: chunks.map((chunk) => encoder.encode(chunk)) };
}
