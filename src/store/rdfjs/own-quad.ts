/**
 * Quads of other libraries as quads of our own: RDF/JS says what their terms have, not what they are made of, and
 * whatever goes into a change has to stay as it is.
 */
import { FabricError } from '../../errors.ts';
import { blankNode, defaultGraph, literal, namedNode, quad, type RDF, type Term } from '../../rdf/terms.ts';

/** Gives a blank node its label in the fabric. */
export type BlankNodeNaming = (label: string) => string;

/** @throws FabricError `not-supported` for triple terms, variables and kinds of terms that only a library knows */
export function ownQuad(
  { subject, predicate, object, graph }: RDF.BaseQuad,
  naming: BlankNodeNaming,
): RDF.Quad {
  return quad(
    ownTerm(subject, naming) as RDF.Quad_Subject,
    ownTerm(predicate, naming) as RDF.Quad_Predicate,
    ownTerm(object, naming) as RDF.Quad_Object,
    ownTerm(graph, naming) as RDF.Quad_Graph,
  );
}

function ownTerm(term: RDF.Term, naming: BlankNodeNaming): Term {
  switch (term.termType) {
    case 'NamedNode':
      return namedNode(term.value);
    case 'BlankNode':
      return blankNode(naming(term.value));
    case 'DefaultGraph':
      return defaultGraph();
    case 'Literal':
      if (term.direction) break;
      return literal(term.value, term.language === '' ? namedNode(term.datatype.value) : term.language);
    default:
  }
  throw new FabricError(
    'not-supported',
    `A term of type ${term.termType}${term.termType === 'Literal' ? ' with a base direction' : ''} cannot be stored`,
  );
}
