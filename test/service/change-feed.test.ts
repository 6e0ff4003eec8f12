/** The change feed over the real log: no gap and no change twice, whoever comes when; bounds; filters. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { FabricError } from '../../src/errors.ts';
import type { Change } from '../../src/log/change.ts';
import { MemoryLog } from '../../src/log/memory-log.ts';
import { SegmentLog } from '../../src/log/segment-log.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { literal, namedNode, quad } from '../../src/rdf/terms.ts';
import { ChangeFeed, type ChangeFeedOptions } from '../../src/service/change-feed.ts';
import { RecentChanges } from '../../src/service/recent-changes.ts';
import type { Subscription } from '../../src/service/subscription.ts';
import { changeOf } from '../log/changes.ts';

const graphs = new GraphNames('http://example.org/');

function feedOver(log: ChangeFeedOptions['log'], options: Partial<ChangeFeedOptions> = {}): ChangeFeed {
  return new ChangeFeed({
    ...{ log, lastSeq: 0, graphs, subscribersMax: 8, window: { changesMax: 100, bytesMax: 1 << 20 } },
    ...options,
  });
}

/** A log and a feed, written to as the writer does: durable first, visible then. */
class Written {
  readonly log = new MemoryLog();
  readonly feed: ChangeFeed;

  constructor(options: Partial<ChangeFeedOptions> = {}) {
    this.feed = feedOver(this.log, options);
  }

  async write(...extras: readonly Partial<Change>[]): Promise<void> {
    const changes = extras.map((extra, index) => changeOf(this.log.lastSeq + 1 + index, extra));
    await this.log.append(changes);
    for (const change of changes) this.feed.note(change);
  }

  many(count: number): Promise<void> {
    return this.write(...Array.from({ length: count }, () => ({})));
  }
}

async function seqsOf(subscription: Subscription, untilSeq: number): Promise<number[]> {
  const seqs: number[] = [];
  while (subscription.nextSeq <= untilSeq) {
    const batch = await subscription.read();
    if (!batch) break;
    seqs.push(...batch.map(({ seq }) => seq));
  }
  return seqs;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('the change feed', () => {
  it('gives every follower exactly the sequence, whenever it comes and however it reads, over the log on disk', async function () {
    this.timeout(60_000);
    const follower = fc.record({
      startGroup: fc.nat(12),
      fromShare: fc.double({ min: 0, max: 1, noNaN: true }),
      pauses: fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }),
    });
    const run = fc.record({
      groups: fc.array(fc.record({ size: fc.integer({ min: 1, max: 40 }), turns: fc.nat(3) }), {
        minLength: 13,
        maxLength: 25,
      }),
      followers: fc.array(follower, { minLength: 1, maxLength: 5 }),
      changesMax: fc.integer({ min: 1, max: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ groups, followers, changesMax }) => {
        const folder = mkdtempSync(join(tmpdir(), 'fabric-feed-'));
        const log = await SegmentLog.open(folder, { segmentBytes: 64 * 1024 });
        const feed = feedOver(log, { window: { changesMax, bytesMax: 1 << 20 } });
        const total = groups.reduce((sum, { size }) => sum + size, 0);
        try {
          const running: Promise<void>[] = [];
          let seq = 0;
          const follow = async (from: number, pauses: readonly number[]): Promise<void> => {
            const seqs: number[] = [];
            let steps = 0;
            for await (const change of feed.subscribe({ from, whenBehind: 'resume' })) {
              seqs.push(change.seq);
              if (change.seq === total) break;
              for (let turns = pauses[steps++ % pauses.length]!; turns > 0; turns--) await nextTurn();
            }
            assert.deepEqual(seqs, range(from, total));
          };
          for (const [index, { size, turns }] of groups.entries()) {
            const changes = range(seq + 1, seq + size).map((at) => changeOf(at));
            const appended = log.append(changes);
            for (const { startGroup, fromShare, pauses } of followers) {
              if (startGroup !== index) continue;
              running.push(follow(1 + Math.floor(fromShare * seq), pauses)); // while the group is on its way
            }
            await appended;
            for (let turn = 0; turn < turns; turn++) await nextTurn(); // durable, and not visible yet
            for (const change of changes) feed.note(change);
            seq += size;
          }
          await Promise.all(running);
          assert.deepEqual(feed.statistics, { subscribers: 0, dropped: 0 });
        } finally {
          await log.close();
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('never shows what is durable and not visible yet', async () => {
    const written = new Written();
    await written.many(3);
    await written.log.append([changeOf(4)]);
    const subscription = written.feed.subscribe({ from: 1 });
    assert.deepEqual(await seqsOf(subscription, 3), [1, 2, 3]);
    const next = subscription.read();
    written.feed.note(changeOf(4));
    assert.deepEqual(
      (await next)?.map(({ seq }) => seq),
      [4],
    );
  });

  it('begins with the next change where nothing else is asked for', async () => {
    const written = new Written();
    await written.many(5);
    const subscription = written.feed.subscribe();
    await written.many(2);
    assert.deepEqual(await seqsOf(subscription, 7), [6, 7]);
  });

  for (const [bound, window] of [
    ['changesMax', { changesMax: 10, bytesMax: 1 << 30 }],
    ['bytesMax', { changesMax: 1000, bytesMax: 8000 }],
  ] as const) {
    it(`tells a follower that lags by more than ${bound} where to resume, and it can`, async () => {
      const written = new Written({ window });
      const slow = written.feed.subscribe({ from: 1 });
      await written.many(3);
      assert.deepEqual(await seqsOf(slow, 3), [1, 2, 3]);
      await written.many(60);
      assert.equal(slow.over.aborted, true);
      assert.deepEqual(slow.end, { reason: 'behind', bound });
      assert.equal(await slow.read(), undefined);
      assert.equal(slow.nextSeq, 4);
      assert.deepEqual(written.feed.statistics, { subscribers: 0, dropped: 1 });
      const again = written.feed.subscribe({ from: slow.nextSeq });
      assert.deepEqual(await seqsOf(again, 63), range(4, 63));
    });
  }

  it('keeps a follower that reads history however much comes meanwhile', async () => {
    const written = new Written({ window: { changesMax: 5, bytesMax: 1 << 20 } });
    await written.many(50);
    const subscription = written.feed.subscribe({ from: 1 });
    const seqs: number[] = [];
    while (subscription.nextSeq <= 150) {
      const batch = await subscription.read();
      assert.ok(batch, 'it has not been told off');
      seqs.push(...batch.map(({ seq }) => seq));
      if (written.log.lastSeq < 150) await written.many(2);
    }
    assert.deepEqual(seqs, range(1, 150));
  });

  it('refuses what is no longer retained with the first change that is, before and on the way', async () => {
    const written = new Written({ window: { changesMax: 5, bytesMax: 1 << 20 } });
    await written.many(20);
    const early = written.feed.subscribe({ from: 1 });
    assert.equal((await early.read())?.length, 5);
    await written.log.release(12);
    const isGone = (error: unknown): boolean =>
      error instanceof FabricError &&
      error.type === 'snapshot-unavailable' &&
      error.extensions['firstSeq'] === 13;
    await assert.rejects(early.read(), isGone);
    assert.equal(written.feed.statistics.subscribers, 0);
    assert.throws(() => written.feed.subscribe({ from: 12 }), isGone);
    assert.deepEqual(await seqsOf(written.feed.subscribe({ from: 13 }), 20), range(13, 20));
  });

  it('refuses a place in the future, and one follower too many', async () => {
    const written = new Written({ subscribersMax: 2 });
    await written.many(3);
    assert.throws(() => written.feed.subscribe({ from: 5 }), { type: 'snapshot-unavailable' });
    using _one = written.feed.subscribe({ from: 4 });
    const two = written.feed.subscribe();
    assert.throws(() => written.feed.subscribe(), { type: 'overloaded' });
    two.close();
    using _three = written.feed.subscribe();
    assert.equal(written.feed.statistics.subscribers, 2);
  });

  it('leaves out what the filter does not name, and gets on all the same', async () => {
    const written = new Written();
    const graph = graphs.record('telemetry', 'a');
    const inRecord = quad(namedNode('urn:s'), namedNode('urn:p'), literal('r'), graph);
    const inUser = quad(namedNode('urn:s'), namedNode('urn:p'), literal('u'));
    const record = { source: 'telemetry', key: 'a', op: 'delete', observedAt: '', receivedAt: '' } as const;
    const cause = { principal: 'p', tenant: 'default' };
    await written.write(
      { cause: { ...cause, kind: 'record', record }, added: [inRecord, inUser] },
      { cause: { ...cause, kind: 'update' }, added: [inUser] },
      {
        cause: { ...cause, kind: 'expiry', forgotten: [{ source: 'telemetry', key: 'a' }] },
        removed: [inRecord],
      },
    );
    const seen = async (filter: Parameters<ChangeFeed['subscribe']>[0]) => {
      using subscription = written.feed.subscribe({ from: 1, ...filter });
      const changes: Change[] = [];
      while (subscription.nextSeq <= 3) changes.push(...((await subscription.read()) ?? []));
      return changes;
    };
    const seqs = (changes: readonly Change[]) => changes.map(({ seq }) => seq);
    assert.deepEqual(seqs(await seen({ filter: { kinds: ['update', 'expiry'] } })), [2, 3]);
    assert.deepEqual(seqs(await seen({ filter: { sources: ['telemetry'] } })), [1, 3]);
    assert.deepEqual(seqs(await seen({ filter: { sources: ['other'] } })), []);
    const user = await seen({ filter: { graphClasses: ['user'], kinds: ['record', 'update'] } });
    assert.deepEqual(
      user.map(({ seq, added, removed }) => [seq, added.map((q) => q.object.value), removed.length]),
      [
        [1, ['u'], 0],
        [2, ['u'], 0],
      ],
    );
  });

  it('ends all that follow when it is closed, also those that wait', async () => {
    const written = new Written();
    const waiting = written.feed.subscribe();
    const next = waiting.read();
    written.feed.close();
    assert.equal(await next, undefined);
    assert.deepEqual(waiting.end, { reason: 'closed' });
    assert.throws(() => written.feed.subscribe(), { type: 'log-unavailable' });
  });

  it('holds no more than its window, whatever comes', () => {
    const recent = new RecentChanges({ changesMax: 10, bytesMax: 1 << 30 }, 0);
    for (let seq = 1; seq <= 2000; seq++) {
      const bound = recent.push(changeOf(seq));
      assert.equal(bound, seq > 10 ? 'changesMax' : undefined);
    }
    assert.deepEqual([recent.firstSeq, recent.lastSeq], [1991, 2000]);
    assert.deepEqual(
      recent.slice(1995, 3, 1 << 20).map(({ seq }) => seq),
      [1995, 1996, 1997],
    );
    const large = changeOf(2001, {
      added: [quad(namedNode('urn:s'), namedNode('urn:p'), literal('x'.repeat(2000)))],
    });
    const narrow = new RecentChanges({ changesMax: 10, bytesMax: 1000 }, 1999);
    narrow.push(changeOf(2000));
    assert.equal(narrow.push(large), 'bytesMax');
    assert.equal(narrow.firstSeq, 2001, 'the newest stays, however large it is');
  });
});
