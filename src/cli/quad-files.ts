/**
 * Files of quads as the commands read them: N-Quads, N-Triples, Turtle and TriG, gzipped or not, by their endings. Turtle
 * and TriG become N-Quads on the way, so that there is one form to check, to send and to compare.
 */
import { createReadStream } from 'node:fs';
import { FabricError, messageOf } from '../errors.ts';
import { formatOfFile } from '../rdf/formats.ts';
import { NQuadsParser } from '../rdf/n-quads/parser.ts';
import { PieceLines } from '../rdf/n-quads/terms.ts';
import { toNQuads } from '../rdf/terms.ts';
import { parseTurtleStream } from '../rdf/turtle-stream.ts';
import { gunzipped } from '../store/compressed.ts';
import type { StreamedFormat } from '../store/load-quads.ts';

const ENDINGS = ['.nq', '.nt', '.ttl', '.trig'];
const CHUNK_BYTES = 1024 * 1024;

/** @throws FabricError `media-type-unsupported` for an ending that says no format of quads */
function quadFormatOf(path: string): StreamedFormat {
  const format = formatOfFile(path.replace(/\.gz$/i, ''));
  if (format !== undefined && format !== 'json-ld' && format !== 'rdf-xml') return format;
  throw new FabricError('media-type-unsupported', `The ending of ${path} says no format of quads`, {
    extensions: { supported: ENDINGS.flatMap((ending) => [ending, `${ending}.gz`]) },
  });
}

/** The bytes of a file as it lies on the disk. @throws FabricError `not-found` */
export async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    throw new FabricError('not-found', `${path} cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** The bytes of a file, unpacked. @throws FabricError `not-found`, `syntax-error` for damaged compression */
export async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* gunzipped(fileChunks(path));
  } catch (thrown) {
    if (!(thrown instanceof FabricError) || thrown.type !== 'syntax-error') throw thrown;
    throw new FabricError('syntax-error', thrown.message, { location: { source: path }, cause: thrown });
  }
}

/** The quads of a file as N-Quads or N-Triples: as they stand, or written anew. @throws FabricError `syntax-error` */
export async function* nQuadsOf(path: string, baseIRI?: string): AsyncGenerator<Uint8Array> {
  const format = quadFormatOf(path);
  if (format === 'n-quads' || format === 'n-triples') {
    yield* bytesOf(path);
    return;
  }
  const options = { format, source: path, ...(baseIRI === undefined ? {} : { baseIRI }) };
  for await (const quads of parseTurtleStream(bytesOf(path), options)) {
    if (quads.length > 0) yield Buffer.from(quads.map((q) => `${toNQuads(q)}\n`).join(''));
  }
}

/** In which of the two {@link nQuadsOf} gives a file. */
export const sentFormatOf = (path: string): 'n-quads' | 'n-triples' =>
  quadFormatOf(path) === 'n-triples' ? 'n-triples' : 'n-quads';

/**
 * Lines of N-Quads in canonical form: equal quads have equal lines.
 *
 * @param source  name of the text in messages
 * @throws FabricError `syntax-error` with line and column
 */
export async function* canonicalLines(
  chunks: AsyncIterable<Uint8Array>,
  format: 'n-quads' | 'n-triples',
  source: string,
): AsyncGenerator<readonly string[]> {
  const ids = new PieceLines();
  const parser = new NQuadsParser({ ids, format, source });
  for await (const chunk of chunks) yield ids.linesOf(parser.push(chunk));
  yield ids.linesOf(parser.end());
}
