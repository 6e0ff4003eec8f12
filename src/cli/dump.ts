/** `fabric dump`: the graph of a running service, or of a data directory at rest, as of one state, as it comes. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { loadConfig } from '../config.ts';
import { FabricError } from '../errors.ts';
import { toNQuads } from '../rdf/terms.ts';
import { trigPieces } from '../rdf/trig-pieces.ts';
import { NS } from '../rdf/vocab.ts';
import { ServiceClient } from './client.ts';
import { openDataAtRest } from './data-at-rest.ts';
import { EXIT } from './exit-codes.ts';
import { type CommandWork, type Options, openOutput, serviceOf } from './options.ts';
import { canonicalLines } from './quad-files.ts';
import { sortedLines } from './sorted-lines.ts';
import type { Terminal } from './terminal.ts';

const MEDIA_TYPES: Readonly<Record<string, string>> = { nq: 'application/n-quads', trig: 'application/trig' };

export const dump: CommandWork = async (_args, options, terminal) => {
  const format = options['format'] as string;
  if (options['canonical'] === true && format !== 'nq') {
    throw new FabricError('request-invalid', 'Only N-Quads have a canonical order: --canonical goes with nq');
  }
  const data = options['data'] as string | undefined;
  if (data === undefined) {
    const { body, seq } = await dumpOf(new ServiceClient(serviceOf(options)), {
      mediaType: MEDIA_TYPES[format]!,
      graph: options['graph'] as string | undefined,
      at: options['at'] as number | undefined,
    });
    await write(body, seq, options, terminal);
    return EXIT.ok;
  }
  await using opened = await openDataAtRest(data, loadConfig({ env: process.env }), 'existing');
  const { wholeState, context } = opened;
  const graph = options['graph'] as string | undefined;
  const at = options['at'] as number | undefined;
  using held =
    at === undefined ? wholeState.dump(context, graph) : await wholeState.dumpAt(context, at, graph);
  const pieces = format === 'trig' ? trigPieces(held.quads, NS) : linesOf(held.quads);
  await write(chunked(pieces), String(held.seq), options, terminal);
  return EXIT.ok;
};

/** A dump that a service gives, as it comes. */
export async function dumpOf(
  client: ServiceClient,
  what: { readonly mediaType: string; readonly graph?: string | undefined; readonly at?: number | undefined },
): Promise<{ readonly body: AsyncIterable<Uint8Array>; readonly seq: string }> {
  const parameters = new URLSearchParams();
  if (what.graph !== undefined) parameters.set('graph', what.graph);
  if (what.at !== undefined) parameters.set('at', String(what.at));
  const query = parameters.size === 0 ? '' : `?${parameters.toString()}`;
  const response = await client.request(`/v1/dump${query}`, { headers: { accept: what.mediaType } });
  return { body: Readable.fromWeb(response.body as never), seq: response.headers.get('fabric-seq') ?? '?' };
}

async function write(
  body: AsyncIterable<Uint8Array>,
  seq: string,
  options: Options,
  terminal: Terminal,
): Promise<void> {
  const output = options['output'] as string | undefined;
  const source = options['canonical'] === true ? inOrder(body) : body;
  await pipeline(Readable.from(source, { objectMode: false }), await openOutput(output), {
    end: output !== undefined,
  });
  if (output !== undefined) terminal.note(`Written to ${output}, as of change ${seq}`);
}

/** Lines in canonical form and in the order of their code points. */
async function* inOrder(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let text = '';
  for await (const line of sortedLines(canonicalLines(body, 'n-quads', 'dump'))) {
    text += `${line}\n`;
    if (text.length < CHUNK_LENGTH) continue;
    yield Buffer.from(text, 'latin1');
    text = '';
  }
  yield Buffer.from(text, 'latin1');
}

const CHUNK_LENGTH = 256 * 1024;

function* linesOf(quads: Iterable<Parameters<typeof toNQuads>[0]>): Generator<string> {
  for (const q of quads) yield `${toNQuads(q)}\n`;
}

async function* chunked(pieces: Iterable<string>): AsyncGenerator<Uint8Array> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK_LENGTH) continue;
    yield await Promise.resolve(Buffer.from(text));
    text = '';
  }
  yield Buffer.from(text);
}
