/**
 * Sets of quads: difference, and quads without duplicates. Order never carries meaning here.
 */
import { quadKey, type RDF } from './terms.ts';

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
