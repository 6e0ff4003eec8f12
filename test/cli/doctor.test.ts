/** `fabric doctor` looks and changes nothing, not even where there is nothing. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { packageFolder } from '../../src/assets.ts';
import { filesBelow, removeFolder, serve, temporaryFolder } from '../end-to-end/harness.ts';

function doctor(
  directory: string,
  ...options: readonly string[]
): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/cli/fabric.js', ...options, 'doctor', '--data', directory],
      { cwd: packageFolder },
      (error, out, err) => {
        resolve({ code: error ? Number(error.code) : 0, text: out + err });
      },
    );
  });
}

/** Every file with its content and time. */
const contents = (folder: string): string[] =>
  filesBelow(folder)
    .map((path) => {
      const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
      return `${path} ${digest} ${statSync(path).mtimeMs}`;
    })
    .sort();

describe('fabric doctor', function () {
  this.timeout(30_000);
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    removeFolder(folder);
  });

  it('makes no directory where there is none', async () => {
    const nowhere = join(folder, 'nowhere');
    const { code, text } = await doctor(nowhere);
    assert.equal(code, 2, text);
    assert.match(text, /there is no fabric\.json/);
    assert.equal(existsSync(nowhere), false);
  });

  it('leaves every byte as it was, after a kill too, and looks at nothing that is in use', async () => {
    const directory = join(folder, 'data');
    const running = await serve(directory);
    await running.ingest('telemetry', { element: 'urn:x:1', hostname: 'h' });
    const inUse = await doctor(directory);
    assert.equal(inUse.code, 2, inUse.text);
    assert.match(inUse.text, /in use/);
    await running.ingest('telemetry', { element: 'urn:x:2', hostname: 'h' });
    await running.end('SIGKILL');
    const before = contents(directory);
    const { code, text } = await doctor(directory);
    assert.equal(code, 0, text);
    assert.match(text, /records: 2/);
    assert.deepEqual(contents(directory), before);
  });

  /** A directory with several segments, a checkpoint, and a tail behind it. */
  async function directoryWithTail(): Promise<string> {
    const directory = join(folder, 'data');
    const config = { log: { segmentBytes: 64 * 1024 }, checkpoint: { intervalSeconds: 3600 } };
    const first = await serve(directory, config);
    await first.ingest('telemetry', { element: 'urn:x:0', hostname: 'h' });
    await first.end('SIGTERM');
    const second = await serve(directory, config);
    for (let index = 1; index < 120; index++) {
      await second.ingest('telemetry', { element: `urn:x:${index}`, hostname: `h${'x'.repeat(2000)}` });
    }
    await second.end('SIGKILL');
    return directory;
  }

  interface Examined {
    readonly worst: string;
    readonly facts: Readonly<Record<string, number>>;
    readonly files: readonly { readonly file: string; readonly says: string }[];
    readonly findings: readonly {
      readonly severity: string;
      readonly file: string;
      readonly what: string;
      readonly mend?: string;
    }[];
  }

  async function examined(directory: string): Promise<Examined & { readonly code: number }> {
    const before = contents(directory);
    const { code, text } = await doctor(directory, '--json');
    assert.deepEqual(contents(directory), before);
    return { code, ...(JSON.parse(text) as Examined) };
  }

  it('tells what each file holds, and how far checkpoint and log go', async () => {
    const directory = await directoryWithTail();
    const { code, facts, files, findings } = await examined(directory);
    assert.equal(code, 0, JSON.stringify(findings));
    assert.ok(facts['lastSeq']! >= 120 && facts['checkpointSeq']! < facts['lastSeq']!);
    assert.equal(facts['tailLength'], facts['lastSeq']! - facts['checkpointSeq']!);
    assert.equal(facts['replayedChanges'], facts['tailLength']);
    const segments = files.filter(({ file }) => file.endsWith('.log'));
    assert.ok(segments.length > 2);
    assert.match(segments[0]!.says, /^changes 1 to \d+$/);
    assert.ok(files.some(({ file, says }) => file === 'tenants/default/store' && says.includes('LevelDB')));
  });

  it('names every damaged segment with what to do, not the first alone', async () => {
    const directory = await directoryWithTail();
    const segments = filesBelow(join(directory, 'tenants', 'default', 'log')).sort();
    for (const path of segments.slice(0, 2)) {
      const bytes = readFileSync(path);
      bytes[2000]! ^= 1;
      writeFileSync(path, bytes);
    }
    const { code, worst, findings } = await examined(directory);
    assert.equal(code, 1);
    assert.equal(worst, 'error');
    for (const path of segments.slice(0, 2)) {
      const finding = findings.find(({ file }) => path.endsWith(file));
      assert.equal(finding?.severity, 'error', path);
      assert.match(finding.what, /damaged at byte/);
      assert.match(finding.mend ?? '', /backup/);
    }
    assert.ok(findings.some(({ what }) => what.startsWith('the fabric would not start')));
  });

  it('misses a segment in the middle, and a store of another time', async () => {
    const directory = await directoryWithTail();
    const segments = filesBelow(join(directory, 'tenants', 'default', 'log')).sort();
    rmSync(segments[1]!);
    const { code, findings } = await examined(directory);
    assert.equal(code, 1);
    const finding = findings.find(({ file }) => segments[2]!.endsWith(file));
    assert.match(finding?.what ?? '', /does not continue/);
    rmSync(join(directory, 'tenants', 'default', 'store'), { recursive: true });
    assert.equal((await examined(directory)).code, 1);
  });

  it('warns of what does not belong there, with an exit code of its own', async () => {
    const running = await serve(join(folder, 'data'));
    await running.ingest('telemetry', { element: 'urn:x:1', hostname: 'h' });
    await running.end('SIGTERM');
    const strange = join(folder, 'data', 'tenants', 'default', 'log', 'notes.txt');
    writeFileSync(strange, 'mine');
    const { code, worst, findings } = await examined(join(folder, 'data'));
    assert.equal(code, 5);
    assert.equal(worst, 'warning');
    assert.deepEqual(
      findings.map(({ severity, file }) => [severity, file]),
      [['warning', 'tenants/default/log/notes.txt']],
    );
    const people = await doctor(join(folder, 'data'));
    assert.match(
      people.text,
      /sound, with warnings[^]*warning: tenants\/default\/log\/notes\.txt[^]*Move it away/,
    );
  });

  it('looks at the kept image, whose damage harms nobody', async () => {
    const directory = join(folder, 'data');
    const running = await serve(directory, { image: { fileQuadsMin: 1 } });
    await running.ingest('telemetry', { element: 'urn:x:1', hostname: 'h' });
    await running.end('SIGTERM');
    const path = join(directory, 'tenants', 'default', 'image.cache');
    const sound = await examined(directory);
    assert.deepEqual([sound.code, sound.findings], [0, []]);
    assert.match(
      sound.files.find(({ file }) => path.endsWith(file))?.says ?? '',
      /^the image as of change \d+/,
    );
    const bytes = readFileSync(path);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(path, bytes);
    const { code, findings } = await examined(directory);
    assert.equal(code, 0);
    assert.deepEqual(
      findings.map(({ severity, file }) => [severity, file]),
      [['note', 'tenants/default/image.cache']],
    );
  });

  it('reads the store itself where a kept image would hide its damage', async () => {
    const directory = join(folder, 'data');
    const running = await serve(directory, { image: { fileQuadsMin: 1 } });
    await running.ingest('telemetry', { element: 'urn:x:1', hostname: 'h' });
    await running.end('SIGTERM');
    const level = new ClassicLevel(join(directory, 'tenants', 'default', 'store'));
    const keys = await level.keys({ limit: 1 }).all();
    await level.del(keys[0]!);
    await level.close();
    const { code, findings } = await examined(directory);
    assert.equal(code, 1);
    assert.equal(findings.at(-1)?.file, 'tenants/default/store');
  });

  it('reads the mappings that were given, and names one that cannot be read', async () => {
    const running = await serve(join(folder, 'data'));
    await running.end('SIGTERM');
    const mappings = join(folder, 'data', 'tenants', 'default', 'mappings');
    mkdirSync(mappings, { recursive: true });
    writeFileSync(join(mappings, 'telemetry.rml.ttl'), '@prefix : <urn:');
    const { code, findings } = await examined(join(folder, 'data'));
    assert.equal(code, 1);
    assert.match(findings[0]?.what ?? '', /source "telemetry" cannot be read/);
  });

  it('refuses a directory of a newer format and leaves it as it is', async () => {
    const running = await serve(join(folder, 'data'));
    await running.end('SIGTERM');
    const marker = join(folder, 'data', 'fabric.json');
    const header = JSON.parse(readFileSync(marker, 'utf8')) as { formatVersion: number };
    writeFileSync(marker, JSON.stringify({ ...header, formatVersion: header.formatVersion + 1 }));
    const before = contents(join(folder, 'data'));
    const { code, text } = await doctor(join(folder, 'data'));
    assert.equal(code, 2, text);
    assert.match(text, /format is version 2/);
    await assert.rejects(serve(join(folder, 'data')), /format is version 2/);
    assert.deepEqual(contents(join(folder, 'data')), before);
  });
});
