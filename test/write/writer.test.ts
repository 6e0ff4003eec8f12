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
  isFull = false;

  override append(changes: readonly Change[]): Promise<void> {
    if (this.isFull) return Promise.reject(new FabricError('storage-full', 'No room'));
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
    assert.deepEqual({ ...image.statistics() }, { quads: 1, terms: 3, retired: 0, pins: 0 });
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

  it('refuses a group when there is no room, is read meanwhile, and goes on when there is', async () => {
    const { writer, log, image, seen } = setUp();
    await writer.submit(put(1));
    log.isFull = true;
    const refused = await Promise.allSettled([2, 3].map((n) => writer.submit(put(n))));
    for (const answer of refused) {
      assert.ok(answer.status === 'rejected');
      assert.equal((answer.reason as FabricError).type, 'storage-full');
    }
    assert.deepEqual([writer.isStorageFull, writer.failure, sizeOf(image)], [true, undefined, 1]);
    log.isFull = false;
    assert.equal(await writer.submit(put(4)), 2);
    assert.deepEqual([writer.isStorageFull, seen.length, image.publishedSeq], [false, 2, 2]);
  });
});

describe('writer: samples', () => {
  const cause = { kind: 'sample', principal: 'p', tenant: 'default' } as const;
  const reading = (n: number, predicate = 'urn:p'): RDF.Quad =>
    quad(namedNode('urn:s'), namedNode(predicate), typed(n, 'integer'));
  const sample =
    (...added: RDF.Quad[]): Preparation<string> =>
    () => ({
      draft: { cause, added, removed: [] },
      answer: (change, durability) => `${durability} ${change?.seq}`,
    });
  const valuesOf = (image: Image): string[] => {
    using snapshot = image.snapshot();
    const { view } = snapshot;
    const found = view.match(ANY, ANY, ANY, ANY);
    return Array.from({ length: found.length / 4 }, (_, i) => view.term(found[i * 4 + 2]!).value).sort();
  };

  it('answers at once, lets the last one win, and writes one change of them', async () => {
    const { writer, log, image, seen } = setUp();
    await writer.submit(put(0));
    for (let n = 1; n <= 50; n++) {
      assert.equal(
        await writer.submit(sample(reading(n), reading(-n, 'urn:q')), { durability: 'memory' }),
        'memory undefined',
      );
    }
    assert.deepEqual([log.lastSeq, writer.samplesLength, valuesOf(image)], [1, 2, ['0']]);
    await writer.flushSamples();
    assert.deepEqual([log.lastSeq, writer.samplesLength, valuesOf(image)], [2, 0, ['-50', '50']]);
    const change = seen.at(-1)!;
    assert.deepEqual(
      [change.cause.kind, change.removed.map((q) => q.object.value), change.added.length],
      ['sample', ['0'], 2],
    );
    await writer.submit(sample(reading(50)), { durability: 'memory' });
    await writer.flushSamples();
    assert.equal(log.lastSeq, 2, 'a sample that says what is known already is no change');
  });

  it('lets whoever is logged see all samples before it', async () => {
    const { writer, log, image } = setUp();
    const answers = await Promise.all([
      writer.submit(sample(reading(1)), { durability: 'memory' }),
      writer.submit(sample(reading(2)), { durability: 'memory' }),
      writer.submit(({ view, nextSeq }) => {
        assert.equal(view.match(ANY, ANY, ANY, ANY).length / 4, 1);
        assert.equal(nextSeq, 2);
        const draft = {
          cause: { ...cause, kind: 'update' as const },
          added: [reading(3)],
          removed: [reading(2)],
        };
        return { draft, answer: (change, durability) => `${durability} ${change?.seq}` };
      }),
      writer.submit(sample(reading(4)), { durability: 'memory' }),
    ]);
    assert.deepEqual(answers, ['memory undefined', 'memory undefined', 'log 2', 'memory undefined']);
    assert.deepEqual([log.lastSeq, valuesOf(image), writer.samplesLength], [2, ['3'], 1]);
    await writer.close();
    assert.deepEqual([log.lastSeq, valuesOf(image)], [3, ['4']], 'what waits is written before closing');
  });

  it('keeps samples over a full disk, beneath those that came since', async () => {
    const { writer, log, image } = setUp();
    await writer.submit(sample(reading(1), reading(1, 'urn:q')), { durability: 'memory' });
    log.isFull = true;
    await assert.rejects(writer.flushSamples(), { type: 'storage-full' });
    assert.equal(writer.samplesLength, 2);
    await writer.submit(sample(reading(2)), { durability: 'memory' });
    log.isFull = false;
    await writer.flushSamples();
    assert.deepEqual(valuesOf(image), ['1', '2']);
  });

  it('takes no decision or update for a sample, and nothing that cannot be stored', async () => {
    const { writer, log } = setUp();
    const update: Preparation<void> = () => ({
      draft: { cause: { ...cause, kind: 'update' }, added: [reading(1)], removed: [] },
      answer: () => undefined,
    });
    await assert.rejects(writer.submit(update, { durability: 'memory' }), /update is always logged/);
    const unstorable = quad(namedNode('urn:s'), namedNode('urn:p'), literal('\ud800'));
    await assert.rejects(writer.submit(sample(unstorable), { durability: 'memory' }), {
      type: 'not-supported',
    });
    await writer.flushSamples();
    assert.deepEqual([log.lastSeq, writer.samplesLength], [0, 0]);
  });

  it('writes samples at once when too many wait', async () => {
    const { writer, log } = setUp({ samples: { max: 3, cause } });
    for (let n = 0; n < 4; n++) {
      await writer.submit(sample(reading(n, `urn:p${n}`)), { durability: 'memory' });
    }
    assert.deepEqual([log.lastSeq, writer.samplesLength], [1, 1]);
  });
});
