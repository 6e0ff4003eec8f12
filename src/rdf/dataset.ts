/**
 * Sets of quads: difference, canonical form, isomorphism. Order never carries meaning here.
 */
import { canonize } from 'rdf-canonize';
import { quadKey, type RDF, toNQuads } from './terms.ts';

export interface QuadDelta {
  readonly added: readonly RDF.Quad[];
  readonly removed: readonly RDF.Quad[];
}

/** What has to be added to and removed from `before` to make it `after`; duplicates count once. */
export function diffQuads(before: Iterable<RDF.Quad>, after: Iterable<RDF.Quad>): QuadDelta {
  const old = new Map<string, RDF.Quad>();
  for (const q of before) old.set(quadKey(q), q);
  const added: RDF.Quad[] = [];
  const seen = new Set<string>();
  for (const q of after) {
    const key = quadKey(q);
    if (seen.has(key)) continue;
    seen.add(key);
    if (!old.delete(key)) added.push(q);
  }
  return { added, removed: [...old.values()] };
}

/** `quads` without duplicates, in the order of first appearance. */
export function distinctQuads(quads: Iterable<RDF.Quad>): RDF.Quad[] {
  const seen = new Map<string, RDF.Quad>();
  for (const q of quads) {
    const key = quadKey(q);
    if (!seen.has(key)) seen.set(key, q);
  }
  return [...seen.values()];
}

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
