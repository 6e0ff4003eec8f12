import { ok } from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from 'n3';
import { distinctQuads } from '../../src/rdf/dataset.ts';
import { dataFactory, namedNode, quad, type RDF } from '../../src/rdf/terms.ts';
import { dataPath, describeWithData } from '../data.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';
import { interpret } from './oracle/oracle.ts';

/** Stands for a space in IRIs: one output has an IRI with a space, which no parser takes. */
const SPACE = '\u2420';

const parseQuads = (text: string): RDF.Quad[] =>
  new Parser({ format: 'N-Quads', factory: dataFactory }).parse(
    text.replaceAll(/<[^>]*>/g, (iri) => iri.replaceAll(' ', SPACE)),
  );

const withoutSpaces = ({ subject, predicate, object, graph }: RDF.Quad): RDF.Quad =>
  quad(
    subject.termType === 'NamedNode' ? namedNode(subject.value.replaceAll(' ', SPACE)) : subject,
    predicate,
    object.termType === 'NamedNode' ? namedNode(object.value.replaceAll(' ', SPACE)) : object,
    graph,
  );

describeWithData('the oracle', () => {
  const folder = dataPath('rml', 'rml-core');
  const cases = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'output.nq')));

  it(`gives the expected output of all ${cases.length} cases of RML-Core that have one`, async () => {
    ok(cases.length >= 55, `only ${cases.length} cases`);
    const wrong: string[] = [];
    for (const name of cases) {
      const text = (file: string): string => readFileSync(join(folder, name, file), 'utf8');
      const files = readdirSync(join(folder, name)).filter((file) => /\.(?:json|csv)$/.test(file));
      const sources = Object.fromEntries(files.map((file) => [file, text(file)]));
      try {
        const { quads } = interpret({
          mapping: text('mapping.ttl'),
          sources,
          baseIRI: 'http://example.com/',
        });
        const made = await canonicalNQuads(distinctQuads(quads.map(withoutSpaces)));
        if (made !== (await canonicalNQuads(parseQuads(text('output.nq'))))) wrong.push(name);
      } catch (thrown) {
        wrong.push(`${name}: ${String(thrown)}`);
      }
    }
    ok(wrong.length === 0, wrong.join('\n'));
  });
});
