/**
 * `fabric load --quads`: files of quads into user graphs of a service or of a data directory at rest.
 *
 * Each file is checked whole before any of it is sent, then goes in parts whose ends are durable, so that `--resume` goes
 * on behind the last of them. The digest of its content names the load and keeps its blank nodes apart from those of
 * other files: the same file again adds nothing.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { loadConfig } from '../config.ts';
import { FabricError } from '../errors.ts';
import { NQuadsParser } from '../rdf/n-quads/parser.ts';
import type { QuadLoadAnswer, QuadLoadRequest } from '../service.ts';
import { ServiceClient } from './client.ts';
import { openDataAtRest } from './data-at-rest.ts';
import { EXIT } from './exit-codes.ts';
import { type Options, serviceOf } from './options.ts';
import { nQuadsOf, sentFormatOf } from './quad-files.ts';
import type { Terminal } from './terminal.ts';

/** Where quads go: a service, or a directory. */
interface Target {
  load(body: AsyncIterable<Uint8Array>, request: QuadLoadRequest): Promise<QuadLoadAnswer>;
  /** Bytes that are durable of a load that has not ended; undefined where there is none. */
  progress(id: string): Promise<number | undefined>;
}

/** Bytes of one part: well below what a service takes in one body. */
const PART_BYTES = 16 * 1024 * 1024;

export async function loadQuads(options: Options, terminal: Terminal): Promise<number> {
  const files = options['quads'] as string[];
  for (const file of files) {
    if (file !== '-') sentFormatOf(file);
    else {
      throw new FabricError('request-invalid', 'Quads are not read from standard input', {
        extensions: { hint: 'A file is read twice, first to check it: write the quads to a file.' },
      });
    }
  }
  const data = options['data'] as string | undefined;
  if (data === undefined) {
    await loadFiles(files, serviceTarget(new ServiceClient(serviceOf(options))), options, terminal);
    return EXIT.ok;
  }
  const file = options['config'] as string | undefined;
  const config = loadConfig({ env: process.env, ...(file === undefined ? {} : { file }) });
  await using opened = await openDataAtRest(data, config, 'made-when-absent');
  const { wholeState, context } = opened;
  const target: Target = {
    load: (body, request) => wholeState.loadQuads(context, body, request),
    progress: async (id) => orUndefined(() => Promise.resolve(wholeState.quadLoad(context, id).offset)),
  };
  await loadFiles(files, target, options, terminal);
  return EXIT.ok;
}

function serviceTarget(client: ServiceClient): Target {
  return {
    load: async (body, { format, ...request }) => {
      const parameters = new URLSearchParams(
        Object.entries(request).map(([name, value]) => [name, String(value)] as [string, string]),
      );
      const response = await client.request(`/v1/quads?${parameters.toString()}`, {
        method: 'POST',
        headers: { 'content-type': `application/${format}`, accept: 'application/json' },
        body: Readable.toWeb(Readable.from(body)) as never,
        duplex: 'half',
      });
      return (await response.json()) as QuadLoadAnswer;
    },
    progress: (id) =>
      orUndefined(async () => {
        const { offset } = (await client.json(`/v1/quads/loads/${id}`)) as { readonly offset: number };
        return offset;
      }),
  };
}

async function orUndefined<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (refusal) {
    if (refusal instanceof FabricError && refusal.type === 'not-found') return undefined;
    throw refusal;
  }
}

async function loadFiles(
  files: readonly string[],
  target: Target,
  options: Options,
  terminal: Terminal,
): Promise<void> {
  for (const file of files) {
    const { statements, added, seq, from } = await loadFile(file, target, options, terminal);
    const resumed = from === 0 ? '' : `, gone on behind byte ${from}`;
    terminal.out(
      terminal.json
        ? JSON.stringify({ file, statements, added, seq, resumedFrom: from })
        : `${file}: ${statements} statements, ${added} new${resumed}; as of change ${seq}`,
    );
  }
}

async function loadFile(file: string, target: Target, options: Options, terminal: Terminal) {
  const graph = options['graph'] as string | undefined;
  const read = (): AsyncIterable<Uint8Array> => nQuadsOf(file, options['base'] as string | undefined);
  const format = sentFormatOf(file);
  const keepsLabels = options['keepLabels'] === true;
  const id = await checkedDigest(read(), file, format, graph, keepsLabels);
  let from = 0;
  if (options['resume'] === true) {
    from = (await target.progress(id)) ?? 0;
    if (from === 0) terminal.note(`${file}: nothing to resume; it is loaded from its beginning`);
  }
  const request = {
    ...{ format, id },
    ...(graph === undefined ? {} : { graph }),
    ...(keepsLabels ? {} : { scope: id.slice(0, 16) }),
  };
  let [statements, added, seq, offset] = [0, 0, 0, from];
  for await (const { bytes, isLast } of partsOf(behind(read(), from))) {
    const answer = await target.load(once(bytes), { ...request, offset, more: !isLast });
    statements += answer.statements;
    added += answer.added;
    seq = answer.seq;
    offset += bytes.length;
  }
  return { statements, added, seq, from };
}

/** Reads all of a file as the fabric will. @returns a digest of the content and of where it goes, letters and digits */
async function checkedDigest(
  chunks: AsyncIterable<Uint8Array>,
  source: string,
  format: 'n-quads' | 'n-triples',
  graph: string | undefined,
  keepsLabels: boolean,
): Promise<string> {
  const digest = createHash('sha256').update(`${graph ?? ''} ${keepsLabels}\n`);
  let next = 1;
  const ids = { defaultGraph: 0, intern: () => next++ };
  const parser = new NQuadsParser({ ids, format, source, ...(graph === undefined ? {} : { graph }) });
  for await (const chunk of chunks) {
    digest.update(chunk);
    parser.push(chunk);
  }
  parser.end();
  return digest.digest('hex').slice(0, 32);
}

async function* behind(chunks: AsyncIterable<Uint8Array>, offset: number): AsyncGenerator<Uint8Array> {
  let passed = 0;
  for await (const chunk of chunks) {
    const skipped = Math.min(chunk.length, Math.max(0, offset - passed));
    passed += chunk.length;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
}

/** Parts that end with lines; the last one may be empty, and says that it is the last. */
async function* partsOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly isLast: boolean }> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    held.push(Uint8Array.from(chunk));
    heldBytes += chunk.length;
    const end = heldBytes < PART_BYTES ? 0 : chunk.lastIndexOf(10) + 1;
    if (end === 0) continue;
    const whole = Buffer.concat(held);
    const rest = whole.subarray(heldBytes - (chunk.length - end));
    yield { bytes: whole.subarray(0, whole.length - rest.length), isLast: false };
    held = [rest];
    heldBytes = rest.length;
  }
  yield { bytes: Buffer.concat(held), isLast: true };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const CHUNK_BYTES = 256 * 1024;
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield await Promise.resolve(bytes.subarray(at, at + CHUNK_BYTES));
  }
}
