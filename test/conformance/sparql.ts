/**
 * Conformance of the SPARQL engine: the evaluation and negative syntax cases of the W3C SPARQL 1.1 suites,
 * with the dataset semantics of the standard.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FabricError, messageOf } from '../../src/errors.ts';
import { formatOfFile } from '../../src/rdf/formats.ts';
import { parseRdf } from '../../src/rdf/parse.ts';
import { quadKey } from '../../src/rdf/terms.ts';
import { Algebra, type ParsedQuery } from '../../src/sparql/algebra.ts';
import type { QueryResult } from '../../src/sparql/result.ts';
import { serialiseResult } from '../../src/sparql/serialise.ts';
import { dataPath } from '../data.ts';
import { isomorphic } from '../rdf/canonical.ts';
import { engineOf, viewOf } from '../sparql/fixture.ts';
import { readResult, sameTable } from '../sparql/result-files.ts';
import { type ManifestCase, readDataset, readManifest } from './sparql-manifest.ts';
import type { Case, Outcome, Suite } from './suite.ts';

/** One engine for all cases; its statistics tell how many queries went to the general engine. */
export const engine = engineOf({ prefixes: {} });

export const sparqlSuites: readonly Suite[] = [
  { name: 'sparql-query', load: (dir) => load(dir, 'manifest-sparql11-query.ttl', ['syntax-query']) },
  {
    name: 'sparql-update',
    load: (dir) => load(dir, 'manifest-sparql11-update.ttl', ['syntax-update-1', 'syntax-update-2']),
  },
];

/** The cases of the suite, or those of `manifest.ttl` in another folder. */
function load(dir: string | undefined, name: string, leaveOut: readonly string[]): Promise<readonly Case[]> {
  const folder = dir ?? dataPath('sparql', 'sparql11');
  const path = [name, 'manifest.ttl'].map((file) => join(folder, file)).find((file) => existsSync(file));
  if (path === undefined) throw new Error(`There is no manifest in ${folder}`);
  return Promise.resolve(
    readManifest(path, leaveOut).map((each) => ({ id: each.id, title: each.title, run: () => run(each) })),
  );
}

async function run(each: ManifestCase): Promise<Outcome> {
  const text = readFileSync(each.request.path, 'utf8');
  const kind = each.kind.endsWith('update') ? 'update' : 'query';
  const parse = (): ParsedQuery => engine.parse(text, { baseIRI: each.request.iri, kind });
  switch (each.kind) {
    case 'negative-query':
    case 'negative-update':
      return refuses(parse);
    case 'update':
      return runUpdate(each, parse());
    case 'query':
    case 'csv':
      return runQuery(each, parse());
  }
}

function refuses(parse: () => unknown): Outcome {
  try {
    parse();
    return { failed: 'the text was taken' };
  } catch (thrown) {
    return thrown instanceof FabricError && thrown.type === 'syntax-error'
      ? 'passed'
      : { failed: `refused by ${messageOf(thrown)}` };
  }
}

async function runQuery(each: ManifestCase, parsed: ParsedQuery): Promise<Outcome> {
  const view = viewOf(await readDataset(each.data));
  const result = await engine.query(parsed, view);
  const { path, iri } = each.result!;
  const text = readFileSync(path, 'utf8');
  if (result.kind === 'graph') {
    const expected = await parseRdf(text, { format: formatOfFile(path) ?? 'turtle', baseIRI: iri });
    return (await isomorphic(expected, result.quads)) ? 'passed' : { failed: 'another graph' };
  }
  const ending = path.split('.').at(-1)!;
  const expected = readResult(text, ending, iri);
  // CSV carries no types: both sides are compared as they are written.
  const given =
    each.kind === 'csv' && ending === 'csv' ? readResult(serialiseResult(result, 'csv'), 'csv') : result;
  return compare(expected, given, isOrdered(parsed.operation));
}

async function compare(expected: QueryResult, given: QueryResult, ordered: boolean): Promise<Outcome> {
  if (expected.kind === 'ask') {
    return given.kind === 'ask' && given.value === expected.value ? 'passed' : { failed: 'another truth' };
  }
  const same =
    expected.kind === 'select' && given.kind === 'select' && (await sameTable(expected, given, ordered));
  return same ? 'passed' : { failed: `expected ${show(expected)}, got ${show(given)}` };
}

const show = (result: QueryResult): string =>
  result.kind === 'graph'
    ? 'a graph'
    : serialiseResult(result, result.kind === 'ask' ? 'json' : 'tsv').replaceAll('\n', ' | ');

/** Whether the order of the answer is said by the query. */
function isOrdered(operation: Algebra.Operation): boolean {
  if (operation.type === Algebra.Types.ORDER_BY) return true;
  const { input } = operation as { input?: Algebra.Operation };
  return ['project', 'slice', 'distinct', 'reduced', 'from'].includes(operation.type) && isOrdered(input!);
}

async function runUpdate(each: ManifestCase, parsed: ParsedQuery): Promise<Outcome> {
  const before = await readDataset(each.data);
  const { added, removed } = await engine.update(parsed, viewOf(before), { seq: 2, blankNodePrefix: 'u2_' });
  const gone = new Set(removed.map(quadKey));
  const after = [...before.filter((q) => !gone.has(quadKey(q))), ...added];
  const expected = await readDataset(each.resultData);
  return (await isomorphic(expected, after)) ? 'passed' : { failed: 'another dataset' };
}
