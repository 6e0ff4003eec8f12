/** A fabric that cannot open leaves nothing behind: no lock on its directory, no thread, no connection. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeFolder, startFabric, temporaryFolder } from './harness.ts';

const mapping = (term: string): string => `
@prefix rml: <http://w3id.org/rml/> .
@prefix cf: <https://w3id.org/continuum-fabric/ns#> .
@prefix ex: <http://ex.org/> .
ex:map rml:logicalSource [ rml:referenceFormulation rml:JSONPath ; rml:source [ a cf:Records ] ] ;
  rml:subjectMap [ rml:template "http://ex.org/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ ${term} ] ] .`;
const GOOD = mapping('rml:reference "v"');

describe('end to end: a fabric that cannot open', function () {
  this.timeout(20_000);
  let folder = '';
  let file = '';
  beforeEach(() => {
    folder = temporaryFolder();
    file = join(folder, 'things.ttl');
  });
  afterEach(() => {
    removeFolder(folder);
  });

  const start = (
    text: string,
    more: Readonly<Record<string, unknown>> = {},
    sources: readonly object[] = [],
  ) => {
    writeFileSync(file, text);
    const things = { kind: 'http', name: 'things', key: 'id', mapping: file };
    return startFabric({
      directory: join(folder, 'data'),
      config: { ...more, sources: [things, ...sources] },
    });
  };

  const WRONG: Readonly<Record<string, readonly [text: string, type: string]>> = {
    'a misspelt term': [mapping('rml:refrence "v"'), 'mapping-invalid'],
    'broken Turtle': [`${GOOD} nonsense`, 'syntax-error'],
    'a parent source that is not configured': [
      GOOD.replace('a cf:Records', 'a cf:Records ; cf:sourceName "nowhere"'),
      'mapping-invalid',
    ],
  };
  for (const [title, [text, type]] of Object.entries(WRONG)) {
    it(`because its mapping has ${title} opens when that is mended, in the same process`, async () => {
      await rejects(start(text), { type });
      {
        await using fabric = await start(GOOD);
        await fabric.ingest('things', [{ id: 1, v: 'a' }]);
      }
      await rejects(start(text), { type });
      await using again = await start(GOOD);
      deepEqual(await again.values('SELECT ?x { <http://ex.org/1> <http://ex.org/p> ?x }'), ['a']);
    });
  }

  it('ends the thread of the functions of the user', async () => {
    const beats = join(folder, 'beats');
    const functions = join(folder, 'functions.mjs');
    writeFileSync(
      functions,
      `import { appendFileSync } from 'node:fs';
setInterval(() => appendFileSync(${JSON.stringify(beats)}, '.'), 5);
appendFileSync(${JSON.stringify(beats)}, '.');
export const functions = [{ iri: 'http://ex.org/f', parameters: [], outputs: ['http://ex.org/out'], run: () => 1 }];`,
    );
    await rejects(start(WRONG['a misspelt term']![0], { mapping: { functions } }), {
      type: 'mapping-invalid',
    });
    await sleep(100); // a thread ends a little after it is told to
    const { length } = readFileSync(beats);
    ok(length > 0);
    await sleep(200);
    equal(readFileSync(beats).length, length);
  });

  it('ends the connections that it had made', async () => {
    const open = new Set<Socket>();
    const broker = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => undefined).once('close', () => open.delete(socket));
      socket.resume();
    });
    broker.listen(0, '127.0.0.1');
    await once(broker, 'listening');
    const url = `mqtt://127.0.0.1:${(broker.address() as AddressInfo).port}`;
    const topic = { kind: 'mqtt', url, topics: ['t'], mapping: file, key: 'id' };
    const passwordFile = join(folder, 'nowhere');
    try {
      const sources = [
        { ...topic, name: 'first' },
        { ...topic, name: 'second', username: 'u', passwordFile },
      ];
      await rejects(start(GOOD, {}, sources), { type: 'config-invalid' });
      await sleep(300);
      equal(open.size, 0);
      await using fabric = await start(GOOD);
      ok(fabric.url);
    } finally {
      for (const socket of open) socket.destroy();
      broker.close();
    }
  });
});
