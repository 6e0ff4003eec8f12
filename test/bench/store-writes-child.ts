/**
 * One measurement of durable writes: so many submitters replace five properties of one element each, again and
 * again, through the writer of a state on disk; every answer comes after its fsync. Prints one line of JSON.
 *
 * `node test/bench/store-writes-child.ts [--elements 10000] [--submitters 128] [--seconds 5]
 * [--directory <folder>] [--memory]`; `--memory` runs the same without any disk.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../src/config.ts';
import type { Cause } from '../../src/log/change.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { namedNode, quad, type RDF, typed } from '../../src/rdf/terms.ts';
import { openState } from '../../src/store/state.ts';

const { values: given } = parseArgs({
  options: {
    elements: { type: 'string', default: '10000' },
    submitters: { type: 'string', default: '128' },
    seconds: { type: 'string', default: '5' },
    directory: { type: 'string', default: tmpdir() },
    memory: { type: 'boolean', default: false },
  },
});
const elements = Number(given.elements);
const submitters = Number(given.submitters);
const seconds = Number(given.seconds);

const graphs = new GraphNames('https://fabric.example/id/');
const properties = Array.from({ length: 5 }, (_, index) =>
  namedNode(`https://fabric.example/def#metric${index}`),
);
const fixed = Array.from({ length: 19 }, (_, index) =>
  namedNode(`https://fabric.example/def#property${index}`),
);
const elementsOf = Array.from({ length: elements }, (_, index) => ({
  subject: namedNode(`https://fabric.example/id/element/${index}`),
  graph: graphs.record('bench', `element-${index}`),
}));
const cause: Cause = { kind: 'update', principal: 'bench', tenant: 'default' };

/** The five quads of an element at one reading: each value differs from the one before. */
const readings = (element: number, turn: number): RDF.Quad[] => {
  const { subject, graph } = elementsOf[element]!;
  return properties.map((property, index) =>
    quad(subject, property, typed(((turn * 7 + index) % 1000) / 10, 'decimal'), graph),
  );
};

const directory = await mkdtemp(join(given.directory, 'fabric-writes-'));
const state = await openState({
  folders: given.memory ? undefined : { log: join(directory, 'log'), store: join(directory, 'store') },
  config: loadConfig(),
  graphs,
  now: Date.now,
  onChange: () => undefined,
  onBackgroundError: (error) => {
    throw error;
  },
});
const { writer, checkpointer } = state;
const loadStart = performance.now();
for (let from = 0; from < elements; from += 500) {
  const added: RDF.Quad[] = [];
  for (let element = from; element < Math.min(from + 500, elements); element++) {
    const { subject, graph } = elementsOf[element]!;
    added.push(...readings(element, 0));
    for (const [index, property] of fixed.entries()) {
      added.push(
        quad(
          subject,
          property,
          namedNode(`https://fabric.example/value/${(element * 13 + index) % 97}`),
          graph,
        ),
      );
    }
  }
  await writer.submit(() => ({ draft: { cause, added, removed: [] }, answer: () => undefined }));
}
await checkpointer.run();
const loadMs = performance.now() - loadStart;

const latenciesMs: number[] = [];
const turns = new Uint32Array(elements);
const seqBefore = state.image.publishedSeq;
const cpuBefore = process.cpuUsage();
const start = performance.now();
const end = start + seconds * 1000;
let written = 0;
/** Elements are dealt out among the submitters, so that no two write the same one. */
const submitter = async (first: number): Promise<void> => {
  for (let element = first; ; element += submitters) {
    if (element >= elements) element = first;
    const turn = turns[element]!;
    turns[element] = turn + 1;
    const began = performance.now();
    await writer.submit(() => ({
      draft: { cause, added: readings(element, turn + 1), removed: readings(element, turn) },
      answer: () => undefined,
    }));
    const now = performance.now();
    latenciesMs.push(now - began);
    written++;
    if (now >= end) return;
  }
};
await Promise.all(Array.from({ length: submitters }, (_, first) => submitter(first)));
const elapsedSeconds = (performance.now() - start) / 1000;
const cpu = process.cpuUsage(cpuBefore);
if (state.image.publishedSeq - seqBefore !== written) throw new Error('Not every update became a change');
latenciesMs.sort((a, b) => a - b);
const percentile = (share: number): number =>
  Number(latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))]!.toFixed(3));
const checkpointed = state.home.state.lastSeq - seqBefore;
const { tailLength } = checkpointer;
await state.close();
await rm(directory, { recursive: true });
process.stdout.write(
  `${JSON.stringify({
    elements,
    submitters,
    onDisk: !given.memory,
    updates: written,
    updatesPerSecond: Math.round(written / elapsedSeconds),
    cpuMicrosecondsPerUpdate: Number(((cpu.user + cpu.system) / written).toFixed(1)),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    loadMs: Math.round(loadMs),
    checkpointed,
    tailLength,
    rssMb: Math.round(process.memoryUsage.rss() / 1e6),
  })}\n`,
);
