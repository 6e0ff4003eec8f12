/**
 * Lines in the order of their code points, each once, however many they are: what does not fit into memory goes to
 * temporary files in sorted runs, which are merged as they are read. The files go away with the reader.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Characters of lines that are held at once. */
const HELD_LENGTH_MAX = 128 * 1024 * 1024;

/**
 * @param heldLengthMax  for tests
 * @returns the lines as UTF-8 with a character for each byte: these compare as the code points of the lines do
 */
export async function* sortedLines(
  batches: AsyncIterable<readonly string[]>,
  heldLengthMax = HELD_LENGTH_MAX,
): AsyncGenerator<string> {
  let folder: string | undefined;
  const runs: string[] = [];
  let held: string[] = [];
  let heldLength = 0;
  try {
    for await (const batch of batches) {
      for (const line of batch) {
        const bytes = Buffer.from(line, 'utf8').toString('latin1');
        held.push(bytes);
        heldLength += bytes.length;
      }
      if (heldLength <= heldLengthMax) continue;
      folder ??= await mkdtemp(join(tmpdir(), 'fabric-sort-'));
      runs.push(await spill(join(folder, `${runs.length}`), distinct(held)));
      held = [];
      heldLength = 0;
    }
    const inMemory = distinct(held);
    const sorted = runs.length === 0 ? inMemory : merged([...runs.map(linesOfRun), asAsync(inMemory)]);
    yield* sorted;
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

function* distinct(lines: string[]): Generator<string> {
  lines.sort(byCodeUnit);
  let last: string | undefined;
  for (const line of lines) {
    if (line !== last) yield line;
    last = line;
  }
}

/** The text of a line. */
export const textOf = (line: string): string => Buffer.from(line, 'latin1').toString('utf8');

export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function spill(path: string, lines: Iterable<string>): Promise<string> {
  await pipeline(Readable.from(chunked(lines), { objectMode: false }), createWriteStream(path));
  return path;
}

function* chunked(lines: Iterable<string>): Generator<Buffer> {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < 1 << 20) continue;
    yield Buffer.from(text, 'latin1');
    text = '';
  }
  yield Buffer.from(text, 'latin1');
}

async function* linesOfRun(path: string): AsyncGenerator<string> {
  // A line of N-Quads has no line end of any kind within it, nor has its canonical form.
  yield* createInterface({ input: createReadStream(path, { encoding: 'latin1' }) });
}

async function* asAsync(lines: Iterable<string>): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

/** Sorted sources as one; there are few, so that looking at the head of each is cheap enough. */
async function* merged(sources: readonly AsyncIterable<string>[]): AsyncGenerator<string> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
  let last: string | undefined;
  for (;;) {
    let least = -1;
    for (const [index, head] of heads.entries()) {
      if (head.done === true) continue;
      const best = least < 0 ? undefined : heads[least]!;
      if (best === undefined || best.done === true || head.value < best.value) least = index;
    }
    if (least < 0) return;
    const line = heads[least]!.value as string;
    if (line !== last) yield line;
    last = line;
    heads[least] = await iterators[least]!.next();
  }
}
