/** Language tags stay as they were written and compare without regard to case (RDF 1.1 Concepts, 3.3). */
import assert from 'node:assert/strict';
import type { RdfFormat } from '../../src/rdf/formats.ts';
import { parseRdf } from '../../src/rdf/parse.ts';
import { serialiseRdf } from '../../src/rdf/serialise.ts';
import { decodeTerm, encodeTerm, literal, termKey } from '../../src/rdf/terms.ts';

/** jsonld normalises tags to lower case, as JSON-LD 1.1 allows. */
const FORMATS: readonly RdfFormat[] = ['turtle', 'trig', 'n-triples', 'n-quads', 'rdf-xml'];

describe('language tags', () => {
  for (const format of FORMATS) {
    it(`stay as they are in ${format}`, async () => {
      const quads = await parseRdf('<urn:s> <http://example.org/p> "Farbe"@de-AT .', { format: 'turtle' });
      const [read] = await parseRdf(await serialiseRdf(quads, format), { format });
      assert.ok(read?.object.termType === 'Literal');
      assert.equal(read.object.language, 'de-AT');
    });
  }

  it('are compared without regard to case', () => {
    const [lower, mixed] = [literal('Farbe', 'de-at'), literal('Farbe', 'de-AT')];
    assert.ok(lower.equals(mixed) && mixed.equals(lower));
    assert.equal(termKey(lower), termKey(mixed));
    assert.ok(!mixed.equals(literal('Farbe')) && !literal('Farbe').equals(mixed));
    assert.equal(encodeTerm(decodeTerm(encodeTerm(mixed))), encodeTerm(mixed));
  });
});
