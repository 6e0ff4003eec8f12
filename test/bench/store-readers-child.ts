/**
 * How long durable writes take while ten readers scan everything, in a process of its own:
 * `node store-readers-child.ts FOLDER ELEMENTS UPDATES SEED`. Each reader pins a state, reads it graph by graph in
 * slices of a millisecond, lets go and begins again; 16 writers update single elements; merges run as they fall due.
 */
import { argv } from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { loadConfig } from '../../src/config.ts';
import { ANY } from '../../src/store/graph-view.ts';
import { openState } from '../../src/store/state.ts';
import { quantile } from './bench.ts';
import { report, stopwatch } from './store-cost.ts';
import { elementGraphAt, graphs, recordsOf, Updates } from './store-data.ts';

const [, , folder = '', ...numbers] = argv;
const [elements = 0, updates = 0, seed = 0] = numbers.map(Number);
const READERS = 10;
const WRITERS = 16;
const SLICE_MS = 1;
const cause = { kind: 'admin', principal: 'bench', tenant: 'default' } as const;

const state = await openState({
  folders: { log: `${folder}/log`, store: `${folder}/store` },
  config: loadConfig(),
  graphs,
  now: Date.now,
  onChange: () => undefined,
  onBackgroundError: (error) => {
    throw error;
  },
});
const { image, writer } = state;
for (const record of recordsOf(elements, seed)) {
  const draft = { cause, added: record, removed: [] };
  void writer.submit(() => ({ draft, answer: () => undefined }));
  if (writer.queueLength > 1000) await writer.submit(() => ({ draft: undefined, answer: () => undefined }));
}
await writer.submit(() => ({ draft: undefined, answer: () => undefined }));
const quads = image.statistics().quads;

const over = new AbortController();
const isOver = (): boolean => over.signal.aborted;
let quadsRead = 0;
let scans = 0;
const reader = async (): Promise<void> => {
  while (!isOver()) {
    using snapshot = image.snapshot();
    const { view } = snapshot;
    let found = 0;
    let turn = performance.now();
    for (let index = 0; index < elements && !isOver(); index++) {
      found += view.match(ANY, ANY, ANY, view.find(elementGraphAt(index))).length / 4;
      if (performance.now() - turn < SLICE_MS) continue;
      await setImmediate();
      turn = performance.now();
    }
    quadsRead += found;
    if (isOver()) return;
    if (found !== elements * 24) throw new Error(`A scan of change ${snapshot.seq} saw ${found} quads`);
    scans++;
  }
};

const source = new Updates(elements, seed);
const waits: number[] = [];
let left = updates;
const write = async (): Promise<void> => {
  while (left-- > 0) {
    const { added, removed } = source.next();
    const start = performance.now();
    await writer.submit(() => ({ draft: { cause, added, removed }, answer: () => undefined }));
    waits.push(performance.now() - start);
  }
};
const stop = stopwatch();
const readers = Array.from({ length: READERS }, reader);
await Promise.all(Array.from({ length: WRITERS }, write));
const cost = stop();
over.abort();
await Promise.all(readers);
if (scans === 0) throw new Error('No reader came to the end of a scan');
if (image.statistics().quads !== quads) throw new Error('Updates changed the number of quads');
report({
  ...cost,
  scans,
  quadsRead,
  perSecond: updates / cost.wallSeconds,
  p50Ms: quantile(waits, 0.5),
  p99Ms: quantile(waits, 0.99),
  maxMs: Math.max(...waits),
});
process.exit(0);
