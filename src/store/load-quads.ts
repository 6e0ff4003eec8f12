/**
 * Files of quads straight into an image, for programs that want a graph to ask: N-Quads and N-Triples as ids, without a
 * term in between; Turtle and TriG as quads.
 *
 * It is no way around intake: a fabric takes quads through its writer, and never through here.
 */
import { NQuadsParser } from '../rdf/n-quads/parser.ts';
import type { QuadIdColumns } from '../rdf/term-ids.ts';
import { namedNode, quad, type RDF } from '../rdf/terms.ts';
import { parseTurtleStream } from '../rdf/turtle-stream.ts';
import type { BulkLoad } from './image/bulk-load.ts';
import type { Image } from './image/image.ts';

/** Formats that are read as a stream. */
export type StreamedFormat = 'n-quads' | 'n-triples' | 'turtle' | 'trig';

export interface LoadQuadsOptions {
  readonly format: StreamedFormat;
  /** Name of the text in messages. */
  readonly source?: string;
  /** IRI of the graph of statements that name none; absent: the default graph. */
  readonly graph?: string;
  /** Put in front of labels of blank nodes, so that those of several texts stay apart; N-Quads and N-Triples only. */
  readonly blankNodePrefix?: string;
  /** For relative IRIs of Turtle and TriG. */
  readonly baseIRI?: string;
}

export interface LoadedQuads {
  /** Statements of the text. */
  readonly statements: number;
  /** Those that were not in the image before. */
  readonly quads: number;
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Takes in a text as one change: readers see all of it or nothing. Nothing else may be written to the image meanwhile.
 *
 * @throws FabricError `syntax-error` with line and column, `not-supported` for terms that cannot be stored; the image is
 *   then as it was
 */
export async function loadQuadsIntoImage(
  image: Image,
  chunks: Chunks,
  options: LoadQuadsOptions,
): Promise<LoadedQuads> {
  using load = image.beginLoad(image.publishedSeq + 1);
  const { format } = options;
  const statements =
    format === 'turtle' || format === 'trig'
      ? await loadTerms(load, chunks, { ...options, format })
      : await loadIds(load, chunks, { ...options, format });
  return { statements, quads: load.commit() };
}

async function loadIds(
  load: BulkLoad,
  chunks: Chunks,
  options: LoadQuadsOptions & { readonly format: 'n-quads' | 'n-triples' },
): Promise<number> {
  const parser = new NQuadsParser({ ...options, ids: load });
  let statements = 0;
  const take = (columns: QuadIdColumns): void => {
    statements += columns.length / 4;
    load.add(columns);
  };
  for await (const chunk of chunks) take(parser.push(chunk));
  take(parser.end());
  return statements;
}

async function loadTerms(
  load: BulkLoad,
  chunks: Chunks,
  options: LoadQuadsOptions & { readonly format: 'turtle' | 'trig' },
): Promise<number> {
  const graph = options.graph === undefined ? undefined : namedNode(options.graph);
  let statements = 0;
  for await (const read of parseTurtleStream(chunks, options)) {
    statements += read.length;
    load.addTerms(graph === undefined ? read : read.map((q) => inGraph(q, graph)));
  }
  return statements;
}

/** A quad of the default graph, in another graph. */
export const inGraph = (q: RDF.Quad, graph: RDF.NamedNode): RDF.Quad =>
  q.graph.termType === 'DefaultGraph' ? quad(q.subject, q.predicate, q.object, graph) : q;
