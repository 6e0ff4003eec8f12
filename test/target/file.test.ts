/** Files and compressions of targets: whole or not at all, and readable by what reads such files. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Compression } from '../../src/mapping/normal-form.ts';
import { literal, namedNode, quad, type RDF } from '../../src/rdf/terms.ts';
import { openFileSink } from '../../src/target/file.ts';
import { formatted } from '../../src/target/open.ts';
import { resolveInside } from '../../src/target/paths.ts';
import { readDump } from '../conformance/targets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fabric-targets-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('files of targets', () => {
  it('appear when they are closed, and leave what was there until then', async () => {
    const path = join(folder, 'out.nq');
    writeFileSync(path, 'old');
    const sink = await openFileSink(path);
    await sink.write(bytes('new'));
    assert.equal(readFileSync(path, 'utf8'), 'old');
    await sink.close();
    assert.equal(readFileSync(path, 'utf8'), 'new');
    assert.deepEqual(readdirSync(folder), ['out.nq']);
  });

  it('leave nothing behind when they are given up', async () => {
    const path = join(folder, 'out.nq');
    const sink = await openFileSink(path);
    await sink.write(bytes('half'));
    await sink.abort();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('keep the permissions of the file that they replace', async () => {
    const path = join(folder, 'out.nq');
    writeFileSync(path, 'old');
    chmodSync(path, 0o600);
    const sink = await openFileSink(path);
    await sink.close();
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('replace what a link names, not the link', async () => {
    const real = join(folder, 'real.nq');
    writeFileSync(real, 'old');
    symlinkSync(real, join(folder, 'link.nq'));
    const sink = await openFileSink(join(folder, 'link.nq'));
    await sink.write(bytes('new'));
    await sink.close();
    assert.equal(readFileSync(real, 'utf8'), 'new');
  });

  it('are refused for a folder and for a folder that is not there', async () => {
    await assert.rejects(openFileSink(folder), /it is a directory/);
    await assert.rejects(openFileSink(join(folder, 'none', 'out.nq')), /cannot be written/);
  });
});

describe('paths of targets', () => {
  it('lie below an allowed root', async () => {
    const path = join(folder, 'deep', 'out.nq');
    assert.equal(await resolveInside(path, [folder]), path);
  });

  it('are refused outside of it, by dots and by links', async () => {
    mkdirSync(join(folder, 'inside'));
    mkdirSync(join(folder, 'outside'));
    symlinkSync(join(folder, 'outside'), join(folder, 'inside', 'link'));
    const roots = [join(folder, 'inside')];
    const paths = ['inside/../outside/x', 'inside/link/x', 'inside-too/x', '../x'];
    for (const path of paths) {
      await assert.rejects(resolveInside(join(folder, path), roots), { type: 'path-refused' }, path);
    }
  });
});

describe('compressions of targets', () => {
  const endings: Readonly<Record<Compression, string>> = {
    none: '',
    gzip: '.gz',
    zip: '.zip',
    tar: '.tar',
    targz: '.tar.gz',
    tarxz: '.tar.xz',
  };
  const quads = Array.from(
    { length: 20_000 },
    (_, i): RDF.Quad => quad(namedNode(`urn:s${i}`), namedNode('urn:p'), literal(`value é ${i}`)),
  );
  for (const [compression, ending] of Object.entries(endings) as [Compression, string][]) {
    for (const encoding of [undefined, 'utf-16le']) {
      it(`give back what was written: ${compression}, ${encoding ?? 'utf-8'}`, async () => {
        const path = join(folder, `out.nq${ending}`);
        const sink = await formatted(await openFileSink(path), {
          format: 'n-quads',
          compression,
          encoding,
          prefixes: undefined,
        });
        for (let from = 0; from < quads.length; from += 3000)
          await sink.write(quads.slice(from, from + 3000));
        assert.equal(existsSync(path), false);
        await sink.close();
        const found = await readDump(path);
        assert.equal(found.length, quads.length);
        assert.deepEqual(found.at(-1), quads.at(-1));
        if (compression !== 'none' && compression !== 'tar') {
          assert.ok(statSync(path).size < 400_000, `${statSync(path).size} bytes`);
        }
      });
    }
  }

  it('leave nothing behind when they are given up', async () => {
    for (const compression of Object.keys(endings) as Compression[]) {
      const path = join(folder, `out.${compression}`);
      const sink = await formatted(await openFileSink(path), {
        format: 'n-quads',
        compression,
        encoding: undefined,
        prefixes: undefined,
      });
      await sink.write(quads);
      await sink.abort();
    }
    assert.deepEqual(readdirSync(folder), []);
  });
});
