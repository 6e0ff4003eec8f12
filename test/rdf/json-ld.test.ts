/** JSON-LD, as it is read: what a literal is written as is what it is. */
import { deepEqual } from 'node:assert/strict';
import { parseRdf } from '../../src/rdf/parse.ts';
import { NS } from '../../src/rdf/vocab.ts';

const DOUBLE = `${NS.xsd}double`;
const P = 'http://example.org/p';

async function objectsOf(document: object): Promise<string[]> {
  const quads = await parseRdf(JSON.stringify(document), { format: 'json-ld' });
  return quads.flatMap(({ object }) =>
    object.termType === 'Literal' && object.datatype.value === DOUBLE ? [object.value] : [],
  );
}

describe('JSON-LD', () => {
  const TEXTS = ['2e0', '1.50', 'INF', '-INF', 'NaN', '1', 'no number'];
  const value = (text: string | number): object => ({ '@value': text, '@type': DOUBLE });
  const PLACES: Readonly<Record<string, (values: readonly object[]) => object>> = {
    'of a property': (values) => ({ '@id': 'urn:s', [P]: values }),
    'of a list': (values) => ({ '@id': 'urn:s', [P]: { '@list': values } }),
    'of a graph': (values) => ({ '@id': 'urn:g', '@graph': [{ '@id': 'urn:s', [P]: values }] }),
  };
  for (const [place, documentOf] of Object.entries(PLACES)) {
    it(`keeps the texts of doubles ${place}`, async () => {
      deepEqual((await objectsOf(documentOf(TEXTS.map(value)))).sort(), [...TEXTS].sort());
    });
  }

  it('keeps them where the context gives the datatype', async () => {
    const context = { p: { '@id': P, '@type': DOUBLE } };
    deepEqual(await objectsOf({ '@context': context, '@id': 'urn:s', p: ['INF', '1.50'] }), ['INF', '1.50']);
  });

  it('writes numbers as canonical doubles', async () => {
    deepEqual(await objectsOf({ '@id': 'urn:s', [P]: [2.5, value(2)] }), ['2.5E0', '2.0E0']);
  });
});
