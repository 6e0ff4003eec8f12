/**
 * How often each quad is derived, exactly. A quad is in the graph as long as one derivation is left.
 *
 * Laid out for millions of quads of which nearly all have one derivation: predicates and graphs are keys once,
 * the text of a subject is shared with its term, and a lone quad costs no counter.
 */
import { type RDF, termKey } from '../../rdf/terms.ts';

/** The one object of a subject, derived once; else how often each is derived. */
type Objects = string | Map<string, number>;
type Subjects = Map<string, Objects>;

export class QuadCounts {
  /** By predicate, then by graph. */
  readonly #tables = new Map<string, Map<string, Subjects>>();
  #size = 0;

  /** Quads that have a derivation. */
  get size(): number {
    return this.#size;
  }

  /** One more derivation. @returns whether it is the first */
  retain(quad: RDF.Quad): boolean {
    const subjects = this.#subjects(quad);
    const key = subjectKey(quad);
    const object = termKey(quad.object);
    const known = subjects.get(key);
    if (known === undefined) {
      subjects.set(key, object);
      this.#size++;
      return true;
    }
    const counts = typeof known === 'string' ? new Map([[known, 1]]) : known;
    if (counts !== known) subjects.set(key, counts);
    const count = counts.get(object) ?? 0;
    counts.set(object, count + 1);
    if (count === 0) this.#size++;
    return count === 0;
  }

  /** One derivation less. @returns whether it was the last */
  release(quad: RDF.Quad): boolean {
    const subjects = this.#subjects(quad);
    const key = subjectKey(quad);
    const object = termKey(quad.object);
    const known = subjects.get(key);
    if (typeof known === 'string' ? known !== object : known?.get(object) === undefined) {
      throw new Error('A quad was released more often than it was derived');
    }
    if (typeof known === 'string' || known === undefined) subjects.delete(key);
    else {
      const count = known.get(object)! - 1;
      if (count > 0) known.set(object, count);
      else known.delete(object);
      const [[only, left] = ['', 0]] = known;
      if (known.size === 1 && left === 1) subjects.set(key, only);
      if (count > 0) return false;
    }
    this.#size--;
    return true;
  }

  #subjects({ predicate, graph }: RDF.Quad): Subjects {
    let graphs = this.#tables.get(predicate.value);
    if (graphs === undefined) {
      graphs = new Map();
      this.#tables.set(predicate.value, graphs);
    }
    const name = termKey(graph);
    let subjects = graphs.get(name);
    if (subjects === undefined) {
      subjects = new Map();
      graphs.set(name, subjects);
    }
    return subjects;
  }
}

/** No IRI starts with an underscore. */
const subjectKey = ({ subject }: RDF.Quad): string =>
  subject.termType === 'BlankNode' ? `_${subject.value}` : subject.value;
