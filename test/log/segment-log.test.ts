import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { FabricError } from '../../src/errors.ts';
import type { Change } from '../../src/log/change.ts';
import type { ChangeLog } from '../../src/log/change-log.ts';
import { MemoryLog } from '../../src/log/memory-log.ts';
import { SegmentLog } from '../../src/log/segment-log.ts';
import { changeLogContract, collect, sameChange } from '../contract/change-log.ts';
import { changeOf } from './changes.ts';

const directories: string[] = [];
async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fabric-log-'));
  directories.push(directory);
  return directory;
}
after(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

const SMALL = { segmentBytes: 16 * 1024 };

changeLogContract('memory', () => Promise.resolve(new MemoryLog()));
changeLogContract('segment files', async () => SegmentLog.open(await temporary(), SMALL));

/** A log of `count` changes, appended one by one, closed. */
async function written(count: number): Promise<string> {
  const directory = await temporary();
  const log = await SegmentLog.open(directory, SMALL);
  for (let seq = 1; seq <= count; seq++) await log.append([changeOf(seq)]);
  await log.close();
  return directory;
}

async function segments(directory: string): Promise<string[]> {
  return (await readdir(directory)).sort().map((name) => join(directory, name));
}

/** Opens what is in `directory`; the changes it has, or the type of the refusal. */
async function outcome(directory: string): Promise<{ seqs: number[]; cut: boolean } | { refused: string }> {
  let log: ChangeLog | undefined;
  try {
    log = await SegmentLog.open(directory, SMALL);
    return { seqs: (await collect(log)).map((change) => change.seq), cut: log.opening.cut !== undefined };
  } catch (thrown) {
    assert.ok(thrown instanceof FabricError, `refused with a typed error, not ${String(thrown)}`);
    return { refused: thrown.type };
  } finally {
    await log?.close();
  }
}

describe('segment log', () => {
  it('is the same after it was opened again, over several segments', async () => {
    const directory = await written(100);
    assert.ok((await segments(directory)).length > 1);
    const log = await SegmentLog.open(directory, SMALL);
    assert.equal(log.opening.cut, undefined);
    const changes = await collect(log);
    assert.equal(changes.length, 100);
    changes.forEach((change, index) => {
      sameChange(change, changeOf(index + 1));
    });
    await log.append([changeOf(101)]);
    assert.equal((await collect(log, 101)).length, 1);
    await log.close();
  });

  it('gives a change larger than a segment a segment of its own', async () => {
    const directory = await temporary();
    const log = await SegmentLog.open(directory, SMALL);
    const large = changeOf(2, {
      cause: { kind: 'admin', principal: 'x'.repeat(50_000), tenant: 'default' },
    });
    await log.append([changeOf(1), large, changeOf(3)]);
    await log.close();
    assert.deepEqual(await outcome(directory), { seqs: [1, 2, 3], cut: false });
  });

  it('cuts a torn tail, says so, and goes on', async () => {
    const directory = await written(10);
    const [path] = await segments(directory);
    const bytes = await readFile(path!);
    // a record that was being written when the process died: the second half of it is missing
    const log = await SegmentLog.open(directory, SMALL);
    await log.append([changeOf(11)]);
    await log.close();
    const whole = await readFile(path!);
    const end = lastUsed(whole);
    const start = lastUsed(bytes) - 32; // the mark is overwritten by the record
    whole.fill(0, start + Math.floor((end - start - 32) / 2));
    await writeFile(path!, whole);
    assert.deepEqual(await outcome(directory), { seqs: range(10), cut: true });
    const again = await SegmentLog.open(directory, SMALL);
    assert.equal(again.opening.cut, undefined, 'the cut was made durable');
    await again.append([changeOf(11)]);
    await again.close();
    assert.deepEqual(await outcome(directory), { seqs: range(11), cut: false });
  });

  it('refuses every shortened file', async () => {
    const directory = await written(60);
    for (const path of await segments(directory)) {
      const whole = await readFile(path);
      for (const length of [0, 10, 64, 100, Math.floor(whole.length / 2), whole.length - 1]) {
        await truncate(path, length);
        assert.deepEqual(await outcome(directory), { refused: 'log-damaged' }, `${path} cut to ${length}`);
        await writeFile(path, whole);
      }
    }
  });

  it('refuses a log with a segment missing in the middle', async () => {
    const directory = await written(200);
    const paths = await segments(directory);
    assert.ok(paths.length >= 3);
    await copyFile(paths[1]!, `${directory}.saved`);
    directories.push(`${directory}.saved`);
    await rm(paths[1]!);
    assert.deepEqual(await outcome(directory), { refused: 'log-damaged' });
  });

  it('never loses a durable change in silence, whichever bit flips', async () => {
    const directory = await written(60);
    let cuts = 0;
    let harmless = 0;
    for (const path of await segments(directory)) {
      const whole = await readFile(path);
      const used = lastUsed(whole);
      for (let at = 0; at < used; at += 97) {
        const damagedBytes = Buffer.from(whole);
        damagedBytes[at] = damagedBytes[at]! ^ (1 << (at % 8));
        await writeFile(path, damagedBytes);
        const result = await outcome(directory);
        if ('refused' in result) assert.equal(result.refused, 'log-damaged');
        else if (result.seqs.length < 60) cuts++;
        else {
          harmless++;
        }
        await writeFile(path, whole);
      }
    }
    // Only the mark behind the last record may be hit without harm, and it is not a record.
    assert.equal(cuts, 0, 'acknowledged changes are never cut');
    assert.ok(harmless <= 1, `${harmless} flips went unnoticed`);
  }).timeout(60_000);

  it('takes nothing more after a failed write, and says why', async () => {
    const directory = await temporary();
    const log = await SegmentLog.open(directory, SMALL);
    await log.append([changeOf(1)]);
    await rm(directory, { recursive: true });
    // the open segment still takes writes; the next one cannot be made
    await assert.rejects(log.append(Array.from({ length: 200 }, (_, index) => changeOf(index + 2))), {
      type: 'log-unavailable',
    });
    await assert.rejects(log.append([changeOf(2)]), { type: 'log-unavailable' });
    await log.close();
  });

  it('is read soundly while it is written', async () => {
    const log = await SegmentLog.open(await temporary(), { segmentBytes: 1 << 20 });
    const big = { kind: 'admin', principal: 'x'.repeat(700), tenant: 'default' } as const;
    const writing = (async () => {
      for (let seq = 1; seq <= 800; seq++) await log.append([changeOf(seq, { cause: big })]);
    })();
    let reads = 0;
    for (; log.lastSeq < 800; reads++) {
      await setImmediate();
      const last = log.lastSeq;
      const seqs = (await collect(log)).map((change) => change.seq);
      assert.ok(seqs.length >= last);
      assert.deepEqual(seqs, range(seqs.length));
    }
    await writing;
    await log.close();
    assert.ok(reads > 3, `${reads} reads`);
  });

  it('says that a change is not there any more when it goes while it is read', async () => {
    const directory = await written(200);
    const log = await SegmentLog.open(directory, SMALL);
    const reading = log.read(1)[Symbol.asyncIterator]();
    assert.equal(((await reading.next()).value as Change).seq, 1);
    await log.release(190);
    await assert.rejects(
      async () => {
        while (!(await reading.next()).done);
      },
      { type: 'snapshot-unavailable' },
    );
    await log.close();
  });

  it('keeps as much of the past as it is told to, and never less than is needed', async () => {
    const directory = await written(300);
    const log = await SegmentLog.open(directory, SMALL);
    const count = (await segments(directory)).length;
    assert.ok(count > 3);
    await log.release(300, { bytes: SMALL.segmentBytes * (count - 1), since: 0 });
    assert.equal((await segments(directory)).length, count - 1, 'the oldest goes, for bytes');
    await log.release(300, { bytes: Number.MAX_SAFE_INTEGER, since: 0 });
    assert.equal((await segments(directory)).length, count - 1);
    const needed = log.firstSeq + 1;
    await log.release(needed, { bytes: 1, since: Date.now() + 1000 });
    assert.ok(log.firstSeq <= needed + 1, 'what a restart needs stays');
    await log.release(300, { bytes: Number.MAX_SAFE_INTEGER, since: Date.now() + 1000 });
    assert.equal((await segments(directory)).length, 1, 'all that is old goes but the one that is written');
    await log.append([changeOf(301)]);
    assert.deepEqual((await collect(log, log.firstSeq)).at(-1)?.seq, 301);
    await log.close();
  });

  it('syncs once for all that waits', async () => {
    const log = await SegmentLog.open(await temporary(), { segmentBytes: 4 << 20 });
    await log.append([changeOf(1)]);
    const alone = await time(async () => {
      for (let seq = 2; seq <= 101; seq++) await log.append([changeOf(seq)]);
    });
    const together = await time(async () => {
      await Promise.all(Array.from({ length: 100 }, (_, index) => log.append([changeOf(102 + index)])));
    });
    await log.close();
    assert.ok(together < alone / 3, `100 waiting appends took ${together} ms, one after another ${alone} ms`);
  });
});

function lastUsed(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

async function time(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
