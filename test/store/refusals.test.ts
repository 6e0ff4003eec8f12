/** Data that must not be opened, or not like this: each is a typed refusal, and nothing is changed by it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import type { FabricError } from '../../src/errors.ts';
import { encodeChange } from '../../src/log/change-codec.ts';
import { encodeSegmentHeader, RECORD_HEADER_BYTES, sealRecord } from '../../src/log/segment.ts';
import { SegmentLog } from '../../src/log/segment-log.ts';
import { encodeTerm } from '../../src/rdf/terms.ts';
import { SetHash } from '../../src/store/set-hash.ts';
import { awkwardQuads, changeOf } from '../log/changes.ts';
import {
  abandon,
  causeOf,
  contentsOf,
  openTrial,
  readingOf,
  SEGMENT_BYTES,
  trialConfig,
} from './trial-state.ts';

const CHILD = fileURLToPath(new URL('crash-child.ts', import.meta.url));

describe('a data directory that cannot be opened', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fabric-refusals-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** `count` changes over several segments, the first half of them checkpointed; closed as by a crash. */
  async function fill(count = 1200): Promise<void> {
    const state = await openTrial(directory, trialConfig(1_000_000));
    for (let turn = 1; turn <= count; turn++) {
      await state.writer.submit(() => ({
        draft: { cause: causeOf(`${turn}`, turn % 9, turn), added: readingOf(turn % 9, turn), removed: [] },
        answer: () => undefined,
      }));
      if (turn === count / 2) await state.checkpointer.run();
    }
    await abandon(state);
  }

  const segments = async (): Promise<string[]> =>
    (await readdir(join(directory, 'log'))).sort().map((name) => join(directory, 'log', name));

  it('is in use by another process', async () => {
    const child = spawn(process.execPath, [CHILD, directory, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = once(child, 'close');
    try {
      let said = '';
      for await (const bytes of child.stdout) if ((said += String(bytes)).includes('open\n')) break;
      await assert.rejects(openTrial(directory), { type: 'data-directory-locked' });
    } finally {
      child.kill('SIGKILL');
      await gone;
    }
    await abandon(await openTrial(directory));
  }).timeout(60_000);

  it('is in use by this process', async () => {
    const state = await openTrial(directory);
    await assert.rejects(openTrial(directory), { type: 'data-directory-locked' });
    await state.close();
  });

  it('has a log of a newer version', async () => {
    await fill(20);
    const [path] = await segments();
    const bytes = await readFile(path!);
    bytes.writeUInt32LE(9, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
    await writeFile(path!, bytes);
    await assert.rejects(openTrial(directory), { type: 'data-directory-unusable', message: /version 9/ });
  });

  it('has a change of a newer version', async () => {
    await fill(20);
    const log = await SegmentLog.open(join(directory, 'log'), { segmentBytes: SEGMENT_BYTES });
    await log.close();
    await rm(join(directory, 'log'), { recursive: true });
    await rm(join(directory, 'store'), { recursive: true });
    await writeLog([Buffer.concat([Buffer.from([9]), encodeChange(changeOf(1))])]);
    await assert.rejects(openTrial(directory), { type: 'data-directory-unusable', message: /version 9/ });
  });

  it('has a log that ends before its store, lost in whole or in its last segment', async () => {
    await fill();
    const paths = await segments();
    assert.ok(paths.length > 1, 'several segments');
    await rm(paths.at(-1)!);
    await assert.rejects(openTrial(directory), {
      type: 'log-damaged',
      message: /segment after it is missing/,
    });
    for (const path of paths) await rm(path, { force: true });
    await assert.rejects(openTrial(directory), { type: 'log-damaged' });
  });

  it('has lost its store: it is made anew from a whole log, and refused where the log is not whole', async () => {
    await fill();
    const state = await openTrial(directory);
    const before = contentsOf(state);
    await abandon(state);
    await rm(join(directory, 'store'), { recursive: true });
    const again = await openTrial(directory);
    assert.deepEqual(contentsOf(again), before);
    await abandon(again);
    await rm(join(directory, 'store'), { recursive: true });
    await rm((await segments())[0]!);
    await assert.rejects(openTrial(directory), { type: 'log-damaged', message: /begins with change/ });
  });

  it('has lost files of its store', async () => {
    await fill();
    const store = join(directory, 'store');
    const before = await readdir(store);
    for (const name of before.filter((file) => /^(MANIFEST|CURRENT)/.test(file))) await rm(join(store, name));
    const outcome = await openTrial(directory).then(
      async (state) => {
        const { quads } = contentsOf(state);
        await abandon(state);
        return quads.length;
      },
      (refusal: unknown) => (refusal as FabricError).type,
    );
    assert.ok(outcome === 'store-damaged' || (typeof outcome === 'number' && outcome > 0), String(outcome));
  });

  it('was written by an older program: JSON in the log and SHA-1 in the hash are still read', async () => {
    const change = changeOf(1, { added: awkwardQuads });
    const texts = awkwardQuads.flatMap((q) => [q.subject, q.predicate, q.object, q.graph].map(encodeTerm));
    const terms = [...new Set(texts)];
    const json = {
      v: 1,
      seq: 1,
      at: change.at,
      cause: change.cause,
      t: terms,
      a: texts.map((text) => terms.indexOf(text)),
      r: [],
    };
    await writeLog([Buffer.from(JSON.stringify(json))]);
    const state = await openTrial(directory);
    assert.equal(contentsOf(state).quads.length, awkwardQuads.length);
    const old = new SetHash(1);
    for (const q of awkwardQuads) old.add(q);
    const { home } = state;
    const rest = { absent: [], documents: [], forgotten: [] };
    await home.checkpoint({ seq: 1, hash: old.toString(), present: awkwardQuads, ...rest }, () =>
      Promise.resolve(),
    );
    await abandon(state);
    const again = await openTrial(directory);
    assert.equal(again.recovery.replayed, 0);
    await again.writer.submit(() => ({
      draft: { cause: causeOf('x', 1, 1), added: readingOf(1, 1), removed: [] },
      answer: () => undefined,
    }));
    await again.close();
    assert.equal(SetHash.versionOf(again.home.state.hash), 2, 'the next checkpoint has the new hash');
    await abandon(await openTrial(directory));
  });

  /** A segment with these payloads as its changes. */
  async function writeLog(payloads: readonly Buffer[]): Promise<void> {
    const log = await SegmentLog.open(join(directory, 'log'), { segmentBytes: SEGMENT_BYTES });
    await log.close();
    const bytes = Buffer.alloc(SEGMENT_BYTES);
    encodeSegmentHeader({ sizeBytes: SEGMENT_BYTES, firstSeq: 1, chain: 0 }).copy(bytes);
    let offset = 64;
    let chain = 0;
    for (const [index, payload] of payloads.entries()) {
      const record = Buffer.concat([Buffer.alloc(RECORD_HEADER_BYTES), payload]);
      chain = sealRecord(record, index + 1, index, chain);
      record.copy(bytes, offset);
      offset += record.length;
    }
    await writeFile(join(directory, 'log', '00000000000000000001.log'), bytes);
  }
});
