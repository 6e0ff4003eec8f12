/** Loading a file of quads into an image gives what loading its quads gives, in every format and in pieces of any size. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import fc from 'fast-check';
import { serialiseRdf } from '../../src/rdf/serialise.ts';
import {
  blankNode,
  defaultGraph,
  literal,
  namedNode,
  quad,
  quadKey,
  type RDF,
  typed,
} from '../../src/rdf/terms.ts';
import { Image } from '../../src/store/image/image.ts';
import { type LoadQuadsOptions, loadQuadsIntoImage } from '../../src/store/load-quads.ts';
import { quadsOf } from '../../src/store/lookup.ts';

const keysOf = (image: Image): string[] => {
  using snapshot = image.snapshot();
  return quadsOf(snapshot.view, {}).map(quadKey).sort();
};

const name = fc.constantFrom('a', 'b', 'c', 'é').map((each) => namedNode(`urn:x:${each}`));
const value = fc.oneof(
  name,
  fc.constantFrom('b0', 'b1').map(blankNode),
  fc.string({ unit: 'binary', maxLength: 8 }).map((each) => literal(each)),
  fc.constantFrom('en', 'EN', 'de-at').map((tag) => literal('x', tag)),
  fc.integer().map((each) => typed(each, 'integer')),
  fc.constantFrom('01', '1.50', 'true', 'x').map((each) => typed(each, 'decimal')),
);
const anyQuad: fc.Arbitrary<RDF.Quad> = fc
  .tuple(
    fc.oneof(name, fc.constant(blankNode('b0'))),
    name,
    value,
    fc.oneof(name, fc.constant(defaultGraph())),
  )
  .map(([s, p, o, g]) => quad(s, p, o, g));

function* pieces(text: string, length: number): Generator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

describe('loading quads into an image', () => {
  it('gives the image that the quads give', async () => {
    const formats: readonly LoadQuadsOptions['format'][] = ['n-quads', 'trig'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyQuad, { maxLength: 12 }),
        fc.constantFrom(...formats),
        fc.integer({ min: 1, max: 60 }),
        async (quads, format, length) => {
          const expected = new Image({ graphs: undefined });
          expected.load(quads, 1);
          const image = new Image({ graphs: undefined });
          const loaded = await loadQuadsIntoImage(image, pieces(await serialiseRdf(quads, format), length), {
            format,
          });
          deepEqual(keysOf(image), keysOf(expected));
          equal(loaded.quads, new Set(quads.map(quadKey)).size);
          equal(image.statistics().terms, expected.statistics().terms);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('adds nothing twice, and nothing at all of a text with a fault', async () => {
    const image = new Image({ graphs: undefined });
    const text = '<urn:s> <urn:p> "1" .\n<urn:s> <urn:p> _:b .\n';
    deepEqual(await loadQuadsIntoImage(image, pieces(text, 5), { format: 'n-triples', graph: 'urn:g' }), {
      statements: 2,
      quads: 2,
    });
    const again = await loadQuadsIntoImage(image, pieces(text, 7), { format: 'turtle', graph: 'urn:g' });
    deepEqual(again, { statements: 2, quads: 0 });
    const before = [keysOf(image), image.statistics()];
    await rejects(
      loadQuadsIntoImage(image, pieces(`<urn:t> <urn:p> "2" .\n${text}<urn:t>`, 9), { format: 'n-triples' }),
      {
        type: 'syntax-error',
      },
    );
    deepEqual([keysOf(image), image.statistics()], before);
    const apart = await loadQuadsIntoImage(image, pieces(text, 9), {
      ...{ format: 'n-triples', graph: 'urn:g', blankNodePrefix: 'other_' },
    });
    equal(apart.quads, 1);
  });
});
