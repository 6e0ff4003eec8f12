/** The rows of the topic `store` that every run measures. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchOptions, quantile, type Row, row, spaced } from './bench.ts';
import { writeNQuads } from './store-data.ts';
import { childOf, type Figures, Turns } from './store-process.ts';

/** Runs of which the median counts. */
const RUNS = 5;
const ROUND_SECONDS = 2;
const median = (values: readonly number[]): number => quantile(values, 0.5);

export class StoreRows {
  readonly #folder: string;
  readonly #elements: number;
  readonly #options: BenchOptions;

  constructor(folder: string, elements: number, options: BenchOptions) {
    this.#folder = folder;
    this.#elements = elements;
    this.#options = options;
  }

  /** A folder of its own, gone with the others in the end. */
  async #fresh(name: string): Promise<string> {
    const folder = join(this.#folder, name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    return folder;
  }

  #wantsAny(...names: readonly string[]): boolean {
    return names.some((name) => this.#options.wants(name));
  }

  /** Ours and quadstore in turn, each standing still while the other works. */
  async *updates(): AsyncGenerator<Row> {
    const name = 'durable updates, 128 writers';
    const beside = 'durable updates, beside quadstore with sync';
    if (!this.#wantsAny(name, beside)) return;
    const start = async (store: string): Promise<Turns> => {
      const folder = await this.#fresh(store);
      return Turns.start(
        'store-updates-child.ts',
        store,
        folder,
        this.#elements,
        ROUND_SECONDS,
        this.#options.seed,
      );
    };
    const turns = [await start('fabric'), await start('quadstore')] as const;
    const rounds: (readonly [Figures, Figures])[] = [];
    for (let turn = 0; turn < RUNS; turn++) rounds.push([await turns[0].round(), await turns[1].round()]);
    await turns[0].end();
    await turns[1].end();
    const [ours, theirs] = [0, 1].map((of) => median(rounds.map((round) => round[of]!['perSecond']!)));
    const [p50, p99] = ['p50Ms', 'p99Ms'].map((key) => median(rounds.map((round) => round[0][key]!)));
    this.#options.note(
      `${name}: an update waits ${p50!.toFixed(1)} ms (median), ${p99!.toFixed(1)} ms (p99)`,
    );
    const unit = 'updates/s';
    yield row({ name, value: ours!, unit, better: 'higher', floor: 20_000, aim: 60_000 });
    const bars = { ratioFloor: 20, ratioAim: 50 };
    yield row({ name: beside, value: ours!, unit, better: 'higher', peer: theirs!, ...bars });
  }

  async *image(): AsyncGenerator<Row> {
    const [apply, pin] = ['apply to the image, no log', 'snapshot pin and release'] as const;
    if (!this.#wantsAny(apply, pin)) return;
    const runs: Figures[] = [];
    for (let turn = 0; turn < RUNS; turn++) {
      runs.push(
        await childOf('store-apply-child.ts', this.#elements, 6 * this.#elements, this.#options.seed),
      );
    }
    const rate = median(runs.map((run) => run['perCpuSecond']!));
    yield row({
      name: apply,
      value: rate,
      unit: 'updates/CPU-s',
      better: 'higher',
      floor: 60_000,
      aim: 100_000,
    });
    const microseconds = median(runs.map((run) => run['pinMicroseconds']!));
    yield row({ name: pin, value: microseconds, unit: 'microseconds', better: 'lower', floor: 5 });
  }

  async *bulkLoad(): AsyncGenerator<Row> {
    const name = 'bulk load N-Quads';
    if (!this.#wantsAny(name, `${name}, beside`)) return;
    const file = join(this.#folder, 'load.nq');
    const written = await writeNQuads(file, this.#elements, this.#options.seed);
    const engines = ['image', 'oxigraph', ...(this.#options.peers ? ['rdf-stores', 'n3'] : [])];
    const rates = new Map<string, number[]>(engines.map((engine) => [engine, []]));
    for (let turn = 0; turn < RUNS; turn++) {
      for (const engine of engines) {
        const { quads, cpuSeconds } = await childOf('store-load-child.ts', engine, file);
        if (quads !== written) throw new Error(`${engine} holds ${quads} quads and not ${written}`);
        rates.get(engine)!.push(written / cpuSeconds!);
      }
    }
    await rm(file);
    const [value, ...peers] = engines.map((engine) => median(rates.get(engine)!));
    const unit = 'quads/CPU-s';
    const bars = { ratioFloor: 1, ratioAim: 2 };
    yield row({ name, value: value!, unit, better: 'higher', peer: peers[0]!, ...bars });
    for (const [index, engine] of engines.slice(2).entries()) {
      yield row({
        name: `${name}, beside ${engine}`,
        value: value!,
        unit,
        better: 'higher',
        peer: peers[index + 1]!,
      });
    }
  }

  /** At ten times the elements: what a process grows by with the quads in it. */
  async *memory(): AsyncGenerator<Row> {
    const name = 'memory per quad';
    if (!this.#wantsAny(name, `${name}, beside`)) return;
    const { note, peers, seed } = this.#options;
    const file = join(this.#folder, 'memory.nq');
    const written = await writeNQuads(file, 10 * this.#elements, seed);
    const bytesOf = async (engine: string): Promise<number> => {
      const found = await childOf('store-load-child.ts', engine, file);
      if (found['quads'] !== written)
        throw new Error(`${engine} holds ${found['quads']} quads and not ${written}`);
      const [heap, buffers] = ['heapBytes', 'arrayBufferBytes'].map((key) => Math.round(found[key]! / 1e6));
      const wall = found['wallSeconds']!.toFixed(1);
      note(
        `${engine}, ${spaced(written)} quads: heap ${heap} MB, buffers ${buffers} MB, loaded in ${wall} s`,
      );
      return (found['rssBytes']! - found['startRssBytes']!) / written;
    };
    const value = await bytesOf('image');
    const unit = 'bytes of resident memory';
    const bars = { ratioFloor: 1, ratioAim: 1.6 };
    yield row({ name, value, unit, better: 'lower', peer: await bytesOf('oxigraph'), ...bars });
    if (peers) {
      const peer = await bytesOf('rdf-stores');
      yield row({ name: `${name}, beside rdf-stores`, value, unit, better: 'lower', peer });
      note(`${name}: n3 is left out, as it takes several kilobytes a quad`);
    }
    await rm(file);
  }

  async *writesUnderReaders(): AsyncGenerator<Row> {
    const name = 'write p99, ten readers and a merge';
    if (!this.#options.wants(name)) return;
    const runs: Figures[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const folder = await this.#fresh('readers');
      runs.push(
        await childOf('store-readers-child.ts', folder, this.#elements, this.#elements, this.#options.seed),
      );
    }
    const [value, max, scans] = ['p99Ms', 'maxMs', 'scans'].map((key) =>
      median(runs.map((run) => run[key]!)),
    );
    this.#options.note(`${name}: the longest ${max!.toFixed(0)} ms, ${scans} whole scans meanwhile`);
    yield row({ name, value: value!, unit: 'ms', better: 'lower', floor: 20, aim: 5 });
  }

  async *tornReads(): AsyncGenerator<Row> {
    const name = 'torn reads';
    if (!this.#options.wants(name)) return;
    const { torn, overtaken } = await childOf('store-torn-child.ts', 'image', this.#folder, 10_000);
    this.#options.note(`${name}: ${overtaken} of 10 000 joins had a rewrite between their two patterns`);
    if (overtaken! < 5000) throw new Error('Too few joins could have been torn');
    yield row({ name, value: torn!, unit: 'in 10 000 joins', better: 'lower', floor: 0 });
    if (!this.#options.peers) return;
    const theirs = await childOf('store-torn-child.ts', 'quadstore', await this.#fresh('torn'), 500);
    this.#options.note(`${name}: quadstore tears ${theirs['torn']} of 500`);
  }

  /** A start with a tail, at so many elements. */
  async coldOpen(elements: number, runs: number): Promise<number> {
    const folder = await this.#fresh('open');
    await childOf('store-open-child.ts', 'prepare', folder, elements, this.#options.seed);
    const times: number[] = [];
    for (let turn = 0; turn < runs; turn++) {
      const found = await childOf('store-open-child.ts', 'open', folder, elements, this.#options.seed);
      times.push(found['firstSeconds']!);
    }
    return median(times);
  }

  /** Updates of the same elements; see `store-churn-child.ts`. */
  async churn(updates: number, perSecond: number): Promise<Figures> {
    const folder = await this.#fresh('churn');
    return childOf('store-churn-child.ts', folder, this.#elements, this.#options.seed, updates, perSecond);
  }
}
