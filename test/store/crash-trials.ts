/**
 * Crash trials: a process that writes is killed with SIGKILL at random points of start-up, ingest, checkpoint and
 * whatever else it is about, opened again, and held against everything that it acknowledged.
 *
 * `node test/store/crash-trials.ts --runs 200 --seed 1` prints one line of JSON and fails when anything was lost,
 * doubled or different.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { abandon, contentsOf, openTrial, replayed } from './trial-state.ts';

/** Runs over one directory, after which the next begins with an empty one: the whole log is kept and replayed. */
const RUNS_PER_DIRECTORY = 10;
const CHILD = fileURLToPath(new URL('crash-child.ts', import.meta.url));

/** After which line of the child, and how many milliseconds later at most, the kill comes. */
const MOMENTS = [
  { after: 'opening', withinMs: 120 },
  { after: 'open', withinMs: 500 },
  { after: 'checkpoint', withinMs: 40 },
  { after: 'checkpoint', withinMs: 250 },
] as const;

export interface CrashResult {
  readonly runs: number;
  readonly seed: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  /** Runs after which the image was not what a replay from nothing gives. */
  readonly different: number;
  /** Changes that survived although nobody was told: allowed. */
  readonly unacknowledgedKept: number;
  /** Runs by the last thing that the child had begun when it was killed. */
  readonly killedIn: Readonly<Record<string, number>>;
}

/** Kills `runs` times. The seed decides when; what the machine does in that time it does not. */
export async function crashTrials(runs: number, seed: number): Promise<CrashResult> {
  const random = generator(seed);
  const result = { acknowledged: 0, lost: 0, doubled: 0, different: 0, unacknowledgedKept: 0 };
  const killedIn: Record<string, number> = {};
  let directory = '';
  let acknowledged = new Map<number, string>();
  for (let run = 0; run < runs; run++) {
    if (run % RUNS_PER_DIRECTORY === 0) {
      if (directory !== '') await rm(directory, { recursive: true });
      directory = await mkdtemp(join(tmpdir(), 'fabric-crash-'));
      acknowledged = new Map();
    }
    const moment = MOMENTS[Math.floor(random() * MOMENTS.length)]!;
    const known = acknowledged.size;
    const lastLine = await killed(directory, run, moment.after, random() * moment.withinMs, acknowledged);
    killedIn[lastLine] = (killedIn[lastLine] ?? 0) + 1;
    result.acknowledged += acknowledged.size - known;
    const state = await openTrial(directory);
    const { ids, ...naive } = await replayed(state.log);
    for (const [seq, id] of acknowledged) if (ids[seq - 1] !== id) result.lost++;
    result.doubled += ids.length - new Set(ids).size;
    result.unacknowledgedKept += ids.length - acknowledged.size;
    if (JSON.stringify(contentsOf(state)) !== JSON.stringify(naive)) result.different++;
    // What survived without an answer is part of the state from here on.
    for (const [index, id] of ids.entries()) acknowledged.set(index + 1, id!);
    await abandon(state);
  }
  await rm(directory, { recursive: true, force: true });
  return { runs, seed, ...result, killedIn };
}

/** Runs the child until its moment has come. @returns what it had said last, but for acknowledgements */
async function killed(
  directory: string,
  run: number,
  after: string,
  delayMs: number,
  acknowledged: Map<number, string>,
): Promise<string> {
  const child = spawn(process.execPath, [CHILD, directory, String(run)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const complaints: Buffer[] = [];
  child.stderr.on('data', (bytes: Buffer) => complaints.push(bytes));
  const gone = once(child, 'close');
  let lastLine = 'starting';
  let armed = false;
  for await (const line of createInterface({ input: child.stdout })) {
    const [word = '', seq, id] = line.split(' ');
    if (word === 'a') acknowledged.set(Number(seq), id!);
    else lastLine = word;
    if (word === after && !armed) {
      armed = true;
      setTimeout(() => child.kill('SIGKILL'), delayMs);
    }
  }
  const [, signal] = (await gone) as [number | null, string | null];
  if (signal !== 'SIGKILL')
    throw new Error(`The child ended by itself: ${Buffer.concat(complaints).toString()}`);
  return lastLine;
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
  });
  const result = await crashTrials(Number(values.runs), Number(values.seed));
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (result.lost + result.doubled + result.different > 0) process.exitCode = 1;
}
