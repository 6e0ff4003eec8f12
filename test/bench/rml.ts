/**
 * RML: mappings on bytes, each in a process of its own, beside a hand-written loop. Rates count all CPU time of
 * the process, its start included; children share a compile cache that is filled before anything is measured.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BenchOptions, type Row, row, spaced, type Topic } from './bench.ts';
import { writeKrownRaw, writeTelemetry, writeTwentyMaps } from './rml-data.ts';
import { measureLive } from './rml-live.ts';

interface Cost {
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** CPU milliseconds from the start of the process to its first line. */
  readonly firstMs?: number;
  /** Quads in the image at the end. */
  readonly quads?: number;
}

const run = promisify(execFile);
const script = (name: string): string => new URL(name, import.meta.url).pathname;
const MEGA = 1e6;
/** The cheapest of so many runs counts: the machine is not ours alone. */
const RUNS = 3;

export const rml: Topic = {
  name: 'rml',
  sizes: [100_000],
  longSizes: [],
  async *run(size, options) {
    const folder = await mkdtemp(join(tmpdir(), 'fabric-bench-rml-'));
    try {
      const bench = new Bench(folder, options);
      await bench.start(join(folder, 'start'), writeTwentyMaps);
      yield* bench.rates(size);
      yield* bench.ids(size);
      yield* bench.share(10 * size);
      yield* bench.memory([10 * size, ...(options.long ? [100 * size] : [])]);
      yield* measureLive(size, options);
      yield* bench.coldStart();
      if (options.peers) yield* besidePeers(size, options);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

type Write = (folder: string) => Promise<number>;

class Bench {
  readonly #folder: string;
  readonly #options: BenchOptions;

  constructor(folder: string, options: BenchOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Writes inputs once; the number of quads they give. */
  async start(folder: string, write: Write): Promise<number> {
    await mkdir(folder);
    const quads = await write(folder);
    await this.#child(script('rml-child.ts'), join(folder, 'mapping.ttl'), join(folder, 'out.nq'));
    return quads;
  }

  /** Runs a child whose last argument is its output, if it has one: a new file, as truncating an old one costs. */
  async #child(...command: readonly string[]): Promise<Cost> {
    const output = command.at(-1)!;
    if (output.endsWith('.nq')) await rm(output, { force: true });
    const env = { ...process.env, NODE_COMPILE_CACHE: join(this.#folder, 'compile-cache') };
    const { stdout } = await run(process.execPath, [...command], { env });
    return JSON.parse(stdout) as Cost;
  }

  /** The cheapest of some runs. */
  async #cost(...command: readonly string[]): Promise<Cost> {
    const costs: Cost[] = [];
    for (let turn = 0; turn < RUNS; turn++) costs.push(await this.#child(...command));
    return costs.reduce((best, cost) => (cost.cpuSeconds < best.cpuSeconds ? cost : best));
  }

  async #mapping(name: string, write: Write): Promise<{ quads: number; cost: Cost } | undefined> {
    if (!this.#options.wants(name)) return undefined;
    const folder = join(this.#folder, name.replaceAll(/\W+/g, '-'));
    const quads = await this.start(folder, write);
    const cost = await this.#cost(
      script('rml-child.ts'),
      join(folder, 'mapping.ttl'),
      join(folder, 'out.nq'),
    );
    await rm(folder, { recursive: true });
    return { quads, cost };
  }

  async *rates(rows: number): AsyncGenerator<Row> {
    const scenarios: readonly (readonly [string, Write, number, number])[] = [
      ['KROWN raw CSV', (folder) => writeKrownRaw(folder, rows), 1.5, 3],
      ['telemetry CSV', (folder) => writeTelemetry(folder, { rows, format: 'csv' }), 1.2, 2],
      ['telemetry NDJSON', (folder) => writeTelemetry(folder, { rows, format: 'ndjson' }), 0.7, 1.2],
      ['telemetry JSON', (folder) => writeTelemetry(folder, { rows, format: 'json' }), 0.7, 1.2],
      [
        'telemetry CSV, join',
        (folder) => writeTelemetry(folder, { rows, format: 'csv', join: true }),
        0.7,
        1.2,
      ],
      [
        'telemetry NDJSON, join',
        (folder) => writeTelemetry(folder, { rows, format: 'ndjson', join: true }),
        0.7,
        1.2,
      ],
    ];
    for (const [name, write, floor, aim] of scenarios) {
      const measured = await this.#mapping(name, write);
      if (measured === undefined) continue;
      const { quads, cost } = measured;
      const value = quads / cost.cpuSeconds / MEGA;
      yield row({ name, value, unit: 'M triples/CPU-s', better: 'higher', floor, aim });
      if (name === 'KROWN raw CSV') {
        const peak = cost.peakBytes / MEGA;
        yield row({ name: `${name}, peak`, value: peak, unit: 'MB', better: 'lower', floor: 150, aim: 90 });
      }
    }
  }

  /** The same mapping into the image of the store: terms as ids, no text of quads. */
  async *ids(rows: number): AsyncGenerator<Row> {
    const name = 'telemetry CSV, ids into the image';
    if (!this.#options.wants(name)) return;
    const folder = join(this.#folder, 'ids');
    const quads = await this.start(folder, (into) => writeTelemetry(into, { rows, format: 'csv' }));
    const child = script('rml-ids-child.ts');
    const mapping = join(folder, 'mapping.ttl');
    await this.#child(child, mapping); // fills the compile cache
    const cost = await this.#cost(child, mapping);
    await rm(folder, { recursive: true });
    if (cost.quads !== quads) throw new Error(`The image holds ${cost.quads} quads and not ${quads}`);
    const value = quads / cost.cpuSeconds / MEGA;
    yield row({ name, value, unit: 'M quads/CPU-s', better: 'higher', aim: 0.6 });
    const peak = cost.peakBytes / MEGA;
    yield row({ name: `${name}, peak`, value: peak, unit: 'MB', better: 'lower' });
  }

  /** The hand-written loop and the engine on the same file, in turn. */
  async *share(rows: number): AsyncGenerator<Row> {
    const name = 'share of the hand-written loop';
    if (!this.#options.wants(name)) return;
    const folder = join(this.#folder, 'share');
    const quads = await this.start(folder, (into) => writeTelemetry(into, { rows, format: 'csv' }));
    const [input, output] = [join(folder, 'telemetry.csv'), join(folder, 'ceiling.nq')];
    const ceilings: Cost[] = [];
    const ours: Cost[] = [];
    for (let turn = 0; turn < RUNS; turn++) {
      ceilings.push(await this.#child(script('ceiling/telemetry-csv.ts'), input, output));
      ours.push(
        await this.#child(script('rml-child.ts'), join(folder, 'mapping.ttl'), join(folder, 'out.nq')),
      );
    }
    const sizes = [await stat(output), await stat(join(folder, 'out.nq'))].map((found) => found.size);
    if (sizes[0] !== sizes[1]) throw new Error(`The loop wrote ${sizes[0]} bytes, the engine ${sizes[1]}`);
    await rm(folder, { recursive: true });
    const cheapest = (costs: readonly Cost[]): number =>
      Math.min(...costs.map(({ cpuSeconds }) => cpuSeconds));
    const loop = quads / cheapest(ceilings) / MEGA;
    yield row({
      name: 'hand-written loop',
      value: loop,
      unit: 'M triples/CPU-s',
      better: 'higher',
      aim: 1.8,
    });
    const value = (100 * cheapest(ceilings)) / cheapest(ours);
    // On a machine too busy for the loop itself the share says nothing.
    yield row({ name, value, unit: '%', better: 'higher', ...(loop >= 1.8 ? { floor: 60 } : {}), aim: 85 });
  }

  async *memory(sizes: readonly number[]): AsyncGenerator<Row> {
    for (const rows of sizes) {
      const name = `peak memory, ${spaced(rows)} rows`;
      const measured = await this.#mapping(name, (folder) => writeTelemetry(folder, { rows, format: 'csv' }));
      if (measured === undefined) continue;
      const value = measured.cost.peakBytes / MEGA;
      yield row({ name, value, unit: 'MB', better: 'lower', floor: 200, aim: 120 });
    }
  }

  async *coldStart(): AsyncGenerator<Row> {
    const name = 'cold start, 20 triples maps';
    if (!this.#options.wants(name)) return;
    const folder = join(this.#folder, 'start');
    const times: number[] = [];
    for (let turn = 0; turn < 3 * RUNS; turn++) {
      const cost = await this.#child(
        script('rml-child.ts'),
        join(folder, 'mapping.ttl'),
        join(folder, 'out.nq'),
      );
      times.push(cost.firstMs!);
    }
    const value = Math.min(...times);
    yield row({ name, value, unit: 'CPU ms to the first triple', better: 'lower', floor: 150, aim: 60 });
  }
}

/** Ours beside engines of others on the same inputs; a figure counts only when the graph is the same. */
async function* besidePeers(rows: number, { note }: BenchOptions): AsyncGenerator<Row> {
  const [{ measurePeers }, { fabric }] = await Promise.all([
    import('./peers/run.ts'),
    import('./peers/engines.ts'),
  ]);
  const everything = (): boolean => true;
  const wanted = { rows, wantsEngine: everything, wantsCase: everything, note };
  let ours = 0;
  for await (const peer of measurePeers(wanted)) {
    const rate = peer.triplesPerCpuSecond;
    if (rate === null) note(`${peer.case}, ${peer.engine}: ${peer.remark}`);
    else if (peer.engine === fabric.name) ours = rate / MEGA;
    else {
      const name = `${peer.case}, beside ${peer.engine} ${peer.version}`;
      yield row({ name, value: ours, unit: 'M triples/CPU-s', better: 'higher', peer: rate / MEGA });
    }
  }
}
