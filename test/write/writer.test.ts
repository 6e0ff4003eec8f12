/** The writer: one after another, all of a group or nothing, and never again once the log failed. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { FabricError } from '../../src/errors.ts';
import type { Change } from '../../src/log/change.ts';
import { MemoryLog } from '../../src/log/memory-log.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { literal, namedNode, quad, type RDF, typed } from '../../src/rdf/terms.ts';
import { ANY } from '../../src/store/graph-view.ts';
import { Image } from '../../src/store/image/image.ts';
import { RecordStore } from '../../src/write/record-store.ts';
import { type Preparation, Writer, type WriterOptions } from '../../src/write/writer.ts';

const time = '2026-03-01T12:00:00.000Z';
const quadOf = (n: number): RDF.Quad => quad(namedNode('urn:s'), namedNode('urn:p'), typed(n, 'integer'));

/** A log whose disk fails when it is told to. */
class FailingLog extends MemoryLog {
  fails = false;

  override append(changes: readonly Change[]): Promise<void> {
    if (this.fails)
      return Promise.reject(new FabricError('log-unavailable', 'The log could not be written: EIO'));
    return super.append(changes);
  }
}

function setUp(options: Partial<WriterOptions> = {}, lastAt?: string) {
  const log = new FailingLog();
  const image = new Image({ graphs: new GraphNames('https://fabric.example/') });
  const records = new RecordStore();
  const seen: Change[] = [];
  const writer = new Writer(
    {
      ...{ log, image, records },
      now: () => Date.parse(time),
      yieldTurn: () => setImmediate(),
      queueLengthMax: 100,
      groupLengthMax: 10,
      onChange: (change) => seen.push(change),
      admit: () => undefined,
      ...options,
    },
    lastAt,
  );
  return { log, image, records, writer, seen };
}

/** A record with one quad; the answer is the seq of its change. */
const put = (n: number, after?: Promise<unknown>): Preparation<number> => {
  return async (state) => {
    await after;
    assert.equal(state.view.match(ANY, ANY, ANY, ANY).length / 4, state.records.size, 'sees all before it');
    const record = {
      source: 's',
      key: `k${n}`,
      op: 'replace',
      value: { n },
      observedAt: time,
      receivedAt: time,
    };
    return {
      draft: {
        cause: { kind: 'record', principal: 'p', tenant: 'default', record: { ...record, op: 'replace' } },
        added: [quadOf(n)],
        removed: [],
      },
      answer: (change) => change!.seq,
    };
  };
};

const sizeOf = (image: Image): number => {
  using snapshot = image.snapshot();
  return snapshot.view.match(ANY, ANY, ANY, ANY).length / 4;
};

describe('writer', () => {
  it('takes preparations one after another, however long each takes', async () => {
    const { writer, log, seen, image } = setUp();
    const answers = await Promise.all(
      Array.from({ length: 25 }, (_, n) => writer.submit(put(n, n % 3 === 0 ? setImmediate() : undefined))),
    );
    assert.deepEqual(
      answers,
      Array.from({ length: 25 }, (_, n) => n + 1),
    );
    assert.deepEqual(
      seen.map(({ seq }) => seq),
      answers,
    );
    assert.equal(log.lastSeq, 25);
    assert.equal(sizeOf(image), 25);
  });

  it('refuses one preparation without harm to its neighbours', async () => {
    const { writer, log } = setUp();
    const unstorable = quad(namedNode('urn:s'), namedNode('urn:p'), literal('\ud800'));
    const answers = await Promise.allSettled([
      writer.submit(put(1)),
      writer.submit(() => {
        throw new FabricError('not-found', 'no');
      }),
      writer.submit(() => ({
        draft: {
          cause: { kind: 'update', principal: 'p', tenant: 'default' },
          added: [quadOf(7), unstorable],
          removed: [quadOf(1)],
        },
        answer: () => 0,
      })),
      writer.submit(put(2)),
    ]);
    assert.deepEqual(
      answers.map((answer) =>
        answer.status === 'fulfilled' ? answer.value : (answer.reason as FabricError).type,
      ),
      [1, 'not-found', 'not-supported', 2],
    );
    assert.equal(log.lastSeq, 2);
  });

  it('drops the whole group when the log fails, takes nothing more, and goes on being read', async () => {
    const { writer, log, image, records, seen } = setUp({ groupLengthMax: 4 });
    await writer.submit(put(1));
    log.fails = true;
    const answers = await Promise.allSettled([2, 3, 4, 5, 6, 7].map((n) => writer.submit(put(n))));
    for (const answer of answers) {
      assert.equal(answer.status, 'rejected');
      assert.equal((answer.reason as FabricError).type, 'log-unavailable');
    }
    log.fails = false;
    await assert.rejects(writer.submit(put(8)), { type: 'log-unavailable' });
    assert.deepEqual([sizeOf(image), image.publishedSeq, image.stagedSeq], [1, 1, 1]);
    assert.deepEqual([records.size, records.get('s', 'k2'), seen.length], [1, undefined, 1]);
    assert.deepEqual({ ...image.statistics() }, { quads: 1, terms: 4, retired: 0, pins: 0 });
    await writer.close();
  });

  it('never lets the time of changes go back', async () => {
    const clock = ['2026-03-01T12:00:00.000Z', '2026-03-01T11:00:00.000Z', '2026-03-01T12:00:01.000Z'];
    let turn = 0;
    const now = (): number => Date.parse(clock[turn]!);
    const { writer, seen } = setUp({ now }, '2026-03-01T11:59:00.000Z');
    for (; turn < clock.length; turn++) await writer.submit(put(turn));
    assert.deepEqual(
      seen.map(({ at }) => at),
      [clock[0], clock[0], clock[2]],
    );
    const later = '2026-03-02T00:00:00.000Z';
    const restarted = setUp({}, later);
    await restarted.writer.submit(put(1));
    assert.equal(restarted.seen[0]?.at, later);
  });

  it('says so when too much waits, and takes more when there is room', async () => {
    const refusals: FabricError[] = [];
    const { writer } = setUp({ queueLengthMax: 3, admit: () => refusals[0] });
    const waiting = [1, 2, 3].map((n) => writer.submit(put(n)));
    await assert.rejects(writer.submit(put(4)), {
      type: 'overloaded',
      extensions: { retryAfterSeconds: 1, limit: 'queueLengthMax' },
    });
    await Promise.all(waiting);
    assert.equal(await writer.submit(put(4)), 4);
    const refusal = new FabricError('overloaded', 'the tail is too long');
    refusals.push(refusal);
    await assert.rejects(writer.submit(put(5)), refusal);
  });

  it('finishes what was submitted when it is closed', async () => {
    const { writer, log } = setUp({ groupLengthMax: 2 });
    const waiting = Array.from({ length: 9 }, (_, n) => writer.submit(put(n, setImmediate())));
    const closed = writer.close();
    await assert.rejects(writer.submit(put(10)), { type: 'log-unavailable' });
    await closed;
    assert.equal((await Promise.all(waiting)).at(-1), 9);
    assert.equal(log.lastSeq, 9);
  });
});
