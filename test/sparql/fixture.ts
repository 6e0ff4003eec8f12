/**
 * A view over given quads and an engine on it, as the tests of this folder need them.
 */

import type { GraphNames } from '../../src/rdf/graphs.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import type { RDF } from '../../src/rdf/terms.ts';
import { SparqlEngine, type SparqlEngineOptions } from '../../src/sparql/engine.ts';
import type { GraphView } from '../../src/store/graph-view.ts';
import { Image } from '../../src/store/image/image.ts';

const cause = { kind: 'admin', principal: 'test', tenant: 'default' } as const;

export function viewOf(quads: readonly RDF.Quad[], graphs?: GraphNames): GraphView {
  const image = new Image({ graphs });
  image.stage({ cause, added: quads, removed: [] }, 1);
  if (quads.length > 0) image.publish(1);
  return image.snapshot().view;
}

export const trig = (text: string): RDF.Quad[] =>
  parseTurtleFamily(`PREFIX : <urn:x:> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> ${text}`, {
    format: 'trig',
  }).quads;

/** An engine whose general engine is the real one. */
export function engineOf(options: Partial<SparqlEngineOptions> = {}): SparqlEngine {
  return new SparqlEngine({
    graphs: undefined,
    now: Date.now,
    prefixes: { '': 'urn:x:', xsd: 'http://www.w3.org/2001/XMLSchema#' },
    loadGeneral: async () => (await import('../../src/sparql/comunica.ts')).startComunica(),
    ...options,
  });
}
