/** What `fabric map` says before and after a run. */
import type { AccessNotes } from './map-access.ts';
import { describe } from './map-failures.ts';
import type { Change } from './map-follow.ts';
import type { MapJob } from './map-job.ts';
import { type PreparedMapping, prepareMapping } from './map-plan.ts';
import type { RunResult } from './map-run.ts';
import type { Terminal } from './terminal.ts';

/** Compiles the mappings of a job and tells their warnings. @throws FabricError */
export async function prepare(job: MapJob, terminal: Terminal): Promise<PreparedMapping> {
  const prepared = await prepareMapping(job);
  if (!job.quiet) for (const { message } of prepared.checked.warnings) warn(message, terminal);
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
  if (quads === 0 && failures === 0) {
    warn('the mapping made nothing; hold its iterators and references against the data', terminal);
  }
}

/** Says what one change of the files came to. */
export function summariseChange(
  job: MapJob,
  change: Pick<Change, 'added' | 'removed' | 'records' | 'mapped'> &
    Pick<RunResult, 'quads' | 'failures' | 'seconds'>,
  terminal: Terminal,
): void {
  const { added, removed, records, mapped, quads, failures, seconds } = change;
  if (terminal.json) {
    const counts = { quads, records, mapped, added: added.size, removed: removed.size, failures };
    terminal.note(
      JSON.stringify({ ...counts, seconds: Number(seconds.toFixed(3)), output: job.output.path }),
    );
    return;
  }
  if (job.quiet && failures === 0) return;
  const failed = failures === 0 ? '' : `, ${count(failures, 'record')} failed`;
  terminal.note(
    `${mapped} of ${count(records, 'record')} mapped, ${added.size} added, ${removed.size} removed of ` +
      `${count(quads, 'quad')}${failed}, ${seconds.toFixed(2)} s`,
  );
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** What sources tell goes to standard error. */
export const notesTo = (terminal: Terminal): AccessNotes => ({
  warn: (message) => {
    warn(message, terminal);
  },
  tell: (diagnostic) => {
    terminal.note(describe(diagnostic, terminal.json));
  },
});

/** Says what a run costs that goes on until it is interrupted. */
export function warnOfEndlessness(job: MapJob, terminal: Terminal): void {
  const bounded = job.messagesMax !== undefined || job.durationMs !== undefined;
  if (bounded || job.keepDuplicates || job.quiet) return;
  warn(
    'the run goes on until it is interrupted and keeps every quad in memory to write none twice; ' +
      '--duplicates keep bounds its memory, --messages or --for its length',
    terminal,
  );
}

/** Something that is allowed and hardly meant. */
export function warn(message: string, terminal: Terminal): void {
  terminal.note(terminal.json ? JSON.stringify({ code: 'warning', message }) : `warning: ${message}`);
}
