/** Children of the topic `store`: processes of their own that print lines of JSON. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
const script = (name: string): string => new URL(name, import.meta.url).pathname;

/** LevelDB writes from the thread pool: as many threads as help it. Heaps may be as large as the largest peer's. */
const ENV = { UV_THREADPOOL_SIZE: '16', NODE_OPTIONS: '--max-old-space-size=12000' };

/** What children report; each has those that concern it. */
export type Figures = Readonly<Record<string, number>>;

/** Runs a child to its end. @throws Error with what it wrote when it fails */
export async function childOf(name: string, ...args: readonly (string | number)[]): Promise<Figures> {
  const { stdout } = await run(process.execPath, [script(name), ...args.map(String)], {
    env: { ...process.env, ...ENV },
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Figures;
}

/** A child that measures a round when it is told to, and stands still otherwise. */
export class Turns {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  }

  /** Resolves when the child is ready. */
  static async start(name: string, ...args: readonly (string | number)[]): Promise<Turns> {
    const child = spawn(process.execPath, [script(name), ...args.map(String)], {
      env: { ...process.env, ...ENV },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const turns = new Turns(child);
    await turns.#line();
    child.kill('SIGSTOP');
    return turns;
  }

  async round(): Promise<Figures> {
    this.#child.kill('SIGCONT');
    this.#child.stdin!.write('round\n');
    const line = await this.#line();
    this.#child.kill('SIGSTOP');
    return JSON.parse(line) as Figures;
  }

  /** Lets the child check what it holds and end. */
  async end(): Promise<void> {
    const ended = new Promise<number | null>((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGCONT');
    this.#child.stdin!.write('end\n');
    const code = await ended;
    if (code !== 0) throw new Error(`A child ended with ${code}`);
  }

  async #line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error('A child ended before it reported');
    return next.value;
  }
}
