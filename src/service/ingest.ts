/**
 * A body of records on its way to the writer: as many in flight as one group holds, the rest waits unread.
 *
 * An unreadable record becomes a dead letter and its neighbours go on; when the writer has too much to do,
 * reading waits, so that a fast sender is slowed down and not refused in the middle of its body.
 */
import { FabricError } from '../errors.ts';
import type { Diagnostic, SourceReading, SourceRecord } from '../mapping/record.ts';
import type { IngestReport, RecordOutcome } from '../service.ts';

export interface IngestOptions {
  readonly source: string;
  readonly inFlightMax: number;
  /** Resolves when the record is durable or refused. */
  readonly submit: (
    record: SourceRecord,
    position: number,
    diagnostics?: readonly Diagnostic[],
  ) => Promise<RecordOutcome>;
  readonly bury: (reading: Extract<SourceReading, { ok: false }>) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Outcomes that a report names one by one. */
const PROBLEMS_MAX = 1000;
/** How long reading waits for room before the sender is told, and how often it looks. */
const WAIT_MS = 30_000;
const WAIT_STEP_MS = 50;

/** @throws FabricError `log-unavailable`, `storage-full`; `overloaded` when no room came for a long while */
export async function ingestReadings(
  readings: AsyncIterable<SourceReading>,
  options: IngestOptions,
): Promise<IngestReport> {
  const tally = new Tally();
  const inFlight = new Set<Promise<void>>();
  let failure: Error | undefined;
  const fail = (thrown: unknown): void => {
    failure ??=
      thrown instanceof Error ? thrown : new Error('A record could not be taken', { cause: thrown });
  };
  try {
    for await (const reading of readings) {
      const work = take(reading, options, tally)
        .catch(fail)
        .finally(() => inFlight.delete(work));
      inFlight.add(work);
      if (inFlight.size >= options.inFlightMax) await Promise.race(inFlight);
      if (failure !== undefined) break;
    }
  } catch (unreadable) {
    fail(unreadable); // what was read of the body is taken in all the same, and the report says so
  }
  await Promise.all(inFlight);
  if (failure instanceof FabricError) {
    throw new FabricError(failure.type, failure.message, {
      extensions: { ...failure.extensions, report: tally.report() },
      cause: failure,
    });
  }
  if (failure !== undefined) throw failure;
  return tally.report();
}

async function take(reading: SourceReading, options: IngestOptions, tally: Tally): Promise<void> {
  if (!reading.ok) {
    await options.bury(reading);
    tally.add({
      source: options.source,
      key: '',
      position: reading.position,
      status: 'refused',
      created: false,
      diagnostics: [],
      problem: reading.problem,
    });
    return;
  }
  for (let waitedMs = 0; ; waitedMs += WAIT_STEP_MS) {
    try {
      tally.add(await options.submit(reading.record, reading.position, reading.diagnostics));
      return;
    } catch (thrown) {
      if (!(thrown instanceof FabricError) || thrown.type !== 'overloaded' || waitedMs >= WAIT_MS)
        throw thrown;
    }
    await options.sleep(WAIT_STEP_MS);
  }
}

/** Counts outcomes and keeps those worth naming. */
class Tally {
  readonly #counts = { accepted: 0, unchanged: 0, stale: 0, quarantined: 0, refused: 0 };
  readonly #diagnostics = new Map<string, number>();
  readonly #problems: RecordOutcome[] = [];
  #seq = 0;

  add(outcome: RecordOutcome): void {
    this.#counts[outcome.status]++;
    this.#seq = Math.max(this.#seq, outcome.seq ?? 0);
    for (const { code } of outcome.diagnostics)
      this.#diagnostics.set(code, (this.#diagnostics.get(code) ?? 0) + 1);
    if (outcome.status === 'accepted' || outcome.status === 'unchanged') return;
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(outcome);
  }

  report(): IngestReport {
    const received = Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
    return {
      received,
      ...this.#counts,
      seq: this.#seq,
      problems: [...this.#problems].sort((a, b) => a.position - b.position),
      diagnostics: Object.fromEntries(this.#diagnostics),
    };
  }
}
