/** The programs in the README, run as they stand there against the sources of this checkout. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageFolder } from '../../src/assets.ts';
import { removeFolder, temporaryFolder } from './harness.ts';

/** What the program of each import prints. */
const PRINTED: readonly { readonly imports: string; readonly lines: readonly string[] }[] = [
  {
    imports: 'compileMapping',
    lines: [
      'http://example.org/1 Ada',
      'http://example.org/2 Grace',
      '130 bytes of N-Quads',
      '<http://example.org/2> <http://xmlns.com/foaf/0.1/name> "Grace" .',
      '<http://example.org/2> <http://xmlns.com/foaf/0.1/name> "Grace Hopper" .',
    ],
  },
];

describe('end to end: the programs of the README', function () {
  this.timeout(30_000);
  const folder = temporaryFolder();
  after(() => {
    removeFolder(folder);
  });
  const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');
  const programs = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, text]) => text!);

  for (const { imports, lines } of PRINTED) {
    it(`runs the one that imports ${imports}`, () => {
      const [program, other] = programs.filter((text) => text.includes(`import { ${imports}`));
      ok(program !== undefined);
      equal(other, undefined);
      const index = pathToFileURL(join(packageFolder, 'src', 'index.ts')).href;
      const file = join(folder, `${imports}.mjs`);
      writeFileSync(file, program.replace("'continuum-fabric'", `'${index}'`));
      const printed = execFileSync(process.execPath, [file], { encoding: 'utf8' });
      deepEqual(printed.trimEnd().split('\n'), lines);
    });
  }
});
