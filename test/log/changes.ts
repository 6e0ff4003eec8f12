/** Changes made up for tests of the log. */
import type { Change } from '../../src/log/change.ts';
import { blankNode, literal, namedNode, quad, type RDF, typed } from '../../src/rdf/terms.ts';

export function changeOf(seq: number, extra: Partial<Change> = {}): Change {
  return {
    seq,
    at: new Date(1_700_000_000_000 + seq).toISOString(),
    cause: { kind: 'admin', principal: 'test', tenant: 'default' },
    added: [quad(namedNode(`urn:e:${seq}`), namedNode('urn:p'), typed(seq, 'integer'))],
    removed: [],
    ...extra,
  };
}

/** One term of every kind, with characters that are awkward in some notation. */
export const awkwardQuads: readonly RDF.Quad[] = [
  quad(namedNode('urn:s'), namedNode('urn:p'), literal('line\nfeed "quoted" \\ \u0001 ü 😀')),
  quad(namedNode('urn:s'), namedNode('urn:p'), literal('Farbe', 'de-AT'), namedNode('urn:g')),
  quad(blankNode('b0'), namedNode('urn:p'), typed('02', 'integer'), blankNode('g')),
  quad(namedNode('urn:s'), namedNode('urn:p'), literal('a"b', namedNode('urn:dt'))),
  quad(namedNode('urn:s'), namedNode('urn:p'), literal('')),
];
