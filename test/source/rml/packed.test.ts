import { equal } from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { SourceAccessOptions } from '../../../src/source/rml/access.ts';
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

describe('compressed sources', () => {
  for (const [title, [file, compression, bytes]] of Object.entries(PACKED)) {
    it(title, () =>
      withFolder({ [file]: bytes }, async (folder) => {
        equal(await readText(sourceOf(described(file, compression)), settingsOf(folder)), TEXT);
      }),
    );
  }

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
