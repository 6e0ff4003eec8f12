/** What `fabric map` says before and after a run. */
import type { MapJob } from './map-job.ts';
import { type PreparedMapping, prepareMapping } from './map-plan.ts';
import type { RunResult } from './map-run.ts';
import type { Terminal } from './terminal.ts';

/** Compiles the mappings of a job and tells their warnings. @throws FabricError */
export async function prepare(job: MapJob, terminal: Terminal): Promise<PreparedMapping> {
  const prepared = await prepareMapping(job);
  if (!job.quiet) for (const { message } of prepared.plan.warnings) warn(message, terminal);
  return prepared;
}

/** Says how a run went, unless its output is what the terminal shows. */
export function summarise(job: MapJob, result: RunResult, terminal: Terminal): void {
  const { quads, records, failures, seconds } = result;
  const { path } = job.output;
  if (terminal.json) {
    terminal.note(
      JSON.stringify({ quads, records, failures, seconds: Number(seconds.toFixed(3)), output: path }),
    );
    return;
  }
  if (job.quiet && failures === 0) return;
  const failed = failures === 0 ? '' : `, ${count(failures, 'record')} failed`;
  const where = path === undefined ? '' : ` written to ${path}`;
  terminal.note(
    `${count(quads, 'quad')} of ${count(records, 'record')}${where}${failed}, ${seconds.toFixed(2)} s`,
  );
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** Something that is allowed and hardly meant. */
export function warn(message: string, terminal: Terminal): void {
  terminal.note(terminal.json ? JSON.stringify({ code: 'warning', message }) : `warning: ${message}`);
}
