import { equal } from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createSourceAccess } from '../../../src/source/rml/access.ts';
import { checkRefused, readText, settingsOf, sourceOf, withFolder } from './reading.ts';

const FILES = {
  'mapping/a.csv': 'beside',
  'work/a.csv': 'at work',
  'work/b.csv': 'b',
  'secret/a.csv': 'secret',
};

/** What each description reads, with the mapping in `mapping/` and the work in `work/`. */
const READ: Readonly<Record<string, readonly [string, string]>> = {
  'a path, first at work': ['"a.csv"', 'at work'],
  'a path that is only beside the mapping': ['"../mapping/a.csv"', 'beside'],
  'a path of the mapping directory': ['[ rml:root rml:MappingDirectory ; rml:path "a.csv" ]', 'beside'],
  'a path of the working directory': [
    '[ rml:root rml:CurrentWorkingDirectory ; rml:path "./a.csv" ]',
    'at work',
  ],
  'a root that is a path': ['[ rml:root "../work" ; rml:path "b.csv" ]', 'b'],
  'a table of CSVW': ['[ a csvw:Table ; csvw:url "b.csv" ]', 'b'],
  'a distribution of DCAT': ['[ a dcat:Distribution ; dcat:downloadURL "b.csv" ]', 'b'],
};

describe('files as sources', () => {
  const settings = (folder: string): Parameters<typeof createSourceAccess>[0] => ({
    mappingDirectory: join(folder, 'mapping'),
    workingDirectory: join(folder, 'work'),
  });

  for (const [title, [source, text]] of Object.entries(READ)) {
    it(`are found by ${title}`, () =>
      withFolder(FILES, async (folder) => {
        equal(await readText(sourceOf(source), settings(folder)), text);
      }));
  }

  it('are found by an absolute path and by a file address', () =>
    withFolder(FILES, async (folder) => {
      const path = join(folder, 'work', 'b.csv');
      equal(await readText(sourceOf(`"${path}"`), settings(folder)), 'b');
      equal(await readText(sourceOf(`[ dcat:downloadURL <file://${path}> ]`), settings(folder)), 'b');
    }));

  it('lie below an allowed root, links resolved', () =>
    withFolder(FILES, async (folder) => {
      symlinkSync(join(folder, 'secret', 'a.csv'), join(folder, 'work', 'link.csv'));
      const paths = [
        '../secret/a.csv',
        join(folder, 'secret/a.csv'),
        'link.csv',
        '../secret/none.csv',
        '/etc/passwd',
      ];
      for (const path of paths) {
        const refused = await checkRefused(
          () => readText(sourceOf(`"${path}"`), settings(folder)),
          'path-refused',
          /lies outside of the folders that a mapping may read/,
        );
        equal(refused.extensions['hint'], 'Allow its folder with --allow-root.');
      }
      const allowedRoots = [join(folder, 'secret'), join(folder, 'work')];
      equal(await readText(sourceOf('"link.csv"'), { ...settings(folder), allowedRoots }), 'secret');
    }));

  it('are not read beside a root whose name begins alike', () =>
    withFolder({ 'work/a.csv': 'a', 'work-2/a.csv': 'b' }, async (folder) => {
      await checkRefused(
        () => readText(sourceOf('"../work-2/a.csv"'), settings(folder)),
        'path-refused',
        /lies outside/,
      );
    }));

  it('are refused when they are missing, or folders', () =>
    withFolder(FILES, async (folder) => {
      await checkRefused(
        () => readText(sourceOf('"none.csv"'), settings(folder)),
        'mapping-failed',
        /Source "none.csv" cannot be read: there is no such file \(tried .*none.csv/,
      );
      await checkRefused(
        () => readText(sourceOf('"."'), settings(folder)),
        'mapping-failed',
        /it is a directory/,
      );
    }));

  it('stand in for other sources by --source, wherever they lie', () =>
    withFolder(FILES, async (folder) => {
      const given = sourceOf('ex:data');
      await checkRefused(
        () => readText(given, settings(folder)),
        'mapping-failed',
        /does not say where it is/,
      );
      const overrides = new Map([['http://ex.org/data', join(folder, 'secret', 'a.csv')]]);
      equal(await readText(given, { ...settings(folder), overrides }), 'secret');
    }));

  it('stand for standard input as a dash', async () => {
    async function* standardInput(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('typed'));
    }
    const overrides = new Map([['http://ex.org/data', '-']]);
    equal(await readText(sourceOf('ex:data'), settingsOf('/', { overrides, standardInput })), 'typed');
  });

  it('are told without being read', () =>
    withFolder(FILES, async (folder) => {
      const access = createSourceAccess(settings(folder));
      const path = await access.check(sourceOf('"b.csv"'));
      equal(path?.endsWith(join('work', 'b.csv')), true);
      equal(access.identity(sourceOf('"b.csv"')) === access.identity(sourceOf('[ rml:path "b.csv" ]')), true);
    }));

  it('are nothing where records of the fabric are meant', () =>
    checkRefused(
      () => readText(sourceOf('[ a cf:Records ; cf:sourceName "sites" ]'), settingsOf('/tmp')),
      'not-supported',
      /Source "sites" \(records\) cannot be read here/,
    ));
});
