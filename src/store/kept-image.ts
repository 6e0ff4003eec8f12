/**
 * The file of the image at a start: read where it is sound, brought up to the last checkpoint by the log, and checked
 * against the hash of that checkpoint. Whatever does not fit, the store is scanned as if there were no file.
 *
 * It is written when nobody reads or writes the image: after a scan, and when all is closed.
 */
import { setImmediate } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { ChangeLog } from '../log/change-log.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import type { OnBackgroundError } from './background.ts';
import type { DurableHome } from './durable-home.ts';
import type { Image } from './image/image.ts';
import { type CachedImage, readImageCache, writeImageCache } from './image-cache.ts';
import { SetHash } from './set-hash.ts';

export interface KeptImage {
  /** The state of the last checkpoint; undefined: the store has to be scanned. */
  readonly cached: CachedImage | undefined;
  /** Why there is none, where there was a file. */
  readonly problem: string | undefined;
  /** Writes the image, where it is large enough to be worth it. A file that cannot be written is no failure. */
  write(image: Image, hash: SetHash): Promise<void>;
}

interface Surroundings {
  readonly home: DurableHome;
  readonly log: ChangeLog;
  readonly graphs: GraphNames;
  readonly config: Config;
  readonly onBackgroundError: OnBackgroundError;
}

/** Changes published at once. */
const GROUP = 1024;

export async function keptImage(
  path: string,
  { home, log, graphs, config, onBackgroundError }: Surroundings,
): Promise<KeptImage> {
  const read = await readImageCache(path, { graphs });
  const problem = 'unusable' in read ? read.unusable : await obstacle(read, home, log);
  const write = async (image: Image, hash: SetHash): Promise<void> => {
    if (image.statistics().quads < config.image.fileQuadsMin || image.statistics().pins > 0) return;
    try {
      await writeImageCache(path, image, hash, () => setImmediate());
    } catch (thrown) {
      onBackgroundError(thrown, 'image file');
    }
  };
  return { cached: 'unusable' in read || problem !== undefined ? undefined : read, problem, write };
}

/** Brings an image up to the last checkpoint. @returns why it cannot be used; it is of no use then */
async function obstacle(
  { image, hash }: CachedImage,
  { state }: DurableHome,
  log: ChangeLog,
): Promise<string | undefined> {
  const { lastSeq, unfinished } = state;
  const seq = image.publishedSeq;
  if (unfinished !== undefined) return 'a checkpoint was not finished';
  if (seq > lastSeq) return `it reaches to change ${seq}, the store to change ${lastSeq}`;
  if (seq < lastSeq && log.firstSeq > seq + 1)
    return `the log no longer holds the changes from ${seq + 1} on`;
  if (SetHash.versionOf(state.hash) !== hash.version) return 'the store has a hash of an older kind';
  if (seq < lastSeq) {
    for await (const change of log.read(seq + 1)) {
      if (change.seq > lastSeq) break;
      const effect = image.replay(change, change.seq);
      for (const q of effect.removed) hash.remove(q);
      for (const q of effect.added) hash.add(q);
      if (change.seq % GROUP === 0) image.publish(change.seq);
    }
    image.publish(image.stagedSeq);
  }
  return hash.toString() === state.hash ? undefined : 'its quads do not have the hash of the checkpoint';
}
