/**
 * What every adapter of the log promises. An adapter's test passes a way to open one and to open it again.
 */
import assert from 'node:assert/strict';
import type { Change } from '../../src/log/change.ts';
import type { ChangeLog } from '../../src/log/change-log.ts';
import { encodeTerm } from '../../src/rdf/terms.ts';
import { awkwardQuads, changeOf } from '../log/changes.ts';

export async function collect(log: ChangeLog, fromSeq = 1): Promise<Change[]> {
  const changes: Change[] = [];
  for await (const change of log.read(fromSeq)) changes.push(change);
  return changes;
}

export function sameChange(actual: Change | undefined, expected: Change): void {
  assert.ok(actual, `change ${expected.seq} is there`);
  const shape = (change: Change) => ({
    ...change,
    added: change.added.map((q) => [q.subject, q.predicate, q.object, q.graph].map(encodeTerm)),
    removed: change.removed.map((q) => [q.subject, q.predicate, q.object, q.graph].map(encodeTerm)),
  });
  assert.deepEqual(shape(actual), shape(expected));
}

export function changeLogContract(name: string, make: () => Promise<ChangeLog>): void {
  describe(`change log contract: ${name}`, () => {
    let log: ChangeLog;
    beforeEach(async () => {
      log = await make();
    });
    afterEach(() => log.close());

    it('starts empty', async () => {
      assert.deepEqual({ ...log.opening }, { firstSeq: 1, lastSeq: 0 });
      assert.equal(log.lastSeq, 0);
      assert.deepEqual(await collect(log), []);
    });

    it('gives back what was appended, every kind of term and cause unchanged', async () => {
      const change = changeOf(1, {
        added: awkwardQuads,
        removed: awkwardQuads.slice(0, 2),
        cause: {
          kind: 'record',
          principal: 'p',
          tenant: 'default',
          requestId: 'r',
          mappingVersion: 'v',
          record: {
            source: 's',
            key: 'k',
            op: 'merge',
            value: { a: [1, 'x', null, { b: true }] },
            drop: ['c'],
            observedAt: '2026-01-01T00:00:00Z',
            times: { a: '2026-01-01T00:00:01Z' },
            receivedAt: '2026-01-01T00:00:02Z',
          },
        },
      });
      await log.append([change]);
      sameChange((await collect(log))[0], change);
    });

    it('keeps order over overlapping appends and reads from any retained seq', async () => {
      await Promise.all([
        log.append([changeOf(1), changeOf(2)]),
        log.append([changeOf(3)]),
        log.append([changeOf(4), changeOf(5)]),
      ]);
      assert.equal(log.lastSeq, 5);
      assert.deepEqual(
        (await collect(log, 3)).map((change) => change.seq),
        [3, 4, 5],
      );
      assert.deepEqual(await collect(log, 6), []);
    });

    it('tells listeners of every durable change, in order, until they leave', async () => {
      const seen: number[] = [];
      const leave = log.tail((change) => seen.push(change.seq));
      await log.append([changeOf(1), changeOf(2)]);
      leave();
      await log.append([changeOf(3)]);
      assert.deepEqual(seen, [1, 2]);
    });

    it('refuses to read before what is retained', async () => {
      for (let seq = 1; seq <= 200; seq++) await log.append([changeOf(seq)]);
      await log.release(150);
      const { firstSeq } = log;
      assert.ok(firstSeq > 1 && firstSeq <= 151, `first retained seq is ${firstSeq}`);
      assert.equal((await collect(log, firstSeq)).length, 200 - firstSeq + 1);
      await assert.rejects(collect(log, firstSeq - 1), { type: 'snapshot-unavailable' });
    });
  });
}
