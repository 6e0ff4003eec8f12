/**
 * A simulated life of the store: writes, checkpoints, merges, readers, faults and crashes in an order by seed, and
 * after each start a comparison with a naive model. The same seed gives the same life.
 */
import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import type { Draft, RecordEffect } from '../../src/log/change.ts';
import { quad, type RDF } from '../../src/rdf/terms.ts';
import type { Snapshot } from '../../src/store/graph-view.ts';
import { Image } from '../../src/store/image/image.ts';
import { SetHash } from '../../src/store/set-hash.ts';
import { RecordStore } from '../../src/write/record-store.ts';
import { GRAPHS, graphs, OBJECTS, PREDICATES, SUBJECTS } from '../store/arbitrary-quads.ts';
import { mergeSteps } from '../store/merging.ts';
import { HomeDisk } from './home-disk.ts';
import { FileLogDisk, type LogDisk, MemoryLogDisk } from './log-disk.ts';
import { type Moment, NaiveState } from './naive-state.ts';
import { type Process, quadsOf, recordsOf, startProcess } from './process.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** An empty folder: the log is of real files there; absent: it is simulated too. */
  readonly folder?: string;
  /** Called with a line for each step. */
  readonly trace?: (step: string) => void;
}

/** What a life had in it. */
export interface Life {
  readonly changes: number;
  readonly starts: number;
  readonly checkpoints: number;
  /** Starts that found a checkpoint cut short. */
  readonly unfinished: number;
}

const STEPS = 40;

/** @throws AssertionError or FabricError where the store and the model part */
export async function simulate({ seed, folder, trace = () => undefined }: SimulationOptions): Promise<Life> {
  const simulation = new Simulation(seed, folder);
  await simulation.start();
  for (let step = 0; step < STEPS; step++) {
    const name = simulation.next();
    trace(`${step} ${name}`);
    await simulation[name]();
  }
  trace('end');
  return simulation.end();
}

/** Steps, as often as they are to come. */
const WEIGHTS = {
  write: 10,
  passTime: 5,
  checkpoint: 3,
  failCheckpoint: 2,
  merge: 4,
  pin: 2,
  release: 2,
  fillDisk: 1,
  breakLog: 1,
  crash: 2,
  crashWhileWriting: 3,
  restart: 1,
} as const;
type StepName = keyof typeof WEIGHTS;
const STEP_NAMES = Object.entries(WEIGHTS).flatMap(([name, weight]) =>
  Array<StepName>(weight).fill(name as StepName),
);

class Simulation implements Readonly<Record<StepName, () => Promise<void>>> {
  readonly #world: World;
  readonly #homeDisk = new HomeDisk();
  readonly #logDisk: LogDisk;
  readonly #model = new NaiveState();
  #process!: Process;
  #pins: { readonly snapshot: Snapshot; readonly moment: Moment }[] = [];
  #recordTime = 0;
  /** So few a life that what is removed is often there. */
  readonly #objects: readonly RDF.Quad_Object[];
  #starts = 0;
  #unfinished = 0;
  #checkpoints = 0;

  constructor(seed: number, folder: string | undefined) {
    this.#world = new World(seed);
    this.#objects = [this.#world.pick(OBJECTS), this.#world.pick(OBJECTS)];
    this.#logDisk =
      folder === undefined ? new MemoryLogDisk(this.#world) : new FileLogDisk(this.#world, folder);
  }

  next(): StepName {
    return this.#world.pick(STEP_NAMES);
  }

  /** Starts a process and compares what it recovered. */
  async start(): Promise<void> {
    const { unfinished, lastSeq } = this.#homeDisk.content.state;
    if (unfinished) this.#unfinished++;
    if (lastSeq > 0) this.#checkpoints++;
    this.#starts++;
    this.#process = await startProcess(this.#world, this.#homeDisk, this.#logDisk);
    const { publishedSeq } = this.#process.image;
    const acknowledged = this.#model.acknowledged.seq;
    const moment = this.#model.found(publishedSeq);
    assert.ok(moment, `Recovered up to ${publishedSeq}, which is not a state behind ${acknowledged}`);
    this.#compare(moment);
  }

  async write(): Promise<void> {
    const answers = await this.#submit();
    assert.deepEqual(
      answers.filter((answer) => 'refused' in answer),
      [],
      'nothing is refused',
    );
    this.#compare(this.#model.acknowledged);
  }

  async passTime(): Promise<void> {
    await this.#world.pass(this.#world.below(8000));
    this.#process.checkpointer.tick();
    await this.#world.settle();
  }

  async checkpoint(): Promise<void> {
    void this.#process.checkpointer.run().catch((error: unknown) => this.#process.failures.push(error));
    await this.#world.settle();
  }

  /** A checkpoint ends somewhere in the middle, and what it wrote is overtaken before the next one. */
  async failCheckpoint(): Promise<void> {
    this.#homeDisk.failsAfter = this.#world.below(12);
    await this.checkpoint();
    if (this.#world.oneIn(3)) return;
    await this.#world.pass(100);
    this.#homeDisk.failsAfter = undefined;
    await this.write();
    await this.write();
    if (this.#world.oneIn(2)) await this.restart();
  }

  merge(): Promise<void> {
    mergeSteps(this.#process.image, this.#world.pick([1, 2, 5, 1000]));
    this.#compare(this.#model.acknowledged);
    return Promise.resolve();
  }

  pin(): Promise<void> {
    this.#pins.push({ snapshot: this.#process.image.snapshot(), moment: this.#model.acknowledged });
    return Promise.resolve();
  }

  release(): Promise<void> {
    for (const { snapshot, moment } of this.#pins.splice(this.#world.below(4), 1)) {
      assert.equal(snapshot.seq, moment.seq);
      assert.deepEqual(quadsOf(snapshot.view), [...moment.quads].sort(), 'what was pinned has not changed');
      snapshot.release();
    }
    return Promise.resolve();
  }

  /** A group does not fit: it is refused, nothing of it stays, and the next is taken. */
  async fillDisk(): Promise<void> {
    this.#logDisk.fault = 'full';
    const answers = await this.#submit();
    const refused = answers.filter((answer) => answer.refused !== undefined);
    for (const answer of refused) assert.equal((answer.refused as FabricError).type, 'storage-full');
    assert.ok(refused.length > 0 || this.#isArmed(), 'somebody was told');
    this.#logDisk.fault = undefined;
    if (this.#process.writer.failure) await this.restart();
    else this.#compare(this.#model.acknowledged);
  }

  /** The log fails after it wrote: what it was asked to write may come back, and only a new process writes again. */
  async breakLog(): Promise<void> {
    this.#logDisk.fault = 'broken';
    await this.#submit();
    if (!this.#isArmed()) {
      assert.equal(this.#process.writer.failure?.type, 'log-unavailable');
      await this.crash();
    }
    this.#logDisk.fault = undefined;
  }

  async crashWhileWriting(): Promise<void> {
    this.#logDisk.fault = 'held';
    void this.#submit();
    await this.#world.settle();
    await this.crash();
  }

  /** The end of a process, with whatever was being written. */
  async crash(): Promise<void> {
    this.#world.killSleepers();
    this.#homeDisk.crash(this.#world);
    await this.#logDisk.crash();
    this.#pins = [];
    await this.start();
  }

  /** An orderly end, and a start with nothing to replay. */
  async restart(): Promise<void> {
    this.#homeDisk.failsAfter = undefined;
    const { writer, checkpointer, log } = this.#process;
    const closing = (async () => {
      await writer.close();
      await checkpointer.finish();
      await log.close();
    })();
    const ended = new AbortController();
    void closing.finally(() => {
      ended.abort();
    });
    for (let turn = 0; turn < 1000 && !ended.signal.aborted; turn++) await this.#world.pass(1000);
    assert.ok(ended.signal.aborted, 'closing comes to an end');
    await closing;
    assert.equal(this.#homeDisk.content.state.lastSeq, this.#model.acknowledged.seq);
    this.#pins = [];
    await this.start();
  }

  /** Whatever came: the log from nothing gives the same as store and tail. */
  async end(): Promise<Life> {
    await this.crash();
    const { log } = this.#process;
    const image = new Image({ graphs });
    const records = new RecordStore();
    for await (const change of log.read(1)) {
      image.replay(change, change.seq);
      image.publish(change.seq);
      records.follow(change.cause);
      records.publish();
    }
    const { acknowledged } = this.#model;
    using replayed = image.snapshot();
    assert.deepEqual(quadsOf(replayed.view), [...acknowledged.quads].sort(), 'a replay from nothing');
    assert.deepEqual(recordsOf(records), recordsOf(this.#process.records));
    await log.close();
    return {
      changes: acknowledged.seq,
      starts: this.#starts,
      checkpoints: this.#checkpoints,
      unfinished: this.#unfinished,
    };
  }

  /** Whether the fault of the log is still to come: nothing had to be written. */
  #isArmed(): boolean {
    return this.#logDisk.fault !== undefined;
  }

  /** Some drafts at once, to the end; none of the answers is thrown. */
  async #submit(): Promise<{ readonly refused?: unknown }[]> {
    const drafts = Array.from({ length: 1 + this.#world.below(6) }, () => this.#draft());
    const answers = drafts.map(async (draft): Promise<{ readonly refused?: unknown }> => {
      let expected: number | undefined;
      try {
        const seq = await this.#process.writer.submit(() => {
          expected = this.#model.stage(draft);
          return { draft, answer: (change) => change?.seq };
        });
        assert.equal(seq, expected, 'the place in the sequence');
        if (seq !== undefined) this.#model.acknowledge(seq);
        return {};
      } catch (refused) {
        // After a full disk nothing of the group is there; the model forgets it before the next group is prepared.
        if (refused instanceof FabricError && refused.type === 'storage-full') this.#model.drop();
        return { refused };
      }
    });
    return Promise.all(answers);
  }

  #draft(): Draft {
    const world = this.#world;
    const quads = (bound: number): RDF.Quad[] =>
      Array.from({ length: world.below(bound) }, () =>
        quad(
          world.pick(SUBJECTS.slice(2, 4)),
          world.pick(PREDICATES.slice(0, 2)),
          world.pick(this.#objects),
          world.pick(GRAPHS),
        ),
      );
    const added = quads(6);
    const twin = added[0];
    if (twin && world.oneIn(3)) {
      added.push(quad(twin.subject, twin.predicate, twin.object, world.pick(GRAPHS)));
    }
    return {
      added,
      removed: quads(8),
      cause: { kind: 'update', principal: 'test', tenant: 'default', ...this.#records() },
    };
  }

  #records(): { readonly record?: RecordEffect; readonly forgotten?: { source: string; key: string }[] } {
    const world = this.#world;
    const key = `k${world.below(4)}`;
    if (world.oneIn(12)) return { forgotten: [{ source: 's', key }] };
    if (world.oneIn(2)) return {};
    const at = new Date(1_767_225_600_000 + ++this.#recordTime * 1000).toISOString();
    const times = { observedAt: at, receivedAt: at };
    if (world.oneIn(5)) return { record: { source: 's', key, op: 'delete', ...times } };
    return { record: { source: 's', key, op: 'replace', value: { n: this.#recordTime }, ...times } };
  }

  #compare({ seq, quads, records }: Moment): void {
    const { image, hash, records: found } = this.#process;
    using snapshot = image.snapshot();
    assert.equal(snapshot.seq, seq);
    const keys = quadsOf(snapshot.view);
    assert.deepEqual(keys, [...quads].sort());
    assert.equal(image.statistics().quads, quads.size);
    assert.deepEqual(
      recordsOf(found),
      Array.from(records, ([name, value]) => `${name} ${JSON.stringify(value)}`).sort(),
    );
    assert.equal(SetHash.parse(hash.toString()).count, quads.size, 'the hash counts the quads');
  }
}
