import { deepEqual, equal } from 'node:assert/strict';
import { partsOf, problemsIn, valuesOf } from './read.ts';

describe('NDJSON', () => {
  const text = '{"a":1}\n{"a":\n\n{"a":3}\r\n{"a":4}';

  it('loses only the lines that are broken, whatever the chunks', async () => {
    for (const size of [1, 4, 100]) {
      const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      deepEqual(await valuesOf({ formulation: 'ndjson', chunks, references: ['$.a'] }), [[1], [3], [4]]);
      const [problem, ...more] = problemsIn(await partsOf({ formulation: 'ndjson', chunks }));
      deepEqual(more, []);
      equal(problem?.code, 'json-malformed');
      equal(problem.line, 2);
      equal(problem.fatal, false);
    }
  });

  it('loses only the lines with bytes that are no UTF-8', async () => {
    const bytes = Uint8Array.from('{"a":"\xff"}\n{"a":2}\n', (character) => character.charCodeAt(0));
    deepEqual(problemsIn(await partsOf({ formulation: 'ndjson', chunks: [bytes] })), [
      { code: 'encoding-invalid', row: 1, line: 1, fatal: false },
    ]);
    deepEqual(await valuesOf({ formulation: 'ndjson', chunks: [bytes], references: ['$.a'] }), [[2]]);
  });

  it('drops a line of 100 MB without holding it, and reads the next', async () => {
    function* chunks(): Generator<string> {
      yield '{"a":1}\n{"a":"';
      for (let i = 0; i < 1_600; i++) yield 'x'.repeat(65_536);
      yield '"}\n{"a":3}\n';
    }
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    function* watched(): Generator<string> {
      for (const chunk of chunks()) {
        most = Math.max(most, process.memoryUsage().heapUsed - before);
        yield chunk;
      }
    }
    const parts = await partsOf({
      formulation: 'ndjson',
      chunks: watched(),
      limits: { lineCharactersMax: 1_048_576 },
    });
    deepEqual(problemsIn(parts), [{ code: 'line-too-long', row: 2, line: 2, fatal: false }]);
    equal(parts.length, 3);
    equal(most < 80_000_000, true, `${most} bytes were held`);
  });
});

describe('whole documents', () => {
  for (const formulation of ['json', 'xpath'] as const) {
    it(`of ${formulation} are refused beyond their limit`, async () => {
      const chunks = Array.from({ length: 50 }, () => ' '.repeat(1_000));
      const parts = await partsOf({ formulation, chunks, limits: { documentCharactersMax: 10_000 } });
      deepEqual(problemsIn(parts), [{ code: 'document-too-large', row: 1, fatal: true }]);
    });

    it(`of ${formulation} are refused where they are no UTF-8`, async () => {
      const parts = await partsOf({ formulation, chunks: [Uint8Array.of(0x20, 0xff)] });
      deepEqual(problemsIn(parts), [{ code: 'encoding-invalid', row: 1, fatal: true }]);
    });
  }
});
