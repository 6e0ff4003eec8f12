/**
 * Templates of CONSTRUCT, INSERT and DELETE: a solution makes quads of them, leaving out what is not one.
 */
import { blankNode, quad, type RDF, type Term } from '../rdf/terms.ts';
import { type GraphView, UNKNOWN } from '../store/graph-view.ts';
import type { Algebra } from './algebra.ts';

/** Labels for the blank nodes of a template: fresh in each solution, and in the view. */
export class TemplateBlankNodes {
  readonly #prefix: string;
  readonly #view: GraphView;
  #ordinal = 0;

  constructor(prefix: string, view: GraphView) {
    this.#prefix = prefix;
    this.#view = view;
  }

  /** The blank nodes of one solution, by their label in the template. */
  next(): (label: string) => RDF.BlankNode {
    const made = new Map<string, RDF.BlankNode>();
    return (label) => {
      let node = made.get(label);
      if (!node) {
        node = this.#fresh();
        made.set(label, node);
      }
      return node;
    };
  }

  #fresh(): RDF.BlankNode {
    let node: RDF.BlankNode;
    do node = blankNode(`${this.#prefix}${this.#ordinal++}`);
    while (this.#view.find(node) !== UNKNOWN);
    return node;
  }
}

/**
 * The quads of a template for one solution; a quad with an unbound variable or a literal where none may
 * stand is left out (SPARQL 1.1 section 16.2).
 */
export function instantiate(
  template: readonly Algebra.Pattern[],
  solution: ReadonlyMap<string, Term | undefined>,
  blankNodeOf: (label: string) => RDF.BlankNode,
): RDF.Quad[] {
  const quads: RDF.Quad[] = [];
  const fill = (term: RDF.Term): RDF.Term | undefined => {
    if (term.termType === 'Variable') return solution.get(term.value);
    return term.termType === 'BlankNode' ? blankNodeOf(term.value) : term;
  };
  for (const pattern of template) {
    const [s, p, o, g] = [pattern.subject, pattern.predicate, pattern.object, pattern.graph].map(fill);
    if (!s || !p || !o || !g) continue;
    if (s.termType === 'Literal' || p.termType !== 'NamedNode') continue;
    if (g.termType === 'Literal' || g.termType === 'BlankNode') continue;
    quads.push(quad(s as RDF.Quad_Subject, p, o as RDF.Quad_Object, g as RDF.Quad_Graph));
  }
  return quads;
}
