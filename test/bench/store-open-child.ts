/**
 * A cold start of a state, in a process of its own: `node store-open-child.ts MODE FOLDER ELEMENTS SEED`. Mode
 * `prepare` fills the folder, checkpoints, and leaves a tail of 1 000 updates in the log as a process that was killed
 * does; mode `open` opens it, asks one question and prints how long that took since the process began.
 */
import { argv } from 'node:process';
import { loadConfig } from '../../src/config.ts';
import type { RDF } from '../../src/rdf/terms.ts';
import { ANY, MERGED } from '../../src/store/graph-view.ts';
import { openState, type State } from '../../src/store/state.ts';
import { report, stopwatch } from './store-cost.ts';
import { elementAt, graphs, recordsOf, Updates } from './store-data.ts';

const [, , mode = '', folder = '', ...numbers] = argv;
const [elements = 0, seed = 0] = numbers.map(Number);
const TAIL = 1000;
const RECORDS_PER_CHANGE = 50;
const cause = { kind: 'admin', principal: 'bench', tenant: 'default' } as const;

const open = (): Promise<State> =>
  openState({
    folders: { log: `${folder}/log`, store: `${folder}/store` },
    // Only what is asked for is checkpointed: so that the tail is a tail.
    config: loadConfig({ overrides: { checkpoint: { intervalSeconds: 100_000, changesMax: 1_000_000 } } }),
    graphs,
    now: Date.now,
    onChange: () => undefined,
    onBackgroundError: (error) => {
      throw error;
    },
  });

const submit = ({ writer }: State, added: RDF.Quad[], removed: RDF.Quad[]): Promise<void> =>
  writer.submit(() => ({ draft: { cause, added, removed }, answer: () => undefined }));

async function prepare(): Promise<void> {
  const filling = await open();
  let batch: RDF.Quad[][] = [];
  let changes = 0;
  for (const record of recordsOf(elements, seed)) {
    batch.push(record);
    if (batch.length < RECORDS_PER_CHANGE) continue;
    await submit(filling, batch.flat(), []);
    batch = [];
    // What is not checkpointed is held in memory: not all of it at once.
    if (++changes % 400 === 0) await filling.checkpointer.run();
  }
  await submit(filling, batch.flat(), []);
  await filling.close();
  const state = await open();
  const source = new Updates(elements, seed);
  for (let turn = 0; turn < TAIL; turn++) {
    const { added, removed } = source.next();
    await submit(state, added, removed);
  }
  report({ quads: state.image.statistics().quads });
}

async function measure(): Promise<void> {
  const stop = stopwatch();
  const { image, recovery } = await open();
  using snapshot = image.snapshot();
  const facts = snapshot.view.match(snapshot.view.find(elementAt(elements - 1)), ANY, ANY, MERGED);
  const firstSeconds = performance.now() / 1000;
  if (facts.length !== 4 * 24) throw new Error(`The first answer has ${facts.length / 4} triples`);
  if (recovery.replayed !== TAIL) throw new Error(`${recovery.replayed} changes were replayed`);
  report({ ...stop(), firstSeconds, quads: image.statistics().quads });
}

await (mode === 'prepare' ? prepare() : measure());
// The process ends as if it were killed: nothing is closed.
process.exit(0);
