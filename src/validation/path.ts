/**
 * Property paths of results: steps, their SPARQL text and their RDF form (SHACL, section 2.3.1).
 *
 * Only the paths that the engine can walk exist here: a sequence of steps, each over plain predicates.
 */
import { namedNode, quad, type RDF } from '../rdf/terms.ts';
import { NS, rdf } from '../rdf/vocab.ts';

export type PathKind = 'predicate' | 'inverse' | 'alternative' | 'zeroOrMore' | 'oneOrMore' | 'zeroOrOne';

/** One step; only an alternative has more than one predicate. */
export interface PathStep {
  readonly kind: PathKind;
  /** IRIs. */
  readonly predicates: readonly string[];
}

/** The path in the syntax of SPARQL; a single predicate is its bare IRI. */
export function pathText(steps: readonly PathStep[]): string {
  const [first] = steps;
  if (steps.length === 1 && first?.kind === 'predicate') return first.predicates[0]!;
  return steps.map(stepText).join('/');
}

function stepText({ kind, predicates }: PathStep): string {
  const names = predicates.map((iri) => `<${iri}>`).join('|');
  switch (kind) {
    case 'predicate':
      return names;
    case 'inverse':
      return `^${names}`;
    case 'alternative':
      return `(${names})`;
    case 'zeroOrMore':
      return `${names}*`;
    case 'oneOrMore':
      return `${names}+`;
    case 'zeroOrOne':
      return `${names}?`;
  }
}

/** The path as RDF: its node, and the quads that describe it. */
export function pathQuads(
  steps: readonly PathStep[],
  blank: (ordinal: number) => RDF.BlankNode,
  graph: RDF.Quad_Graph,
): { readonly node: RDF.NamedNode | RDF.BlankNode; readonly quads: readonly RDF.Quad[] } {
  const quads: RDF.Quad[] = [];
  let ordinal = 0;
  const list = (items: readonly (RDF.NamedNode | RDF.BlankNode)[]): RDF.NamedNode | RDF.BlankNode => {
    let rest: RDF.NamedNode | RDF.BlankNode = rdf.nil;
    for (const item of items.toReversed()) {
      const cell = blank(ordinal++);
      quads.push(quad(cell, rdf.first, item, graph), quad(cell, rdf.rest, rest, graph));
      rest = cell;
    }
    return rest;
  };
  const step = ({ kind, predicates }: PathStep): RDF.NamedNode | RDF.BlankNode => {
    const nodes = predicates.map(namedNode);
    if (kind === 'predicate') return nodes[0]!;
    const cell = blank(ordinal++);
    const object = kind === 'alternative' ? list(nodes) : nodes[0]!;
    quads.push(quad(cell, namedNode(`${NS.sh}${kind}Path`), object, graph));
    return cell;
  };
  const nodes = steps.map(step);
  return { node: nodes.length === 1 ? nodes[0]! : list(nodes), quads };
}
