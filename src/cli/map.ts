/**
 * `fabric map`: mappings over whole sources, as a batch, again and again, or to say why a quad is there.
 *
 * This file decides what is done; each way of doing it is loaded only when it is asked for.
 */
import { appendFile } from 'node:fs/promises';
import { FabricError, messageOf } from '../errors.ts';
import { EXIT } from './exit-codes.ts';
import { openAccess } from './map-access.ts';
import { jobOf, type MapJob } from './map-job.ts';
import { notesTo, prepare, summarise, warn, warnOfEndlessness } from './map-report.ts';
import { runOnce } from './map-run.ts';
import type { CommandWork } from './options.ts';
import { reportError, type Terminal } from './terminal.ts';

export const map: CommandWork = async (args, options, outer) => {
  const job = await jobOf(args, options);
  const { terminal, done } = await noted(job, outer);
  for (const warning of job.warnings) warn(warning, terminal);
  try {
    if (options['watch'] === true) {
      const { watch } = await import('./map-watch.ts');
      const deltaPath = options['delta'] as string | undefined;
      return await watch(job, { deltaPath, key: options['key'] as string | undefined }, terminal);
    }
    for (const name of ['delta', 'key']) {
      if (options[name] === undefined) continue;
      throw new FabricError('request-invalid', `--${name} was given without --watch`);
    }
    const prepared = await prepare(job, terminal);
    const access = openAccess(job, prepared, notesTo(terminal));
    if (access.messages) warnOfEndlessness(job, terminal);
    try {
      const pattern = options['explain'] as string | undefined;
      if (pattern !== undefined) {
        const { explain } = await import('./map-explain.ts');
        return await explain(pattern, { job, prepared, access }, terminal);
      }
      const result = await runOnce(job, prepared, access, terminal);
      summarise(job, result, terminal);
      return result.failures > 0 ? EXIT.recordsFailed : EXIT.ok;
    } finally {
      await access.close();
      prepared.close();
    }
  } catch (thrown) {
    // A source that cannot be reached is an input that is wrong; code 3 says that records failed.
    if (!(thrown instanceof FabricError) || thrown.type !== 'unreachable') throw thrown;
    reportError(thrown, terminal);
    return EXIT.usage;
  } finally {
    await done();
  }
};

/** With a log file, notes go there too. */
async function noted(
  job: MapJob,
  terminal: Terminal,
): Promise<{ terminal: Terminal; readonly done: () => Promise<void> }> {
  const { logFile } = job;
  if (logFile === undefined) return { terminal, done: () => Promise.resolve() };
  const write = (text: string): Promise<void> => appendFile(logFile, text);
  try {
    await write('');
  } catch (thrown) {
    throw new FabricError('config-invalid', `Log file ${logFile} cannot be written: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  let written = Promise.resolve();
  const note = (text: string): void => {
    written = written.then(() => write(`${new Date().toISOString()} ${text}\n`));
    terminal.note(text);
  };
  return { terminal: { ...terminal, note }, done: () => written };
}
