/** Loads an N-Quads file into an image by the door for large files. */
import { createReadStream } from 'node:fs';
import type { Image } from '../../src/store/image/image.ts';
import { loadQuadsIntoImage } from '../../src/store/load-quads.ts';

const CHUNK_BYTES = 1 << 18;

export async function loadFile(image: Image, file: string): Promise<void> {
  await loadQuadsIntoImage(image, createReadStream(file, { highWaterMark: CHUNK_BYTES }), {
    format: 'n-quads',
  });
}
