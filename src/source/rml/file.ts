/** Files as chunks of bytes. A file is opened when the first chunk is asked for, and closed with the last. */
import { createReadStream } from 'node:fs';
import { messageOf } from '../../errors.ts';
import { unreadable } from './paths.ts';

const CHUNK_BYTES = 262_144;

/** @throws FabricError `mapping-failed` while reading */
export async function* readFileChunks(path: string, name: string): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) yield chunk;
  } catch (thrown) {
    throw unreadable(name, messageOf(thrown), thrown);
  } finally {
    stream.destroy();
  }
}
