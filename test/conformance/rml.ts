/**
 * Conformance of the mapping engine: folders of cases as the RML test suites have them.
 *
 * A case is a folder with `mapping.ttl`, its inputs, the expected graph in `output.nq` or `default.nq`, and for
 * targets the expected files `dump*`. It expects an error when the metadata of the suite say so; where they say
 * nothing, when it has no expected graph. Its vocabulary, and so how strictly it is run, is that of the mapping.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FabricError } from '../../src/errors.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import type { Diagnostic } from '../../src/mapping/record.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import { namedNode, quad, type RDF } from '../../src/rdf/terms.ts';
import { createSourceAccess } from '../../src/source/rml/access.ts';
import { createServices } from '../../src/source/rml/services.ts';
import { dataPath } from '../data.ts';
import { canonicalNQuads, isomorphic } from '../rdf/canonical.ts';
import { expectsError, type Metadata, ownManifest, readMetadata, SUITE_BASE } from './rml-metadata.ts';
import { startStandIns } from './stand-ins.ts';
import type { Case, Outcome, Suite } from './suite.ts';
import { compareDumps, type MappedToTargets, mapToTargets } from './targets.ts';
import { serveFolder } from './web-files.ts';

/**
 * The folder of each suite below the test data, and the base IRI of its cases. A case may have its own in the
 * metadata or in its mapping; that of the collections is known by the graphs that the suite expects alone.
 */
const SUITES = {
  'rml-core': { folder: 'rml-core', base: SUITE_BASE },
  'rml-io': { folder: 'rml-io', base: SUITE_BASE },
  'rml-fnml': { folder: 'rml-fnml', base: SUITE_BASE },
  'rml-cc': { folder: 'rml-cc', base: `${SUITE_BASE}base/` },
  'rml-lv': { folder: 'rml-lv', base: SUITE_BASE },
  'rml-legacy': { folder: 'legacy', base: SUITE_BASE },
} as const;

export const rmlSuites: readonly Suite[] = Object.entries(SUITES).map(([name, { folder, base }]) => ({
  name,
  load: (dir) => loadCases(dir ?? dataPath('rml', folder), base),
}));

interface CaseFolder {
  readonly path: string;
  readonly metadata: Metadata | undefined;
  /** Where neither metadata nor mapping have one. */
  readonly base: string;
}

/** The cases below a folder, or the folder itself when it is a case. */
async function loadCases(dir: string, base: string): Promise<readonly Case[]> {
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
    folders.map((path) =>
      toCase({ path, metadata: metadata.get(basename(path)) ?? ownManifest(path), base }),
    ),
  );
}

function toCase(folder: CaseFolder): Case {
  return {
    id: basename(folder.path),
    title: folder.metadata?.title ?? basename(folder.path),
    run: () => runCase(folder),
  };
}

async function runCase(folder: CaseFolder): Promise<Outcome> {
  const { path, metadata } = folder;
  const id = basename(path);
  const expected = ['output.nq', 'default.nq']
    .map((name) => join(path, name))
    .find((file) => existsSync(file));
  const errorExpected = expectsError(id, metadata, expected !== undefined);
  const mapped = await mapFolder(folder);
  if ('error' in mapped) return errorExpected ? 'passed' : { failed: mapped.error };
  try {
    if (errorExpected) return { failed: `an error is expected, ${mapped.quads.length} quads came` };
    if (expected === undefined) return { failed: 'no error is expected, yet there is no expected graph' };
    const wanted = parseLeniently(readFileSync(expected, 'utf8'), expected);
    if (!(await isomorphic(mapped.quads, wanted))) return { failed: await difference(mapped.quads, wanted) };
    const dumps = await compareDumps(id, path, mapped.folder);
    return dumps === undefined ? 'passed' : { failed: dumps };
  } finally {
    mapped.remove();
  }
}

const DECLARES_BASE = /^\s*@?base\s/im;

/** A refusal of the engine is an outcome; anything else that is thrown is a fault of ours and fails the case. */
async function mapFolder(folder: CaseFolder): Promise<MappedToTargets | { readonly error: string }> {
  const { path, metadata } = folder;
  const standIns = await startStandIns(path, readFileSync(join(path, 'mapping.ttl'), 'utf8'));
  const files = await serveFolder(path);
  try {
    const { text } = standIns;
    const base = metadata?.baseIRI ?? (DECLARES_BASE.test(text) ? undefined : folder.base);
    const plan = compileMapping(text, {
      name: 'mapping.ttl',
      ...(base === undefined ? {} : { baseIRI: base }),
    });
    const settings = {
      mappingDirectory: path,
      workingDirectory: path,
      allowedRoots: [path, ...standIns.roots],
      allowedOrigins: [...standIns.origins, files.origin],
    };
    await using services = createServices(settings);
    const { open, queryFile } = services;
    const access = createSourceAccess({
      ...settings,
      overrides: files.addressesOf(plan.sources),
      open,
      queryFile,
    });
    // The legacy suite leaves out the triples of an IRI that data break; the suites of today want an error.
    const onDiagnostic = ({ code, message }: Diagnostic): void => {
      if (plan.legacy && code !== 'iri-invalid') throw new FabricError('mapping-failed', message);
    };
    const onUnmatched = plan.legacy ? { onUnmatched: onDiagnostic } : {};
    return await mapToTargets(plan, access, { strict: !plan.legacy, onDiagnostic, ...onUnmatched });
  } catch (thrown) {
    if (thrown instanceof FabricError) return { error: `${thrown.type}: ${thrown.message}` };
    throw thrown;
  } finally {
    await files.close();
    await standIns.close();
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
