/** Mapping the records of a live fabric again: in the background, and on from where it was after a restart. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANONYMOUS, type Change } from '../../src/log/change.ts';
import { removeFolder, startFabric, type TestFabric, temporaryFolder } from './harness.ts';
import { thingsAtSites, thingsMapping } from './things.ts';

const COUNT = 800;
const CONTEXT = { principal: ANONYMOUS, tenant: 'default', requestId: 'test' };

describe('end to end: mapping the records of a live fabric again', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const { things: file, sources } = thingsAtSites(folder);
  const config = {
    writer: { groupLengthMax: 40 },
    records: { joinedMax: 25 },
    sources,
  };
  const directories: string[] = [];
  after(() => {
    removeFolder(folder);
  });

  /** A fabric with many things at one site. */
  async function filled(): Promise<{ readonly directory: string; readonly seq: number }> {
    const directory = join(folder, `data-${directories.length}`);
    directories.push(directory);
    writeFileSync(file, thingsMapping('first'));
    await using fabric = await startFabric({ config, directory });
    await fabric.ingest('sites', [{ id: 's', name: 'old' }]);
    const things = Array.from({ length: COUNT }, (_, index) => ({ id: `t${index}`, v: index, site: 's' }));
    await fabric.ingest('things', things);
    return { directory, seq: fabric.fabric.seq };
  }

  const count = async (fabric: TestFabric, pattern: string): Promise<number> =>
    Number((await fabric.values(`SELECT (COUNT(*) AS ?x) { ${pattern} }`))[0]);

  async function changesSince(fabric: TestFabric, seq: number): Promise<Change[]> {
    const changes: Change[] = [];
    for await (const change of fabric.fabric.changes(CONTEXT, seq + 1, 1_000_000)) changes.push(change);
    return changes;
  }

  const statusOf = (fabric: TestFabric) =>
    fabric.fabric.status().sources.find(({ name }) => name === 'things')!;

  it('serves and takes in while it runs; what comes in is mapped by the new mapping at once', async () => {
    const { directory, seq } = await filled();
    writeFileSync(file, thingsMapping('second'));
    await using fabric = await startFabric({ config, directory });
    const { remap, mappingVersion } = statusOf(fabric);
    assert.ok(remap && remap.done < remap.total && remap.total === COUNT, JSON.stringify(remap));
    const metrics = (await fabric.request('/metrics')).text;
    assert.match(metrics, /fabric_source_remap_pending_records\{source="things"\} \d+/);
    await fabric.ingest('things', [
      { id: 'new', v: -1 },
      { id: `t${COUNT - 1}`, v: -2, site: 's' },
    ]);
    assert.ok(statusOf(fabric).remap, 'the remap was through before intake was answered');
    assert.equal(await count(fabric, 'VALUES ?v { -1 -2 } ?s <http://ex.org/second> ?v'), 2);
    await fabric.fabric.tick();
    assert.equal(statusOf(fabric).remap, undefined);
    assert.equal(await count(fabric, '?s <http://ex.org/first> ?v'), 0);
    assert.equal(await count(fabric, '?s <http://ex.org/second> ?v'), COUNT + 1);
    const changes = await changesSince(fabric, seq);
    assert.ok(changes.length >= COUNT);
    assert.ok(changes.every(({ cause }) => cause.mappingVersion === mappingVersion));
  });

  it('goes on where it was after a restart', async () => {
    const { directory, seq } = await filled();
    writeFileSync(file, thingsMapping('second'));
    const first = await startFabric({ config, directory });
    while ((statusOf(first).remap?.done ?? COUNT) < 100)
      await new Promise((resolve) => setTimeout(resolve, 1));
    await first.close();
    await using fabric = await startFabric({ config, directory });
    const { remap } = statusOf(fabric);
    assert.ok(remap && remap.done >= 100 && remap.done < COUNT, JSON.stringify(remap));
    await fabric.fabric.tick();
    assert.equal(await count(fabric, '?s <http://ex.org/second> ?v'), COUNT);
    const moved = (await changesSince(fabric, seq)).flatMap(({ added }) =>
      added
        .filter(({ predicate }) => predicate.value.endsWith('/second'))
        .map(({ subject }) => subject.value),
    );
    assert.equal(new Set(moved).size, moved.length);
    assert.equal(moved.length, COUNT);
  });

  it('begins anew when yet another mapping comes in between', async () => {
    const { directory } = await filled();
    writeFileSync(file, thingsMapping('second'));
    await using fabric = await startFabric({ config, directory });
    assert.ok(statusOf(fabric).remap);
    await fabric.fabric.reloadMapping(CONTEXT, 'things', thingsMapping('third'));
    await fabric.fabric.tick();
    assert.equal(await count(fabric, '?s <http://ex.org/third> ?v'), COUNT);
    assert.equal(await count(fabric, '?s <http://ex.org/first>|<http://ex.org/second> ?v'), 0);
  });

  it('remembers over a restart that children have to follow their parent', async () => {
    const { directory } = await filled();
    const first = await startFabric({ config, directory });
    await first.ingest('sites', [{ id: 's', name: 'new' }]);
    const followed = await count(first, '?s <http://ex.org/at> <http://ex.org/site/new>');
    assert.ok(followed >= 25 && followed < COUNT, String(followed));
    await first.close();
    await using fabric = await startFabric({ config, directory });
    await fabric.fabric.tick();
    assert.equal(await count(fabric, '?s <http://ex.org/at> <http://ex.org/site/new>'), COUNT);
    assert.equal(await count(fabric, '?s <http://ex.org/at> <http://ex.org/site/old>'), 0);
    assert.deepEqual([statusOf(fabric).remap, statusOf(fabric).joinsOwed], [undefined, 0]);
  });
});
