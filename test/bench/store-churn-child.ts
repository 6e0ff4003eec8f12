/**
 * Updates of the same elements for a long time, in a process of its own, and whether memory and disk stay flat:
 * `node store-churn-child.ts FOLDER ELEMENTS SEED UPDATES PER_SECOND`. Every element is updated in turn; 128 writers
 * as fast as they can where PER_SECOND is 0, else at that rate. Refusals for a long tail are waited out. What is held
 * is sampled forty times; slopes are those of the straight line through the second half of the samples.
 */
import { readdir, stat } from 'node:fs/promises';
import { argv } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../src/config.ts';
import { FabricError } from '../../src/errors.ts';
import { openState } from '../../src/store/state.ts';
import { held, report, stopwatch } from './store-cost.ts';
import { graphs, recordsOf, Updates } from './store-data.ts';

const [, , folder = '', ...numbers] = argv;
const [elements = 0, seed = 0, updates = 0, perSecond = 0] = numbers.map(Number);
const WRITERS = 128;
const SAMPLES = 40;
const MEGABYTE = 1 << 20;
const cause = { kind: 'admin', principal: 'bench', tenant: 'default' } as const;

const state = await openState({
  folders: { log: `${folder}/log`, store: `${folder}/store` },
  // So little of the past is kept that what is measured is what the state needs.
  config: loadConfig({ overrides: { log: { retentionBytes: 32 * MEGABYTE } } }),
  graphs,
  now: Date.now,
  onChange: () => undefined,
  onBackgroundError: (error) => {
    throw error;
  },
});
const { writer, image } = state;

let refusals = 0;
async function submit(draft: Parameters<typeof image.stage>[0]): Promise<void> {
  while (true) {
    try {
      await writer.submit(() => ({ draft, answer: () => undefined }));
      return;
    } catch (refusal) {
      if (!(refusal instanceof FabricError) || refusal.type !== 'overloaded') throw refusal;
      refusals++;
      await sleep(100);
    }
  }
}

/** Bytes of all files beneath a folder; one that goes while we look counts nothing. */
async function diskBytes(): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = names.map((name) => stat(`${folder}/${name}`).catch(() => undefined));
  return (await Promise.all(sizes)).reduce((sum, file) => sum + (file?.isFile() ? file.size : 0), 0);
}

interface Sample {
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** Growth of the straight line through points, per unit of x. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  const above = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return above / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

for (const record of recordsOf(elements, seed)) await submit({ cause, added: record, removed: [] });
await state.checkpointer.run();
const quads = image.statistics().quads;

const source = new Updates(elements, seed);
const samples: Sample[] = [];
let started = 0;
const begin = performance.now();
const stop = stopwatch();
let writingSeconds = 0;

/** One writer; at a rate, an update has its time and waits for it. */
async function write(until: number): Promise<void> {
  while (started < until) {
    const turn = started++;
    const dueMs = perSecond === 0 ? 0 : (turn / perSecond) * 1000 - (performance.now() - begin);
    if (dueMs > 1) await sleep(dueMs);
    await submit({ cause, ...source.next(turn % elements) });
  }
}

async function sample(): Promise<void> {
  const seconds = (performance.now() - begin) / 1000;
  const memory = await held();
  samples.push({
    seconds,
    // Resident, as buffers that threads share stand in no other figure.
    memoryBytes: memory.rssBytes,
    diskBytes: await diskBytes(),
  });
}

// Writers stand still while a sample is taken: what waits in queues is no growth.
for (let turn = 1; turn <= SAMPLES; turn++) {
  const start = performance.now();
  const until = Math.round((updates * turn) / SAMPLES);
  await Promise.all(Array.from({ length: WRITERS }, () => write(until)));
  writingSeconds += (performance.now() - start) / 1000;
  await sample();
}
const cost = stop();
const found = image.statistics();
if (found.quads !== quads) throw new Error(`${found.quads} quads are held where ${quads} should be`);

const late = samples.slice(SAMPLES / 2);
const last = samples.at(-1)!;
/** Growth from the first to the last sample of the second half, along the line, as a share of what is held. */
const growth = (of: 'memoryBytes' | 'diskBytes'): number =>
  (slopeOf(late.map((at) => [at.seconds, at[of]])) * (last.seconds - late[0]!.seconds)) / late[0]![of];
report({
  ...cost,
  updates,
  perSecond: updates / writingSeconds,
  refusals,
  seconds: last.seconds,
  lateSeconds: last.seconds - late[0]!.seconds,
  memoryGrowth: growth('memoryBytes'),
  diskGrowth: growth('diskBytes'),
  memoryMaxBytes: Math.max(...late.map(({ memoryBytes }) => memoryBytes)),
  diskMaxBytes: Math.max(...samples.map((at) => at.diskBytes)),
  samples: samples.map((at) => [at.seconds, at.memoryBytes, at.diskBytes].map(Math.round)),
  terms: found.terms,
});
process.exit(0);
