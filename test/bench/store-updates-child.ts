/**
 * Durable updates of one element each, from 128 writers, in a process of its own:
 * `node store-updates-child.ts STORE FOLDER ELEMENTS SECONDS SEED`. Stores: `fabric`, and `quadstore`, whose batches
 * are written with sync. An update is over when it is on disk; its five values go and five come. Says `ready` when
 * the elements are there; each line on standard input is a round, and each round a line of JSON.
 */
import { argv, stdin } from 'node:process';
import { createInterface } from 'node:readline';
import { ClassicLevel } from 'classic-level';
import { Quadstore } from 'quadstore';
import { loadConfig } from '../../src/config.ts';
import { dataFactory, type RDF } from '../../src/rdf/terms.ts';
import { openState } from '../../src/store/state.ts';
import { quantile } from './bench.ts';
import { report, stopwatch } from './store-cost.ts';
import { graphs, recordsOf, Updates } from './store-data.ts';

const [, , name = '', folder = '', ...numbers] = argv;
const [elements = 0, seconds = 0, seed = 0] = numbers.map(Number);
const WRITERS = 128;
const CAUSE = { kind: 'admin', principal: 'bench', tenant: 'default' } as const;

interface Subject {
  fill(quads: RDF.Quad[]): Promise<unknown>;
  update(delta: { readonly removed: RDF.Quad[]; readonly added: RDF.Quad[] }): Promise<unknown>;
  count(): Promise<number>;
}

async function openFabricState(): Promise<Subject> {
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
  const submit = (added: RDF.Quad[], removed: RDF.Quad[]): Promise<number | undefined> =>
    state.writer.submit(() => ({ draft: { cause: CAUSE, added, removed }, answer: (change) => change?.seq }));
  return {
    fill: (quads) => submit(quads, []),
    update: async ({ added, removed }) => {
      if ((await submit(added, removed)) === undefined) throw new Error('An update changed nothing');
    },
    count: () => Promise.resolve(state.image.statistics().quads),
  };
}

/** What quadstore hands to the place where its batches are written. */
interface Batch {
  write(options: { sync: boolean }): Promise<void>;
}

async function openQuadstore(): Promise<Subject> {
  const store = new Quadstore({ backend: new ClassicLevel(`${folder}/quadstore`), dataFactory });
  // It has no option for it: this is where all of its batches are written.
  Object.defineProperty(store, 'writeBatch', { value: (batch: Batch) => batch.write({ sync: true }) });
  await store.open();
  return {
    fill: (quads) => store.multiPut(quads),
    update: ({ removed, added }) => store.multiPatch(removed, added),
    count: async () => (await store.get({})).items.length,
  };
}

const subject = await (name === 'fabric' ? openFabricState() : openQuadstore());
let filled: RDF.Quad[] = [];
let expected = 0;
for (const record of recordsOf(elements, seed)) {
  expected += record.length;
  filled.push(...record);
  if (filled.length < 5000) continue;
  await subject.fill(filled);
  filled = [];
}
await subject.fill(filled);

const source = new Updates(elements, seed);

async function round(): Promise<object> {
  const waits: number[] = [];
  const end = performance.now() + seconds * 1000;
  const write = async (): Promise<void> => {
    for (let start = performance.now(); start < end; ) {
      await subject.update(source.next());
      const now = performance.now();
      waits.push(now - start);
      start = now;
    }
  };
  const stop = stopwatch();
  await Promise.all(Array.from({ length: WRITERS }, write));
  const cost = stop();
  const [p50Ms, p99Ms] = [quantile(waits, 0.5), quantile(waits, 0.99)];
  return { ...cost, updates: waits.length, perSecond: waits.length / cost.wallSeconds, p50Ms, p99Ms };
}

console.log('ready');
for await (const line of createInterface({ input: stdin })) {
  if (line === 'end') break;
  report(await round());
}
const count = await subject.count();
if (count !== expected) throw new Error(`${count} quads are held where ${expected} should be`);
// What a checkpoint would still write for closing is not measured.
process.exit(0);
