/**
 * One run of a mapping over whole sources: quads to the output and the targets, failures to where they go.
 */
import type { QuadSink } from '../target/sink.ts';
import { checkSources, type RunAccess } from './map-access.ts';
import { runBytes } from './map-bytes.ts';
import { Failures } from './map-failures.ts';
import type { MapJob } from './map-job.ts';
import type { PreparedMapping } from './map-plan.ts';
import { showProgress } from './map-progress.ts';
import { runTerms } from './map-terms.ts';
import type { Work } from './map-work.ts';
import type { Terminal } from './terminal.ts';

export interface RunResult {
  readonly quads: number;
  readonly records: number;
  /** Records that failed in whole or in part. */
  readonly failures: number;
  readonly seconds: number;
  /** Files that were read. */
  readonly files: readonly string[];
}

/**
 * Runs a mapping once. Files appear when all is done; a run that ends early leaves what was there before.
 *
 * @param output  takes the default output; undefined: it goes where the job says
 * @throws FabricError for what ends the run: everything in strict mode; else what cannot be opened or written
 */
export async function runOnce(
  job: MapJob,
  prepared: PreparedMapping,
  access: RunAccess,
  terminal: Terminal,
  output?: QuadSink,
): Promise<RunResult> {
  const start = performance.now();
  const { files, totalBytes } = await checkSources(prepared.checked.sources, access);
  const failures = await Failures.open(job.deadLetters, terminal);
  const outputs: { abort(): Promise<void> }[] = [failures];
  const abort = async (): Promise<void> => {
    for (const each of outputs) await each.abort();
  };
  const release = onInterrupt(access, abort);
  const progress = await showProgress(totalBytes, job.progress, terminal);
  access.report(progress);
  try {
    const work: Work = { job, prepared, access, failures, terminal, outputs };
    const counts =
      (output === undefined ? await runBytes(work) : undefined) ?? (await runTerms(work, output));
    await failures.close();
    const seconds = (performance.now() - start) / 1000;
    return { ...counts, failures: failures.count, seconds, files };
  } catch (thrown) {
    await abort();
    throw thrown;
  } finally {
    progress.stop();
    release();
  }
}

/**
 * An interrupted run leaves no half-written file behind. One that reads messages is ended that way, with all that
 * came so far; only a second interrupt undoes it.
 */
function onInterrupt(access: RunAccess, abort: () => Promise<void>): () => void {
  let endless = access.messages;
  const stop = (signal: NodeJS.Signals): void => {
    if (endless) {
      endless = false;
      void access.stop();
      return;
    }
    release();
    void abort().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  const release = (): void => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return release;
}
