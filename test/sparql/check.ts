/**
 * One check for the answers of the engine: rows as short texts, in their order where it is said.
 */
import assert from 'node:assert/strict';
import type { Term } from '../../src/rdf/terms.ts';
import { toNTriples } from '../../src/rdf/terms.ts';
import type { QueryOptions, SparqlEngine } from '../../src/sparql/engine.ts';
import type { QueryResult } from '../../src/sparql/result.ts';
import type { GraphView } from '../../src/store/graph-view.ts';

/** `urn:x:a` as `a`, `"1"^^xsd:integer` as `1`. */
export function short(term: Term | undefined): string {
  if (term === undefined) return '-';
  if (term.termType === 'NamedNode') return term.value.replace(/^urn:x:/, '');
  if (term.termType === 'Literal' && term.datatype.value.endsWith('#integer')) return term.value;
  return toNTriples(term).replace(/\^\^<http:\/\/www\.w3\.org\/2001\/XMLSchema#(\w+)>/, '^$1');
}

export function shortRows(result: QueryResult): string[] {
  switch (result.kind) {
    case 'ask':
      return [String(result.value)];
    case 'graph':
      return result.quads
        .map((q) => [q.subject, q.predicate, q.object].map((term) => short(term as Term)).join(' '))
        .sort();
    case 'select':
      return result.rows.map((row) => row.map(short).join(' '));
  }
}

export interface CheckOptions extends QueryOptions {
  /** Whether the order of the rows is said by the query. */
  readonly ordered?: boolean;
}

/** The query gives these rows. */
export async function checkQuery(
  engine: SparqlEngine,
  view: GraphView,
  query: string,
  expected: readonly string[],
  { ordered = false, ...options }: CheckOptions = {},
): Promise<void> {
  const result = await engine.query(engine.parse(query), view, options);
  const rows = shortRows(result);
  assert.deepEqual(ordered ? rows : rows.sort(), ordered ? [...expected] : [...expected].sort(), query);
}
