/** `fabric load`: files of records to a source of the service, with a progress bar on a terminal. */
import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { SingleBar } from 'cli-progress';
import { FabricError, messageOf } from '../errors.ts';
import { ServiceClient } from './client.ts';
import { EXIT } from './exit-codes.ts';
import { type CommandWork, serviceOf } from './options.ts';
import type { Terminal } from './terminal.ts';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  jsonld: 'application/ld+json',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
  csv: 'text/csv',
};

export const load: CommandWork = async (args, options, terminal) => {
  if (options['quads'] !== undefined) {
    if (args.length > 0)
      throw new FabricError('request-invalid', `With --quads no source is named: "${args[0]}"`);
    return (await import('./load-quads.ts')).loadQuads(options, terminal);
  }
  const [source, ...files] = args;
  if (source === undefined || files.length === 0) {
    throw new FabricError('request-invalid', 'A source and a file are missing', {
      extensions: { hint: 'Name both, or give files of quads with --quads.' },
    });
  }
  const client = new ServiceClient(serviceOf(options));
  let refused = 0;
  for (const file of files) {
    const report = await send(client, source, file, options['mediaType'] as string | undefined, terminal);
    refused += report.counts.refused + report.counts.quarantined;
    if (terminal.json) terminal.out(JSON.stringify({ file, ...report }));
    else terminal.out(describe(file, report));
  }
  return refused > 0 ? EXIT.negative : EXIT.ok;
};

/** What the door answers. */
interface Report {
  readonly seq: number;
  readonly counts: Readonly<Record<(typeof COUNTED)[number], number>>;
  readonly problems: readonly Problem[];
}

const COUNTED = ['received', 'accepted', 'unchanged', 'stale', 'quarantined', 'refused'] as const;

async function send(
  client: ServiceClient,
  source: string,
  file: string,
  mediaType: string | undefined,
  terminal: Terminal,
): Promise<Report> {
  const ending = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? '';
  const type = mediaType ?? (Object.hasOwn(MEDIA_TYPES, ending) ? MEDIA_TYPES[ending] : undefined);
  if (type === undefined) {
    throw new FabricError('media-type-unsupported', `The ending of ${file} says no media type`, {
      extensions: { supported: Object.keys(MEDIA_TYPES), hint: 'Name one with --media-type.' },
    });
  }
  const sizeBytes = file === '-' ? 0 : await sizeOf(file);
  const bar = terminal.interactive && sizeBytes > 0 ? progressBar(file, sizeBytes) : undefined;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bar?.increment(chunk.length);
      done(null, chunk);
    },
  });
  const input = file === '-' ? process.stdin : createReadStream(file);
  try {
    const response = await client.request(`/v1/ingest/${encodeURIComponent(source)}`, {
      method: 'POST',
      headers: { 'content-type': type, accept: 'application/json' },
      body: Readable.toWeb(input.pipe(counted)) as never,
      duplex: 'half',
    });
    return (await response.json()) as Report;
  } finally {
    bar?.stop();
  }
}

function progressBar(file: string, sizeBytes: number): SingleBar {
  const bar = new SingleBar({
    format: `${file} {bar} {percentage}% | {mib} of {mibTotal} MiB | {rate} MiB/s | {eta_formatted} left`,
    stream: process.stderr,
    hideCursor: true,
    formatValue: (value) => String(value),
    etaBuffer: 50,
  });
  const start = performance.now();
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  const shown = (bytes: number) => ({
    mib: mib(bytes),
    mibTotal: mib(sizeBytes),
    rate: mib(bytes / Math.max(0.001, (performance.now() - start) / 1000)),
  });
  bar.start(sizeBytes, 0, shown(0));
  let sent = 0;
  const increment = bar.increment.bind(bar);
  bar.increment = ((bytes: number) => {
    sent += bytes;
    increment(bytes, shown(sent));
  }) as never;
  return bar;
}

async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new Error('it is a directory');
    await access(file, constants.R_OK);
    return found.size;
  } catch (thrown) {
    throw new FabricError('not-found', `${file} cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}

interface Problem {
  readonly key?: string;
  readonly position?: number;
  readonly status?: string;
  readonly problem?: { readonly detail?: string };
}

function describe(file: string, { seq, counts, problems }: Report): string {
  const tally = COUNTED.map((name) => `${counts[name]} ${name}`).join(', ');
  const lines = problems
    .slice(0, PROBLEMS_SHOWN)
    .map(({ position, key, status, problem }) =>
      `  record ${position ?? '?'} ${key ?? ''}: ${status ?? ''} ${problem?.detail ?? ''}`.trimEnd(),
    );
  const change = seq === 0 ? 'nothing changed' : `as of change ${seq}`;
  return [`${file}: ${tally}; ${change}`, ...lines].join('\n');
}

const PROBLEMS_SHOWN = 20;
