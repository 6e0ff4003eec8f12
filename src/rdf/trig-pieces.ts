/**
 * Quads as TriG in pieces, as they come: a block for a run of quads of one graph, a sentence for a run of one subject.
 * Nothing is held or sorted; quads that come in order give short text, others are as right.
 */
import { isUnsafe, type RDF, toNTriples } from './terms.ts';

/** Local names that need no escape in any position of a prefixed name (a subset of PN_LOCAL). */
const PLAIN_LOCAL = /^[A-Za-z_](?:[\w-]*\w)?$/;
const RDF_TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';

/** @param prefixes  namespaces by their prefixes; all of them are declared */
export function* trigPieces(
  quads: Iterable<RDF.Quad>,
  prefixes: Readonly<Record<string, string>>,
): Generator<string> {
  const short = shortener(prefixes);
  for (const [prefix, namespace] of Object.entries(prefixes)) yield `@prefix ${prefix}: <${namespace}> .\n`;
  let last: RDF.Quad | undefined;
  for (const q of quads) {
    const isSameGraph = last !== undefined && q.graph.equals(last.graph);
    let piece = '';
    if (isSameGraph && last !== undefined && q.subject.equals(last.subject)) {
      const isSamePredicate = q.predicate.equals(last.predicate);
      piece = isSamePredicate ? ' ,\n    ' : ` ;\n  ${verb(q.predicate, short)} `;
    } else {
      if (last !== undefined) piece = isSameGraph ? ' .\n' : endOf(last);
      if (!isSameGraph) piece += q.graph.termType === 'DefaultGraph' ? '' : `${short(q.graph)} {\n`;
      piece += `${short(q.subject)} ${verb(q.predicate, short)} `;
    }
    yield piece + short(q.object);
    last = q;
  }
  if (last !== undefined) yield endOf(last);
}

const endOf = ({ graph }: RDF.Quad): string => (graph.termType === 'DefaultGraph' ? ' .\n' : ' .\n}\n');

const verb = (predicate: RDF.Term, short: (term: RDF.Term) => string): string =>
  predicate.value === RDF_TYPE ? 'a' : short(predicate);

function shortener(prefixes: Readonly<Record<string, string>>): (term: RDF.Term) => string {
  const byNamespace = new Map(Object.entries(prefixes).map(([prefix, namespace]) => [namespace, prefix]));
  const shortIri = (iri: string): string | undefined => {
    const end = Math.max(iri.lastIndexOf('#'), iri.lastIndexOf('/')) + 1;
    const prefix = byNamespace.get(iri.slice(0, end));
    const local = iri.slice(end);
    return prefix !== undefined && PLAIN_LOCAL.test(local) ? `${prefix}:${local}` : undefined;
  };
  return (term) => {
    if (isUnsafe(term)) return toNTriples(term);
    if (term.termType === 'NamedNode') return shortIri(term.value) ?? toNTriples(term);
    if (term.termType !== 'Literal' || term.language !== '') return toNTriples(term);
    const text = toNTriples(term);
    const datatype = shortIri(term.datatype.value);
    // The datatype that a plain string has is not written.
    return datatype === undefined || text.endsWith('"')
      ? text
      : `${text.slice(0, text.lastIndexOf('^^'))}^^${datatype}`;
  };
}
