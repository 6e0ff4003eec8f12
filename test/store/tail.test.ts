/** The tail that only the log holds: bounded in bytes, and given away only behind a checkpoint. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { abandon, causeOf, contentsOf, openTrial, readingOf, trialConfig } from './trial-state.ts';

describe('the tail of the log', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fabric-tail-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const bounded = loadConfig({
    overrides: {
      log: { segmentBytes: 64 * 1024, retentionBytes: 1 },
      checkpoint: { intervalSeconds: 3600, changesMax: 1_000_000 },
      writer: { tailBytesMax: 400_000 },
    },
  });
  const write = ({ writer }: Awaited<ReturnType<typeof openTrial>>, turn: number): Promise<unknown> =>
    writer.submit(() => ({
      draft: {
        cause: causeOf(`${turn}`, 1, turn),
        added: readingOf(1, turn),
        removed: readingOf(1, turn - 1),
      },
      answer: () => undefined,
    }));

  it('is bounded in bytes: writers are told to wait, and go on after a checkpoint', async () => {
    const state = await openTrial(directory, bounded);
    const checkpoint = state.home.checkpoint.bind(state.home);
    // A home that does not keep up.
    state.home.checkpoint = () => Promise.reject(new Error('too slow'));
    let turn = 1;
    await assert.rejects(
      async () => {
        for (; turn < 10_000; turn++) await write(state, turn);
      },
      {
        type: 'overloaded',
        extensions: { retryAfterSeconds: 3600, limit: 'writer.tailBytesMax' },
      },
    );
    const { tailBytes } = state.checkpointer;
    assert.ok(tailBytes >= 400_000 && tailBytes < 500_000, `${tailBytes} bytes`);
    const firstOf = ({ log }: typeof state): number => log.firstSeq;
    assert.equal(firstOf(state), 1, 'nothing is let go that no checkpoint holds, whatever the retention');
    state.home.checkpoint = checkpoint;
    await state.checkpointer.run();
    assert.equal(state.checkpointer.tailBytes, 0);
    await write(state, turn);
    assert.ok(firstOf(state) > 1 && firstOf(state) <= state.home.state.lastSeq + 1);
    await state.close();
  }).timeout(60_000);

  it('is known again after a restart', async () => {
    const state = await openTrial(directory, trialConfig(1_000_000));
    for (let turn = 1; turn <= 500; turn++) await write(state, turn);
    const before = contentsOf(state);
    const { tailBytes } = state.checkpointer;
    await abandon(state);
    const again = await openTrial(directory, trialConfig(1_000_000));
    assert.ok(Math.abs(again.checkpointer.tailBytes - tailBytes) < tailBytes / 4);
    assert.deepEqual(contentsOf(again), before);
    await abandon(again);
  });
});
