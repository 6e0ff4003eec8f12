/** `fabric diff`: what differs, and nothing else; a patch that makes the one of the other; sorting beyond memory. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { sortedLines, textOf } from '../../src/cli/sorted-lines.ts';
import { INTERNAL } from '../../src/log/change.ts';
import { removeFolder, startFabric, temporaryFolder } from '../end-to-end/harness.ts';
import { fabric } from './command.ts';

const BEFORE = `<urn:a> <urn:p> "1" .
<urn:a> <urn:p> "2" <urn:g> .
<urn:a> <urn:q> "same" .
<urn:b> <urn:p> "gone with \\" and blanks . in it"@EN <urn:g> .
_:x <urn:p> _:x .
`;
const AFTER = `<urn:b> <urn:q> <urn:new> .
_:x <urn:p> _:x .
<urn:a> <urn:q> "\\u0073ame"^^<http://www.w3.org/2001/XMLSchema#string> .
<urn:a> <urn:p> "3" .
<urn:a> <urn:p> "2" <urn:g> .
`;

describe('fabric diff', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    removeFolder(folder);
  });
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('shows people a subject and a predicate once', async () => {
    const { code, out } = await fabric('diff', file('a.nq', BEFORE), file('b.nq', AFTER));
    assert.equal(code, 1);
    assert.equal(
      out,
      `<urn:a>
  <urn:p>
    - "1"
    + "3"
<urn:b>
  <urn:p>
    - "gone with \\" and blanks . in it"@en in <urn:g>
  <urn:q>
    + <urn:new>
2 removed, 2 added
`,
    );
  });

  it('gives programs an RDF Patch or JSON', async () => {
    const files = [file('a.nq', BEFORE), file('b.nq', AFTER)];
    const patch = await fabric('diff', ...files, '--format', 'patch');
    assert.deepEqual(patch.out.split('\n'), [
      'TX .',
      'D <urn:a> <urn:p> "1" .',
      'A <urn:a> <urn:p> "3" .',
      'D <urn:b> <urn:p> "gone with \\" and blanks . in it"@en <urn:g> .',
      'A <urn:b> <urn:q> <urn:new> .',
      'TC .',
      '',
    ]);
    const { out, code } = await fabric('--json', 'diff', ...files);
    assert.equal(code, 1);
    const { subjects, ...rest } = JSON.parse(out) as { subjects: { subject: string; added: object[] }[] };
    assert.deepEqual(rest, { before: files[0], after: files[1], added: 2, removed: 2 });
    assert.deepEqual(
      subjects.map(({ subject }) => subject),
      ['<urn:a>', '<urn:b>'],
    );
    assert.deepEqual(subjects[0]!.added, [{ predicate: '<urn:p>', object: '"3"' }]);
  });

  it('ends with 0 where nothing differs, whatever the spelling, order and format', async () => {
    const turtle = file('a.ttl', '@prefix : <urn:> . :a :p "1", 2 ; :q _:x .');
    const quads = file(
      'b.nq',
      '<urn:a> <urn:q> _:x .\n<urn:a> <urn:p> "2"^^<http://www.w3.org/2001/XMLSchema#integer> .\n<urn:a> <urn:p> "1" .\n<urn:a> <urn:p> "1" .\n',
    );
    const { code, out, err } = await fabric('diff', turtle, quads);
    assert.equal(code, 0, out + err);
    assert.equal(out, 'no difference\n');
    const broken = await fabric('diff', turtle, file('c.nq', '<urn:a> .'));
    assert.equal(broken.code, 2);
    assert.match(broken.err, /c\.nq:1:9/);
    assert.equal((await fabric('diff', turtle, join(folder, 'nowhere.nq'))).code, 2);
  });

  it('compares states of a service, and a backup with them', async () => {
    await using running = await startFabric();
    const context = { principal: INTERNAL, tenant: 'default', requestId: 'r' };
    const update = (text: string) => running.fabric.update(context, { text });
    const { seq: first } = await update('INSERT DATA { <urn:a> <urn:p> 1, 2 }');
    const archive = join(folder, 'first.tar.gz');
    assert.equal((await fabric('backup', archive, '--url', running.url)).code, 0);
    await update('DELETE DATA { <urn:a> <urn:p> 1 } ; INSERT DATA { <urn:a> <urn:p> 3 }');
    for (const before of [`@${first}`, archive]) {
      const { code, out, err } = await fabric(
        'diff',
        before,
        '@now',
        '--format',
        'patch',
        '--url',
        running.url,
      );
      assert.equal(code, 1, err);
      assert.match(out, /^TX \.\nD <urn:a> <urn:p> "1".*\nA <urn:a> <urn:p> "3".*\nTC \.\n$/);
    }
    assert.equal((await fabric('diff', archive, `@${first}`, '--url', running.url)).code, 0);
    const future = await fabric('diff', '@now', '@99', '--url', running.url);
    assert.equal(future.code, 4);
  });

  it('sorts by code point what does not fit into memory, and cleans up', async () => {
    const temporary = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('fabric-sort-'));
    const before = temporary();
    const line = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll(/[\n\r]/g, ''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 60 }),
        fc.integer({ min: 1, max: 200 }),
        async (lines, held) => {
          const batches = (async function* () {
            for (let at = 0; at < lines.length; at += 7) yield await Promise.resolve(lines.slice(at, at + 7));
          })();
          const found: string[] = [];
          for await (const each of sortedLines(batches, held)) found.push(textOf(each));
          const whole = lines.map((each) => each.toWellFormed());
          const expected = [...new Set(whole)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          assert.deepEqual(found, expected);
        },
      ),
      { numRuns: 60 },
    );
    assert.deepEqual(temporary(), before);
  });
});
