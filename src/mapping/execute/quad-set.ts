/**
 * Which quads were there before, exactly. Laid out so that the few predicates and graphs of a mapping are keys
 * once, and the text of a subject is shared with its term: a run may make millions of quads.
 */
import { type RDF, termKey } from '../../rdf/terms.ts';

/** Keys of the objects of a subject: mostly there is one. */
type Objects = string | Set<string>;
type Subjects = Map<string, Objects>;

export class QuadSet {
  /** By predicate, then by graph. */
  readonly #tables = new Map<string, Map<string, Subjects>>();

  /** @returns whether the quad is new */
  add({ subject, predicate, object, graph }: RDF.Quad): boolean {
    const subjects = this.#subjects(predicate.value, termKey(graph));
    // No IRI starts with an underscore.
    const key = subject.termType === 'BlankNode' ? `_${subject.value}` : subject.value;
    const value = termKey(object);
    const known = subjects.get(key);
    if (known === undefined) subjects.set(key, value);
    else if (typeof known !== 'string') {
      const before = known.size;
      return known.add(value).size > before;
    } else if (known === value) return false;
    else subjects.set(key, new Set([known, value]));
    return true;
  }

  #subjects(predicate: string, graph: string): Subjects {
    let graphs = this.#tables.get(predicate);
    if (graphs === undefined) {
      graphs = new Map();
      this.#tables.set(predicate, graphs);
    }
    let subjects = graphs.get(graph);
    if (subjects === undefined) {
      subjects = new Map();
      graphs.set(graph, subjects);
    }
    return subjects;
  }
}
