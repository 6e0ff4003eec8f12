/**
 * Conformance suites: what a suite offers, and how its cases are run and counted.
 *
 * A case is passed, failed with a reason, or skipped with a reason. Cases that are known not to pass are named
 * with their reason in `expected/<suite>.json`: a list that only shrinks, as an entry that passes is an error.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Outcome = 'passed' | { readonly failed: string } | { readonly skipped: string };

export interface Case {
  readonly id: string;
  readonly title: string;
  run(): Promise<Outcome>;
}

export interface Suite {
  readonly name: string;
  /** The cases of a folder, or of the suite's own data. */
  load(casesDir?: string): Promise<readonly Case[]>;
}

/** Reasons by case id. */
export type Expected = Readonly<Record<string, string>>;

/** The expected failures of a suite; none when it has no list. */
export function expectedFailures(suite: string): Expected {
  const path = join(import.meta.dirname, 'expected', `${suite}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Expected) : {};
}

export interface Tally {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly total: number;
}

export interface SuiteRun {
  readonly tally: Tally;
  /** Whether all cases passed but those named as expected failures. */
  readonly ok: boolean;
  /** A line for each case that did not pass, and for each thing that is wrong with the list. */
  readonly remarks: readonly string[];
}

/**
 * Runs cases one after another. An expected failure counts as skipped; when it passes, when it is no case, or
 * when there is no case at all, the run is not ok.
 */
export async function runCases(suite: string, cases: readonly Case[], expected: Expected): Promise<SuiteRun> {
  const remarks: string[] = [];
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let ok = true;
  const wrong = (remark: string): void => {
    remarks.push(remark);
    ok = false;
  };
  if (cases.length === 0) wrong(`${suite}: there are no cases`);
  for (const each of cases) {
    const { id, title } = each;
    const outcome = await each.run().catch((thrown: unknown) => ({ failed: `threw ${describe(thrown)}` }));
    const reason = expected[id];
    if (outcome === 'passed') {
      counts.passed++;
      if (reason !== undefined) wrong(`${id} passes and has to leave the list of expected failures`);
    } else if (reason !== undefined) {
      counts.skipped++;
      remarks.push(`skipped ${id}: ${reason}`);
    } else if ('skipped' in outcome) {
      counts.skipped++;
      wrong(`skipped ${id} (${title}): ${outcome.skipped}; not among the expected failures`);
    } else {
      counts.failed++;
      wrong(`FAILED ${id} (${title}): ${outcome.failed}`);
    }
  }
  const known = new Set(cases.map(({ id }) => id));
  for (const id of Object.keys(expected)) {
    if (!known.has(id)) wrong(`${id} is among the expected failures but is no case`);
  }
  return { tally: { suite, ...counts, total: cases.length }, ok, remarks };
}

const describe = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
