/**
 * What a quad must be so that every room of the store can hold it and give it back as it was.
 *
 * Pure. It is asked before a change is staged: whatever the durable home could not hold, or would hold as
 * something else, must never be acknowledged.
 */
import { FabricError } from '../errors.ts';
import type { RDF } from '../rdf/terms.ts';

/** Longest part of a term (IRI, label, lexical form, datatype, language) in UTF-16 units that quadstore's keys hold. */
export const TERM_LENGTH_LIMIT = 1_679_615;

/** @throws FabricError `not-supported` for what cannot be held: RDF 1.2 terms, parts too long or ill-formed */
export function checkStorable(q: RDF.Quad): void {
  checkTerm(q.subject);
  checkTerm(q.predicate);
  checkTerm(q.object);
  checkTerm(q.graph);
}

/** @throws FabricError as {@link checkStorable} */
export function checkTerm(term: RDF.Term): void {
  if (term.termType === 'Quad' || term.termType === 'Variable') {
    throw new FabricError('not-supported', 'RDF 1.2 is not supported yet: triple terms cannot be stored');
  }
  checkPart(term.value);
  if (term.termType !== 'Literal') return;
  if (term.direction) {
    throw new FabricError('not-supported', 'RDF 1.2 is not supported yet: a base direction cannot be stored');
  }
  checkPart(term.language);
  checkPart(term.datatype.value);
}

function checkPart(text: string): void {
  if (text.length > TERM_LENGTH_LIMIT) {
    throw new FabricError(
      'not-supported',
      `A term of ${text.length} characters cannot be stored; the longest that can has ${TERM_LENGTH_LIMIT}`,
    );
  }
  if (!text.isWellFormed()) {
    throw new FabricError('not-supported', 'A lone surrogate, which is no character, cannot be stored');
  }
}
