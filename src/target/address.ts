/** An HTTP address as a target: the whole document by PUT, once all of it is there (RFC 9110, section 9.3.4). */
import { openAsBlob } from 'node:fs';
import { FabricError, messageOf } from '../errors.ts';
import type { ByteSink } from './sink.ts';
import { createSpool } from './spool.ts';

export interface AddressOptions {
  readonly mediaType: string;
  readonly timeoutMs: number;
}

export async function openAddressSink(url: string, options: AddressOptions): Promise<ByteSink> {
  const spool = await createSpool();
  return {
    name: url,
    write: (bytes) => spool.write(bytes),
    async close() {
      try {
        await put(url, await openAsBlob(spool.path), options);
      } finally {
        await spool.remove();
      }
    },
    abort: () => spool.remove(),
  };
}

async function put(url: string, body: Blob, { mediaType, timeoutMs }: AddressOptions): Promise<void> {
  const failed = (why: string, cause?: unknown): FabricError =>
    new FabricError('unreachable', `Target <${url}> ${why}`, { cause });
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (thrown) {
    throw failed(`cannot be reached: ${messageOf(thrown)}`, thrown);
  }
  await response.body?.cancel(); // an answer that nobody reads would hold its connection
  if (!response.ok) throw failed(`answered ${response.status}`);
}
