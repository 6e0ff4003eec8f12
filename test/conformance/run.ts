/**
 * `npm run -s conformance -- <suite> [--cases DIR]`: runs a suite, or the cases of another folder by its rules.
 *
 * Failures are named above; the last line is the tally as JSON. Exit code 0 only when all cases passed but the
 * expected failures, 2 when the command itself is wrong.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/errors.ts';
import { type Case, expectedFailures, runCases, type Suite } from './suite.ts';

const rml = async (): Promise<readonly Suite[]> => (await import('./rml.ts')).rmlSuites;
const sparql = async (): Promise<readonly Suite[]> => (await import('./sparql.ts')).sparqlSuites;

/** Each suite by its name; a family is loaded only when one of its suites is asked for. */
const SUITES: ReadonlyMap<string, () => Promise<readonly Suite[]>> = new Map([
  ['rml-core', rml],
  ['rml-io', rml],
  ['rml-fnml', rml],
  ['rml-cc', rml],
  ['rml-lv', rml],
  ['rml-legacy', rml],
  ['sparql-query', sparql],
  ['sparql-update', sparql],
]);

const { positionals, values } = parseArgs({ allowPositionals: true, options: { cases: { type: 'string' } } });
const [name = ''] = positionals;
const family = SUITES.get(name);
if (family === undefined || positionals.length !== 1) {
  console.error(`usage: npm run -s conformance -- <${[...SUITES.keys()].join(' | ')}> [--cases DIR]`);
  process.exit(2);
}
const suite = (await family()).find((candidate) => candidate.name === name);
if (suite === undefined) throw new Error(`The suite ${name} is registered but not exported by its family`);

async function loadCases(from: Suite): Promise<readonly Case[]> {
  try {
    return await from.load(values.cases);
  } catch (thrown) {
    console.error(`${name}: ${messageOf(thrown)}`);
    return [];
  }
}

// The list names cases of the suite's own data; another folder has its own ids.
const expected = values.cases === undefined ? expectedFailures(suite.name) : {};
const { tally, ok, remarks } = await runCases(suite.name, await loadCases(suite), expected);
for (const remark of remarks) console.log(remark);
console.log(JSON.stringify(tally));
process.exitCode = ok ? 0 : 1;
