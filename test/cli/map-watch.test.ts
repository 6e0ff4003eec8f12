/** `fabric map --watch`: files change, the output is replaced, the difference is told. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Started, start } from './command.ts';
import { at, eachTestInAFolder, put } from './test-folder.ts';

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
  let started: Started | undefined;
  afterEach(async () => {
    started?.process.kill('SIGKILL');
    await started?.ended;
  });
  eachTestInAFolder();
  beforeEach(() => {
    put('map.ttl', MAPPING);
    put('people.csv', 'id,name\n1,Ada\n2,Bob\n');
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
    const [output, delta] = [at('out.nq'), at('delta.nq')];
    started = start(['map', at('map.ttl'), '-o', output, '--watch', '--delta', delta]);
    const first = [`+ ${name(1, 'Ada')}`, `+ ${name(2, 'Bob')}`];
    await holds(delta, first);
    await holds(output, [name(1, 'Ada'), name(2, 'Bob')]);
    // As editors do it: the file is replaced by another one.
    put('new', 'id,name\n1,Ada\n3,Cy\n');
    renameSync(at('new'), at('people.csv'));
    const second = [...first, `- ${name(2, 'Bob')}`, `+ ${name(3, 'Cy')}`];
    await holds(delta, second);
    await holds(output, [name(1, 'Ada'), name(3, 'Cy')]);
    put('map.ttl', MAPPING.replace('ex:name', 'ex:label'));
    const names = [
      [1, 'Ada'],
      [3, 'Cy'],
    ] as const;
    const third = names.flatMap(([id, value]) => [`- ${name(id, value)}`, `+ ${name(id, value, 'label')}`]);
    await holds(delta, [...second, ...third]);
  });

  it('tells a mapping that broke, keeps the output, and goes on when it is mended', async () => {
    const [output, delta] = [at('out.nq'), at('delta.nq')];
    started = start(['map', at('map.ttl'), '-o', output, '--watch', '--delta', delta]);
    const first = [`+ ${name(1, 'Ada')}`, `+ ${name(2, 'Bob')}`];
    await holds(delta, first);
    let err = '';
    started.process.stderr?.on('data', (text: string) => {
      err += text;
    });
    put('map.ttl', `${MAPPING} <#broken`);
    for (let tries = 0; tries < 400 && !/map\.ttl:\d+/.test(err); tries++) await sleep(50);
    assert.match(err, /map\.ttl:7:\d+/);
    await holds(output, [name(1, 'Ada'), name(2, 'Bob')]);
    put('map.ttl', MAPPING);
    put('people.csv', 'id,name\n1,Ada\n');
    await holds(delta, [...first, `- ${name(2, 'Bob')}`]);
  });

  describe('records', () => {
    let err = '';
    /** Starts watching, and waits for the first graph. */
    async function follow(first: readonly string[], ...args: readonly string[]): Promise<string> {
      const delta = at('delta.nq');
      started = start(['map', at('map.ttl'), '--watch', '--delta', delta, ...args]);
      err = '';
      started.process.stderr?.on('data', (text: string) => {
        err += text;
      });
      await holds(delta, first);
      return delta;
    }
    const told = async (pattern: RegExp): Promise<void> => {
      for (let tries = 0; tries < 400 && !pattern.test(err); tries++) await sleep(25);
      assert.match(err, pattern);
    };

    it('maps only those that changed, wherever they stand', async () => {
      const first = [`+ ${name(1, 'Ada')}`, `+ ${name(2, 'Bob')}`];
      const delta = await follow(first);
      await told(/2 of 2 records mapped, 2 added, 0 removed of 2 quads/);
      put('people.csv', 'id,name\n0,Zoe\n2,Bob\n1,Ada\n2,Bob\n');
      await holds(delta, [...first, `+ ${name(0, 'Zoe')}`]);
      // The same record twice is a record more, and no quad more.
      await told(/2 of 4 records mapped, 1 added, 0 removed of 3 quads/);
    });

    it('knows records by a key, of which the last one counts', async () => {
      const first = [`+ ${name(1, 'Ada')}`, `+ ${name(2, 'Bob')}`];
      const delta = await follow(first, '--key', 'id');
      await told(/2 of 2 records mapped/);
      put('people.csv', 'id,name\n1,Ada\n2,Bob\n1,Eve\n');
      await holds(delta, [...first, `- ${name(1, 'Ada')}`, `+ ${name(1, 'Eve')}`]);
      await told(/1 of 2 records mapped, 1 added, 1 removed of 2 quads/);
    });

    it('follows joins from both sides', async () => {
      const places = `<#Places> rml:logicalSource [ rml:source [ a rml:FilePath ; rml:root rml:MappingDirectory ;
          rml:path "places.ndjson" ] ; rml:referenceFormulation rml:JSONPath ] ;
        rml:subjectMap [ rml:template "http://example.org/{place}" ] .
        <#People> rml:predicateObjectMap [ rml:predicate ex:at ; rml:objectMap [ rml:parentTriplesMap <#Places> ;
          rml:joinCondition [ rml:child "id" ; rml:parent "who" ] ] ] .\n`;
      put('map.ttl', MAPPING + places);
      put('places.ndjson', '{"place": "x", "who": 1}\n{"place": "y", "who": 2}\n');
      const placed = (id: number, place: string): string =>
        `<http://example.org/${id}> <http://example.org/at> <http://example.org/${place}> .`;
      const first = [name(1, 'Ada'), name(2, 'Bob'), placed(1, 'x'), placed(2, 'y')].map(
        (line) => `+ ${line}`,
      );
      const delta = await follow(first);
      await told(/4 of 4 records mapped/);
      put('places.ndjson', '{"place": "x", "who": 1}\n{"place": "z", "who": 2}\n');
      const second = [...first, `- ${placed(2, 'y')}`, `+ ${placed(2, 'z')}`];
      await holds(delta, second);
      await told(/1 of 4 records mapped, 1 added, 1 removed of 4 quads/);
      put('people.csv', 'id,name\n1,Ada\n');
      await holds(delta, [...second, `- ${placed(2, 'z')}`, `- ${name(2, 'Bob')}`]);
    });

    it('counts a record that fails until it is mended, and the others stay', async () => {
      put(
        'map.ttl',
        MAPPING.replace('rml:reference "name"', '$& ; rml:datatype xsd:integer').replace(
          '@prefix ex:',
          '@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n@prefix ex:',
        ),
      );
      put('people.csv', 'id,name\n1,5\n2,Bob\n');
      const integer = (id: number, value: number): string =>
        name(id, String(value)).replace(' .', '^^<http://www.w3.org/2001/XMLSchema#integer> .');
      const delta = await follow([`+ ${integer(1, 5)}`]);
      await told(/lexical-invalid: .*"Bob"/);
      await told(/1 record failed/);
      put('people.csv', 'id,name\n1,5\n2,6\n');
      await holds(delta, [`+ ${integer(1, 5)}`, `+ ${integer(2, 6)}`]);
    });

    it('keeps what is there when a file is gone, and goes on when it is back', async () => {
      const first = [`+ ${name(1, 'Ada')}`, `+ ${name(2, 'Bob')}`];
      const delta = await follow(first);
      rmSync(at('people.csv'));
      await told(/people\.csv.*there is no such file/);
      await holds(delta, first);
      put('people.csv', 'id,name\n2,Bob\n');
      await holds(delta, [...first, `- ${name(1, 'Ada')}`]);
    });

    it('says why it maps all again where records cannot be followed', async () => {
      const first = [`+ ${name(1, 'Ada')}`, `+ ${name(2, 'Bob')}`];
      const delta = await follow(first, '--strict');
      await told(/All records are mapped again at each change, because of --strict/);
      put('people.csv', 'id,name\n2,Bob\n');
      await holds(delta, [...first, `- ${name(1, 'Ada')}`]);
    });

    it('refuses a key that has no effect', async () => {
      started = start(['map', at('map.ttl'), '--watch', '--strict', '--key', 'id']);
      err = '';
      started.process.stderr?.on('data', (text: string) => {
        err += text;
      });
      await told(/--key has no effect with --strict/);
    });
  });

  it('ends at an interrupt with code 0', async () => {
    const output = at('out.nq');
    started = start(['map', at('map.ttl'), '-o', output, '--watch']);
    await holds(output, [name(1, 'Ada'), name(2, 'Bob')]);
    await sleep(300);
    started.process.kill('SIGINT');
    const { code, out } = await started.ended;
    assert.equal(code, 0);
    assert.deepEqual(out.trim().split('\n').sort(), [`+ ${name(1, 'Ada')}`, `+ ${name(2, 'Bob')}`]);
  });
});
