/**
 * How far the records of a source are brought up to its mapping, as it stands in the system graph `fabric`.
 *
 * `cf:mappingVersion`: what every record was mapped with, once a remap is through. `cf:remapVersion` and
 * `cf:remapCursor`: a remap that runs, and the last key that it has done. `cf:joinsOwed`: children of joins
 * have yet to follow a change of their parent.
 */
import type { GraphNames } from '../rdf/graphs.ts';
import { literal, namedNode, quad, type RDF, typed } from '../rdf/terms.ts';
import { cf } from '../rdf/vocab.ts';
import type { GraphView } from '../store/graph-view.ts';
import { quadsOf } from '../store/lookup.ts';

export interface SourceProgress {
  readonly mappingVersion?: string;
  readonly remapVersion?: string;
  /** The keys of a remap run in the order of their code units. */
  readonly remapCursor?: string;
  readonly joinsOwed?: boolean;
}

export function readProgress(view: GraphView, graphs: GraphNames, source: string): SourceProgress {
  const value = ({ value: name }: RDF.NamedNode): string | undefined =>
    statements(view, graphs, source).find(({ predicate }) => predicate.value === name)?.object.value;
  const [mappingVersion, remapVersion, remapCursor] = [
    value(cf.mappingVersion),
    value(cf.remapVersion),
    value(cf.remapCursor),
  ];
  return {
    ...(mappingVersion === undefined ? {} : { mappingVersion }),
    ...(remapVersion === undefined ? {} : { remapVersion }),
    ...(remapCursor === undefined ? {} : { remapCursor }),
    ...(value(cf.joinsOwed) === 'true' ? { joinsOwed: true } : {}),
  };
}

/** What has to change for `progress` to stand, and nothing else. */
export function writeProgress(
  view: GraphView,
  graphs: GraphNames,
  source: string,
  progress: SourceProgress,
): { added: RDF.Quad[]; removed: RDF.Quad[] } {
  const wanted = quadsOfProgress(graphs, source, progress);
  const standing = statements(view, graphs, source);
  const without = (quads: readonly RDF.Quad[], others: readonly RDF.Quad[]): RDF.Quad[] =>
    quads.filter((q) => !others.some((other) => other.equals(q)));
  return { added: without(wanted, standing), removed: without(standing, wanted) };
}

function quadsOfProgress(graphs: GraphNames, source: string, progress: SourceProgress): RDF.Quad[] {
  const { mappingVersion, remapVersion, remapCursor, joinsOwed } = progress;
  const quads: RDF.Quad[] = [];
  const state = (predicate: RDF.NamedNode, value: string | undefined): void => {
    if (value === undefined) return;
    quads.push(quad(sourceNode(graphs, source), predicate, literal(value), graphs.system('fabric')));
  };
  state(cf.mappingVersion, mappingVersion);
  state(cf.remapVersion, remapVersion);
  state(cf.remapCursor, remapCursor?.toWellFormed());
  if (joinsOwed === true) quads.push(owedQuad(graphs, source));
  return quads;
}

/** States that children of the source have to follow a parent, and survives a restart. */
export const owedQuad = (graphs: GraphNames, source: string): RDF.Quad =>
  quad(sourceNode(graphs, source), cf.joinsOwed, typed(true, 'boolean'), graphs.system('fabric'));

const sourceNode = (graphs: GraphNames, source: string): RDF.NamedNode =>
  namedNode(`${graphs.base}source/${encodeURIComponent(source)}`);

const PROPERTIES = [cf.mappingVersion, cf.remapVersion, cf.remapCursor, cf.joinsOwed];

function statements(view: GraphView, graphs: GraphNames, source: string): RDF.Quad[] {
  const found = quadsOf(view, { subject: sourceNode(graphs, source), graph: graphs.system('fabric') });
  return found.filter(({ predicate }) => PROPERTIES.some((property) => property.equals(predicate)));
}
