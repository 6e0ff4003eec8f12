/**
 * The fast way of a run: from bytes to lines, for mappings and outputs that the byte engine takes.
 *
 * The lines are those of the term engine; only their order may differ.
 */
import { targetsOf } from '../target/router.ts';
import { type Counts, namesGraphs, openOutput, tolerating, unmatchedTo, type Work } from './map-work.ts';

const LINE_FEED = 0x0a;

/** @returns undefined when the term engine has to run the mapping */
export async function runBytes(work: Work): Promise<Counts | undefined> {
  const { job, prepared, access, failures, outputs } = work;
  const { checked } = prepared;
  const { format, compression } = job.output;
  const isLines = format === 'n-quads' || (format === 'n-triples' && !namesGraphs(checked));
  // Values of failed records are at hand in the term engine only.
  if (!isLines || job.canonical || job.deadLetters?.records === true) return undefined;
  if (targetsOf(checked.triplesMaps).length > 0) return undefined;
  const { compileBytes } = await import('../mapping/bytes/program.ts');
  const program = compileBytes(checked, {
    isRereadable: (source) => source.description.kind === 'file' && prepared.overrides.size === 0,
  });
  if ('unsupported' in program) return undefined;
  const { compressInto } = await import('../target/compression.ts');
  const sink = await compressInto(await openOutput(job.output), compression);
  outputs.push(sink);
  let quads = 0;
  let records = 0;
  const chunks = program.run(access, {
    strict: job.strict,
    keepDuplicates: job.keepDuplicates,
    onDiagnostic: (diagnostic) => {
      failures.add(diagnostic);
    },
    ...unmatchedTo(work),
    onRecords: (count) => {
      records += count;
    },
  });
  await tolerating(work, async () => {
    for await (const chunk of chunks) {
      quads += linesOf(chunk);
      await sink.write(chunk);
      await failures.flush();
    }
  });
  await sink.close();
  return { quads, records };
}

function linesOf(chunk: Uint8Array): number {
  let count = 0;
  for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
