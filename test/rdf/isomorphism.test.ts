/** Datasets that differ only in the labels of their blank nodes, where many look alike. */
import { equal } from 'node:assert/strict';
import { blankNode, namedNode, quad, type RDF } from '../../src/rdf/terms.ts';
import { isomorphic } from './canonical.ts';

const knows = namedNode('http://example.org/knows');
const ring = (labels: readonly string[]): RDF.Quad[] =>
  labels.map((label, i) => quad(blankNode(label), knows, blankNode(labels[(i + 1) % labels.length]!)));

describe('isomorphism', () => {
  for (const labels of [['a'], ['a', 'b'], ['a', 'b', 'c', 'd']]) {
    it(`${labels.length} blank nodes in a ring`, async () => {
      const others = labels.map((label) => `other${label}`);
      equal(await isomorphic(ring(labels), ring(others.reverse())), true);
      equal(await isomorphic(ring(labels), ring([...others, 'more'])), false);
    });
  }
});
