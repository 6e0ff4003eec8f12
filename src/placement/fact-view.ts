/**
 * A snapshot with the facts of one request laid over it: path latencies, points in an area, asked-for values.
 *
 * Such facts come by the thousand and have predicates of their own, so they are indexed by predicate and
 * subject, and whatever else is asked goes straight to the snapshot. They are seen in the merge of graphs
 * only, and nothing beneath is touched.
 */
import { type RDF, type Term, termKey } from '../rdf/terms.ts';
import {
  ANY,
  firstIdOf,
  type GraphView,
  MERGED,
  type QuadIds,
  type TermId,
  UNKNOWN,
} from '../store/graph-view.ts';

/** A fact: subject, predicate, object. */
export type Fact = readonly [RDF.Term, RDF.NamedNode, RDF.Term];

/** The facts of one predicate. */
interface Facts {
  readonly bySubject: Map<TermId, TermId[]>;
  readonly byObject: Map<TermId, TermId[]>;
  count: number;
}

export class FactView implements GraphView {
  readonly seq: number;
  readonly level: number;
  readonly #base: GraphView;
  readonly #firstId: TermId;
  readonly #ids = new Map<string, TermId>();
  readonly #terms: Term[] = [];
  readonly #facts = new Map<TermId, Facts>();

  constructor(base: GraphView, facts: Iterable<Fact>) {
    this.#base = base;
    this.seq = base.seq;
    this.level = base.level + 1;
    this.#firstId = firstIdOf(this.level);
    for (const [subject, predicate, object] of facts) this.#lay(subject, predicate, object);
  }

  find(term: RDF.Term): TermId {
    const id = this.#base.find(term);
    return id === UNKNOWN && this.#terms.length > 0 ? (this.#ids.get(termKey(term)) ?? UNKNOWN) : id;
  }

  term(id: TermId): Term {
    return id > this.#firstId ? this.#base.term(id) : this.#terms[this.#firstId - id]!;
  }

  match(s: TermId, p: TermId, o: TermId, g: TermId): QuadIds {
    const beneath = this.#base.match(s, p, o, g);
    if (g !== MERGED || !(p === ANY || this.#facts.has(p))) return beneath;
    const found: number[] = [];
    for (const predicate of p === ANY ? this.#facts.keys() : [p]) this.#find(s, predicate, o, found);
    return found.length === 0 ? beneath : [...beneath, ...found];
  }

  #find(s: TermId, p: TermId, o: TermId, found: number[]): void {
    const { bySubject, byObject } = this.#facts.get(p)!;
    if (s !== ANY) {
      for (const object of bySubject.get(s) ?? []) {
        if (o === ANY || o === object) found.push(s, p, object, ANY);
      }
    } else if (o !== ANY) {
      for (const subject of byObject.get(o) ?? []) found.push(subject, p, o, ANY);
    } else {
      for (const [subject, objects] of bySubject) {
        for (const object of objects) found.push(subject, p, object, ANY);
      }
    }
  }

  estimate(s: TermId, p: TermId, o: TermId, g: TermId): number {
    const beneath = this.#base.estimate(s, p, o, g);
    if (g !== MERGED) return beneath;
    if (p !== ANY) return beneath + this.#estimateOf(s, p, o);
    let total = beneath;
    for (const predicate of this.#facts.keys()) total += this.#estimateOf(s, predicate, o);
    return total;
  }

  has(s: TermId, p: TermId, o: TermId, g: TermId): boolean {
    return this.#base.has(s, p, o, g) || (g === MERGED && this.match(s, p, o, g).length > 0);
  }

  #estimateOf(s: TermId, p: TermId, o: TermId): number {
    const facts = this.#facts.get(p);
    if (!facts) return 0;
    if (s !== ANY) return facts.bySubject.get(s)?.length ?? 0;
    return o === ANY ? facts.count : (facts.byObject.get(o)?.length ?? 0);
  }

  #lay(subject: RDF.Term, predicate: RDF.NamedNode, object: RDF.Term): void {
    const [s, p, o] = [this.#idOf(subject), this.#idOf(predicate), this.#idOf(object)];
    if (this.#base.has(s, p, o, MERGED)) return;
    let facts = this.#facts.get(p);
    if (!facts) {
      facts = { bySubject: new Map(), byObject: new Map(), count: 0 };
      this.#facts.set(p, facts);
    }
    if (facts.bySubject.get(s)?.includes(o)) return;
    append(facts.bySubject, s, o);
    append(facts.byObject, o, s);
    facts.count++;
  }

  #idOf(term: RDF.Term): TermId {
    const known = this.find(term);
    if (known !== UNKNOWN) return known;
    const id = this.#firstId - this.#terms.length;
    this.#ids.set(termKey(term), id);
    this.#terms.push(term as Term);
    return id;
  }
}

function append(index: Map<TermId, TermId[]>, key: TermId, value: TermId): void {
  const known = index.get(key);
  if (known) known.push(value);
  else index.set(key, [value]);
}
