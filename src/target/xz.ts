/**
 * The .xz file format (version 1.2.1), written as the bytes come: one stream, one block, LZMA2 chunks.
 */
import { crc32 } from 'node:zlib';
import { encodeLzma, LZMA_PROPERTIES } from './lzma.ts';

/** A chunk before compression: what LZMA2 may hold when nothing gets smaller. */
const PIECE_BYTES = 65_536;

/** Check CRC32. */
const STREAM_FLAGS = Uint8Array.of(0x00, 0x01);
/** One filter, LZMA2, with a dictionary of 64 KiB; no sizes. */
const BLOCK_HEADER = Uint8Array.of(0x02, 0x00, 0x21, 0x01, 0x08, 0x00, 0x00, 0x00);
const END_OF_CHUNKS = Uint8Array.of(0x00);

/** The file of all `content`. */
export async function* xzFile(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.concat([Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00), STREAM_FLAGS, crcOf(STREAM_FLAGS)]);
  const header = Buffer.concat([BLOCK_HEADER, crcOf(BLOCK_HEADER)]);
  yield header;
  let blockBytes = header.length;
  let contentBytes = 0;
  let check = 0;
  for await (const piece of piecesOf(content)) {
    contentBytes += piece.length;
    check = crc32(piece, check);
    const chunk = chunkOf(piece);
    blockBytes += chunk.length;
    yield chunk;
  }
  yield Buffer.concat([END_OF_CHUNKS, paddingOf(blockBytes + END_OF_CHUNKS.length), uint32(check)]);
  const index = indexOf(blockBytes + END_OF_CHUNKS.length + 4, contentBytes);
  yield index;
  const backward = Buffer.concat([uint32(index.length / 4 - 1), STREAM_FLAGS]);
  yield Buffer.concat([crcOf(backward), backward, Uint8Array.of(0x59, 0x5a)]);
}

/** The bytes of `content` in pieces of one size, but for the last. */
async function* piecesOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(PIECE_BYTES);
  let held = 0;
  for await (const chunk of content) {
    for (let from = 0; from < chunk.length; ) {
      const taken = Math.min(PIECE_BYTES - held, chunk.length - from);
      piece.set(chunk.subarray(from, from + taken), held);
      held += taken;
      from += taken;
      if (held < PIECE_BYTES) continue;
      yield piece;
      held = 0;
    }
  }
  if (held > 0) yield piece.subarray(0, held);
}

/** The LZMA2 chunk of a piece, with a reset of dictionary, state and properties; stored when that is shorter. */
function chunkOf(piece: Uint8Array): Uint8Array {
  const packed = encodeLzma(piece);
  const size = piece.length - 1;
  if (packed.length >= piece.length) {
    return Buffer.concat([Uint8Array.of(0x01, size >> 8, size & 0xff), piece]);
  }
  const packedSize = packed.length - 1;
  const head = [0xe0, size >> 8, size & 0xff, packedSize >> 8, packedSize & 0xff, LZMA_PROPERTIES];
  return Buffer.concat([Uint8Array.from(head), packed]);
}

function indexOf(unpaddedBytes: number, contentBytes: number): Uint8Array {
  const records = Uint8Array.of(0x00, 0x01, ...multibyte(unpaddedBytes), ...multibyte(contentBytes));
  const padded = Buffer.concat([records, paddingOf(records.length)]);
  return Buffer.concat([padded, crcOf(padded)]);
}

/** Seven bits a byte, the lowest first (section 1.2). */
function multibyte(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}

const paddingOf = (bytes: number): Uint8Array => new Uint8Array((4 - (bytes % 4)) % 4);

const crcOf = (bytes: Uint8Array): Uint8Array => uint32(crc32(bytes));

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
