/**
 * The canonical form of a dataset, by which tests compare what was written with what was wanted. Order and the
 * labels of blank nodes never carry meaning here.
 */
import { canonize } from 'rdf-canonize';
import { distinctQuads } from '../../src/rdf/dataset.ts';
import { type RDF, toNQuads } from '../../src/rdf/terms.ts';

/** Blank nodes that look alike are compared at most (their number)^2 times deep: two that name each other need it. */
const WORK_FACTOR = 2;

/**
 * The canonical N-Quads document of a dataset (RDF Dataset Canonicalization, RDFC-1.0).
 * Equal texts mean isomorphic datasets.
 */
export async function canonicalNQuads(quads: Iterable<RDF.Quad>): Promise<string> {
  const distinct = distinctQuads(quads);
  if (!distinct.some(hasBlankNode)) {
    return distinct
      .map((q) => `${toNQuads(q)}\n`)
      .sort()
      .join('');
  }
  return canonize(distinct, { algorithm: 'RDFC-1.0', maxWorkFactor: WORK_FACTOR });
}

/** Whether two datasets differ only in the labels of their blank nodes. */
export async function isomorphic(a: Iterable<RDF.Quad>, b: Iterable<RDF.Quad>): Promise<boolean> {
  const [left, right] = await Promise.all([canonicalNQuads(a), canonicalNQuads(b)]);
  return left === right;
}

function hasBlankNode(q: RDF.Quad): boolean {
  return (
    q.subject.termType === 'BlankNode' ||
    q.object.termType === 'BlankNode' ||
    q.graph.termType === 'BlankNode'
  );
}
