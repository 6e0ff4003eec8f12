/** What has to stay right while time passes: memory, tombstones, checkpoints, retention, the clock. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { QuadstoreHome } from '../../src/store/quadstore-home.ts';
import { entityPath } from './door.ts';
import { create, entity, exists, ID, nextElement, observed, patch, value } from './element-writes.ts';
import {
  Clock,
  removeFolder,
  type ServeProcess,
  serve,
  startFabric,
  type TestFabric,
  temporaryFolder,
} from './harness.ts';

describe('end to end: upkeep', function () {
  this.timeout(30_000);
  let directory: string;
  let clock: Clock;
  beforeEach(() => {
    nextElement();
    directory = temporaryFolder();
    clock = new Clock();
  });
  afterEach(() => {
    removeFolder(directory);
  });
  const start = (config: Readonly<Record<string, unknown>> = {}): Promise<TestFabric> =>
    startFabric({ directory: join(directory, 'data'), now: clock.now, config });

  it('keeps no more terms after a thousand readings than after one', async () => {
    await using fabric = await start();
    const termsOf = async (): Promise<number> =>
      ((await fabric.request('/v1/status')).json as { terms: number }).terms;
    const say = (n: number): Promise<unknown> =>
      fabric.ingest('telemetry', {
        element: ID,
        observedAt: clock.at(n),
        memory: { availableMegabytes: 1000 + n },
      });
    await say(0);
    const before = await termsOf();
    clock.advance(1000);
    const lines = Array.from({ length: 1000 }, (_, n) =>
      JSON.stringify({
        element: ID,
        observedAt: clock.at(n - 999),
        memory: { availableMegabytes: 2000 + n },
      }),
    );
    await fabric.ingest('telemetry', lines.join('\n'), 'application/x-ndjson');
    assert.equal(await value(fabric, 'cf:memoryAvailableBytes'), '2999000000');
    await fabric.fabric.tick();
    assert.equal(await termsOf(), before);
  });

  it('means the same by a late arrival after a kill as before it', async () => {
    const data = join(directory, 'data');
    const config = { records: { tombstoneSeconds: 1 } };
    const now = Date.now();
    const at = (seconds: number): string => new Date(now + seconds * 1000).toISOString();
    const late = entity({ cpuCores: observed(4, at(-5)) });
    let child: ServeProcess = await serve(data, config);
    await child.ingest('ngsi-ld', entity({ cpuCores: observed(2, at(-10)) }));
    assert.equal((await child.remove(entityPath(ID))).status, 204);
    assert.equal((await child.ingest('ngsi-ld', late)).counts.stale, 1);
    // the delete is checkpointed, the forgetting and what comes after it are not
    await child.end('SIGTERM');
    child = await serve(data, config);
    while ((await child.ingest('ngsi-ld', late)).counts.accepted === 0) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const before = await child.dump();
    await child.end('SIGKILL');
    child = await serve(data, config);
    assert.deepEqual(await child.dump(), before);
    assert.equal((await child.ingest('ngsi-ld', late)).counts.unchanged, 1);
    assert.equal((await child.remove(entityPath(ID))).status, 204);
    assert.equal((await child.sparql(`SELECT * { <${ID}> ?p ?o }`)).length, 0);
    await child.end('SIGTERM');
  });

  it('does not let a record expire that reports while its expiry waits', async () => {
    const source = { kind: 'http', name: 'brief', mapping: 'telemetry', key: 'element', ttlSeconds: 60 };
    await using fabric = await start({ sources: [source] });
    await fabric.ingest('brief', { element: ID, hostname: 'h' });
    clock.advance(61);
    const reported = fabric.ingest('brief', { element: ID, hostname: 'again' });
    await Promise.all([reported, fabric.fabric.tick()]);
    assert.equal(await exists(fabric), (await reported).counts.accepted === 1);
    assert.equal(await value(fabric, 'cf:hostname'), 'again');
  });

  it('takes nothing in that no checkpoint could hold', async () => {
    await using fabric = await start({ server: { bodyBytesMax: 40_000_000 } });
    const long = 'x'.repeat(1_700_000);
    const bodies = [
      { element: `urn:x:${long}`, hostname: 'h' },
      { element: '\ud800', hostname: 'h' },
      { element: ID, observedAt: clock.at(0), hostname: 'h' },
      // breaks a shape: too long to be kept aside
      { element: ID, observedAt: clock.at(1), hostname: long, cpu: { cores: -3 } },
    ];
    const { counts, diagnostics } = await fabric.ingest('telemetry', bodies);
    assert.equal(diagnostics['nothing-mapped'], 1, 'of a subject that is too long');
    assert.deepEqual([counts.refused, counts.accepted], [2, 2]);
    const updates = [
      `INSERT DATA { <urn:a> <urn:p> "${long}" }`,
      'INSERT DATA { <urn:a> <urn:p> "\\uD800" }',
    ];
    for (const text of updates) {
      const answer = await fabric.send('/sparql', text, { type: 'application/sparql-update' });
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text.slice(0, 200)}`);
    }
    const before = await fabric.dump();
    await fabric.close();
    await using again = await start();
    assert.deepEqual(await again.dump(), before);
  });

  it('takes a batch of more entities than may wait at once', async () => {
    await using fabric = await start({ writer: { queueLengthMax: 50, groupLengthMax: 20 } });
    const batch = Array.from({ length: 300 }, (_, n) => entity({ cpuCores: n + 1 }, `${ID}-${n}`));
    const answer = await fabric.send('/ngsi-ld/v1/entityOperations/upsert', batch);
    assert.equal(answer.status, 201, answer.text.slice(0, 300));
    const [row] = await fabric.sparql('SELECT (COUNT(?c) AS ?n) { ?e cf:cpuMillicores ?c }');
    assert.equal(row?.['n'], '300');
  });

  it('refuses writes with a time to wait while the tail is too long, and takes them again', async () => {
    const whole = Object.getOwnPropertyDescriptor(QuadstoreHome.prototype, 'checkpoint')!;
    try {
      QuadstoreHome.prototype.checkpoint = () => Promise.reject(new Error('ENOSPC: no space left on device'));
      await using fabric = await start({
        writer: { tailChangesMax: 20 },
        checkpoint: { changesMax: 10, intervalSeconds: 1 },
      });
      let refused = 0;
      for (let n = 0; n < 40; n++) {
        const answer = await create(fabric, { cpuCores: 1 }, `${ID}-${n}`);
        if (answer.status === 201) continue;
        assert.equal(answer.status, 429);
        assert.ok(Number(answer.headers.get('retry-after')) >= 1);
        refused++;
      }
      assert.ok(refused > 10, `${refused} refused`);
      assert.ok((await fabric.sparql('SELECT ?e { ?e cf:cpuMillicores ?c }')).length > 0, 'reads go on');
      Object.defineProperty(QuadstoreHome.prototype, 'checkpoint', whole);
      const deadline = performance.now() + 10_000;
      while ((await patch(fabric, { cpuCores: 2 }, `${ID}-0`)).status !== 204) {
        assert.ok(performance.now() < deadline, 'takes writes again');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    } finally {
      Object.defineProperty(QuadstoreHome.prototype, 'checkpoint', whole);
    }
  });

  it('never lets the time of changes go back, over a restart either', async () => {
    const first = await start();
    await create(first, { cpuCores: 1 });
    await first.close();
    clock.advance(-3600);
    await using second = await start();
    await create(second, { cpuCores: 1 }, `${ID}-later`);
    const feed = await second.request('/v1/changes?from=1', { headers: { accept: 'application/x-ndjson' } });
    const times = feed.text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { at: string }).at);
    assert.ok(times.length > 2);
    assert.deepEqual(times, [...times].sort());
  });
});
