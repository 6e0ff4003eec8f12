/**
 * The store: writes, loads, memory, starts, isolation, and what long use does to it, beside quadstore, Oxigraph
 * (WebAssembly), rdf-stores and n3. Rows too long for every day are shown from their last run, marked stored.
 */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchOptions, type Row, row, spaced, type Topic } from './bench.ts';
import { SEED } from './store-data.ts';
import { childOf } from './store-process.ts';
import { StoreRows } from './store-rows.ts';
import { store as keep, storedRow } from './store-stored.ts';

const LONG = 'npm run -s bench -- store --long';
/** Replacements of every element: a day's worth, and what a short run has. */
const DAY_ROUNDS = 5000;
const SHORT_ROUNDS = 12;
const HOUR = { seconds: 3600, perSecond: 2000 };

/** Trials of other commands: `--long` runs them; a trial without a script is stored by whoever ran it. */
const TRIALS = [
  {
    name: 'kill -9 trials',
    unit: 'changes lost, doubled or different in 200 runs',
    script: '../store/crash-trials.ts',
    command: 'node test/store/crash-trials.ts --runs 200 --seed 1',
  },
  {
    name: 'truncations and bit flips',
    unit: 'damages passed in silence',
    script: '../store/damage-trials.ts',
    command: 'node test/store/damage-trials.ts --flips 1000 --seed 1',
  },
] as const;

export const store: Topic = {
  name: 'store',
  sizes: [10_000],
  longSizes: [],
  seed: SEED,
  async *run(size, options) {
    const folder = await mkdtemp(join(tmpdir(), 'fabric-bench-store-'));
    try {
      const rows = new StoreRows(folder, size, options);
      yield* rows.updates();
      yield* rows.image();
      yield* rows.bulkLoad();
      yield* rows.memory();
      yield* coldOpen(rows, size, options);
      yield* rows.writesUnderReaders();
      yield* rows.tornReads();
      for (const trial of TRIALS) if (options.wants(trial.name)) yield await trialRow(trial, options);
      yield* churn(rows, size, options);
      yield* hour(rows, size, options);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function trialRow(
  { name, unit, script, command }: (typeof TRIALS)[number],
  { long, note }: BenchOptions,
): Promise<Row> {
  if (!long || !existsSync(new URL(script, import.meta.url))) {
    return storedRow({ name, unit, floor: 0, aim: null }, command);
  }
  const found = await childOf(script, ...command.split(' ').slice(2));
  note(`${name}: ${JSON.stringify(found)}`);
  const value = ['lost', 'doubled', 'different', 'silent'].reduce((sum, key) => sum + countOf(found[key]), 0);
  const measured = row({ name, value, unit, better: 'lower', floor: 0 });
  keep(measured, command, JSON.stringify(found));
  return measured;
}

/** What a trial reports: a number, or a list of cases. */
const countOf = (reported: unknown): number =>
  Array.isArray(reported) ? reported.length : typeof reported === 'number' ? reported : 0;

async function* coldOpen(rows: StoreRows, size: number, { wants, long }: BenchOptions): AsyncGenerator<Row> {
  const shape = { unit: 's to the first answer', floor: 10, aim: 3 };
  const short = 'cold open, a tenth';
  if (wants(short)) {
    const value = await rows.coldOpen(size, 3);
    yield row({ name: short, value, unit: shape.unit, better: 'lower' });
  }
  const name = 'cold open';
  if (!wants(name)) return;
  const command = `${LONG} --only "${name}"`;
  if (!long) yield storedRow({ name, ...shape }, command);
  else {
    const value = await rows.coldOpen(10 * size, 5);
    const measured = row({ name, value, ...shape, better: 'lower' });
    keep(measured, command, `${spaced(10 * size)} elements, a tail of 1 000 changes`);
    yield measured;
  }
}

/** Percent by which what is held grows along the second half of a run. */
const PERCENT = 100;

async function* churn(rows: StoreRows, size: number, options: BenchOptions): AsyncGenerator<Row> {
  const [memory, disk] = ['churn, memory', 'churn, disk'] as const;
  const shapes = [
    { name: memory, unit: '% growth over the second half', floor: 5, aim: null },
    { name: disk, unit: 'MB at most', floor: diskBoundMegabytes(size), aim: null },
  ] as const;
  if (options.wants(`${memory}, short`) || options.wants(`${disk}, short`)) {
    const found = await rows.churn(SHORT_ROUNDS * size, 0);
    options.note(
      `churn: ${Math.round(found['perSecond']!)} updates/s, ${found['refusals']} refusals for a long tail`,
    );
    const values = [PERCENT * found['memoryGrowth']!, found['diskMaxBytes']! / 1e6];
    for (const [index, { name, ...shape }] of shapes.entries()) {
      // A short run is no proof of flatness: it shows a slope and the bound of the disk.
      const floor = name === memory ? 15 : shape.floor;
      yield row({ name: `${name}, short`, value: values[index]!, unit: shape.unit, better: 'lower', floor });
    }
  }
  if (!options.wants(memory) && !options.wants(disk)) return;
  const command = `${LONG} --only churn`;
  if (!options.long) {
    for (const shape of shapes) yield storedRow(shape, command);
    return;
  }
  const found = await rows.churn(DAY_ROUNDS * size, 0);
  const values = [PERCENT * found['memoryGrowth']!, found['diskMaxBytes']! / 1e6];
  const remark = `${spaced(size)} elements replaced ${spaced(DAY_ROUNDS)} times in ${Math.round(found['seconds']!)} s`;
  for (const [index, { name, unit, floor }] of shapes.entries()) {
    const measured = row({ name, value: values[index]!, unit, better: 'lower', floor });
    keep(measured, command, remark);
    yield measured;
  }
}

async function* hour(rows: StoreRows, size: number, { wants, long }: BenchOptions): AsyncGenerator<Row> {
  const shapes = [
    { name: 'one hour at 2 000 updates/s, memory', unit: '% growth in ten minutes', floor: 1, aim: null },
    {
      name: 'one hour at 2 000 updates/s, disk',
      unit: 'MB at most',
      floor: diskBoundMegabytes(size),
      aim: null,
    },
  ] as const;
  if (!shapes.some(({ name }) => wants(name))) return;
  const command = `${LONG} --only "one hour"`;
  if (!long) {
    for (const shape of shapes) yield storedRow(shape, command);
    return;
  }
  const found = await rows.churn(HOUR.seconds * HOUR.perSecond, HOUR.perSecond);
  const perTenMinutes = (found['memoryGrowth']! * 600) / found['lateSeconds']!;
  const values = [PERCENT * perTenMinutes, found['diskMaxBytes']! / 1e6];
  for (const [index, { name, unit, floor }] of shapes.entries()) {
    const measured = row({ name, value: values[index]!, unit, better: 'lower', floor });
    keep(
      measured,
      command,
      `${Math.round(found['perSecond']!)} updates/s for ${Math.round(found['seconds']!)} s`,
    );
    yield measured;
  }
}

/** Retained log, segments at hand, and four times what quadstore takes for the quads: LevelDB keeps old levels a while. */
function diskBoundMegabytes(elements: number): number {
  return Math.round(96 + (4 * 220 * 24.6 * elements) / 1e6);
}
