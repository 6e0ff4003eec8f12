/** A pattern that backtracks without end must not hold the service: its own process, as a user runs it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { removeFolder, serve, temporaryFolder } from './harness.ts';

/** On 38 characters V8's usual engine would take years. */
const TEXT = `${'a'.repeat(37)}!`;
const CUT_MS_MAX = 5000;

describe('end to end: regular expressions', () => {
  let folder: string;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => {
    removeFolder(folder);
  });

  it('answers in spite of a hostile pattern', async () => {
    const running = await serve(join(folder, 'data'));
    try {
      for (const call of [
        `REGEX("${TEXT}", "^(a+)+$")`,
        `REGEX("${TEXT}", "^(A+)+$", "i")`,
        `REPLACE("${TEXT}", "(a+)+$", "b")`,
      ]) {
        const start = performance.now();
        const query = `SELECT ?x WHERE { BIND(${call} AS ?x) }`;
        const answer = await running.request(`/sparql?query=${encodeURIComponent(query)}`);
        assert.equal(answer.status, 200, call);
        assert.ok(performance.now() - start < CUT_MS_MAX, call);
      }
    } finally {
      await running.end('SIGTERM');
    }
  }).timeout(60_000);
});
