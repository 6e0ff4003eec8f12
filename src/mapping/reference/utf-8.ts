/**
 * UTF-8 that may be damaged: each byte that is part of no character becomes a lone surrogate, which no
 * well-formed text can hold, so that damage can be told apart from the data.
 */

/** A chunk of text; each byte that is no UTF-8 stands there as a lone surrogate (U+DC80 to U+DCFF). */
export interface DecodedChunk {
  readonly text: string;
  /** Places of these bytes in the source, in order. */
  readonly damaged: readonly number[];
}

/** Bytes at the end of a chunk that begin a character which may go on in the next chunk; at most three. */
export function trailingBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return lengthOf(byte) > back ? back : 0;
  }
  return 0;
}

/** Bytes of the character that a byte begins; 0 when it begins none. */
function lengthOf(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/** Whether the character at `at` is well-formed (Unicode, table 3-7). */
function isCharacter(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 0 || at + length > bytes.length) return false;
  if (length === 1) return true;
  const lead = bytes[at]!;
  const second = bytes[at + 1]!;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return false;
  for (let i = 2; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return false;
  return true;
}

/**
 * Decodes bytes that are known to hold damage.
 *
 * @param offset  place of the first byte in the source
 */
export function decodeEscaped(bytes: Uint8Array, offset: number): DecodedChunk {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const damaged: number[] = [];
  let text = '';
  let from = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = lengthOf(bytes[at]!);
    if (isCharacter(bytes, at, length)) {
      at += length;
      continue;
    }
    text += decoder.decode(bytes.subarray(from, at)) + String.fromCharCode(0xdc00 + bytes[at]!);
    damaged.push(offset + at);
    from = ++at;
  }
  return { text: text + decoder.decode(bytes.subarray(from)), damaged };
}

/** A byte that {@link decodeEscaped} marked. */
const MARK = /(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/g;

/** How many damaged bytes a text holds. */
export const marksIn = (text: string): number => text.match(MARK)?.length ?? 0;
