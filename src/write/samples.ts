/**
 * Samples that wait: readings of which only the last counts, gathered until they become one change of the log.
 *
 * A sample says all values that a subject has for a predicate in a graph; the next one for the same three
 * replaces it, and what it replaced leaves no trace. Nothing here is durable or visible.
 */
import type { Draft } from '../log/change.ts';
import type { QuadDelta } from '../rdf/dataset.ts';
import { quad, type RDF, termKey } from '../rdf/terms.ts';
import { ANY, type GraphView } from '../store/graph-view.ts';

interface Sample {
  readonly subject: RDF.Quad_Subject;
  readonly predicate: RDF.Quad_Predicate;
  readonly graph: RDF.Quad_Graph;
  readonly values: RDF.Quad[];
}

export class Samples {
  #byPlace = new Map<string, Sample>();

  /** Subjects and predicates that have a sample waiting. */
  get size(): number {
    return this.#byPlace.size;
  }

  /** Takes the values that a draft adds in place of those that waited; where it only removes, none are left. */
  take({ removed, added }: Pick<Draft, 'removed' | 'added'>): void {
    const taken = new Map<string, Sample>();
    for (const quads of [removed, added]) {
      for (const q of quads) {
        const { subject, predicate, graph } = q;
        const place = `${termKey(subject)}\u0001${termKey(predicate)}\u0001${termKey(graph)}`;
        let sample = taken.get(place);
        if (!sample) taken.set(place, (sample = { subject, predicate, graph, values: [] }));
        if (quads === added) sample.values.push(q);
      }
    }
    for (const [place, sample] of taken) this.#byPlace.set(place, sample);
  }

  /** What makes `view` say what the samples say. */
  difference(view: GraphView): QuadDelta {
    const removed: RDF.Quad[] = [];
    const added: RDF.Quad[] = [];
    for (const { subject, predicate, graph, values } of this.#byPlace.values()) {
      const [s, p, g] = [view.find(subject), view.find(predicate), view.find(graph)];
      const wanted = new Map(values.map((q) => [termKey(q.object), q]));
      const found = view.match(s, p, ANY, g);
      for (let i = 2; i < found.length; i += 4) {
        const object = view.term(found[i]!) as RDF.Quad_Object;
        if (!wanted.delete(termKey(object))) {
          removed.push(quad(subject, predicate, object, graph));
        }
      }
      added.push(...wanted.values());
    }
    return { removed, added };
  }

  /** Lets go of all of them. @returns what {@link putBack} takes when they could not be written */
  drain(): Samples {
    const drained = new Samples();
    drained.#byPlace = this.#byPlace;
    this.#byPlace = new Map();
    return drained;
  }

  /** Puts samples back that could not be written, beneath those that came since. */
  putBack(drained: Samples): void {
    for (const [place, sample] of this.#byPlace) drained.#byPlace.set(place, sample);
    this.#byPlace = drained.#byPlace;
  }
}
