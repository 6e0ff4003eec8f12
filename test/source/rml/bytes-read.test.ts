/** How far a file is read is told in bytes as they lie there, packed or not. */
import { ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tarOf, zipOf } from './archive.ts';
import { readText, settingsOf, sourceOf, withFolder } from './reading.ts';

const TEXT = `id\n${randomBytes(400_000).toString('hex')}\n${'1\n'.repeat(400_000)}`;

const FILES: Readonly<Record<string, Uint8Array>> = {
  'a.csv': Buffer.from(TEXT),
  'a.csv.gz': gzipSync(TEXT),
  'a.tar.gz': gzipSync(tarOf({ 'a.csv': TEXT })),
  'a.csv.zip': zipOf({ 'a.csv': TEXT }),
};

describe('bytes that are read', () => {
  for (const [name, content] of Object.entries(FILES)) {
    it(`are those of the file: ${name}`, () =>
      withFolder({ [name]: content }, async (folder) => {
        const told: number[] = [];
        const onBytesRead = (bytes: number): void => void told.push(bytes);
        await readText(sourceOf(`"${name}"`), settingsOf(folder, { onBytesRead }));
        const sum = told.reduce((all, one) => all + one, 0);
        ok(told.length > 1, 'not all at once');
        // The directory of a zip is no content; its first bytes are read to see what it is.
        ok(sum >= 0.99 * content.length && sum <= 1.5 * content.length, `${sum} of ${content.length}`);
      }));
  }
});
