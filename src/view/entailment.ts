/**
 * A view that also shows what the ontology entails: classes of instances, super-properties, inverses and
 * symmetry. Nothing is materialised; each pattern is asked in all the ways in which it can come true.
 */
import type { TBox } from '../ontology/tbox.ts';
import { namedNode, type RDF, type Term } from '../rdf/terms.ts';
import { ANY, firstIdOf, type GraphView, type QuadIds, type TermId, UNKNOWN } from '../store/graph-view.ts';
import { type PropertyRules, rulesOf } from './entailment-rules.ts';

const RDF_TYPE = namedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type');

/** A way to a property, by its id beneath. */
interface IdWay {
  readonly id: TermId;
  readonly inverted: boolean;
}

export class EntailmentView implements GraphView {
  readonly seq: number;
  readonly level: number;
  readonly #base: GraphView;
  readonly #tbox: TBox;
  readonly #rules: PropertyRules;
  readonly #firstId: TermId;
  /** IRIs that are entailed and that the view beneath does not hold. */
  readonly #ids = new Map<string, TermId>();
  readonly #terms: Term[] = [];
  readonly #type: TermId;
  /** What the rules say in the ids of this view, found once: a join asks the same of each row. */
  readonly #ways = new Map<TermId, readonly IdWay[]>();
  readonly #classes = new Map<TermId, readonly TermId[]>();

  constructor(base: GraphView, tbox: TBox) {
    this.#base = base;
    this.#tbox = tbox;
    this.#rules = rulesOf(tbox);
    this.seq = base.seq;
    this.level = base.level + 1;
    this.#firstId = firstIdOf(this.level);
    this.#type = base.find(RDF_TYPE);
  }

  /** Any IRI may be entailed somewhere, so each gets an id. */
  find(term: RDF.Term): TermId {
    const id = this.#base.find(term);
    return id === UNKNOWN && term.termType === 'NamedNode' ? this.#idOf(term.value) : id;
  }

  term(id: TermId): Term {
    return id > this.#firstId ? this.#base.term(id) : this.#terms[this.#firstId - id]!;
  }

  match(s: TermId, p: TermId, o: TermId, g: TermId): QuadIds {
    if (s === UNKNOWN || p === UNKNOWN || o === UNKNOWN || g === UNKNOWN) return [];
    if (p === ANY) return this.#matchAnyPredicate(s, o, g);
    return p === this.#type ? this.#matchType(s, o, g) : this.#matchPredicate(s, p, o, g);
  }

  estimate(s: TermId, p: TermId, o: TermId, g: TermId): number {
    if (p === ANY) return 2 * this.#base.estimate(s, p, o, g);
    if (p === this.#type && o !== ANY) {
      return this.#subClasses(o).reduce((sum, id) => sum + this.#base.estimate(s, p, id, g), 0);
    }
    let sum = 0;
    for (const { id, inverted } of this.#waysTo(p)) {
      sum += inverted ? this.#base.estimate(o, id, s, g) : this.#base.estimate(s, id, o, g);
    }
    return sum;
  }

  has(s: TermId, p: TermId, o: TermId, g: TermId): boolean {
    return this.#base.has(s, p, o, g) || this.match(s, p, o, g).length > 0;
  }

  #matchType(s: TermId, o: TermId, g: TermId): QuadIds {
    const collected = new Collected();
    if (o !== ANY) {
      for (const id of this.#subClasses(o)) {
        const found = this.#base.match(s, this.#type, id, g);
        for (let i = 0; i < found.length; i += 4) collected.add(found[i]!, this.#type, o, found[i + 3]!);
      }
      return collected.quads;
    }
    const found = this.#base.match(s, this.#type, ANY, g);
    for (let i = 0; i < found.length; i += 4) {
      this.#addTypes(found[i]!, found[i + 2]!, found[i + 3]!, collected);
    }
    return collected.quads;
  }

  #matchPredicate(s: TermId, p: TermId, o: TermId, g: TermId): QuadIds {
    const ways = this.#waysTo(p);
    if (ways.length === 0) return [];
    if (ways.length === 1 && ways[0]!.id === p) return this.#base.match(s, p, o, g);
    const collected = new Collected();
    for (const { id, inverted } of ways) {
      const found = inverted ? this.#base.match(o, id, s, g) : this.#base.match(s, id, o, g);
      for (let i = 0; i < found.length; i += 4) {
        if (inverted) this.#addInverted(found[i]!, p, found[i + 2]!, found[i + 3]!, collected);
        else collected.add(found[i]!, p, found[i + 2]!, found[i + 3]!);
      }
    }
    return collected.quads;
  }

  /** Every quad that could entail a match is taken, and all that it entails is sifted. */
  #matchAnyPredicate(s: TermId, o: TermId, g: TermId): QuadIds {
    const candidates = [this.#base.match(s, ANY, o, g)];
    if (s !== ANY || o !== ANY) candidates.push(this.#base.match(o, ANY, s, g));
    if (o !== ANY && this.#type !== UNKNOWN) {
      for (const id of this.#subClasses(o)) candidates.push(this.#base.match(s, this.#type, id, g));
    }
    const entailed = new Collected();
    for (const found of candidates) {
      for (let i = 0; i < found.length; i += 4) {
        this.#addEntailed(found[i]!, found[i + 1]!, found[i + 2]!, found[i + 3]!, entailed);
      }
    }
    const { quads } = entailed;
    if (s === ANY && o === ANY) return quads;
    const matches: number[] = [];
    for (let i = 0; i < quads.length; i += 4) {
      if ((s === ANY || quads[i] === s) && (o === ANY || quads[i + 2] === o)) {
        matches.push(quads[i]!, quads[i + 1]!, quads[i + 2]!, quads[i + 3]!);
      }
    }
    return matches;
  }

  /** A quad and what follows from it alone. */
  #addEntailed(s: TermId, p: TermId, o: TermId, g: TermId, into: Collected): void {
    into.add(s, p, o, g);
    if (p === this.#type) {
      this.#addTypes(s, o, g, into);
      return;
    }
    for (const { property, inverted } of this.#rules.waysFrom(this.#iri(p))) {
      const id = this.#idOfIri(property);
      if (inverted) this.#addInverted(s, id, o, g, into);
      else into.add(s, id, o, g);
    }
  }

  #addTypes(s: TermId, o: TermId, g: TermId, into: Collected): void {
    into.add(s, this.#type, o, g);
    const term = this.#base.term(o);
    if (term.termType !== 'NamedNode') return;
    for (const iri of this.#tbox.superClasses(term.value)) into.add(s, this.#type, this.#idOfIri(iri), g);
  }

  /** A literal cannot be a subject. */
  #addInverted(s: TermId, p: TermId, o: TermId, g: TermId, into: Collected): void {
    if (this.#base.term(o).termType !== 'Literal') into.add(o, p, s, g);
  }

  /** Classes of the view beneath whose instances are instances of a class. */
  #subClasses(id: TermId): readonly TermId[] {
    let classes = this.#classes.get(id);
    if (!classes) {
      const { termType, value } = this.term(id);
      classes =
        termType === 'NamedNode' ? this.#found(new Set([value, ...this.#tbox.subClasses(value)])) : [id];
      this.#classes.set(id, classes);
    }
    return classes;
  }

  /** Properties of the view beneath whose statements entail statements with a property. */
  #waysTo(p: TermId): readonly IdWay[] {
    let ways = this.#ways.get(p);
    if (!ways) {
      ways = this.#rules
        .waysTo(this.#iri(p))
        .map(({ property, inverted }) => ({ id: this.#base.find(namedNode(property)), inverted }))
        .filter(({ id }) => id !== UNKNOWN);
      this.#ways.set(p, ways);
    }
    return ways;
  }

  #found(iris: Iterable<string>): TermId[] {
    return Array.from(iris, (iri) => this.#base.find(namedNode(iri))).filter((id) => id !== UNKNOWN);
  }

  #iri(id: TermId): string {
    return this.term(id).value;
  }

  #idOfIri(iri: string): TermId {
    const id = this.#base.find(namedNode(iri));
    return id === UNKNOWN ? this.#idOf(iri) : id;
  }

  #idOf(iri: string): TermId {
    let id = this.#ids.get(iri);
    if (id === undefined) {
      id = this.#firstId - this.#terms.length;
      this.#ids.set(iri, id);
      this.#terms.push(namedNode(iri));
    }
    return id;
  }
}

/** Quads, each once. */
class Collected {
  readonly quads: number[] = [];
  readonly #seen = new Set<string>();

  add(s: TermId, p: TermId, o: TermId, g: TermId): void {
    const key = `${s},${p},${o},${g}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.quads.push(s, p, o, g);
  }
}
