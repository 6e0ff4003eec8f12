import { equal } from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { FabricError } from '../../../src/errors.ts';
import type { Compression } from '../../../src/mapping/normal-form.ts';
import type { SourceAccessOptions } from '../../../src/source/rml/access.ts';
import { unpack } from '../../../src/source/rml/compression.ts';
import { xzFile } from '../../../src/target/xz.ts';
import { dataPath, describeWithData } from '../../data.ts';
import { tarOf, zipOf } from './archive.ts';
import { checkRefused, readText, settingsOf, sourceOf, withFolder } from './reading.ts';

const TEXT = 'id,n\n1,é\n';

const PACKED: Readonly<Record<string, readonly [file: string, compression: string, bytes: Uint8Array]>> = {
  gzip: ['a.gz', 'rml:gzip', gzipSync(TEXT)],
  zip: ['a.zip', 'rml:zip', zipOf({ 'a.csv': TEXT })],
  'zip with a folder': ['a.zip', 'rml:zip', zipOf({ 'data/': '', 'data/a.csv': TEXT })],
  tar: ['a.tar', 'rml:tar', tarOf({ 'a.csv': TEXT })],
  'tar in gzip': ['a.tar.gz', 'rml:targz', gzipSync(tarOf({ 'a.csv': TEXT }))],
  'gzip that the mapping does not mention': ['a.csv.gz', '', gzipSync(TEXT)],
  'gzip by its bytes alone': ['a.csv', '', gzipSync(TEXT)],
  'zip that the mapping does not mention': ['a.csv.zip', '', zipOf({ 'a.csv': TEXT })],
  'tar in gzip that the mapping does not mention': ['a.tgz', '', gzipSync(tarOf({ 'a.csv': TEXT }))],
  'two parts of gzip': ['a.gz', 'rml:gzip', Buffer.concat([gzipSync('id,n\n'), gzipSync('1,é\n')])],
};

const described = (file: string, compression: string): string =>
  `[ rml:path "${file}" ${compression === '' ? '' : `; rml:compression ${compression}`} ]`;

async function allOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

describe('compressed sources', () => {
  for (const [title, [file, compression, bytes]] of Object.entries(PACKED)) {
    it(title, () =>
      withFolder({ [file]: bytes }, async (folder) => {
        equal(await readText(sourceOf(described(file, compression)), settingsOf(folder)), TEXT);
      }),
    );
  }

  describe('leave nothing open', () => {
    const archive = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(tarOf({ a: TEXT }));
    };
    const OPEN: Readonly<Record<string, readonly [Compression, () => Uint8Array | Promise<Uint8Array>]>> = {
      gzip: ['gzip', () => gzipSync(TEXT)],
      zip: ['zip', () => zipOf({ a: TEXT })],
      tar: ['tar', () => tarOf({ a: TEXT })],
      'tar in gzip': ['targz', () => gzipSync(tarOf({ a: TEXT }))],
      'tar in xz': ['tarxz', () => allOf(xzFile(archive()))],
      'tar with two files': ['tar', () => tarOf({ a: TEXT, b: TEXT })],
    };
    for (const [title, [compression, bytes]] of Object.entries(OPEN)) {
      it(title, async () => {
        const packed = await bytes();
        for (const chunksMax of [1, Number.POSITIVE_INFINITY]) {
          let closed = 0;
          const chunks = (async function* () {
            try {
              // More than the archive follows, so that what reads it has to say when it is done.
              for (const chunk of [packed, ...Array<Buffer>(100).fill(Buffer.alloc(65_536))]) {
                yield await Promise.resolve(chunk);
              }
            } finally {
              closed++;
            }
          })();
          let read = 0;
          try {
            const limits = { unpackedBytesMax: 100_000, archiveBytesMax: 100_000_000 };
            for await (const _ of unpack({ name: 'a', chunks, path: undefined }, compression, limits)) {
              if (++read >= chunksMax) break;
            }
          } catch (refusal) {
            equal(refusal instanceof FabricError, true, String(refusal));
          }
          await setImmediate();
          equal(closed, 1, `after ${read} chunks`);
        }
      });
    }
  });

  it('are refused where a header of tar would fill the memory', async () => {
    const header = tarOf({ x: '' }).subarray(0, 512);
    header.write('77777777777', 124);
    header.write('x', 156);
    header.write('        ', 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    let read = 0;
    const chunks = (async function* () {
      yield await Promise.resolve(header);
      for (; read < 1000; read++) yield Buffer.alloc(65_536);
    })();
    const limits = { unpackedBytesMax: 1e12, archiveBytesMax: 1e12 };
    await checkRefused(
      () => allOf(unpack({ name: 'a', chunks, path: undefined }, 'tar', limits)),
      'syntax-error',
      /header of 8589934591 bytes/,
    );
    equal(read, 0);
  });

  const large = gzipSync(Buffer.alloc(20_000_000));
  const BAD: Readonly<Record<string, readonly [string, Uint8Array, string, RegExp]>> = {
    'what is no gzip': ['rml:gzip', Buffer.from('id,n'), 'syntax-error', /cannot be read as gzip/],
    'gzip that ends too early': [
      'rml:gzip',
      gzipSync(TEXT).subarray(0, 20),
      'syntax-error',
      /cannot be read as gzip/,
    ],
    'what is no zip': ['rml:zip', Buffer.from('id,n'), 'syntax-error', /cannot be read as zip/],
    'zip with two files': [
      'rml:zip',
      zipOf({ a: 'x', b: 'y' }),
      'syntax-error',
      /it holds 2 files, one is read/,
    ],
    'zip without a file': ['rml:zip', zipOf({}), 'syntax-error', /it holds no file/],
    'what is no tar': ['rml:tar', Buffer.alloc(600, 'x'), 'syntax-error', /is no tar archive/],
    'tar with two files': [
      'rml:tar',
      tarOf({ a: 'x', b: 'y' }),
      'syntax-error',
      /several files \("a", "b"\)/,
    ],
    'tar that ends too early': [
      'rml:tar',
      tarOf({ a: 'x'.repeat(600) }).subarray(0, 700),
      'syntax-error',
      /ends inside/,
    ],
    'what is no xz': ['rml:tarxz', Buffer.from('id,n'), 'syntax-error', /cannot be read as xz/],
    'what unpacks to too much': ['rml:gzip', large, 'body-too-large', /unpacks to more than 1000000 bytes/],
  };
  for (const [title, [compression, bytes, type, message]] of Object.entries(BAD)) {
    it(`are refused: ${title}`, () =>
      withFolder({ file: bytes }, async (folder) => {
        const options: SourceAccessOptions = settingsOf(folder, { limits: { sourceBytesMax: 1_000_000 } });
        await checkRefused(() => readText(sourceOf(described('file', compression)), options), type, message);
      }));
  }
});

describeWithData('sources in tar and xz', () => {
  it('are read as the suite has them', async () => {
    const folder = dataPath('rml', 'rml-io', 'RMLSTC0002d');
    for (const compression of ['rml:tarxz', '']) {
      const text = await readText(
        sourceOf(described('Friends.json.tar.xz', compression)),
        settingsOf(folder),
      );
      equal((JSON.parse(text) as readonly unknown[]).length > 0, true);
    }
  });
});

const encoded: Readonly<Record<string, readonly [string, Uint8Array]>> = {
  'UTF-8 with a byte order mark': ['rml:UTF-8', Buffer.from(`\uFEFF${TEXT}`)],
  'UTF-16, little end first': ['rml:UTF-16', Buffer.from(`\uFEFF${TEXT}`, 'utf16le')],
  'UTF-16, big end first': ['rml:UTF-16', Buffer.from(`\uFEFF${TEXT}`, 'utf16le').swap16()],
  'UTF-16 without a mark': ['rml:UTF-16', Buffer.from(TEXT, 'utf16le')],
  'UTF-16BE without a mark': ['rml:UTF-16', Buffer.from(TEXT, 'utf16le').swap16()],
  'ISO 8859-1': ['"ISO-8859-1"', Buffer.from(TEXT, 'latin1')],
  'windows-1252': ['"windows-1252"', Buffer.from(TEXT, 'latin1')],
};

describe('encoded sources', () => {
  for (const [title, [encoding, bytes]] of Object.entries(encoded)) {
    it(title, () =>
      withFolder({ 'a.csv': bytes }, async (folder) => {
        const source = sourceOf(`[ rml:path "a.csv" ; rml:encoding ${encoding} ]`);
        equal((await readText(source, settingsOf(folder))).replace(/^\uFEFF/, ''), TEXT);
      }),
    );
  }

  it('are refused where the bytes are no text in their encoding', () =>
    withFolder({ 'a.csv': Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00]) }, async (folder) => {
      const source = sourceOf('[ rml:path "a.csv" ; rml:encoding rml:UTF-16 ]');
      await checkRefused(
        () => readText(source, settingsOf(folder)),
        'syntax-error',
        /bytes that are no utf-16le/,
      );
    }));

  it('are refused in an encoding that nobody knows', () =>
    checkRefused(
      async () => Promise.resolve(sourceOf('[ rml:path "a.csv" ; rml:encoding rml:UTF-9 ]')),
      'mapping-invalid',
      /unknown encoding "UTF-9"; did you mean UTF-8\?/,
    ));
});
