/**
 * What the engines of a run share: its job, where failures go, what has to be undone when it ends early.
 */
import { FabricError } from '../errors.ts';
import type { CheckedMapping } from '../mapping/check.ts';
import type { RunMappingOptions } from '../mapping/execute/batch.ts';
import type { ByteSink } from '../target/sink.ts';
import type { RunAccess } from './map-access.ts';
import { describe, type Failures } from './map-failures.ts';
import type { MapJob, OutputPlace } from './map-job.ts';
import type { PreparedMapping } from './map-plan.ts';
import { reportError, type Terminal } from './terminal.ts';

export interface Work {
  readonly job: MapJob;
  readonly prepared: PreparedMapping;
  readonly access: RunAccess;
  readonly failures: Failures;
  readonly terminal: Terminal;
  /** What is open and has to be undone when the run ends early. */
  readonly outputs: { abort(): Promise<void> }[];
}

export interface Counts {
  readonly quads: number;
  readonly records: number;
}

/** In resilient mode a text that cannot be read on is told, and what was read before it counts. */
export async function tolerating({ job, failures, terminal }: Work, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    if (job.strict || !(thrown instanceof FabricError) || thrown.type !== 'syntax-error') throw thrown;
    reportError(thrown, terminal);
    failures.refuse(thrown);
  }
}

/** References that no record has a value for are misspelt more often than not; they are told and fail nothing. */
export function unmatchedTo({ job, terminal }: Work): Pick<RunMappingOptions, 'onUnmatched'> {
  if (job.quiet) return {};
  return {
    onUnmatched: (diagnostic) => {
      terminal.note(describe(diagnostic, terminal.json));
    },
  };
}

/** Whether quads may come to named graphs. */
export const namesGraphs = ({ triplesMaps }: CheckedMapping): boolean =>
  triplesMaps.some(
    ({ graphs, predicateObjects }) =>
      graphs.length > 0 || predicateObjects.some((part) => part.graphs.length > 0),
  );

/** Where the default output goes as bytes. @throws FabricError `request-invalid` */
export async function openOutput({ path }: OutputPlace): Promise<ByteSink> {
  if (path !== undefined) return (await import('../target/file.ts')).openFileSink(path);
  return (await import('../target/standard-output.ts')).standardOutput();
}
