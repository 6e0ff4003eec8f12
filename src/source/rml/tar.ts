/** The one file of a tar archive, as its bytes come (POSIX ustar and pax). */
import { FabricError } from '../../errors.ts';

const BLOCK_BYTES = 512;
/** Of a pax header, which is held whole. */
const PAX_BYTES_MAX = 1_048_576;

/** @throws FabricError `syntax-error` for what is no tar, holds no file, or holds several */
export async function* untar(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const reader = new BlockReader(chunks);
  try {
    yield* theFile(reader, name);
  } finally {
    await reader.close();
  }
}

async function* theFile(reader: BlockReader, name: string): AsyncGenerator<Uint8Array> {
  let found: string | undefined;
  let size: number | undefined; // from a pax header, for sizes that the field cannot hold
  for (;;) {
    const header = await reader.take(BLOCK_BYTES);
    if (header === undefined || header.every((byte) => byte === 0)) break;
    const entry = parseHeader(header, name);
    const length = size ?? entry.size;
    size = undefined;
    if (entry.type === 'x') {
      if (entry.size > PAX_BYTES_MAX) throw broken(name, `has a header of ${entry.size} bytes`);
      const text = new TextDecoder().decode(await reader.take(padded(entry.size)));
      const stated = /(?:^|\n)\d+ size=(\d+)\n/.exec(text)?.[1];
      if (stated !== undefined) size = Number(stated);
    } else if (entry.type === '0') {
      if (found !== undefined)
        throw broken(name, `holds several files ("${found}", "${entry.name}"), one is read`);
      found = entry.name;
      yield* reader.stream(length, name);
      await reader.take(padded(length) - length);
    } else await reader.skip(padded(length));
  }
  if (found === undefined) throw broken(name, 'holds no file');
}

const padded = (size: number): number => Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;

function parseHeader(header: Uint8Array, name: string): { name: string; size: number; type: string } {
  const field = (from: number, length: number): string =>
    new TextDecoder('latin1').decode(header.subarray(from, from + length)).replace(/\0.*$/s, '');
  const stated = Number.parseInt(field(148, 8).trim(), 8);
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (stated !== sum) throw broken(name, 'is no tar archive');
  const size =
    (header[124]! & 0x80) === 0 ? Number.parseInt(field(124, 12).trim() || '0', 8) : binary(header);
  const type = field(156, 1);
  return { name: field(0, 100), size, type: type === '' || type === '7' ? '0' : type };
}

/** Sizes beyond 8 GiB as GNU tar writes them. */
const binary = (header: Uint8Array): number =>
  header.subarray(125, 136).reduce((value, byte) => value * 256 + byte, 0);

const broken = (name: string, why: string): FabricError =>
  new FabricError('syntax-error', `Source "${name}" ${why}`, { location: { source: name } });

class BlockReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes; undefined where the archive ends before. Only for what is small. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    for (let missing = length; missing > 0; ) {
      if (!(await this.#fill())) return undefined;
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0 && (await this.#fill()); ) {
      const used = Math.min(missing, this.#rest.length);
      this.#rest = this.#rest.subarray(used);
      missing -= used;
    }
  }

  async *stream(length: number, name: string): AsyncGenerator<Uint8Array> {
    for (let missing = length; missing > 0; ) {
      if (!(await this.#fill())) throw broken(name, 'ends inside of a file of the archive');
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      yield part;
    }
  }

  /** Lets go of the chunks, whether they have been read to their end or not. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#rest = next.value;
    }
    return true;
  }
}
