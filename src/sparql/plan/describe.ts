/**
 * DESCRIBE by concise bounded description: everything said of a resource in the default graph, and of the
 * blank nodes that it leads to.
 */
import { quad, type RDF } from '../../rdf/terms.ts';
import { ANY, MERGED, type TermId } from '../../store/graph-view.ts';
import type { Evaluation } from './evaluation.ts';
import { UNBOUND } from './scope.ts';

export function describe(resources: readonly TermId[], evaluation: Evaluation): RDF.Quad[] {
  const quads: RDF.Quad[] = [];
  const queue = [...new Set(resources)].filter((id) => id !== UNBOUND);
  const seen = new Set(queue);
  for (let at = 0; at < queue.length; at++) {
    const found = evaluation.view.match(queue[at]!, ANY, ANY, MERGED);
    evaluation.tick(found.length >> 2);
    for (let i = 0; i < found.length; i += 4) {
      const [s, p, o] = [found[i]!, found[i + 1]!, found[i + 2]!].map((id) => evaluation.term(id));
      quads.push(quad(s as RDF.Quad_Subject, p as RDF.Quad_Predicate, o as RDF.Quad_Object));
      evaluation.checkRows(quads.length);
      const object = found[i + 2]!;
      if (o?.termType !== 'BlankNode' || seen.has(object)) continue;
      seen.add(object);
      queue.push(object);
    }
  }
  return quads;
}
