/** Closing and opening again: the same state, mapped by what is in force now, by one process at a time. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../src/assets.ts';
import { FabricError } from '../../src/errors.ts';
import { entityPath } from './door.ts';
import {
  Clock,
  removeFolder,
  serve,
  startFabric,
  type TestFabric,
  temporaryFolder,
  until,
} from './harness.ts';

const element = (index: number): string => `urn:ngsi-ld:InfrastructureElement:R:${index}`;

/** A state with something of every sort in it. */
async function fill(fabric: TestFabric, clock: Clock): Promise<void> {
  const readings = Array.from({ length: 50 }, (_, index) => ({
    element: element(index),
    observedAt: clock.at(0),
    hostname: `host-${index}`,
    gpu: { model: `gpu ${index} "ü\n` },
    memory: { availableMegabytes: index },
  }));
  await fabric.ingest('telemetry', readings);
  await fabric.send('/ngsi-ld/v1/entities', {
    id: element(0),
    type: 'InfrastructureElement',
    hostname: 'shadowed',
    cpuCores: 4,
  });
  await fabric.ingest('telemetry', {
    element: element(1),
    observedAt: clock.at(1),
    memory: { availableMegabytes: -1.5 },
  });
  await fabric.send('/v1/ingest/telemetry', '{"element": \n', { type: 'application/x-ndjson' });
  await fabric.send('/ngsi-ld/v1/entities', { id: element(90), type: 'InfrastructureElement' });
  await fabric.remove(entityPath(element(90)));
  await fabric.update(
    'INSERT DATA { <urn:a> <urn:p> "x"@en-GB, 02, [ <urn:q> 1 ] . GRAPH <urn:g> { <urn:a> <urn:p> 2 } }',
  );
}

describe('end to end: restart', function () {
  this.timeout(30_000);
  let directory: string;
  let clock: Clock;
  beforeEach(() => {
    directory = temporaryFolder();
    clock = new Clock();
  });
  afterEach(() => {
    removeFolder(directory);
  });
  const start = (config: Readonly<Record<string, unknown>> = {}): Promise<TestFabric> =>
    startFabric({ directory: join(directory, 'data'), now: clock.now, config });

  it('gives the same graph, the same seq, the same instances', async () => {
    const first = await start();
    await fill(first, clock);
    await first.fabric.tick();
    const before = [await first.dump(), await first.seq(), await first.baseIri()] as const;
    assert.ok(before[0].length > 200);
    await first.close();
    for (let round = 0; round < 2; round++) {
      const again = await start();
      assert.deepEqual([await again.dump(), await again.seq(), await again.baseIri()], before);
      await again.close();
    }
  });

  it('knows what it knew: repetitions, late arrivals, deletes, merges', async () => {
    const first = await start();
    await fill(first, clock);
    await first.close();
    await using second = await start();
    const say = async (reading: object) =>
      (await second.ingest('telemetry', { element: element(2), ...reading })).counts;
    const known = { observedAt: clock.at(0), hostname: 'host-2', memory: { availableMegabytes: 2 } };
    assert.equal((await say(known)).unchanged, 1);
    assert.equal((await say({ ...known, observedAt: clock.at(-1), hostname: 'late' })).stale, 1);
    assert.equal((await say({ observedAt: clock.at(2), memory: { availableMegabytes: 3 } })).accepted, 1);
    const rows = await second.sparql(
      `SELECT ?g ?m { <${element(2)}> cf:gpuModel ?g ; cf:memoryAvailableBytes ?m }`,
    );
    assert.deepEqual(rows, [{ g: 'gpu 2 "ü\n', m: '3000000' }]);
    const late = {
      id: element(90),
      type: 'InfrastructureElement',
      cpuCores: { value: 1, observedAt: clock.at(-5) },
    };
    assert.equal((await second.ingest('ngsi-ld', late)).counts.stale, 1);
  });

  it('maps the records again when their mapping changed', async () => {
    const mapping = join(directory, 'own.rml.ttl');
    copyFileSync(join(packageFolder, 'mappings', 'telemetry.rml.ttl'), mapping);
    const config = {
      sources: [
        { kind: 'http', name: 'own', mapping, key: 'element', observedAt: 'observedAt', op: 'merge' },
      ],
    };
    const first = await start(config);
    await first.ingest(
      'own',
      [0, 1, 2].map((index) => ({ element: element(index), observedAt: clock.at(0), hostname: `h${index}` })),
    );
    assert.deepEqual(await first.values('SELECT ?x { ?e cf:hostname ?x }'), ['h0', 'h1', 'h2']);
    const seq = await first.seq();
    await first.close();

    const unchanged = await start(config);
    assert.equal(await unchanged.seq(), seq);
    await unchanged.close();

    writeFileSync(
      mapping,
      readFileSync(mapping, 'utf8').replace('rml:predicate cf:hostname', 'rml:predicate cf:gpuModel'),
    );
    const second = await start(config);
    assert.deepEqual(await second.values('SELECT ?x { ?e cf:hostname ?x }'), []);
    assert.deepEqual(await second.values('SELECT ?x { ?e cf:gpuModel ?x }'), ['h0', 'h1', 'h2']);
    const feed = await second.request(`/v1/changes?from=${seq + 1}`, {
      headers: { accept: 'application/x-ndjson' },
    });
    const kinds = feed.text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { cause: { kind: string } }).cause.kind);
    assert.deepEqual([...new Set(kinds)], ['reload']);
    await second.close();
  });

  it('refuses a second process on the same directory', async () => {
    const data = join(directory, 'data');
    await using _first = await start();
    await assert.rejects(
      start(),
      (error) => error instanceof FabricError && error.type === 'data-directory-locked',
    );
    await assert.rejects(serve(data), /ended with 2: [\s\S]*The data directory is in use/);
  });

  it('refuses a directory that is not its own, and leaves it as it is', async () => {
    writeFileSync(join(directory, 'letter.txt'), 'dear');
    await assert.rejects(
      startFabric({ directory }),
      (error) => error instanceof FabricError && error.type === 'data-directory-unusable',
    );
    assert.equal(readFileSync(join(directory, 'letter.txt'), 'utf8'), 'dear');
  });

  it('finishes on SIGTERM what it has begun to take in', async () => {
    const data = join(directory, 'data');
    const child = await serve(data);
    const body = Array.from({ length: 3000 }, (_, index) =>
      JSON.stringify({ element: element(index), observedAt: clock.at(0), hostname: `h${index}` }),
    ).join('\n');
    const answer = child.send('/v1/ingest/telemetry', body, { type: 'application/x-ndjson' });
    await until(async () => (await child.seq()) > 100, 'some of it is in');
    const ended = child.end('SIGTERM');
    const { status, json } = await answer;
    assert.deepEqual([status, (json as { counts: { accepted: number } }).counts.accepted], [202, 3000]);
    assert.equal(await ended, 0);
    await using again = await start();
    const [row] = await again.sparql('SELECT (COUNT(?h) AS ?n) { ?e cf:hostname ?h }');
    assert.equal(row?.['n'], '3000');
  });

  it('ends with 0 on SIGTERM, everything checkpointed', async () => {
    const data = join(directory, 'data');
    const child = await serve(data);
    await child.ingest('telemetry', { element: element(1), hostname: 'h' });
    const before = await child.dump();
    assert.equal(await child.end('SIGTERM'), 0);
    await using again = await start();
    const { seq, checkpointSeq } = (await again.request('/v1/status')).json as {
      seq: number;
      checkpointSeq: number;
    };
    assert.equal(checkpointSeq, seq);
    assert.deepEqual(await again.dump(), before);
  });
});
