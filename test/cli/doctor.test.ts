/** `fabric doctor` looks and changes nothing, not even where there is nothing. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../src/assets.ts';
import { filesBelow, removeFolder, serve, temporaryFolder } from '../end-to-end/harness.ts';

function doctor(directory: string): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/cli/fabric.js', 'doctor', '--data', directory],
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
