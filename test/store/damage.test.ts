/** The short form of the damage trials; the long one is a command (`damage-trials.ts`). */
import assert from 'node:assert/strict';
import { damageTrials } from './damage-trials.ts';

describe('a damaged data directory', () => {
  it('opens with all that was acknowledged or is refused, never anything else', async () => {
    const { clean, refused, silent, truncations } = await damageTrials(60, 1024, 20_261_123);
    assert.deepEqual(silent, []);
    assert.ok(truncations >= 8);
    assert.ok(clean > 0, 'some damage does no harm');
    assert.ok((refused['log-damaged'] ?? 0) > truncations / 2);
  }).timeout(120_000);
});
