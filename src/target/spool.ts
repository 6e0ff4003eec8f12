/** Bytes that have to wait until all of them are known: a temporary file, removed when done. */
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Spool {
  readonly path: string;
  write(bytes: Uint8Array): Promise<void>;
  sizeBytes(): Promise<number>;
  read(): AsyncIterable<Uint8Array>;
  remove(): Promise<void>;
}

export async function createSpool(): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), 'fabric-target-'));
  const path = join(folder, 'spool');
  const handle = await open(path, 'wx');
  return {
    path,
    async write(bytes) {
      for (let from = 0; from < bytes.length; ) {
        from += (await handle.write(bytes, from, bytes.length - from)).bytesWritten;
      }
    },
    sizeBytes: async () => (await handle.stat()).size,
    read: () => createReadStream(path) as AsyncIterable<Uint8Array>,
    async remove() {
      await handle.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
