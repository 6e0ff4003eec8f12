/**
 * The .xz files that targets write: whatever goes in comes out of a decoder that is not ours.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import xz from 'xz-decompress';
import { xzFile } from '../../src/target/xz.ts';

async function packed(chunks: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const content = async function* (): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  };
  for await (const part of xzFile(content())) parts.push(part);
  return Uint8Array.from(Buffer.concat(parts));
}

const unpacked = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Response(new xz.XzReadableStream(new Blob([bytes]).stream())).bytes();

/** Runs and repetitions, as text has them, beside bytes without order. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 3000 }))
        .map(([part, times]) => Buffer.concat(Array<Uint8Array>(times).fill(part))),
      fc
        .tuple(fc.integer({ min: 1, max: 255 }), fc.integer({ min: 1, max: 70_000 }))
        .map(([step, length]) => Uint8Array.from({ length }, (_, i) => (i * step * ((i >> 8) + 1)) & 0xff)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

describe('an xz file', () => {
  it('gives back what was written, in chunks of any size', () =>
    fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 1, max: 100_000 }), async (bytes, length) => {
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += length) chunks.push(bytes.subarray(at, at + length));
        assert.deepEqual(Buffer.from(await unpacked(await packed(chunks))), bytes);
      }),
      { numRuns: Number(process.env['FABRIC_XZ_RUNS'] ?? 40) },
    ));

  it('is a fraction of lines that are alike', async () => {
    const lines = Buffer.from(
      Array.from({ length: 5000 }, (_, i) => `<urn:s${i}> <urn:p> "value ${i}" .\n`).join(''),
    );
    const { length } = await packed([lines]);
    assert(length < lines.length / 5, `${length} of ${lines.length} bytes`);
  });
});
