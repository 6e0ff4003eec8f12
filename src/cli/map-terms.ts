/** The general way of a run: by the term engine, which can do everything. */
import { mapChunks, type RunMappingOptions } from '../mapping/execute/batch.ts';
import type { Diagnostic } from '../mapping/record.ts';
import type { RDF } from '../rdf/terms.ts';
import { NS } from '../rdf/vocab.ts';
import { formatted } from '../target/open.ts';
import { QuadRouter, targetsOf } from '../target/router.ts';
import type { QuadSink } from '../target/sink.ts';
import { rootsOf } from './map-access.ts';
import { describe } from './map-failures.ts';
import { type Counts, namesGraphs, openOutput, tolerating, unmatchedTo, type Work } from './map-work.ts';

/** @param given  takes the default output; undefined: it goes where the job says */
export async function runTerms(work: Work, given: QuadSink | undefined): Promise<Counts> {
  const { job, prepared, failures, terminal, outputs } = work;
  const plan = await prepared.plan();
  const graphs = namesGraphs(plan) ? (job.keepDuplicates ? 'repeated' : 'merged') : 'none';
  const form = { ...job.output, encoding: undefined, prefixes: NS, graphs } as const;
  const outermost = given ?? (await formatted(await openOutput(job.output), form));
  outputs.push(outermost);
  let quads = 0;
  const count = (more: number): void => {
    quads += more;
  };
  const sink = counting(outermost, count);
  const notes: Diagnostic[] = [];
  const fallback = job.canonical ? canonicalSink(sink, notes) : sink;
  const router = await QuadRouter.open(fallback, targetsOf(plan.triplesMaps), {
    workingDirectory: process.cwd(),
    mappingDirectory: prepared.folders[0] ?? process.cwd(),
    allowedRoots: rootsOf(job, prepared),
    allowedOrigins: job.allowedOrigins,
    prefixes: NS,
  });
  outputs.push(router);
  let records = 0;
  const options: RunMappingOptions = {
    strict: job.strict,
    keepDuplicates: job.keepDuplicates,
    onDiagnostic: (diagnostic, record) => {
      failures.add(diagnostic, record);
    },
    ...unmatchedTo(work),
    onRecords: (count) => {
      records += count;
    },
  };
  await tolerating(work, async () => {
    for await (const chunk of mapChunks(plan, work.access, options)) {
      for (const emitted of chunk) {
        if (emitted.targets.length > 0) count(1);
        const full = router.add(emitted);
        if (full === undefined) continue;
        await full;
        await failures.flush();
      }
      // The next message may be long in coming.
      if (work.access.messages) {
        await router.flush();
        await failures.flush();
        await outermost.flush?.();
      }
    }
  });
  await router.close();
  for (const note of notes) terminal.note(describe(note, terminal.json));
  return { quads, records };
}

function counting(sink: QuadSink, count: (quads: number) => void): QuadSink {
  return {
    name: sink.name,
    write: (quads) => {
      count(quads.length);
      return sink.write(quads);
    },
    close: () => sink.close(),
    abort: () => sink.abort(),
  };
}

/** The crosswalk looks at all quads of a subject together, so it works on the whole result. */
function canonicalSink(sink: QuadSink, notes: Diagnostic[]): QuadSink {
  const quads: RDF.Quad[] = [];
  return {
    name: sink.name,
    write: (more) => {
      quads.push(...more);
      return Promise.resolve();
    },
    async close() {
      const [{ loadCrosswalk }, { readCrosswalk }] = await Promise.all([
        import('../ontology/crosswalk.ts'),
        import('../assets.ts'),
      ]);
      const result = loadCrosswalk(readCrosswalk()).canonicalise(quads);
      notes.push(...result.diagnostics);
      await sink.write(result.quads);
      await sink.close();
    },
    abort: () => sink.abort(),
  };
}
