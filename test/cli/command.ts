/** The command line as a user runs it: a process of its own, its output and its exit code. */
import { type ChildProcess, execFile } from 'node:child_process';
import { packageFolder } from '../../src/assets.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const BIN = 'src/cli/fabric.js';

/** Runs a command to its end. */
export function fabric(...args: readonly string[]): Promise<Ran> {
  return start(args).ended;
}

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ran>;
}

/** Starts a command; `env` adds to the environment. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  return startProcess([BIN, ...args], env);
}

/** Starts Node itself. */
export function startProcess(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  let ended: (ran: Ran) => void;
  const result = new Promise<Ran>((resolve) => {
    ended = resolve;
  });
  const process_ = execFile(
    process.execPath,
    args,
    { cwd: packageFolder, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 },
    (error, out, err) => {
      ended({ code: error === null ? 0 : Number(error.code), out, err });
    },
  );
  return { process: process_, ended: result };
}
