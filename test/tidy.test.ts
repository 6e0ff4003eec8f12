/** Tidiness that no linter checks: of the repository as a whole. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../src/assets.ts';

const TOP_LEVEL = [
  ...['package.json', 'src', 'ontology', 'mappings', 'queries', 'test', 'docker', 'README.md'],
  ...['ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'LICENSE', 'package-lock.json'],
  ...['tsconfig.json', 'tsconfig.build.json', 'eslint.config.js', 'biome.json'],
];
const LINES_MAX = 400;
const BYTES_MAX = 300_000;

const isText = (path: string): boolean =>
  /\.(ts|js|cjs|json|jsonld|md|ttl|csv|rq|yaml|yml)$|Dockerfile$|\/run$/.test(path);

/** Files under version control, or all files where there is none. */
function files(): string[] {
  try {
    const out = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
      cwd: packageFolder,
      encoding: 'utf8',
    });
    return out.split('\n').filter((path) => path !== '' && existsSync(join(packageFolder, path)));
  } catch {
    return readdirSync(packageFolder, { recursive: true, encoding: 'utf8' }).filter(
      (path) => !path.includes('node_modules') && statSync(join(packageFolder, path)).isFile(),
    );
  }
}

const read = (path: string): string => readFileSync(join(packageFolder, path), 'utf8');
const offenders = (test: (path: string) => boolean): string[] => files().filter(test);

describe('the repository', () => {
  it('is looked at', () => {
    assert.ok(files().length > 100);
  });

  it('has the agreed top level and nothing else', () => {
    const found = new Set(
      files()
        .map((path) => path.split('/')[0]!)
        .filter((name) => !name.startsWith('.')),
    );
    assert.deepEqual([...found].sort(), [...TOP_LEVEL].sort());
  });

  it('has no module that is too long to read at once', () => {
    const long = offenders((path) => /^src\/.*\.ts$/.test(path) && read(path).split('\n').length > LINES_MAX);
    assert.deepEqual(long, []);
  });

  it('opens every module with what it is for', () => {
    const silent = offenders(
      (path) => /^src\/.*\.ts$/.test(path) && !path.endsWith('.d.ts') && !read(path).startsWith('/**'),
    );
    assert.deepEqual(silent, []);
  });

  it('has no file names that say nothing', () => {
    assert.deepEqual(
      offenders((path) => /(^|\/)(utils?|helpers?|common|misc|manager)\.[jt]s$/.test(path)),
      [],
    );
  });

  it('holds no large files', () => {
    const large = offenders(
      (path) => path !== 'package-lock.json' && statSync(join(packageFolder, path)).size > BYTES_MAX,
    );
    assert.deepEqual(large, []);
  });

  it('names no machine and leaves nothing unfinished', () => {
    const marks = new RegExp(
      ['TO' + 'DO', 'FIX' + 'ME', 'X{3}', '(?<![\\w.])/(?:work|home|Users)/'].join('|'),
    );
    const marked = offenders(
      (path) => isText(path) && path !== 'package-lock.json' && marks.test(read(path)),
    );
    assert.deepEqual(marked, []);
  });

  it('has a place in ARCHITECTURE.md for every room', () => {
    const map = read('ARCHITECTURE.md');
    const rooms = new Set(files().flatMap((path) => /^src\/([^/]+)\//.exec(path)?.[1] ?? []));
    assert.ok(rooms.size > 10);
    assert.deepEqual(
      [...rooms].filter((room) => !map.includes(`${room}/`)),
      [],
    );
  });

  it('publishes only what there is', () => {
    const project = JSON.parse(read('package.json')) as {
      readonly bin: Readonly<Record<string, string>>;
      readonly files: readonly string[];
      readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
    };
    const entries = Object.values(project.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    // What is built lies beside its source: dist/x.js and dist/x.d.ts come from src/x.ts.
    const sources = entries.map((path) => path.replace(/^\.\/dist\/(.*?)(\.d\.ts|\.js)$/, 'src/$1.ts'));
    const named = [...sources, ...Object.values(project.bin), ...project.files];
    assert.deepEqual(
      named.filter((path) => path !== 'dist' && !existsSync(join(packageFolder, path))),
      [],
    );
  });

  it('records every package with the registry left open', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { resolved?: string }> };
    const resolved = Object.values(lock.packages).filter((entry) => entry.resolved?.startsWith('http'));
    assert.deepEqual(resolved, []);
  });
});
