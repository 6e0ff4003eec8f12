/**
 * Checkpoints: what the durable home lacks, gathered change by change and written in the background.
 *
 * The difference to the home is kept net, so that a reading that changed a hundred times is written once.
 * A checkpoint never stands in front of an acknowledgement and never runs twice at once; when it fails, what
 * it should have written is written by the next.
 */
import type { Change } from '../log/change.ts';
import type { ChangeLog, LogRetention } from '../log/change-log.ts';
import type { RecordDocument } from '../mapping/record.ts';
import type { QuadDelta } from '../rdf/dataset.ts';
import { QuadDifference } from './difference.ts';
import type { DurableHome } from './durable-home.ts';
import { QuadDigester } from './quad-digest.ts';
import type { SetHash } from './set-hash.ts';

/** What has to be written for a stretch of changes. */
interface Difference {
  readonly quads: QuadDifference;
  /** Records whose document changed, by source and key. */
  readonly records: Map<string, { readonly source: string; readonly key: string }>;
}

export interface CheckpointerOptions {
  readonly home: DurableHome;
  readonly log: ChangeLog;
  /** The last durable document of a record; undefined when it is forgotten. */
  readonly document: (source: string, key: string) => RecordDocument | undefined;
  /** Hash of all quads; kept up here with every change that is noted. */
  readonly hash: SetHash;
  readonly intervalMs: number;
  readonly changesMax: number;
  /** Share of time that writing may take. */
  readonly dutyRatio: number;
  /** Changes, and bytes of log, that may wait for a checkpoint: the nearer they are, the more time writing takes. */
  readonly tailMax: { readonly changes: number; readonly bytes: number };
  readonly retention: () => LogRetention;
  /** Milliseconds, monotone. */
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** A tail that is this full is checkpointed whatever the time and the number of its changes. */
const EARLY_FILL = 0.25;

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #hash: SetHash;
  readonly #digester = new QuadDigester();
  #difference: Difference = empty();
  #lastSeq: number;
  #lastTime: number;
  #running: Promise<void> | undefined;
  #hurried = false;
  /** The last one failed: the next waits for its time, however much there is to write. */
  #failed = false;
  /**
   * Whether the home surely holds what it held at its last sequence number. After a checkpoint that did not
   * complete it may hold some later quads too: then opposite changes no longer cancel out.
   */
  #exact: boolean;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#hash = options.hash;
    this.#lastSeq = options.home.state.lastSeq;
    this.#lastTime = options.clock();
    this.#exact = options.home.state.unfinished === undefined;
  }

  /** Changes that only the log holds. */
  get tailLength(): number {
    return this.#lastSeq - this.#options.home.state.lastSeq;
  }

  /** Bytes of log that those changes take, about. */
  get tailBytes(): number {
    const { home, log } = this.#options;
    return log.bytesAfter(home.state.lastSeq);
  }

  /** How full the tail is: 1 where it has reached a bound. */
  get tailFill(): number {
    const { changes, bytes } = this.#options.tailMax;
    return Math.max(this.tailLength / changes, this.tailBytes / bytes);
  }

  /**
   * Takes note of a durable change.
   *
   * @param effect  what it really did to the image; differs only while a tail is replayed over what an
   *   unfinished checkpoint left
   */
  note(change: Change, effect: QuadDelta = change): void {
    if (effect === change) this.#noteBoth(change);
    else {
      for (const q of effect.removed) this.#hash.remove(q);
      for (const q of effect.added) this.#hash.add(q);
      this.#noteQuads(change);
    }
    const { record, quarantined, forgotten = [] } = change.cause;
    if (record && !quarantined) this.#noteRecord(record);
    for (const passed of forgotten) this.#noteRecord(passed);
    this.#lastSeq = change.seq;
  }

  /** Starts a checkpoint when it is time for one. */
  tick(): void {
    if (this.#running || this.tailLength === 0) return;
    const due = this.#options.clock() - this.#lastTime >= this.#options.intervalMs;
    const { changesMax } = this.#options;
    if (!due && (this.#failed || (this.tailLength < changesMax && this.tailFill < EARLY_FILL))) return;
    void this.run().catch(this.#options.onError);
  }

  /** Writes a checkpoint of all that was noted, after those that were asked for before. */
  run(): Promise<void> {
    const before = this.#running ?? Promise.resolve();
    const running = before
      .catch(() => undefined)
      .then(() => this.#write())
      .finally(() => {
        if (this.#running === running) this.#running = undefined;
        this.#lastTime = this.#options.clock();
      });
    this.#running = running;
    return running;
  }

  /** Writes what is left without sparing anybody: for closing. */
  finish(): Promise<void> {
    this.#hurried = true;
    return this.run();
  }

  #noteRecord({ source, key }: { readonly source: string; readonly key: string }): void {
    this.#difference.records.set(`${source}\u0000${key}`, { source, key });
  }

  /** The usual case: each digest is made once. */
  #noteBoth({ added, removed }: QuadDelta): void {
    const digester = this.#digester;
    const { quads } = this.#difference;
    for (const q of removed) {
      digester.digest(q);
      this.#hash.removeDigest(digester.lanes);
      quads.note(q, digester.lanes, false, this.#exact);
    }
    for (const q of added) {
      digester.digest(q);
      this.#hash.addDigest(digester.lanes);
      quads.note(q, digester.lanes, true, this.#exact);
    }
  }

  #noteQuads({ added, removed }: QuadDelta): void {
    const digester = this.#digester;
    const { quads } = this.#difference;
    for (const q of removed) {
      digester.digest(q);
      quads.note(q, digester.lanes, false, this.#exact);
    }
    for (const q of added) {
      digester.digest(q);
      quads.note(q, digester.lanes, true, this.#exact);
    }
  }

  async #write(): Promise<void> {
    const { home, log, document, retention } = this.#options;
    const difference = this.#difference;
    const seq = this.#lastSeq;
    const hash = this.#hash.toString();
    if (seq === home.state.lastSeq && home.state.unfinished === undefined) return;
    this.#difference = empty();
    const documents: RecordDocument[] = [];
    const forgotten: { source: string; key: string }[] = [];
    for (const { source, key } of difference.records.values()) {
      const known = document(source, key);
      if (known) documents.push(known);
      else forgotten.push({ source, key });
    }
    const exactBefore = this.#exact;
    // What is noted while this runs is relative to what it will have written.
    this.#exact = true;
    try {
      await home.checkpoint(
        {
          seq,
          hash,
          present: difference.quads.quads(true),
          absent: difference.quads.quads(false),
          documents,
          forgotten,
        },
        this.#pacer(),
      );
    } catch (failure) {
      this.#failed = true;
      this.#exact = exactBefore;
      this.#putBack(difference);
      throw failure;
    }
    this.#failed = false;
    await log.release(home.state.lastSeq, retention());
  }

  /** After a failure: what was not surely written, overlaid by what came since. */
  #putBack(difference: Difference): void {
    this.#exact = false;
    difference.quads.overlay(this.#difference.quads);
    for (const [key, record] of this.#difference.records) difference.records.set(key, record);
    this.#difference = difference;
  }

  /** Sleeps after each chunk so long that writing takes no more than its share of time. */
  #pacer(): () => Promise<void> {
    const { clock, sleep, dutyRatio } = this.#options;
    let since = clock();
    return async () => {
      const workedMs = clock() - since;
      const duty = Math.min(1, Math.max(dutyRatio, this.tailFill));
      if (!this.#hurried && duty < 1) await sleep(workedMs * (1 / duty - 1));
      since = clock();
    };
  }
}

function empty(): Difference {
  return { quads: new QuadDifference(), records: new Map() };
}
