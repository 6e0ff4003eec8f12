/**
 * Turtle and TriG as a stream of quads, by n3. Blank nodes keep their labels; those without one are numbered in the order
 * of the text, so that the same text gives the same quads whenever it is read.
 */
import { FabricError, messageOf } from '../errors.ts';
import { Parser } from './n3.ts';
import { blankNode, dataFactory, quadKey, type RDF } from './terms.ts';

export interface TurtleStreamOptions {
  readonly format: 'turtle' | 'trig';
  /** Name of the text in messages. */
  readonly source?: string;
  /** For relative IRIs. */
  readonly baseIRI?: string;
}

/** What n3 reads from: pieces of text are handed to it as they come. */
interface Feed {
  on(event: 'data' | 'end' | 'error', listener: (text: string) => void): void;
  setEncoding(): void;
}

/**
 * @param chunks  the text in UTF-8, in pieces that end anywhere
 * @returns the quads of each piece
 * @throws FabricError `syntax-error` with the line, `not-supported` for RDF 1.2 terms
 */
export async function* parseTurtleStream(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: TurtleStreamOptions,
): AsyncGenerator<readonly RDF.Quad[]> {
  const listeners = new Map<string, (text: string) => void>();
  let quads: RDF.Quad[] = [];
  let failure: unknown;
  const parser = new Parser({
    format: options.format === 'trig' ? 'application/trig' : 'text/turtle',
    factory: numbering(),
    blankNodePrefix: '',
    ...(options.baseIRI === undefined ? {} : { baseIRI: options.baseIRI }),
  });
  const feed: Feed = {
    on: (event, listener) => listeners.set(event, listener),
    setEncoding: () => undefined,
  };
  // The published types know only streams of Node.
  parser.parse(feed as never, (error: unknown, q: RDF.Quad | null) => {
    if (error) failure ??= error;
    else if (q) quads.push(q);
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const hand = (event: 'data' | 'end', text: string): readonly RDF.Quad[] => {
    listeners.get(event)?.(text);
    if (failure !== undefined) throw refusal(failure, options.source);
    const ready = quads;
    quads = [];
    for (const q of ready) quadKey(q); // refuses RDF 1.2 terms
    return ready;
  };
  try {
    for await (const chunk of chunks) yield hand('data', decoder.decode(chunk, { stream: true }));
    yield hand('data', decoder.decode());
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    throw new FabricError('syntax-error', 'The text is not UTF-8', {
      ...(options.source === undefined ? {} : { location: { source: options.source } }),
      cause: thrown,
    });
  }
  yield hand('end', '');
}

/** The factory, but for blank nodes without a label. */
function numbering(): RDF.DataFactory {
  let count = 0;
  const blank = (label?: string): RDF.BlankNode => blankNode(label ?? `n3-${count++}`);
  return new Proxy(dataFactory, {
    get: (factory, name) => (name === 'blankNode' ? blank : (Reflect.get(factory, name, factory) as unknown)),
  });
}

function refusal(thrown: unknown, source: string | undefined): FabricError {
  if (thrown instanceof FabricError) return thrown;
  const { context } = thrown as { context?: { line?: number } };
  const line = context?.line;
  return new FabricError('syntax-error', messageOf(thrown), {
    location: { ...(source === undefined ? {} : { source }), ...(line === undefined ? {} : { line }) },
    cause: thrown,
  });
}
