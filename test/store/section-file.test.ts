/** Files of named arrays: what was written comes back, and nothing else ever does. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readSections, type SectionArray, writeSections } from '../../src/store/section-file.ts';

const FORMAT = { magic: 'test', version: 1 };
const pause = (): Promise<void> => Promise.resolve();

const anyArray: fc.Arbitrary<SectionArray> = fc.oneof(
  fc.int32Array({ maxLength: 50 }),
  fc.uint8Array({ maxLength: 50 }),
  fc.float64Array({ maxLength: 20, noNaN: true }),
);

describe('section files', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sections-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('give back what was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), anyArray, { maxKeys: 5 }),
        fc.jsonValue(),
        async (arrays, header) => {
          const path = join(folder, 'file');
          const sections = new Map(Object.entries(arrays));
          await writeSections(path, FORMAT, header, sections, pause);
          const read = await readSections(path, FORMAT);
          assert.deepEqual(read.header, JSON.parse(JSON.stringify(header)));
          assert.deepEqual([...read.sections.keys()], [...sections.keys()]);
          for (const [name, array] of sections)
            assert.deepEqual([...read.sections.get(name)!], [...array], name);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuse every truncation and every flipped bit that is not padding', async () => {
    const path = join(folder, 'file');
    const sections = new Map<string, SectionArray>([
      ['numbers', Int32Array.from([1, 2, 3, 4, 5, 6])],
      ['bytes', Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])],
    ]);
    await writeSections(path, FORMAT, { seq: 7 }, sections, pause);
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length++) {
      await writeFile(path, whole.subarray(0, length));
      await assert.rejects(readSections(path, FORMAT), `cut to ${length} bytes`);
    }
    const headEnd = 8 + whole.readUInt32LE(0);
    const padding = Math.ceil(headEnd / 8) * 8;
    for (let at = 0; at < whole.length; at++) {
      if (at >= headEnd && at < padding) continue;
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      await writeFile(path, damaged);
      await assert.rejects(readSections(path, FORMAT), `a bit flipped at ${at}`);
    }
  });

  it('refuse another format and a version that is not known', async () => {
    const path = join(folder, 'file');
    await writeSections(path, FORMAT, null, new Map(), pause);
    await assert.rejects(readSections(path, { magic: 'other', version: 1 }), /it is no other/);
    await assert.rejects(readSections(path, { magic: 'test', version: 2 }), /it has version 1/);
    await assert.rejects(readSections(join(folder, 'none'), FORMAT), { code: 'ENOENT' });
  });
});
