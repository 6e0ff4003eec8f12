/**
 * Running a plan on whole sources: each is read once, quads stream out, none twice.
 *
 * Sources whose records are parents of joins go first. Records are held only when they have joins of their own
 * to wait for.
 */
import { FabricError, messageOf } from '../../errors.ts';
import type { RDF } from '../../rdf/terms.ts';
import type { LogicalTarget } from '../normal-form.ts';
import type { LogicalSource, MappingPlan } from '../plan.ts';
import { Batch, type Records } from './batch-work.ts';
import {
  documentsOf,
  type ReadDocument,
  type Reading,
  type RunMappingOptions,
  readingsOf,
  type SourceAccess,
} from './reading.ts';
import type { Origin } from './rule.ts';
import { Schedule, type Task } from './schedule.ts';
import { together } from './together.ts';

export type { RunMappingOptions, SourceAccess } from './reading.ts';

/** A quad with what made it. */
export interface Emitted {
  readonly quad: RDF.Quad;
  readonly origin: Origin;
  /** Index of the triples map. */
  readonly rule: number;
  readonly source: LogicalSource;
  /** Number of the record within its logical source, from 0. */
  readonly record: number;
  /**
   * Data row of a table or line of NDJSON, from 1; 1 in a document that is the whole text; undefined for what is
   * made of several records.
   */
  readonly row: number | undefined;
  /** Line of the text where the record starts, from 1, where that is known. */
  readonly line: number | undefined;
  /** The targets that the quad is new to; none: it is new to the default output. */
  readonly targets: readonly LogicalTarget[];
}

/**
 * Maps all that the sources of the plan hold. Blank nodes are labelled by what they were made from.
 *
 * @throws FabricError `mapping-failed` for data that makes no term (strict mode only); `syntax-error` for a
 *   text that cannot be read on, and in strict mode for a row or line that cannot be read
 */
export async function* runMapping(
  plan: MappingPlan,
  access: SourceAccess,
  options: RunMappingOptions,
): AsyncGenerator<RDF.Quad> {
  for await (const chunk of mapChunks(plan, access, options)) for (const { quad } of chunk) yield quad;
}

/**
 * The same with the origin of each quad; quads are distinct within each of their targets.
 *
 * @throws FabricError as {@link mapChunks}
 */
export async function* mapSources(
  plan: MappingPlan,
  access: SourceAccess,
  options: RunMappingOptions,
): AsyncGenerator<Emitted> {
  for await (const chunk of mapChunks(plan, access, options)) for (const each of chunk) yield each;
}

/**
 * The same in chunks of some thousands: waiting for each quad costs more than making it.
 *
 * @throws FabricError as {@link runMapping}, when all that was made before is given; in resilient mode a text that
 *   cannot be read on is refused when all else is done
 */
export async function* mapChunks(
  plan: MappingPlan,
  access: SourceAccess,
  options: RunMappingOptions,
): AsyncGenerator<readonly Emitted[]> {
  const batch = new Batch(plan, options);
  const schedule = new Schedule(plan, readingsOf(plan, access));
  const held = new Map<Reading, Records[]>();
  let refusal: Error | undefined;
  try {
    for (let tasks = schedule.next(); tasks.length > 0; tasks = schedule.next()) {
      for (const { reading } of tasks) held.set(reading, []);
      const streams = tasks.map((task) => documentsOfTask(task, access, options));
      try {
        for await (const { task, documents } of together(streams)) {
          for (const document of documents) {
            const records = batch.recordsOf(task.reading, document);
            if (task.hold) held.get(task.reading)!.push(records);
            yield* batch.chunksOf(records, task.work);
          }
          yield batch.take(); // a source may wait long for its next part
        }
      } catch (thrown) {
        if (options.strict || !(thrown instanceof FabricError) || thrown.type !== 'syntax-error')
          throw thrown;
        refusal ??= thrown;
      }
      for (const { work } of tasks) schedule.done(work);
      for (let more = schedule.nextHeld(); more !== undefined; more = schedule.nextHeld()) {
        for (const records of held.get(more.reading) ?? []) yield* batch.chunksOf(records, more.work);
        if (more.last) held.delete(more.reading);
        schedule.done(more.work);
      }
    }
    batch.flush(plan);
  } catch (thrown) {
    refusal ??= thrown instanceof Error ? thrown : new Error(messageOf(thrown));
  }
  yield batch.take();
  if (refusal !== undefined) throw refusal;
}

async function* documentsOfTask(
  task: Task,
  access: SourceAccess,
  options: RunMappingOptions,
): AsyncGenerator<{ readonly task: Task; readonly documents: readonly ReadDocument[] }> {
  for await (const documents of documentsOf(task.reading, access, options)) yield { task, documents };
}
