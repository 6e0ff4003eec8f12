/**
 * Damage trials: bits flip and files are cut short in a data directory that lies still; whoever opens it then must
 * find all that was acknowledged, or be refused with a typed error. Anything else is silence.
 *
 * `node test/store/damage-trials.ts --flips 1000 --seed 1` prints one line of JSON and fails on silence.
 */
import { copyFile, cp, mkdtemp, open, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FabricError } from '../../src/errors.ts';
import { SegmentLog } from '../../src/log/segment-log.ts';
import { generator } from './crash-trials.ts';
import {
  abandon,
  type Contents,
  causeOf,
  contentsOf,
  openTrial,
  readingOf,
  SEGMENT_BYTES,
  trialConfig,
} from './trial-state.ts';

export interface DamageResult {
  readonly seed: number;
  /** Bit flips and truncations that were tried. */
  readonly flips: number;
  readonly truncations: number;
  /** Opened, with all that was acknowledged. */
  readonly clean: number;
  /** Refused, by type of the refusal. */
  readonly refused: Readonly<Record<string, number>>;
  /** Opened without something that was acknowledged, or failed with an error that is none of ours. */
  readonly silent: readonly string[];
}

/** The last bytes of each log file that truncations go through. */
const TRUNCATED_BYTES = 4096;
/** What the names of files begin with. */
const KINDS = ['log/', 'store/', 'image.cache'];

/**
 * @param flips  bits to flip, one at a time, in files of the log, of the store and of the image by turns
 * @param step  every how many bytes a truncation is tried; 1: each
 */
export async function damageTrials(flips: number, step: number, seed: number): Promise<DamageResult> {
  const folder = await mkdtemp(join(tmpdir(), 'fabric-damage-'));
  try {
    const sound = join(folder, 'sound');
    const expected = JSON.stringify(await fill(sound));
    const files = await filesIn(sound);
    const found = { clean: 0, refused: {} as Record<string, number>, silent: [] as string[] };
    const trial = async (name: string, harm: (directory: string) => Promise<void>): Promise<void> => {
      const directory = join(folder, 'damaged');
      await rm(directory, { recursive: true, force: true });
      await cp(sound, directory, { recursive: true });
      await harm(directory);
      const outcome = await outcomeOf(directory, expected);
      if (outcome === 'clean') found.clean++;
      else if (outcome.startsWith('refused ')) {
        const type = outcome.slice('refused '.length);
        found.refused[type] = (found.refused[type] ?? 0) + 1;
      } else found.silent.push(`${name}: ${outcome}`);
    };

    const random = generator(seed);
    for (let flip = 0; flip < flips; flip++) {
      const kind = KINDS[flip % KINDS.length]!;
      const candidates = files.filter(({ name, used }) => name.startsWith(kind) && used > 0);
      const { name, used } = candidates[Math.floor(random() * candidates.length)]!;
      const at = Math.floor(random() * used);
      const bit = Math.floor(random() * 8);
      await trial(`${name} byte ${at} bit ${bit}`, (directory) => flipBit(join(directory, name), at, bit));
    }
    let truncations = 0;
    const logs = join(folder, 'logs');
    await cp(join(sound, 'log'), logs, { recursive: true });
    for (const { name, size } of files.filter((file) => file.name.startsWith('log/'))) {
      const path = join(logs, name.slice('log/'.length));
      for (let cut = 1; cut <= Math.min(TRUNCATED_BYTES, size); cut += step, truncations++) {
        await truncate(path, size - cut);
        const type = await refusalOf(logs);
        // What the log takes by itself is tried with all that belongs to it.
        if (type === undefined) {
          await trial(`${name} cut by ${cut}`, (directory) => truncate(join(directory, name), size - cut));
        } else found.refused[type] = (found.refused[type] ?? 0) + 1;
        await copyFile(join(sound, name), path);
      }
    }
    return { seed, flips, truncations, ...found };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A directory with several segments, an image, a checkpoint and a tail behind it, as a crash leaves it. */
async function fill(directory: string): Promise<Contents> {
  let state = await openTrial(directory, trialConfig(1_000_000));
  const write = async (turn: number): Promise<void> => {
    await Promise.all(
      Array.from({ length: 50 }, (_, element) =>
        state.writer.submit(() => ({
          draft: {
            cause: causeOf(`${turn}:${element}`, element, turn),
            added: readingOf(element, turn),
            removed: readingOf(element, turn - 1),
          },
          answer: () => undefined,
        })),
      ),
    );
  };
  for (let turn = 1; turn <= 6; turn++) await write(turn);
  await state.close();
  state = await openTrial(directory, trialConfig(1_000_000));
  for (let turn = 7; turn <= 8; turn++) await write(turn);
  await state.checkpointer.run();
  for (let turn = 9; turn <= 11; turn++) await write(turn);
  const contents = contentsOf(state);
  await abandon(state);
  return contents;
}

interface StoredFile {
  /** Below the directory: `log/...`, `store/...`, `image.cache`. */
  readonly name: string;
  readonly size: number;
  /** Bytes before the zeros at the end. */
  readonly used: number;
}

async function filesIn(directory: string): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  const names = await Promise.all(
    ['log', 'store'].map(async (kind) => {
      const inside = await readdir(join(directory, kind));
      return inside.sort().map((file) => `${kind}/${file}`);
    }),
  );
  for (const name of [...names.flat(), 'image.cache']) {
    const bytes = await readFile(join(directory, name));
    let used = bytes.length;
    while (used > 0 && bytes[used - 1] === 0) used--;
    files.push({ name, size: bytes.length, used });
  }
  return files;
}

async function flipBit(path: string, at: number, bit: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0]! ^= 1 << bit;
  await file.write(byte, 0, 1, at);
  await file.close();
}

/** How a log is refused, by itself; undefined when it opens. */
async function refusalOf(directory: string): Promise<string | undefined> {
  try {
    await (await SegmentLog.open(directory, { segmentBytes: SEGMENT_BYTES })).close();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof FabricError) return thrown.type;
    throw thrown;
  }
}

async function outcomeOf(directory: string, expected: string): Promise<string> {
  let found: Contents;
  try {
    const state = await openTrial(directory);
    found = contentsOf(state);
    await abandon(state);
  } catch (thrown) {
    return thrown instanceof FabricError ? `refused ${thrown.type}` : `failed with ${String(thrown)}`;
  }
  return JSON.stringify(found) === expected ? 'clean' : 'opened with other contents';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      flips: { type: 'string', default: '1000' },
      step: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
    },
  });
  const result = await damageTrials(Number(values.flips), Number(values.step), Number(values.seed));
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (result.silent.length > 0) process.exitCode = 1;
}
