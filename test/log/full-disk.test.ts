/**
 * A disk without room: what did not fit is refused and taken back, what was acknowledged stays, and writing goes
 * on by itself when there is room again.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenFile } from '../../src/log/segment-files.ts';
import { SegmentLog } from '../../src/log/segment-log.ts';
import { collect } from '../contract/change-log.ts';
import { changeOf } from './changes.ts';

const PAUSE_MS = 20;
const SEGMENT_BYTES = 16 * 1024;

/** A file system whose room is limited; on some, room is needed even to overwrite. */
class Disk {
  /** Bytes by which files may still grow. */
  roomBytes = Number.POSITIVE_INFINITY;
  /** What syncing an open segment fails with. */
  datasyncFailure: string | undefined;
  /** What overwriting fails with. */
  overwriteFailure: string | undefined;
  attempts = 0;

  readonly openFile: OpenFile = async (path, flags) => {
    this.attempts++;
    const handle = await open(path, flags);
    return {
      write: async (bytes, offset, length, position) => {
        const { size } = await handle.stat();
        if (position < size && this.overwriteFailure) throw failure(this.overwriteFailure);
        const grows = Math.max(0, position + length - size);
        if (grows > 0 && this.roomBytes <= 0) throw failure('ENOSPC');
        // A disk that is nearly full takes a part.
        const taken = length - Math.max(0, grows - this.roomBytes);
        this.roomBytes -= Math.min(grows, this.roomBytes);
        return handle.write(bytes, offset, taken, position);
      },
      datasync: async () => {
        if (this.datasyncFailure) throw failure(this.datasyncFailure);
        await handle.datasync();
      },
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  };
}

const failure = (code: string): Error => Object.assign(new Error(`${code}: made up`), { code });
/** About a sixteenth of a segment. */
const big = (seq: number, mark = 'x') =>
  changeOf(seq, { cause: { kind: 'admin', principal: mark.repeat(900), tenant: 'default' } });
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('segment log on a full disk', () => {
  let directory: string;
  let disk: Disk;
  let log: SegmentLog;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fabric-full-'));
    disk = new Disk();
    const { openFile } = disk;
    const options = { segmentBytes: SEGMENT_BYTES, openFile, fullDiskPauseMs: PAUSE_MS };
    log = await SegmentLog.open(join(directory, 'log'), options);
    for (let seq = 1; seq <= 10; seq++) await log.append([big(seq)]);
  });
  afterEach(async () => {
    await log.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** What a process would find that opened the log now. */
  async function found(): Promise<{ seqs: number[]; marks: string }> {
    const copy = join(directory, 'copy');
    await rm(copy, { recursive: true, force: true });
    await cp(join(directory, 'log'), copy, { recursive: true });
    const opened = await SegmentLog.open(copy, { segmentBytes: SEGMENT_BYTES });
    const changes = await collect(opened);
    await opened.close();
    return {
      seqs: changes.map(({ seq }) => seq),
      marks: changes.map(({ cause }) => cause.principal[0]!).join(''),
    };
  }

  it('takes back a group of which a part was written and synced, and writes on when there is room', async () => {
    disk.roomBytes = SEGMENT_BYTES / 2;
    const group = range(11, 22).map((seq) => big(seq, 'r'));
    await assert.rejects(log.append(group), { type: 'storage-full' });
    assert.equal(log.lastSeq, 10);
    assert.deepEqual((await collect(log)).length, 10, 'reads go on');
    assert.deepEqual(await found(), { seqs: range(1, 10), marks: 'x'.repeat(10) });
    assert.ok((await readdir(join(directory, 'log'))).every((name) => !name.endsWith('.tmp')));
    disk.roomBytes = 10 * SEGMENT_BYTES;
    await sleep(PAUSE_MS + 5);
    await log.append(range(11, 30).map((seq) => big(seq, 'y')));
    assert.deepEqual(await found(), { seqs: range(1, 30), marks: 'x'.repeat(10) + 'y'.repeat(20) });
  });

  it('leaves a full disk alone for a while between attempts, and still takes what fits', async () => {
    disk.roomBytes = 0;
    await assert.rejects(log.append(range(11, 30).map((seq) => big(seq))), { type: 'storage-full' });
    const { attempts } = disk;
    for (let turn = 0; turn < 20; turn++) {
      await assert.rejects(log.append([changeOf(11)]), { type: 'storage-full' });
    }
    assert.equal(disk.attempts, attempts);
    await sleep(PAUSE_MS + 5);
    await log.append([changeOf(11)]);
    assert.deepEqual((await found()).seqs, range(1, 11), 'a small change still fits into the segment');
  });

  it('waits for room even to take back, where overwriting needs it', async () => {
    disk.datasyncFailure = 'ENOSPC';
    disk.overwriteFailure = undefined;
    const refused = log.append([big(11, 'r')]);
    disk.overwriteFailure = 'EDQUOT';
    await assert.rejects(refused, { type: 'storage-full' });
    await sleep(PAUSE_MS + 5);
    await assert.rejects(log.append([big(11, 'r')]), { type: 'storage-full' });
    disk.datasyncFailure = undefined;
    disk.overwriteFailure = undefined;
    await sleep(PAUSE_MS + 5);
    await log.append([big(11, 'y'), big(12, 'y')]);
    assert.deepEqual(await found(), { seqs: range(1, 12), marks: `${'x'.repeat(10)}yy` });
  });

  it('takes nothing more after any other failure: what is on disk is then not known', async () => {
    disk.datasyncFailure = 'EIO';
    await assert.rejects(log.append([big(11)]), { type: 'log-unavailable' });
    disk.datasyncFailure = undefined;
    await sleep(PAUSE_MS + 5);
    await assert.rejects(log.append([big(11)]), { type: 'log-unavailable' });
    assert.deepEqual((await found()).seqs.slice(0, 10), range(1, 10));
  });

  it('does not release the segment that it writes while the next one is being made', async () => {
    disk.roomBytes = 0;
    const refused = log.append(range(11, 30).map((seq) => big(seq)));
    await Promise.allSettled([refused, log.release(10)]);
    disk.roomBytes = 10 * SEGMENT_BYTES;
    await sleep(PAUSE_MS + 5);
    await log.append([big(11)]);
    assert.equal((await found()).seqs.at(-1), 11);
  });
});
