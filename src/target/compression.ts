/**
 * Compressions of targets (RML-IO, "Compression"): bytes go in, what is written comes out of them in order.
 *
 * Archives hold one entry, named after the file. A tar entry begins with its size, so its bytes wait in a
 * temporary file; the others stream.
 */
import { basename } from 'node:path';
import { PassThrough, pipeline, Readable, type Transform } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Compression } from '../mapping/normal-form.ts';
import type { ByteSink } from './sink.ts';
import { createSpool } from './spool.ts';
import { tarEntry } from './tar.ts';
import { xzFile } from './xz.ts';

/** A sink whose bytes arrive at `output` compressed. */
export async function compressInto(output: ByteSink, compression: Compression): Promise<ByteSink> {
  const entry = entryName(output.name);
  switch (compression) {
    case 'none':
      return output;
    case 'gzip':
      return throughStream(output, gzip());
    case 'zip':
      return throughStream(output, await zip(entry));
    case 'tar':
      return tar(output, entry, (archive) => archive);
    case 'targz':
      return tar(output, entry, gzipOf);
    case 'tarxz':
      return tar(output, entry, xzFile);
  }
}

const ENDINGS = /\.(?:gz|zip|tar|tgz|tar\.gz|tar\.xz|txz)$/i;

const entryName = (path: string): string => basename(path).replace(ENDINGS, '') || 'data';

/** A stream pair: what is written to `input` comes out of `result`. */
interface Pair {
  readonly input: Transform;
  readonly result: Readable;
}

function gzip(): Pair {
  const stream = createGzip();
  return { input: stream, result: stream };
}

async function zip(entry: string): Promise<Pair> {
  const { ZipFile } = await import('yazl');
  const file = new ZipFile();
  const input = new PassThrough();
  file.addReadStream(input, entry, { mtime: new Date(), mode: 0o100644 });
  file.end();
  // The published type is the wide interface of old streams.
  const result = file.outputStream;
  return { input, result: result instanceof Readable ? result : new Readable().wrap(result) };
}

function throughStream(output: ByteSink, { input, result }: Pair): ByteSink {
  const drained = (async () => {
    for await (const chunk of result) await output.write(chunk as Uint8Array);
  })();
  // A failure is told by the next call that waits for it.
  let failure: { readonly thrown: unknown } | undefined;
  drained.catch((thrown: unknown) => {
    failure = { thrown };
    input.destroy();
  });
  const check = (): void => {
    if (failure !== undefined) throw failure.thrown;
  };
  return {
    name: output.name,
    async write(bytes) {
      check();
      // The stream keeps the chunk after the call.
      if (!input.write(Uint8Array.from(bytes))) await Promise.race([once(input, 'drain'), drained]);
      check();
    },
    async close() {
      input.end();
      await drained;
      await output.close();
    },
    async abort() {
      input.destroy();
      result.destroy();
      await drained.catch(() => undefined);
      await output.abort();
    },
  };
}

const once = (stream: Transform, event: string): Promise<void> =>
  new Promise((resolve) => {
    stream.once(event, () => {
      resolve();
    });
  });

/** The bytes wait in a spool until their number is known. */
async function tar(output: ByteSink, entry: string, compress: Compress): Promise<ByteSink> {
  const spool = await createSpool();
  return {
    name: output.name,
    write: (bytes) => spool.write(bytes),
    async close() {
      try {
        const archive = tarEntry(entry, await spool.sizeBytes(), spool.read());
        for await (const chunk of compress(archive)) await output.write(chunk);
        await output.close();
      } catch (thrown) {
        await output.abort();
        throw thrown;
      } finally {
        await spool.remove();
      }
    },
    async abort() {
      await spool.remove();
      await output.abort();
    },
  };
}

type Compress = (content: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

const gzipOf: Compress = (content) =>
  // What goes wrong in the source destroys the result, and whoever reads that is told.
  pipeline(Readable.from(content, { objectMode: false }), createGzip(), () => undefined);
