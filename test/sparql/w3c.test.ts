/**
 * The W3C suites as tests: every case passes but those that the list of expected failures names.
 */
import assert from 'node:assert/strict';
import { sparqlSuites } from '../conformance/sparql.ts';
import { expectedFailures, runCases } from '../conformance/suite.ts';
import { describeWithData } from '../data.ts';

describeWithData('sparql: W3C suites', () => {
  for (const suite of sparqlSuites) {
    it(suite.name, async function () {
      this.timeout(120_000);
      const { ok, remarks } = await runCases(suite.name, await suite.load(), expectedFailures(suite.name));
      assert.ok(ok, remarks.join('\n'));
    });
  }
});
