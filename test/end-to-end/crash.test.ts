/** kill -9 while records come in: nothing acknowledged is lost, nothing is doubled, and it is ready again soon. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './door.ts';
import { removeFolder, type ServeProcess, serve, startFabric, temporaryFolder } from './harness.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const ROUNDS = Number(process.env['FABRIC_CRASH_ROUNDS'] ?? 10);
const SENDERS = 4;
const READY_MS_MAX = 5000;

/** A small generator of its own, so that a seed gives the same run everywhere (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One write of a sender. Its times follow from its number, so that any replay gives the same graph. */
interface Write {
  readonly sender: number;
  readonly number: number;
}

const start = Date.now() - 86_400_000;
const element = ({ sender, number }: Write): string =>
  `urn:ngsi-ld:InfrastructureElement:C${sender}:${number % 40}`;
const observedAt = ({ number }: Write): string => new Date(start + number * 1000).toISOString();

/** Batches, single entities and patches by turns; every sender writes about elements of its own. */
function bodyOf(write: Write): readonly [source: string, body: object] {
  const key = element(write);
  const at = observedAt(write);
  const attribute = (value: unknown): object => ({ type: 'Property', value, observedAt: at });
  if (write.number % 3 === 0) {
    const reading = {
      element: key,
      observedAt: at,
      cpu: { cores: 1 + (write.number % 64) },
      memory: { availableMegabytes: write.number },
    };
    return ['telemetry', [reading, { ...reading, element: `${key}-twin` }]];
  }
  return [
    'ngsi-ld',
    {
      id: key,
      type: 'InfrastructureElement',
      hostname: attribute(`h${write.number}`),
      trustScore: attribute((write.number % 100) / 100),
    },
  ];
}

/** Writes one after another until the process is gone; notes what was acknowledged, and the one that was not. */
async function sendUntilGone(process: ServeProcess, sender: number, from: number): Promise<number> {
  for (let number = from; ; number++) {
    const [source, body] = bodyOf({ sender, number });
    let answer: Answer;
    try {
      answer = await process.send(`/v1/ingest/${source}`, body);
    } catch {
      return number;
    }
    assert.equal(answer.status, 202, answer.text);
  }
}

/** The graph of a fabric that took these writes in and was never harmed, its own instances named alike. */
async function cleanGraph(writes: readonly Write[], baseIri: string): Promise<string[]> {
  await using fabric = await startFabric({ config: { baseIri } });
  for (const write of writes) await fabric.ingest(...bodyOf(write));
  return await fabric.dump(); // before the fabric is closed
}

describe('end to end: kill -9', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let running: ServeProcess | undefined;
  after(async () => {
    await running?.end('SIGKILL');
    removeFolder(folder);
  });

  it(`${ROUNDS} times while records come in (seed ${SEED})`, async () => {
    const directory = join(folder, 'data');
    // checkpoints all the time, so that kills fall into them too
    const config = { checkpoint: { changesMax: 40, intervalSeconds: 1 } };
    const rng = random(SEED);
    const next = Array.from({ length: SENDERS }, () => 0);
    const ready: number[] = [];
    running = await serve(directory, config);
    const baseIri = await running.baseIri();
    for (let round = 0; round < ROUNDS; round++) {
      const process = running;
      const sending = next.map((from, sender) => sendUntilGone(process, sender, from));
      await sleep(50 + rng() * 350);
      await process.end('SIGKILL');
      const stoppedAt = await Promise.all(sending);
      running = await serve(directory, config);
      ready.push(Math.min(running.readyMs, await processorMs(running)));

      const found = await running.dump();
      assert.equal(new Set(found).size, found.length, 'no quad twice');
      for (const [sender, number] of stoppedAt.entries())
        next[sender] = await settle(running, { sender, number });
    }
    const found = await running.dump();
    const acknowledged = next.flatMap((count, sender) =>
      Array.from({ length: count }, (_, number) => ({ sender, number })),
    );
    assert.ok(acknowledged.length > ROUNDS * SENDERS * 2, `${acknowledged.length} writes`);
    assert.deepEqual(found, await cleanGraph(acknowledged, baseIri));
    const slowest = Math.max(...ready);
    assert.ok(slowest < READY_MS_MAX, `ready after ${Math.round(slowest)} ms`);
    assert.equal(await running.end('SIGTERM'), 0);
  });
});

/** What the process itself has used so far: on a machine that is busy with others, waiting does not count. */
async function processorMs(process: ServeProcess): Promise<number> {
  const { text } = await process.request('/metrics');
  const seconds = /^process_cpu_seconds_total (\S+)/m.exec(text)?.[1];
  return Number(seconds) * 1000;
}

/**
 * The last acknowledged write of a sender must be there. The one after it may be there or not, wholly or not
 * at all; it is sent again, which must do no harm. Gives the number of the next write.
 */
async function settle(process: ServeProcess, { sender, number }: Write): Promise<number> {
  if (number > 0) {
    const [source, body] = bodyOf({ sender, number: number - 1 });
    const again = await process.ingest(source, body);
    assert.equal(
      again.counts.unchanged,
      again.counts.received,
      `write ${number - 1} of sender ${sender} was acknowledged`,
    );
  }
  const [source, body] = bodyOf({ sender, number });
  const { counts } = await process.ingest(source, body);
  assert.equal(counts.accepted + counts.unchanged, counts.received);
  return number + 1;
}
