/**
 * Start-up: scan the durable home, verify it, replay the tail of the log. What comes out is the state as of
 * the last acknowledged change, or a refusal that says what is wrong; never something in between.
 */
import { FabricError } from '../errors.ts';
import type { ChangeLog } from '../log/change-log.ts';
import type { RecordStore } from '../write/record-store.ts';
import type { Checkpointer } from './checkpoint.ts';
import type { DurableHome } from './durable-home.ts';
import type { Image } from './image/image.ts';
import { SetHash } from './set-hash.ts';

export interface RecoveryOptions {
  readonly home: DurableHome;
  readonly log: ChangeLog;
  /** Empty, and filled here; or what a file held, brought up to the state of the home. */
  readonly image: Image;
  readonly records: RecordStore;
  /** Of the quads of the image; follows them from here on. */
  readonly hash: SetHash;
  /** Told of every change that only the log holds. It shares `hash`. */
  readonly checkpointer: Checkpointer;
  /** Whether the image holds the state of the home already; it is scanned unless it does. */
  readonly isLoaded?: boolean;
}

export interface Recovery {
  /** Quads as of the last checkpoint. */
  readonly quads: number;
  readonly replayed: number;
  /** `at` of the last change that the log retains; empty when it retains none. */
  readonly lastAt: string;
}

/** Changes published at once during a replay. */
const REPLAY_GROUP = 1024;

/** @throws FabricError `store-damaged` or `log-damaged` */
export async function recover(options: RecoveryOptions): Promise<Recovery> {
  const { home, log, image, records, hash, checkpointer, isLoaded = false } = options;
  const { lastSeq, unfinished } = home.state;
  const needed = unfinished?.seq ?? lastSeq;
  if (log.lastSeq < needed) {
    throw new FabricError(
      'log-damaged',
      `The log ends with change ${log.lastSeq}, but the store has seen change ${needed}`,
    );
  }
  if (log.lastSeq > lastSeq && log.firstSeq > lastSeq + 1) {
    throw new FabricError(
      'log-damaged',
      `The log begins with change ${log.firstSeq}, but the store ends with change ${lastSeq}`,
    );
  }
  // A store of an older program is verified by the digests of that program; its next checkpoint has ours.
  const expected = unfinished?.hash ?? home.state.hash;
  const check = SetHash.versionOf(expected) === hash.version ? hash : new SetHash(1);
  if (!isLoaded) {
    using load = image.beginLoad(lastSeq);
    for await (const batch of home.scan()) {
      load.addTerms(batch);
      for (const q of batch) {
        hash.add(q);
        if (check !== hash) check.add(q);
      }
    }
    if (!unfinished) verify(check, expected, lastSeq);
    load.commit();
  }
  const { quads } = image.statistics();
  for await (const document of home.documents()) records.restore(document);

  let replayed = 0;
  for await (const change of log.read(lastSeq + 1)) {
    const effect = image.replay(change, change.seq);
    records.follow(change.cause);
    checkpointer.note(change, effect);
    if (check !== hash && change.seq <= needed) {
      for (const q of effect.removed) check.remove(q);
      for (const q of effect.added) check.add(q);
    }
    if (change.seq === unfinished?.seq) verify(check, unfinished.hash, change.seq);
    if (++replayed % REPLAY_GROUP === 0) publish(image, records);
  }
  publish(image, records);
  return { quads, replayed, lastAt: await lastTime(log) };
}

/** Known even where nothing had to be replayed: no later change may come before it. */
async function lastTime(log: ChangeLog): Promise<string> {
  if (log.lastSeq < log.firstSeq) return '';
  let at = '';
  for await (const change of log.read(log.lastSeq)) at = change.at;
  return at;
}

function publish(image: Image, records: RecordStore): void {
  image.publish(image.stagedSeq);
  records.publish();
}

function verify(hash: SetHash, expected: string, seq: number): void {
  if (hash.toString() === expected) return;
  throw new FabricError(
    'store-damaged',
    `The quads of the store do not have the hash of its checkpoint at change ${seq}`,
    { extensions: { expected, found: hash.toString() } },
  );
}
