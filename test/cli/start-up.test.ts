/** How long small commands take, compared with a Node that does nothing at the same moment. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Started, start, startProcess } from './command.ts';

const ROUNDS = 7;
/** On a quiet machine: `--help` takes about twice as long as a bare Node, a mapping about four times. */
const RATIO_MAX = 5;
/** What a scheduler may add to one of two processes alone. */
const SLACK_MS = 100;

async function timed(run: () => Started): Promise<number> {
  const from = performance.now();
  const { code, err } = await run().ended;
  assert.equal(code, 0, err);
  return performance.now() - from;
}

describe('start-up', () => {
  const readings = join('mappings', 'samples', 'telemetry', 'readings.ndjson');
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ['--help', ['--help']],
    ['a small mapping', ['map', 'mappings/telemetry.rml.ttl', '--source', `readings.ndjson=${readings}`]],
  ];
  for (const [title, args] of commands) {
    it(`is short for ${title}`, async () => {
      const pairs: { readonly bareMs: number; readonly ownMs: number }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const bareMs = await timed(() => startProcess(['-e', '0']));
        pairs.push({ bareMs, ownMs: await timed(() => start(args)) });
      }
      // Load slows both of a pair; the quickest of the rounds is the one that it disturbed least.
      const isShort = pairs.some(({ bareMs, ownMs }) => ownMs <= bareMs * RATIO_MAX + SLACK_MS);
      assert.ok(isShort, JSON.stringify(pairs));
    });
  }
});
