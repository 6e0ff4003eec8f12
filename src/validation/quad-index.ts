/**
 * A small read-only dataset: quads by subject and predicate, by object when that is asked for.
 *
 * It is what the engine walks, once per record, so making one must cost little. Graphs are passed over: the
 * quads of all graphs are one graph here.
 */
import type { RDF } from '../rdf/terms.ts';

/** What {@link QuadIndex.match} gives: the part of RDF/JS DatasetCore that the engine reads. */
export interface Matches extends Iterable<RDF.Quad> {
  readonly size: number;
}

type ByPredicate = Map<string, RDF.Quad[]>;

export class QuadIndex implements Matches {
  readonly #quads: readonly RDF.Quad[];
  readonly #bySubject = new Map<string, ByPredicate>();
  #byObject: Map<string, RDF.Quad[]> | undefined;

  constructor(quads: readonly RDF.Quad[]) {
    this.#quads = quads;
    for (const q of quads) {
      const key = nodeKey(q.subject);
      let predicates = this.#bySubject.get(key);
      if (!predicates) this.#bySubject.set(key, (predicates = new Map<string, RDF.Quad[]>()));
      const same = predicates.get(q.predicate.value);
      if (same) same.push(q);
      else predicates.set(q.predicate.value, [q]);
    }
  }

  get size(): number {
    return this.#quads.length;
  }

  [Symbol.iterator](): Iterator<RDF.Quad> {
    return this.#quads[Symbol.iterator]();
  }

  /** The first quad of each subject, in the order of their appearance. */
  *subjects(): Generator<RDF.Quad_Subject> {
    for (const predicates of this.#bySubject.values()) {
      for (const [first] of predicates.values()) {
        yield first!.subject;
        break;
      }
    }
  }

  /** IRIs of the predicates that a subject has. */
  predicates(subject: RDF.Term): Iterable<string> {
    return this.#bySubject.get(nodeKey(subject))?.keys() ?? [];
  }

  hasPredicate(subject: RDF.Term, predicate: string): boolean {
    return this.#bySubject.get(nodeKey(subject))?.has(predicate) ?? false;
  }

  quadsOf(subject: RDF.Term, predicate: string): readonly RDF.Quad[] {
    return this.#bySubject.get(nodeKey(subject))?.get(predicate) ?? [];
  }

  objects(subject: RDF.Term, predicate: string): RDF.Quad_Object[] {
    return this.quadsOf(subject, predicate).map(({ object }) => object);
  }

  match(
    subject?: RDF.Term | null,
    predicate?: RDF.Term | null,
    object?: RDF.Term | null,
    _graph?: RDF.Term | null,
  ): Matches {
    return sized(
      this.#candidates(subject, predicate, object).filter(
        (q) =>
          (!subject || q.subject.equals(subject)) &&
          (!predicate || q.predicate.equals(predicate)) &&
          (!object || q.object.equals(object)),
      ),
    );
  }

  #candidates(
    subject: RDF.Term | null | undefined,
    predicate: RDF.Term | null | undefined,
    object: RDF.Term | null | undefined,
  ): readonly RDF.Quad[] {
    if (subject) {
      const predicates = this.#bySubject.get(nodeKey(subject));
      if (!predicates) return [];
      return predicate ? (predicates.get(predicate.value) ?? []) : [...predicates.values()].flat();
    }
    if (!object) return this.#quads;
    this.#byObject ??= Map.groupBy(this.#quads, (q) => q.object.value);
    return this.#byObject.get(object.value) ?? [];
  }
}

function sized(quads: readonly RDF.Quad[]): Matches {
  return { size: quads.length, [Symbol.iterator]: () => quads[Symbol.iterator]() };
}

/** No IRI starts with an underscore. */
function nodeKey(term: RDF.Term): string {
  return term.termType === 'NamedNode' ? term.value : `_${term.termType}:${term.value}`;
}
