/**
 * The id-space plan against an independent engine: the same random data, the same random queries.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import oxigraph from 'oxigraph';
import { dataFactory, type RDF, type Term, toNQuads } from '../../src/rdf/terms.ts';
import { engineOf, viewOf } from './fixture.ts';
import { someData, someQuery } from './random-query.ts';
import { sameTable, type Table } from './result-files.ts';

const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 300);

function oracle(quads: readonly RDF.Quad[], query: string, variables: readonly string[]): Table {
  const store = new oxigraph.Store();
  store.load(quads.map((q) => `${toNQuads(q)}\n`).join(''), { format: 'application/n-quads' });
  const solutions = store.query(query) as Map<string, oxigraph.Term>[];
  const rows = solutions.map((solution) =>
    variables.map((name) => {
      const term = solution.get(name);
      return term && copy(term);
    }),
  );
  return { kind: 'select', variables, rows };
}

describe('the plan against Oxigraph', () => {
  it(`agrees on ${RUNS} random queries`, async function () {
    this.timeout(RUNS * 200);
    const engine = engineOf({ prefixes: {} });
    let filled = 0;
    await fc.assert(
      fc.asyncProperty(someData, someQuery, async (quads, query) => {
        const result = engine.querySync(engine.parse(query), viewOf(quads));
        assert.equal(result?.kind, 'select', `not planned: ${query}`);
        const expected = oracle(quads, query, result.variables);
        if (expected.rows.length > 0) filled++;
        if (await sameTable(expected, result)) return;
        assert.fail(
          `${query}\n${quads.map(toNQuads).join('\n')}\n${show(expected)}\nbut the plan gives\n${show(result)}`,
        );
      }),
      { numRuns: RUNS, ...(process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }) },
    );
    assert.ok(filled > RUNS / 4, `only ${filled} of ${RUNS} answers were not empty`);
  });
});

const copy = (term: RDF.Term): Term => dataFactory.fromTerm(term as never);

const show = ({ variables, rows }: Table): string =>
  [variables.join(' '), ...rows.map((row) => row.map((term) => term?.value ?? '-').join(' '))].join('\n');
