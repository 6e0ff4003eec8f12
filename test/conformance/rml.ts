/**
 * Conformance of the mapping engine: folders of cases as the RML test suites have them.
 *
 * A case is a folder with `mapping.ttl`, its inputs and the expected graph in `output.nq` or `default.nq`. It
 * expects an error when the metadata of the suite say so; where they say nothing, when it has no expected graph.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { FabricError, messageOf } from '../../src/errors.ts';
import { runMapping, type SourceAccess } from '../../src/mapping/map.ts';
import { compileMapping, type LogicalSource } from '../../src/mapping/plan.ts';
import type { Diagnostic } from '../../src/mapping/record.ts';
import { textData } from '../../src/mapping/reference/text.ts';
import { canonicalNQuads, isomorphic } from '../../src/rdf/dataset.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import { namedNode, quad, type RDF } from '../../src/rdf/terms.ts';
import { dataPath } from '../data.ts';
import type { Case, Outcome, Suite } from './suite.ts';

/** The base IRI of suites that name none, unless the mapping declares its own. */
const SUITE_BASE = 'http://example.com/';

export const rmlSuites: readonly Suite[] = [
  { name: 'rml-core', load: (dir) => loadCases(dir ?? dataPath('rml', 'rml-core')) },
];

interface CaseFolder {
  readonly path: string;
  readonly metadata: Metadata | undefined;
}

/** What a suite says of a case. */
interface Metadata {
  readonly title: string | undefined;
  readonly error: boolean | undefined;
  readonly baseIRI: string | undefined;
}

/** The cases below a folder, or the folder itself when it is a case. */
async function loadCases(dir: string): Promise<readonly Case[]> {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new Error(`There is no folder ${dir}`);
  const isCase = (path: string): boolean => existsSync(join(path, 'mapping.ttl'));
  const folders = isCase(dir)
    ? [dir]
    : readdirSync(dir)
        .sort()
        .map((name) => join(dir, name))
        .filter(isCase);
  const metadata = new Map([...readMetadata(dirname(dir)), ...readMetadata(dir)]);
  return Promise.resolve(
    folders.map((path) => toCase({ path, metadata: metadata.get(basename(path)) ?? ownManifest(path) })),
  );
}

function toCase(folder: CaseFolder): Case {
  return {
    id: basename(folder.path),
    title: folder.metadata?.title ?? basename(folder.path),
    run: () => runCase(folder),
  };
}

/** `metadata.csv` or `manifest.ttl` of a suite, by case id. */
function readMetadata(dir: string): ReadonlyMap<string, Metadata> {
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

const ownManifest = (path: string): Metadata | undefined => {
  const manifest = join(path, 'manifest.ttl');
  if (!existsSync(manifest)) return undefined;
  const found = readManifest(manifest);
  return found.get(basename(path)) ?? found.values().next().value;
};

async function runCase({ path, metadata }: CaseFolder): Promise<Outcome> {
  const expected = ['output.nq', 'default.nq']
    .map((name) => join(path, name))
    .find((file) => existsSync(file));
  const errorExpected = metadata?.error ?? expected === undefined;
  const mapped = await mapFolder(path, metadata?.baseIRI);
  if (errorExpected)
    return 'error' in mapped ? 'passed' : { failed: `an error is expected, ${mapped.length} quads came` };
  if ('error' in mapped) return { failed: mapped.error };
  if (expected === undefined) return { failed: 'no error is expected, yet there is no expected graph' };
  const wanted = parseLeniently(readFileSync(expected, 'utf8'), expected);
  if (await isomorphic(mapped, wanted)) return 'passed';
  return { failed: await difference(mapped, wanted) };
}

const DECLARES_BASE = /^\s*@?base\s/im;

/** A refusal of the engine is an outcome; anything else that is thrown is a fault of ours and fails the case. */
async function mapFolder(
  path: string,
  baseIRI: string | undefined,
): Promise<RDF.Quad[] | { readonly error: string }> {
  const text = readFileSync(join(path, 'mapping.ttl'), 'utf8');
  const access: SourceAccess = { open: (source) => textData(readSource(path, source)) };
  try {
    const base = baseIRI ?? (DECLARES_BASE.test(text) ? undefined : SUITE_BASE);
    const plan = compileMapping(text, {
      name: 'mapping.ttl',
      ...(base === undefined ? {} : { baseIRI: base }),
    });
    const quads: RDF.Quad[] = [];
    // The legacy suite leaves out the triples of an IRI that data break; the suites of today want an error.
    const onDiagnostic = ({ code, message }: Diagnostic): void => {
      if (code !== 'iri-invalid') throw new FabricError('mapping-failed', message);
    };
    const options = { strict: !plan.legacy, onDiagnostic };
    for await (const mapped of runMapping(plan, access, options)) quads.push(mapped);
    return quads;
  } catch (thrown) {
    if (thrown instanceof FabricError) return { error: `${thrown.type}: ${thrown.message}` };
    throw thrown;
  }
}

function readSource(folder: string, source: LogicalSource): string {
  const path = join(folder, source.location ?? '');
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new FabricError(
      'mapping-failed',
      `Source "${source.location}" cannot be read: ${messageOf(thrown)}`,
    );
  }
}

/** Suites expect IRIs that N-Quads forbids (UnsafeIRI with a space): such characters are let through. */
function parseLeniently(text: string, source: string): readonly RDF.Quad[] {
  const hidden = text.replace(/<[^<>"{}|^`\\\n]*>/g, (iri) => iri.replaceAll(' ', SPACE));
  const { quads } = parseTurtleFamily(hidden, { format: 'n-quads', source });
  if (hidden === text) return quads;
  const shown = <T extends RDF.Term>(term: T): T | RDF.NamedNode =>
    term.termType === 'NamedNode' ? namedNode(term.value.replaceAll(SPACE, ' ')) : term;
  return quads.map((q) => quad(shown(q.subject), shown(q.predicate), shown(q.object), shown(q.graph)));
}

/** Stands for a space while parsing; a character that no data has. */
const SPACE = '\u{EFFFD}';

async function difference(mapped: readonly RDF.Quad[], wanted: readonly RDF.Quad[]): Promise<string> {
  const [left, right] = await Promise.all([canonicalNQuads(mapped), canonicalNQuads(wanted)]);
  const [ours, theirs] = [left.split('\n'), right.split('\n')];
  const surplus = ours.filter((line) => !theirs.includes(line)).map((line) => `    + ${line}`);
  const missing = theirs.filter((line) => !ours.includes(line)).map((line) => `    - ${line}`);
  return ['the graph differs', ...surplus.slice(0, 5), ...missing.slice(0, 5)].join('\n');
}
