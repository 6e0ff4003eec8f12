/** Hundreds of simulated lives of the store; thousands by `node test/simulation/run.ts --seeds 5000 [--files]`. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Life, simulate } from './simulate.ts';

const SEEDS = 200;
const FILE_SEEDS = 25;

async function live(seed: number, folder?: string): Promise<Life> {
  try {
    return await simulate(folder === undefined ? { seed } : { seed, folder });
  } catch (failure) {
    const command = `node test/simulation/run.ts --seed ${seed}${folder === undefined ? '' : ' --files'}`;
    throw new Error(`Seed ${seed} fails; \`${command}\` repeats it`, { cause: failure });
  }
}

/** Lives that were too quiet to show anything are no test. */
function checkLives(lives: readonly Life[]): void {
  const sum = (key: keyof Life): number => lives.reduce((total, life) => total + life[key], 0);
  assert.ok(sum('changes') > 15 * lives.length, `${sum('changes')} changes`);
  assert.ok(sum('starts') > 4 * lives.length, `${sum('starts')} starts`);
  assert.ok(sum('checkpoints') > lives.length, `${sum('checkpoints')} starts from a checkpoint`);
  assert.ok(sum('unfinished') > lives.length / 2, `${sum('unfinished')} starts from a checkpoint cut short`);
}

describe('a simulated life of the store', () => {
  it('agrees with the naive model after every crash', async () => {
    const lives: Life[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) lives.push(await live(seed));
    checkLives(lives);
  }).timeout(120_000);

  it('agrees with it on real log files, whichever sectors of the last writes stay', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fabric-simulation-'));
    try {
      const lives: Life[] = [];
      for (let seed = 1; seed <= FILE_SEEDS; seed++) lives.push(await live(seed, join(folder, String(seed))));
      checkLives(lives);
    } finally {
      await rm(folder, { recursive: true });
    }
  }).timeout(120_000);

  it('is the same again with the same seed', async () => {
    const steps: string[][] = [[], []];
    const lives = [];
    for (const trace of steps) lives.push(await simulate({ seed: 7, trace: (step) => trace.push(step) }));
    assert.deepEqual(steps[0], steps[1]);
    assert.deepEqual(lives[0], lives[1]);
  });
});
