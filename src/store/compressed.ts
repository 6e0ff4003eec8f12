/** Bytes that may be gzipped: told by their first two, so that no name has to say it. */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FabricError, messageOf } from '../errors.ts';

/** @throws FabricError `syntax-error` for damaged compression, one that ends early included */
export async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const opening: Uint8Array[] = [];
  let openingBytes = 0;
  while (openingBytes < 2) {
    const next = await iterator.next();
    if (next.done === true) break;
    opening.push(next.value);
    openingBytes += next.value.length;
  }
  const first = Buffer.concat(opening);
  const all = (async function* () {
    yield first;
    yield* { [Symbol.asyncIterator]: () => iterator };
  })();
  if (first[0] !== 0x1f || first[1] !== 0x8b) {
    yield* all;
    return;
  }
  const source = Readable.from(all, { objectMode: false });
  const gunzip = createGunzip();
  let sourceFailure: Error | undefined;
  source.once('error', (failure) => {
    sourceFailure = failure;
    gunzip.destroy(failure);
  });
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    if (sourceFailure !== undefined) throw sourceFailure;
    throw new FabricError('syntax-error', `The gzip compression is damaged: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}
