/**
 * The net difference between two states of the quads: what has to be written so that the earlier becomes the
 * later. A quad that came and went again leaves no trace, so a reading that changed a hundred times is one.
 *
 * Quads are found by a word of their digest and told apart by comparing them, so that digests that collide cost
 * time and never a quad.
 */
import { type RDF, termKey } from '../rdf/terms.ts';

interface Entry {
  quad: RDF.Quad;
  present: boolean;
  /** Another quad whose digest has the same first word. */
  next: Entry | undefined;
}

export class QuadDifference {
  readonly #entries = new Map<number, Entry>();
  #size = 0;

  /** Quads that differ. */
  get size(): number {
    return this.#size;
  }

  /**
   * @param digest  of `q` (`QuadDigester`)
   * @param present  whether the later state has `q`
   * @param cancels  whether an opposite entry means that the earlier state and the later agree on `q`
   */
  note(q: RDF.Quad, digest: Int32Array, present: boolean, cancels: boolean): void {
    const key = digest[0]!;
    const first = this.#entries.get(key);
    let before: Entry | undefined;
    for (let entry = first; entry !== undefined; entry = entry.next) {
      if (!sameQuad(entry.quad, q)) {
        before = entry;
        continue;
      }
      if (entry.present === present || !cancels) {
        entry.quad = q;
        entry.present = present;
      } else {
        if (before) before.next = entry.next;
        else if (entry.next) this.#entries.set(key, entry.next);
        else this.#entries.delete(key);
        this.#size--;
      }
      return;
    }
    this.#entries.set(key, { quad: q, present, next: first });
    this.#size++;
  }

  /** The quads that the later state has, or those that it lacks. */
  quads(present: boolean): RDF.Quad[] {
    const found: RDF.Quad[] = [];
    for (const first of this.#entries.values()) {
      for (let entry: Entry | undefined = first; entry !== undefined; entry = entry.next) {
        if (entry.present === present) found.push(entry.quad);
      }
    }
    return found;
  }

  /** Lays a later difference over this one, entry by entry, without letting any cancel out. */
  overlay(later: QuadDifference): void {
    for (const [key, first] of later.#entries) {
      const digest = Int32Array.of(key);
      for (let entry: Entry | undefined = first; entry !== undefined; entry = entry.next) {
        this.note(entry.quad, digest, entry.present, false);
      }
    }
  }
}

function sameQuad(a: RDF.Quad, b: RDF.Quad): boolean {
  if (a === b) return true;
  return (
    sameTerm(a.object, b.object) &&
    sameTerm(a.subject, b.subject) &&
    sameTerm(a.predicate, b.predicate) &&
    sameTerm(a.graph, b.graph)
  );
}

function sameTerm(a: RDF.Term, b: RDF.Term): boolean {
  if (a === b) return true;
  if (a.termType !== b.termType || a.value !== b.value) return false;
  return a.termType !== 'Literal' || termKey(a) === termKey(b);
}
