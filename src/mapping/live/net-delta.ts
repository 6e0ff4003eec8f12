/**
 * The net change of the graph over one transaction: derivations come and go, quads are told once.
 *
 * What is derived before and after cancels out, whichever record or rule derives it.
 */
import { quadKey, type RDF } from '../../rdf/terms.ts';
import type { Delta } from './live.ts';
import type { QuadCounts } from './quad-counts.ts';

export class NetDelta {
  readonly #counts: QuadCounts;
  /** Quads in the order in which they came and went; one may do so again and again. */
  readonly #come: RDF.Quad[] = [];
  readonly #gone: RDF.Quad[] = [];

  constructor(counts: QuadCounts) {
    this.#counts = counts;
  }

  /** Puts the derivations `after` in the place of `before`. */
  replace(before: readonly RDF.Quad[], after: readonly RDF.Quad[]): void {
    // Most versions of a record differ in a few objects and in no place.
    const aligned = before.length === after.length;
    for (let i = 0; i < after.length; i++) {
      const quad = after[i]!;
      if (aligned && sameQuad(quad, before[i]!)) continue;
      if (this.#counts.retain(quad)) this.#come.push(quad);
    }
    for (let i = 0; i < before.length; i++) {
      const quad = before[i]!;
      if (aligned && sameQuad(quad, after[i]!)) continue;
      if (this.#counts.release(quad)) this.#gone.push(quad);
    }
  }

  delta(): Delta {
    if (this.#come.length === 0 || this.#gone.length === 0) return { added: this.#come, removed: this.#gone };
    // A quad comes and goes in turns, so what is left of both is one of it at most.
    const gone = new Map<string, RDF.Quad[]>();
    for (const quad of this.#gone) {
      const key = quadKey(quad);
      const same = gone.get(key);
      if (same) same.push(quad);
      else gone.set(key, [quad]);
    }
    const added = this.#come.filter((quad) => gone.get(quadKey(quad))?.pop() === undefined);
    return { added, removed: [...gone.values()].flat() };
  }
}

/** Identity as the counts have it; two language tags that differ in case alone are told apart here, which costs nothing. */
function sameQuad(a: RDF.Quad, b: RDF.Quad): boolean {
  return (
    a.predicate.value === b.predicate.value &&
    sameTerm(a.subject, b.subject) &&
    sameTerm(a.object, b.object) &&
    sameTerm(a.graph, b.graph)
  );
}

function sameTerm(a: RDF.Term, b: RDF.Term): boolean {
  if (a === b) return true;
  if (a.termType !== b.termType || a.value !== b.value) return false;
  if (a.termType !== 'Literal' || b.termType !== 'Literal') return true;
  return a.language === b.language && a.datatype.value === b.datatype.value;
}
