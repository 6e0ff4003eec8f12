/**
 * Running a program and all that it starts: processor time and the most memory that they held together.
 *
 * Linux only: it reads /proc. The memory is sampled, so that a short peak may be missed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, readdirSync, readFileSync } from 'node:fs';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where its output goes. */
  readonly log: string;
}

export interface Spent {
  /** User and system time of the whole tree. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakBytes: number;
}

const SAMPLE_MS = 50;
const TIMES = /^TIMES (\S+) (\S+)$/m;

/** @throws Error when the program fails or takes longer than `secondsMax` */
export async function runMeasured(command: Command, secondsMax: number): Promise<Spent> {
  const { program, args, cwd, env, log } = command;
  const start = performance.now();
  // The shell waits for its children, so its `times` are those of the whole tree.
  const script = 'TIMEFORMAT="TIMES %U %S"; time "$0" "$@"';
  const child = spawn('bash', ['-c', script, program, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, to be ended as one
  });
  const file = createWriteStream(log);
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      file.write(chunk);
      tail = (tail + chunk.toString()).slice(-4000);
    });
  }
  let peakBytes = 0;
  const sampling = setInterval(() => {
    peakBytes = Math.max(peakBytes, bytesOf(child.pid));
  }, SAMPLE_MS);
  const late = new AbortController();
  const limit = setTimeout(() => {
    late.abort();
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, secondsMax * 1000);
  const code = await exitOf(child);
  clearInterval(sampling);
  clearTimeout(limit);
  file.end();
  const [, user, system] = TIMES.exec(tail) ?? [];
  if (late.signal.aborted) throw new Error(`took longer than ${secondsMax} s`);
  if (code !== 0 || user === undefined) throw new Error(`ended with ${code}; see ${log}`);
  const wallSeconds = (performance.now() - start) / 1000;
  return { cpuSeconds: Number(user) + Number(system), wallSeconds, peakBytes };
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });

/** Resident memory of a process and all below it. */
function bytesOf(root: number | undefined): number {
  if (root === undefined) return 0;
  const children = new Map<number, number[]>();
  const pages = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const parent = Number(fields[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
      pages.set(Number(name), Number(fields[21]));
    } catch {
      // It ended in between.
    }
  }
  const sum = (pid: number): number =>
    (pages.get(pid) ?? 0) + (children.get(pid) ?? []).reduce((total, each) => total + sum(each), 0);
  return sum(root) * 4096;
}
