/** `fabric map --watch`: files change, the output is replaced, the difference is told. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Started, start } from './command.ts';

const MAPPING = `@prefix rml: <http://w3id.org/rml/> .
@prefix ex: <http://example.org/> .
<#People> rml:logicalSource [ rml:source [ a rml:FilePath ; rml:root rml:MappingDirectory ; rml:path "people.csv" ] ;
    rml:referenceFormulation rml:CSV ] ;
  rml:subjectMap [ rml:template "http://example.org/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:name ; rml:objectMap [ rml:reference "name" ] ] .
`;

const name = (id: number, value: string, property = 'name'): string =>
  `<http://example.org/${id}> <http://example.org/${property}> "${value}" .`;

describe('fabric map --watch', function () {
  this.timeout(60_000);
  let folder: string;
  let started: Started | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fabric-watch-'));
    writeFileSync(join(folder, 'map.ttl'), MAPPING);
    writeFileSync(join(folder, 'people.csv'), 'id,name\n1,Ada\n2,Bob\n');
  });
  afterEach(async () => {
    started?.process.kill('SIGKILL');
    await started?.ended;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Waits until a file holds exactly these lines. */
  async function holds(path: string, lines: readonly string[]): Promise<void> {
    const read = (): string[] =>
      existsSync(path)
        ? readFileSync(path, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .sort()
        : [];
    for (let tries = 0; tries < 400 && read().join('\n') !== [...lines].sort().join('\n'); tries++)
      await sleep(50);
    assert.deepEqual(read(), [...lines].sort());
  }

  it('replaces the output and appends the difference, for data and for the mapping', async () => {
    const [output, delta] = [join(folder, 'out.nq'), join(folder, 'delta.nq')];
    started = start(['map', join(folder, 'map.ttl'), '-o', output, '--watch', '--delta', delta]);
    const first = [`+ ${name(1, 'Ada')}`, `+ ${name(2, 'Bob')}`];
    await holds(delta, first);
    await holds(output, [name(1, 'Ada'), name(2, 'Bob')]);
    // As editors do it: the file is replaced by another one.
    writeFileSync(join(folder, 'new'), 'id,name\n1,Ada\n3,Cy\n');
    renameSync(join(folder, 'new'), join(folder, 'people.csv'));
    const second = [...first, `- ${name(2, 'Bob')}`, `+ ${name(3, 'Cy')}`];
    await holds(delta, second);
    await holds(output, [name(1, 'Ada'), name(3, 'Cy')]);
    writeFileSync(join(folder, 'map.ttl'), MAPPING.replace('ex:name', 'ex:label'));
    const names = [
      [1, 'Ada'],
      [3, 'Cy'],
    ] as const;
    const third = names.flatMap(([id, value]) => [`- ${name(id, value)}`, `+ ${name(id, value, 'label')}`]);
    await holds(delta, [...second, ...third]);
  });

  it('tells a mapping that broke, keeps the output, and goes on when it is mended', async () => {
    const [output, delta] = [join(folder, 'out.nq'), join(folder, 'delta.nq')];
    started = start(['map', join(folder, 'map.ttl'), '-o', output, '--watch', '--delta', delta]);
    const first = [`+ ${name(1, 'Ada')}`, `+ ${name(2, 'Bob')}`];
    await holds(delta, first);
    let err = '';
    started.process.stderr?.on('data', (text: string) => {
      err += text;
    });
    writeFileSync(join(folder, 'map.ttl'), `${MAPPING} <#broken`);
    for (let tries = 0; tries < 400 && !/map\.ttl:\d+/.test(err); tries++) await sleep(50);
    assert.match(err, /map\.ttl:7:\d+/);
    await holds(output, [name(1, 'Ada'), name(2, 'Bob')]);
    writeFileSync(join(folder, 'map.ttl'), MAPPING);
    writeFileSync(join(folder, 'people.csv'), 'id,name\n1,Ada\n');
    await holds(delta, [...first, `- ${name(2, 'Bob')}`]);
  });

  it('ends at an interrupt with code 0', async () => {
    const output = join(folder, 'out.nq');
    started = start(['map', join(folder, 'map.ttl'), '-o', output, '--watch']);
    await holds(output, [name(1, 'Ada'), name(2, 'Bob')]);
    await sleep(300);
    started.process.kill('SIGINT');
    const { code, out } = await started.ended;
    assert.equal(code, 0);
    assert.deepEqual(out.trim().split('\n').sort(), [`+ ${name(1, 'Ada')}`, `+ ${name(2, 'Bob')}`]);
  });
});
