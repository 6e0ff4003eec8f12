/**
 * Text in any encoding as UTF-8, chunk by chunk. Bytes that mean nothing in their encoding are refused with
 * their place, never replaced.
 */
import { FabricError } from '../../errors.ts';

/**
 * Transcodes to UTF-8, which has no byte order mark then.
 *
 * @param label  WHATWG label; `utf-16` leaves the order of bytes to the mark, and to the first character
 *   where there is none
 * @throws FabricError `syntax-error` for bytes that are no text in this encoding
 */
export async function* toUtf8(
  chunks: AsyncIterable<Uint8Array>,
  label: string,
  name: string,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let decoder: TextDecoder | undefined;
  let offset = 0;
  const decode = (chunk?: Uint8Array): Uint8Array => {
    try {
      return encoder.encode(
        chunk === undefined ? decoder!.decode() : decoder!.decode(chunk, { stream: true }),
      );
    } catch {
      throw new FabricError(
        'syntax-error',
        `Source "${name}" holds bytes that are no ${decoder!.encoding} (at or after byte ${offset})`,
        { location: { source: name, offset }, extensions: { code: 'encoding-invalid' } },
      );
    }
  };
  for await (const chunk of atLeast(chunks, 2)) {
    decoder ??= new TextDecoder(label === 'utf-16' ? orderOf(chunk) : label, { fatal: true });
    yield decode(chunk);
    offset += chunk.length;
  }
  if (decoder === undefined) return;
  const rest = decode();
  if (rest.length > 0) yield rest;
}

function orderOf(start: Uint8Array): 'utf-16le' | 'utf-16be' {
  const [first, second] = start;
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Text in a markup or JSON begins with ASCII: its zero byte comes first in big-endian.
  return first === 0 ? 'utf-16be' : 'utf-16le';
}

/** The same chunks, of which the first has at least `count` bytes where there are as many. */
async function* atLeast(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined = new Uint8Array();
  for await (const chunk of chunks) {
    if (held === undefined) {
      yield chunk;
      continue;
    }
    const joined: Uint8Array = Buffer.concat([held, chunk]);
    held = joined;
    if (joined.length < count) continue;
    held = undefined;
    yield joined;
  }
  if (held !== undefined && held.length > 0) yield held;
}
