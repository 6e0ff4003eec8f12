/**
 * What a suite says of its cases: `metadata.csv`, `manifest.ttl`, and the few places where both are wrong.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';

/** The base IRI of suites that name none, unless the mapping declares its own. */
export const SUITE_BASE = 'http://example.com/';

/** What a suite says of a case. */
export interface Metadata {
  readonly title: string | undefined;
  readonly error: boolean | undefined;
  readonly baseIRI: string | undefined;
}

/** Whether an error is expected, where the tables of the suites contradict the cases themselves. */
const CORRECTED: readonly { readonly id: RegExp; readonly error: boolean; readonly why: string }[] = [
  {
    id: /^RMLSTC0009a$/,
    error: false,
    why:
      'a header in quotes is good CSV (RFC 4180) and the folder has the graph of its rows; that file is called ' +
      'output.nq, where the table of the suite was made from the files called default.nq',
  },
  {
    id: /^RMLTC0002g-JSON$/,
    error: true,
    why: 'the table leaves the case out; its iterator is no JSONPath, and the file that it names is absent',
  },
  {
    id: /^RMLTC0007h-/,
    error: true,
    why: 'the table says false, its own description says "which is an error"; the expected graph is empty',
  },
];

/** Whether a case expects an error: as corrected, as the suite says, else when it has no expected graph. */
export function expectsError(id: string, metadata: Metadata | undefined, hasGraph: boolean): boolean {
  const corrected = CORRECTED.find((correction) => correction.id.test(id));
  return corrected?.error ?? metadata?.error ?? !hasGraph;
}

/** `metadata.csv` or `manifest.ttl` of a suite, by case id. */
export function readMetadata(dir: string): ReadonlyMap<string, Metadata> {
  const table = join(dir, 'metadata.csv');
  if (existsSync(table)) return readTable(readFileSync(table, 'utf8'));
  return existsSync(join(dir, 'manifest.ttl')) ? readManifest(join(dir, 'manifest.ttl')) : new Map();
}

function readTable(text: string): ReadonlyMap<string, Metadata> {
  const rows = parse<Readonly<Record<string, string>>>(text, {
    columns: true,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
  });
  return new Map(
    rows.map((row) => {
      const error = row['error'] ?? row['error expected?'];
      const metadata: Metadata = {
        title: row['title']?.replaceAll('"', ''),
        error: error === undefined || error === '' ? undefined : error.toLowerCase() === 'true',
        baseIRI: row['base_iri'] === '' ? undefined : row['base_iri'],
      };
      return [row['ID'] ?? row['RML id'] ?? '', metadata] as const;
    }),
  );
}

const IDENTIFIER = 'http://purl.org/dc/terms/identifier';
const TITLE = 'http://purl.org/dc/terms/title';
const HAS_ERROR = 'http://w3id.org/rml/test/hasError';

/** `manifest.ttl` repeats the table in RDF, but for the base IRI. */
function readManifest(path: string): ReadonlyMap<string, Metadata> {
  const text = readFileSync(path, 'utf8');
  const { quads } = parseTurtleFamily(text, { format: 'turtle', source: path, baseIRI: SUITE_BASE });
  const found = new Map<string, Metadata>();
  for (const statements of Map.groupBy(quads, (q) => q.subject.value).values()) {
    const valueOf = (property: string): string | undefined =>
      statements.find(({ predicate }) => predicate.value === property)?.object.value;
    const id = valueOf(IDENTIFIER);
    const error = valueOf(HAS_ERROR);
    if (id === undefined) continue;
    const expectsError = error === undefined ? undefined : error === 'true' || error === '1';
    found.set(id, { title: valueOf(TITLE), error: expectsError, baseIRI: undefined });
  }
  return found;
}

/** The manifest of a case that is alone in its folder. */
export const ownManifest = (path: string): Metadata | undefined => {
  const manifest = join(path, 'manifest.ttl');
  if (!existsSync(manifest)) return undefined;
  const found = readManifest(manifest);
  return found.get(basename(path)) ?? found.values().next().value;
};
