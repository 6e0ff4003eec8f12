/** `fabric map --explain`: which rules and records make a quad. Nothing is written but the explanations. */
import { FabricError } from '../errors.ts';
import { mapSources } from '../mapping/execute/batch.ts';
import { type Derivation, type Explanation, explainQuads, parseQuadMatch } from '../mapping/explain.ts';
import type { RulePlace } from '../mapping/record.ts';
import { NS } from '../rdf/vocab.ts';
import { EXIT } from './exit-codes.ts';
import { checkSources, type RunAccess } from './map-access.ts';
import { Failures } from './map-failures.ts';
import type { MapJob } from './map-job.ts';
import type { PreparedMapping } from './map-plan.ts';
import type { Terminal } from './terminal.ts';

/** A record of a source; all numbers count from 1. */
interface RecordPlace {
  readonly source: string | undefined;
  readonly record: number;
  readonly row: number | undefined;
  readonly line: number | undefined;
}

/**
 * @param text  a line of N-Quads, or terms with `*` for any
 * @returns the exit code: 1 when no quad matches
 */
export async function explain(
  text: string,
  { job, prepared, access }: { job: MapJob; prepared: PreparedMapping; access: RunAccess },
  terminal: Terminal,
): Promise<number> {
  if (job.canonical) {
    throw new FabricError(
      'request-invalid',
      '--explain says how a mapping makes a quad, not what --canonical makes of it',
      {
        extensions: { hint: 'Leave --canonical out and ask for the quad before the crosswalk.' },
      },
    );
  }
  const match = parseQuadMatch(text, NS);
  await checkSources(prepared.checked.sources, access);
  const failures = await Failures.open(job.deadLetters, terminal);
  let found = 0;
  for await (const explanation of explainQuads(derivations(job, prepared, access, failures), match)) {
    found++;
    terminal.out(terminal.json ? JSON.stringify(explanation) : describe(explanation));
  }
  await failures.close();
  if (found === 0) terminal.note(`The mapping makes no quad that matches ${text}`);
  return found === 0 ? EXIT.negative : EXIT.ok;
}

async function* derivations(
  job: MapJob,
  prepared: PreparedMapping,
  access: RunAccess,
  failures: Failures,
): AsyncGenerator<Derivation<RecordPlace>> {
  const plan = await prepared.plan();
  const emitted = mapSources(plan, access, {
    strict: job.strict,
    keepDuplicates: true,
    onDiagnostic: (diagnostic, record) => {
      failures.add(diagnostic, record);
    },
  });
  for await (const { quad, origin, rule, source, record, row, line } of emitted) {
    const place = { source: source.location, record: record + 1, row, line };
    yield { quad, place: origin.place, triplesMap: plan.triplesMaps[rule]!, record: place };
  }
}

function describe({ quad, rule, triplesMap, record }: Explanation<RecordPlace>): string {
  const line = record.line === undefined ? '' : `, line ${record.line}`;
  return [
    quad,
    `  rule    ${placeText(rule)}`,
    `  of      ${placeText(triplesMap)}`,
    `  record  ${record.record} of ${record.source ?? 'a source without a name'}${line}`,
  ].join('\n');
}

function placeText({ document, line, column, label }: RulePlace): string {
  const place = [document, line, column].filter((part) => part !== undefined).join(':');
  return `${place} ${label}`;
}
