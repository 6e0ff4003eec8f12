/**
 * `node test/simulation/run.ts [--seeds N] [--from SEED] [--seed SEED] [--files]`: simulated lives of the store, one a
 * seed; `--files` with a log of real files. A seed that fails is printed with the command that repeats it; with
 * `--seed` its steps are printed too. The last line is a summary as JSON; the exit code is 1 when a seed failed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Life, simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    files: { type: 'boolean', default: false },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const total = { changes: 0, starts: 0, checkpoints: 0, unfinished: 0 };
const failed: number[] = [];

async function live(seed: number): Promise<Life> {
  const trace =
    values.seed === undefined ? {} : { trace: (step: string) => void process.stderr.write(`${step}\n`) };
  if (!values.files) return simulate({ seed, ...trace });
  const folder = await mkdtemp(join(tmpdir(), 'fabric-simulation-'));
  try {
    return await simulate({ seed, folder, ...trace });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (let seed = first; seed < first + count; seed++) {
  try {
    const life = await live(seed);
    for (const key of ['changes', 'starts', 'checkpoints', 'unfinished'] as const) total[key] += life[key];
  } catch (failure) {
    failed.push(seed);
    const files = values.files ? ' --files' : '';
    console.error(
      `Seed ${seed} fails; node test/simulation/run.ts --seed ${seed}${files} repeats it.`,
      failure,
    );
  }
}
console.log(JSON.stringify({ seeds: count, failed, ...total }));
process.exit(failed.length === 0 ? 0 : 1);
