/**
 * The shipped mappings over their samples: mapping, then crosswalk, gives the expected quads, and a batch
 * says the same as its records one by one.
 *
 * With UPDATE_EXPECT=1 the expected files are written anew; read the difference before it is kept.
 */
import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { mapRecord, runMapping } from '../../src/mapping/map.ts';
import { compileMapping, type MappingPlan } from '../../src/mapping/plan.ts';
import type { Diagnostic } from '../../src/mapping/record.ts';
import { blankNode, type RDF } from '../../src/rdf/terms.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';
import { textData } from '../text-data.ts';
import { crosswalk, ontology, ROOT } from './tables.ts';

const SAMPLES = join(ROOT, 'mappings', 'samples');
const NAMES = globSync('*.rml.ttl', { cwd: join(ROOT, 'mappings') }).map((file) =>
  basename(file, '.rml.ttl'),
);

function load(name: string): MappingPlan {
  const text = readFileSync(join(ROOT, 'mappings', `${name}.rml.ttl`), 'utf8');
  return compileMapping(text, { name });
}

const sampleText = (name: string, location: string | undefined): string =>
  readFileSync(join(SAMPLES, name, location ?? ''), 'utf8');

async function batch(name: string): Promise<{ quads: RDF.Quad[]; diagnostics: Diagnostic[] }> {
  const access = {
    open: (source: { location: string | undefined }) => textData(sampleText(name, source.location)),
  };
  const diagnostics: Diagnostic[] = [];
  const onDiagnostic = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const quads: RDF.Quad[] = [];
  for await (const q of runMapping(load(name), access, { strict: true, onDiagnostic })) quads.push(q);
  return { quads, diagnostics };
}

/** The documents that a source would yield as records of their own. */
function documents(name: string): unknown[] {
  const location = load(name).sources[0]?.location ?? '';
  const text = sampleText(name, location);
  if (location.endsWith('.csv')) return parseCsv(text, { columns: true });
  const parts = location.endsWith('.ndjson') ? text.trimEnd().split('\n') : [text];
  return parts.map((part) => JSON.parse(part) as unknown);
}

describe('mappings', () => {
  it('each has its samples', () => {
    assert.deepEqual([...NAMES].sort(), readdirSync(SAMPLES).sort());
    assert.ok(NAMES.length >= 6);
  });

  it('state only classes and predicates that the ontology or the crosswalk knows, or other vocabularies', () => {
    const known = new Set(ontology().map((q) => q.subject.value));
    const { properties, classes } = crosswalk.tables;
    for (const row of properties) for (const name of row.names.v100) known.add(name.iri);
    for (const row of classes) known.add(row.canonical);
    const own = /^https:\/\/w3id\.org\/(aerOS\/continuum|continuum-fabric\/ns)#/;
    for (const name of NAMES) {
      const plan = load(name);
      const used = [...plan.classes, ...plan.predicates].filter((iri) => own.test(iri));
      assert.deepEqual(
        used.filter((iri) => !known.has(iri)),
        [],
        name,
      );
    }
  });

  for (const name of NAMES) {
    describe(name, () => {
      it('gives the expected quads', async () => {
        const { quads, diagnostics } = await batch(name);
        assert.deepEqual(diagnostics, []);
        const actual = await canonicalNQuads(crosswalk.canonicalise(quads).quads);
        const path = join(SAMPLES, name, 'expected.nq');
        if (process.env['UPDATE_EXPECT'] !== undefined) writeFileSync(path, actual);
        assert.ok(actual.length > 0);
        assert.equal(actual, readFileSync(path, 'utf8'));
      });

      it('gives the same record by record', async () => {
        const plan = load(name);
        const mapped = documents(name).map((document) =>
          mapRecord(plan, document, { strict: true, blankNode }),
        );
        assert.deepEqual(
          mapped.flatMap(({ diagnostics }) => diagnostics),
          [],
        );
        assert.equal(
          await canonicalNQuads(mapped.flatMap(({ quads }) => quads)),
          await canonicalNQuads((await batch(name)).quads),
        );
      });
    });
  }

  for (const [json, csv] of [
    ['telemetry', 'telemetry-csv'],
    ['network-links', 'network-links-csv'],
  ] as const) {
    it(`${json} and ${csv} say the same of the same readings`, () => {
      assert.equal(sampleText(json, 'expected.nq'), sampleText(csv, 'expected.nq'));
    });
  }

  it('the password of a directory entry is never read', () => {
    assert.match(sampleText('ldap', 'ldap.json'), /userPassword/);
    assert.doesNotMatch(sampleText('ldap', 'expected.nq'), /never-read/);
  });
});
