/** The short form of the crash trials; the long one is a command (`crash-trials.ts`). */
import assert from 'node:assert/strict';
import { crashTrials } from './crash-trials.ts';

describe('a process that is killed', () => {
  it('loses nothing that it acknowledged, doubles nothing, and is the replay of its log', async () => {
    const { runs, lost, doubled, different, acknowledged } = await crashTrials(6, 20_261_123);
    assert.deepEqual({ runs, lost, doubled, different }, { runs: 6, lost: 0, doubled: 0, different: 0 });
    assert.ok(acknowledged > 100, `${acknowledged} changes were acknowledged`);
  }).timeout(120_000);
});
