/**
 * Result formats: what is written is read back by independent readers, and the edges are as the standards say.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FabricError } from '../../src/errors.ts';
import { blankNode, literal, namedNode, type Term, typed } from '../../src/rdf/terms.ts';
import type { QueryResult } from '../../src/sparql/result.ts';
import { serialiseResult } from '../../src/sparql/serialise.ts';
import { readResult, sameTable, type Table } from './result-files.ts';

const text = fc.string({
  unit: fc.constantFrom('a', '"', "'", '\\', '\n', '\r', '\t', ',', '<', '&', ' ', 'é', '😀', '@'),
});
const someTerm: fc.Arbitrary<Term | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom('urn:x:a', 'http://example.org/?q=1&r=%20#f').map(namedNode),
  fc.constantFrom('b0', 'b1').map(blankNode),
  text.map((value) => literal(value)),
  text.map((value) => literal(value, 'en-GB')),
  fc.integer().map((value) => typed(value, 'integer')),
);
const someTable: fc.Arbitrary<Table> = fc
  .array(fc.tuple(someTerm, someTerm), { maxLength: 5 })
  .map((rows) => ({ kind: 'select', variables: ['x', 'y'], rows }));

describe('sparql: result formats', () => {
  for (const [format, ending] of [
    ['json', 'srj'],
    ['xml', 'srx'],
    ['tsv', 'tsv'],
  ] as const) {
    it(`writes ${format} that reads back as the same solutions`, async () => {
      await fc.assert(
        fc.asyncProperty(someTable, async (table) => {
          const read = readResult(serialiseResult(table, format), ending) as Table;
          assert.ok(await sameTable(table, read, true));
        }),
        { numRuns: 100 },
      );
    });
  }

  it('writes CSV without types, quoted where it must be', () => {
    const rows = [
      [namedNode('urn:x:a'), literal('a "b", c')],
      [undefined, blankNode('n')],
      [typed(1, 'integer'), literal('')],
    ];
    const csv = serialiseResult({ kind: 'select', variables: ['x', 'y'], rows }, 'csv');
    assert.equal(csv, 'x,y\r\nurn:x:a,"a ""b"", c"\r\n,_:n\r\n1,\r\n');
  });

  it('writes ASK answers in JSON and XML, and refuses them in CSV and TSV', () => {
    const ask: Extract<QueryResult, { kind: 'ask' }> = { kind: 'ask', value: true };
    assert.deepEqual(readResult(serialiseResult(ask, 'json'), 'srj'), ask);
    assert.deepEqual(readResult(serialiseResult(ask, 'xml'), 'srx'), ask);
    for (const format of ['csv', 'tsv'] as const) {
      assert.throws(
        () => serialiseResult(ask, format),
        (error) => error instanceof FabricError && error.type === 'not-acceptable',
      );
    }
  });
});
