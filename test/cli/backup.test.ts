/** `fabric backup` and `fabric restore`: the same graph, the same records, and a fabric that goes on with both. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { INTERNAL } from '../../src/log/change.ts';
import {
  filesBelow,
  removeFolder,
  startFabric,
  type TestFabric,
  temporaryFolder,
} from '../end-to-end/harness.ts';
import { fabric } from './command.ts';

const context = { principal: INTERNAL, tenant: 'default', requestId: 'r' };
const reading = (index: number, hostname = `h${index}`) => ({ element: `urn:x:${index}`, hostname });

async function dumpOf(running: TestFabric): Promise<string[]> {
  const text = await (await fetch(`${running.url}/v1/dump`)).text();
  return text.trim().split('\n').sort();
}

describe('fabric backup and restore', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    removeFolder(folder);
  });

  it('give the same fabric again, in which mapping goes on', async () => {
    await using running = await startFabric();
    for (let index = 0; index < 20; index++) await running.ingest('telemetry', reading(index));
    await running.fabric.loadQuads(context, oneChunk('_:b0 <urn:p> "\\u00e9\\n"@en-GB <urn:g> .\n'), {
      format: 'n-quads',
    });
    const mapping = running.fabric.mapping(context, 'telemetry');
    await running.fabric.reloadMapping(context, 'telemetry', `${mapping.text}\n# given\n`, mapping.format);
    const { code, out, err } = await fabric('--json', 'backup', folder, '--url', running.url);
    assert.equal(code, 0, err);
    const made = JSON.parse(out) as {
      path: string;
      seq: number;
      quads: number;
      records: number;
      mappings: number;
    };
    assert.equal(made.path, join(folder, `fabric-${made.seq}.tar.gz`));
    assert.equal(made.records, 20);
    assert.equal(made.mappings, 1);
    const before = await dumpOf(running);
    assert.equal(made.quads, before.length);

    const data = join(folder, 'restored');
    const restored = await fabric('--json', 'restore', made.path, '--data', data);
    assert.equal(restored.code, 0, restored.err);
    assert.equal((JSON.parse(restored.out) as { seq: number }).seq, made.seq);
    await using again = await startFabric({ directory: data });
    assert.equal(again.fabric.baseIri, running.fabric.baseIri);
    assert.equal(again.fabric.seq, made.seq);
    assert.deepEqual(await dumpOf(again), before);
    assert.equal(again.fabric.mapping(context, 'telemetry').reloaded, true);
    // A restored record is changed and deleted as if it had never been away.
    const own = (lines: readonly string[]) =>
      lines.filter((line) => line.includes('/telemetry/urn%3Ax%3A3>'));
    assert.ok(own(before).some((line) => line.includes('"h3"')));
    await again.ingest('telemetry', reading(3, 'renamed'));
    const renamed = own(await dumpOf(again));
    assert.ok(
      renamed.some((line) => line.includes('"renamed"')) && !renamed.some((line) => line.includes('"h3"')),
    );
    await again.close();
    // What was written since is in log and store of the restored directory.
    await using third = await startFabric({ directory: data });
    assert.ok(third.fabric.seq > made.seq);
    assert.deepEqual(own(await dumpOf(third)), renamed);
  });

  it('retract the quads of a restored record when it is deleted', async () => {
    await using running = await startFabric();
    const entity = {
      id: 'urn:ngsi-ld:InfrastructureElement:a:1',
      type: 'InfrastructureElement',
      cpuCores: { type: 'Property', value: 4 },
    };
    const post = await fetch(`${running.url}/ngsi-ld/v1/entities`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(entity),
    });
    assert.equal(post.status, 201, await post.text());
    const archive = join(folder, 'one.tar.gz');
    assert.equal((await fabric('backup', archive, '--url', running.url)).code, 0);
    const data = join(folder, 'restored');
    assert.equal((await fabric('restore', archive, '--data', data)).code, 0);
    await using again = await startFabric({ directory: data });
    const about = async () => (await dumpOf(again)).filter((line) => line.startsWith(`<${entity.id}>`));
    assert.ok((await about()).length > 0);
    const gone = await fetch(`${again.url}/ngsi-ld/v1/entities/${encodeURIComponent(entity.id)}`, {
      method: 'DELETE',
    });
    assert.equal(gone.status, 204);
    assert.deepEqual(await about(), []);
  });

  it('hold one state while writes go on', async () => {
    await using running = await startFabric();
    // Two facts of a record that always change together.
    let isWriting = true;
    const write = async (): Promise<void> => {
      for (let round = 0; isWriting; round++) {
        const sent = Array.from({ length: 20 }, (_, index) => reading(index, `round-${round}`));
        await Promise.all(sent.map((each) => running.ingest('telemetry', each)));
      }
    };
    const writing = write();
    const archives: string[] = [];
    try {
      for (let index = 0; index < 3; index++) {
        const archive = join(folder, `${index}.tar.gz`);
        archives.push(archive);
        const { code, err } = await fabric('backup', archive, '--url', running.url);
        assert.equal(code, 0, err);
      }
    } finally {
      isWriting = false;
      await writing;
    }
    for (const archive of archives) {
      const text = gunzipSync(readFileSync(archive)).toString('utf8');
      const names = new Map<string, string>();
      for (const [, element, name] of text.matchAll(/<(urn:x:\d+)> <[^>]*hostname> "(round-\d+)"/g)) {
        assert.equal(names.has(element!), false, 'a functional property has one value in a state');
        names.set(element!, name!);
      }
      for (const [, document] of text.matchAll(/^(\{"source":"telemetry".*\})$/gm)) {
        const { key, value } = JSON.parse(document!) as { key: string; value: { hostname: string } };
        assert.equal(names.get(key), value.hostname, 'quads and documents are of the same state');
      }
      assert.ok(names.size > 0);
    }
  });

  it('refuse damage, and what is newer or no backup, and leave nothing behind', async () => {
    await using running = await startFabric();
    for (let index = 0; index < 5; index++) await running.ingest('telemetry', reading(index));
    const archive = join(folder, 'good.tar.gz');
    assert.equal((await fabric('backup', archive, '--url', running.url)).code, 0);
    const good = readFileSync(archive);
    const plain = gunzipSync(good);
    const cases: Record<string, readonly [Buffer, RegExp]> = {
      'cut short': [good.subarray(0, good.length - 200), /backup-damaged/],
      'with a bit flipped': [flipped(good, Math.floor(good.length / 2)), /backup-damaged/],
      'with another value': [
        gzipSync(Buffer.from(plain.toString('latin1').replace('"h1"', '"h9"'), 'latin1')),
        /backup-damaged/,
      ],
      'without its last blocks': [gzipSync(plain.subarray(0, plain.length - 4096)), /backup-damaged/],
      'of a newer format': [
        gzipSync(
          Buffer.from(plain.toString('latin1').replace('"formatVersion": 1', '"formatVersion": 2'), 'latin1'),
        ),
        /backup-unknown.*version 2/,
      ],
      'of something else': [gzipSync(Buffer.alloc(2048)), /backup-(damaged|unknown)/],
      'without anything': [Buffer.alloc(0), /backup-damaged/],
    };
    for (const [name, [bytes, expected]] of Object.entries(cases)) {
      const path = join(folder, 'case.tar.gz');
      writeFileSync(path, bytes);
      const data = join(folder, 'restored');
      const { code, err } = await fabric('--json', 'restore', path, '--data', data);
      assert.equal(code, err.includes('backup-damaged') ? 1 : 2, `${name}: ${err}`);
      assert.match(err, expected, name);
      assert.deepEqual(filesBelow(folder).sort(), [path, archive].sort(), name);
    }
  });

  it('touch no directory that holds anything', async () => {
    await using running = await startFabric();
    await running.ingest('telemetry', reading(1));
    const archive = join(folder, 'good.tar.gz');
    assert.equal((await fabric('backup', archive, '--url', running.url)).code, 0);
    const { code, err } = await fabric('--json', 'restore', archive, '--data', folder);
    assert.equal(code, 2);
    assert.match(err, /already-exists/);
    assert.deepEqual(filesBelow(folder), [archive]);
  });

  it('work on a data directory at rest as on a service', async () => {
    const data = join(folder, 'data');
    const running = await startFabric({ directory: data });
    await running.ingest('telemetry', reading(1));
    const before = await dumpOf(running);
    await running.close();
    const archive = join(folder, 'rest.tar.gz');
    const made = await fabric('backup', archive, '--data', data);
    assert.equal(made.code, 0, made.err);
    const copy = join(folder, 'copy');
    assert.equal((await fabric('restore', archive, '--data', copy)).code, 0);
    await using again = await startFabric({ directory: copy });
    assert.deepEqual(await dumpOf(again), before);
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 4;
  return copy;
}

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
