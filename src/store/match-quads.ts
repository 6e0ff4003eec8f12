/**
 * Quads of a view by terms, for those who ask rarely: most of the fabric works in ids.
 */
import { quad, type RDF } from '../rdf/terms.ts';
import { ANY, type GraphView, UNKNOWN } from './graph-view.ts';

/** What quads have to be; what is undefined may be anything. */
export interface QuadPattern {
  readonly subject: RDF.Term | undefined;
  readonly predicate: RDF.Term | undefined;
  readonly object: RDF.Term | undefined;
  readonly graph: RDF.Term | undefined;
}

/** The quads of all graphs that match, at most `limit`. */
export function matchesOf(
  view: GraphView,
  { subject, predicate, object, graph }: QuadPattern,
  limit: number,
): RDF.Quad[] {
  const ids = [subject, predicate, object, graph].map((term) => (term ? view.find(term) : ANY));
  if (ids.includes(UNKNOWN)) return [];
  const found = view.match(ids[0]!, ids[1]!, ids[2]!, ids[3]!);
  const quads: RDF.Quad[] = [];
  for (let i = 0; i < found.length && quads.length < limit; i += 4) {
    quads.push(
      quad(
        view.term(found[i]!) as RDF.Quad_Subject,
        view.term(found[i + 1]!) as RDF.Quad_Predicate,
        view.term(found[i + 2]!) as RDF.Quad_Object,
        view.term(found[i + 3]!) as RDF.Quad_Graph,
      ),
    );
  }
  return quads;
}
