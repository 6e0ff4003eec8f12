/**
 * `fabric diff`: what has to be taken away and added to make one graph of another, quad by quad. Each side is a file, a
 * backup, or a state of a service; both are read as sorted lines, so that neither has to fit into memory.
 *
 * Blank nodes are compared by their labels, which the store never changes.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { canonicalLine } from '../rdf/n-quads/terms.ts';
import { readBackup } from '../store/backup/read.ts';
import { ServiceClient } from './client.ts';
import { type DifferentLine, type DiffFormat, diffPieces } from './diff-pieces.ts';
import { dumpOf } from './dump.ts';
import { EXIT } from './exit-codes.ts';
import { type CommandWork, type Options, openOutput, serviceOf } from './options.ts';
import { canonicalLines, fileChunks, nQuadsOf, sentFormatOf } from './quad-files.ts';
import { byCodeUnit, sortedLines, textOf } from './sorted-lines.ts';

export const diff: CommandWork = async (args, options, terminal) => {
  const [before, after] = args as [string, string];
  const format: DiffFormat = terminal.json ? 'json' : (options['format'] as DiffFormat);
  const output = options['output'] as string | undefined;
  const counts = { added: 0, removed: 0 };
  const lines = difference(sortedLines(linesOf(before, options)), sortedLines(linesOf(after, options)));
  const pieces = diffPieces(lines, format, { before, after }, counts);
  await pipeline(Readable.from(pieces), await openOutput(output), { end: output !== undefined });
  return counts.added + counts.removed === 0 ? EXIT.ok : EXIT.negative;
};

/** The lines of one side, in any order. */
function linesOf(side: string, options: Options): AsyncIterable<readonly string[]> {
  const state = /^@(\d+|now)$/.exec(side)?.[1];
  if (state !== undefined) return stateLines(state === 'now' ? undefined : Number(state), options);
  if (/\.(tar\.gz|tgz)$/i.test(side)) return backupLines(side);
  return canonicalLines(nQuadsOf(side, options['base'] as string | undefined), sentFormatOf(side), side);
}

async function* stateLines(at: number | undefined, options: Options): AsyncGenerator<readonly string[]> {
  const { body } = await dumpOf(new ServiceClient(serviceOf(options)), {
    mediaType: 'application/n-quads',
    graph: options['graph'] as string | undefined,
    at,
  });
  yield* canonicalLines(body, 'n-quads', `@${at ?? 'now'}`);
}

/** @throws FabricError `backup-damaged` where the archive is not whole */
async function* backupLines(path: string): AsyncGenerator<readonly string[]> {
  for await (const part of readBackup(fileChunks(path))) {
    if (part.kind === 'quads') yield part.quads.map(canonicalLine);
  }
}

/** Lines that only one of two sorted sides has, in their order. */
async function* difference(
  before: AsyncIterable<string>,
  after: AsyncIterable<string>,
): AsyncGenerator<DifferentLine> {
  const [left, right] = [before[Symbol.asyncIterator](), after[Symbol.asyncIterator]()];
  try {
    // One after the other: the first to be sorted may take all of the memory that is for it.
    let old = await left.next();
    let young = await right.next();
    while (old.done !== true || young.done !== true) {
      const order = old.done === true ? 1 : young.done === true ? -1 : byCodeUnit(old.value, young.value);
      if (order < 0) yield { line: textOf(old.value as string), isAdded: false };
      else if (order > 0) yield { line: textOf(young.value as string), isAdded: true };
      if (order <= 0) old = await left.next();
      if (order >= 0) young = await right.next();
    }
  } finally {
    await left.return?.();
    await right.return?.();
  }
}
