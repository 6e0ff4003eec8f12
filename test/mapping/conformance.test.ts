import { deepEqual, equal } from 'node:assert/strict';
import { runMapping } from '../../src/mapping/map.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import type { SourceData } from '../../src/mapping/reference/formulation.ts';
import { overrideOf } from '../../src/mapping/source-override.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import type { RDF } from '../../src/rdf/terms.ts';
import { rmlSuites } from '../conformance/rml.ts';
import { expectedFailures, runCases } from '../conformance/suite.ts';
import { describeWithData, readData } from '../data.ts';
import { isomorphic } from '../rdf/canonical.ts';
import { textData } from '../text-data.ts';

/** Number of cases by suite. */
const CASES: Readonly<Record<string, number>> = {
  'rml-core': 76,
  'rml-io': 73,
  'rml-fnml': 20,
  'rml-cc': 35,
  'rml-lv': 41,
  'rml-legacy': 144,
};

describeWithData('RML conformance', () => {
  for (const [name, total] of Object.entries(CASES)) {
    it(`${name}: all cases but the expected failures`, async () => {
      const suite = rmlSuites.find((candidate) => candidate.name === name)!;
      const { tally, remarks, ok } = await runCases(
        suite.name,
        await suite.load(),
        expectedFailures(suite.name),
      );
      equal(ok, true, remarks.join('\n'));
      equal(tally.total, total);
    });
  }
});

describe('conformance runs', () => {
  const passing = { id: 'a', title: 'a', run: () => Promise.resolve('passed' as const) };
  const failing = { id: 'b', title: 'b', run: () => Promise.reject(new Error('broken')) };
  const skipping = { id: 'c', title: 'c', run: () => Promise.resolve({ skipped: 'no data' }) };
  const runs = {
    'no case': [[], {}, false],
    'all pass': [[passing], {}, true],
    'one fails': [[passing, failing], {}, false],
    'one fails as expected': [[passing, failing], { b: 'known' }, true],
    'an expected failure passes': [[passing], { a: 'known' }, false],
    'an expected failure is no case': [[passing], { z: 'known' }, false],
    'one is skipped without being expected': [[passing, skipping], {}, false],
  } as const;
  for (const [title, [cases, expected, ok]] of Object.entries(runs)) {
    it(`${title}: ${ok ? 'good' : 'bad'}`, async () => {
      const run = await runCases('some', cases, expected);
      equal(run.ok, ok);
      const { passed, failed, skipped, total } = run.tally;
      deepEqual([passed + failed + skipped, total], [cases.length, cases.length]);
    });
  }
});

describeWithData('the LDAP mapping of aerOS', () => {
  it('gives its knowledge graph, read from where we say', async () => {
    const plan = compileMapping(readData('aeros', 'ldap', 'mappings.ttl'), { name: 'mappings.ttl' });
    const overrides = new Map([['http://ldap-collector:63300/ldap.json', 'ldap.json']]);
    const opened: (string | undefined)[] = [];
    const quads: RDF.Quad[] = [];
    const access = {
      open: (source: (typeof plan.sources)[number]): SourceData => {
        const file = overrideOf(source, overrides);
        opened.push(file);
        return textData(readData('aeros', 'ldap', file ?? ''));
      },
    };
    for await (const quad of runMapping(plan, access, { strict: true })) quads.push(quad);
    const text = readData('aeros', 'ldap', 'knowledge-graph.nt');
    equal(await isomorphic(quads, parseTurtleFamily(text, { format: 'n-triples' }).quads), true);
    equal(quads.length, 70);
    deepEqual(opened, ['ldap.json']);
  });
});
