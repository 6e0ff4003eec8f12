/** `fabric map` over MQTT: messages are documents, quads stream out, brokers come and go. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Broker, until } from '../broker.ts';
import { fabric, type Started, start } from './command.ts';
import { at, eachTestInAFolder, put } from './test-folder.ts';

const PREFIXES = `@prefix rml: <http://w3id.org/rml/> .
@prefix td: <https://www.w3.org/2019/wot/td#> .
@prefix hctl: <https://www.w3.org/2019/wot/hypermedia#> .
@prefix ex: <http://example.org/> .
`;

describe('fabric map, MQTT', function () {
  this.timeout(60_000);
  let broker: Broker;
  let started: Started | undefined;
  let err = '';
  let out = '';
  beforeEach(async () => {
    broker = await Broker.open();
  });
  afterEach(async () => {
    started?.process.kill('SIGKILL');
    await started?.ended;
    await broker.close();
  });
  eachTestInAFolder();

  /** A triples map over a topic: a value an id. */
  const map = (topic: string, more = ''): string => `
<#${topic}> rml:logicalSource [ rml:source [ td:hasPropertyAffordance [ td:hasForm [
      hctl:hasTarget "${broker.address}/${topic}" ] ] ] ;
    rml:referenceFormulation rml:JSONPath ; rml:iterator "$" ] ;
  rml:subjectMap [ rml:template "http://example.org/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:${topic} ; rml:objectMap [ rml:reference "value" ] ] ${more} .
`;

  function write(...maps: readonly string[]): string {
    return put('map.ttl', PREFIXES + maps.join(''));
  }

  async function follow(
    topics: readonly string[],
    mapping: string,
    ...args: readonly string[]
  ): Promise<void> {
    started = start(['map', mapping, '--allow-origin', broker.address, ...args]);
    [out, err] = ['', ''];
    started.process.stdout?.on('data', (text: string) => (out += text));
    started.process.stderr?.on('data', (text: string) => (err += text));
    await until(
      () => topics.every((topic) => broker.subscribed.includes(topic)),
      `subscribed to ${topics.join()}`,
    );
  }

  const reading = (id: string, value: string): string => JSON.stringify({ id, value });
  const line = (id: string, value: string, property = 'heat'): string =>
    `<http://example.org/${id}> <http://example.org/${property}> "${value}" .\n`;

  it('writes the quads of a message when it comes, and ends at an interrupt with code 0', async () => {
    await follow(['heat'], write(map('heat')));
    assert.match(err, /keeps every quad in memory/);
    await broker.publish('heat', reading('1', 'a'));
    await until(() => out === line('1', 'a'), 'the first quad');
    await broker.publish('heat', reading('1', 'a'), reading('2', 'b'));
    await until(() => out === line('1', 'a') + line('2', 'b'), 'the second quad');
    started?.process.kill('SIGINT');
    assert.equal((await started?.ended)?.code, 0);
  });

  it('ends after --messages, and the output appears whole', async () => {
    const path = at('out.nq');
    await follow(['heat'], write(map('heat')), '--messages', '3', '-o', path);
    await broker.publish('heat', reading('1', 'a'), reading('2', 'b'), reading('3', 'c'), reading('4', 'd'));
    const ended = await started?.ended;
    assert.equal(ended?.code, 0, err);
    assert.equal(readFileSync(path, 'utf8'), line('1', 'a') + line('2', 'b') + line('3', 'c'));
    assert.match(err, /3 quads of 3 records/);
  });

  it('ends after --for', async () => {
    await follow(['heat'], write(map('heat')), '--for', '2');
    await broker.publish('heat', reading('1', 'a'));
    assert.deepEqual(await started?.ended.then((ran) => [ran.code, ran.out]), [0, line('1', 'a')]);
  });

  it('reads several topics at once, and tables before them', async () => {
    put('places.csv', 'id,place\n1,cellar\n2,roof\n');
    const places = `<#Places> rml:logicalSource [ rml:source [ a rml:FilePath ; rml:root rml:MappingDirectory ;
        rml:path "places.csv" ] ; rml:referenceFormulation rml:CSV ] ;
      rml:subjectMap [ rml:template "http://example.org/{place}" ] .`;
    const join_ = `; rml:predicateObjectMap [ rml:predicate ex:at ; rml:objectMap [
      rml:parentTriplesMap <#Places> ; rml:joinCondition [ rml:child "id" ; rml:parent "id" ] ] ]`;
    await follow(['heat', 'damp'], write(map('heat'), map('damp', join_), places), '--messages', '4');
    await broker.publish('damp', reading('1', 'x'));
    await broker.publish('heat', reading('1', 'a'), reading('2', 'b'));
    await broker.publish('damp', reading('2', 'y'));
    const ended = await started?.ended;
    const at = (id: string, place: string): string =>
      `<http://example.org/${id}> <http://example.org/at> <http://example.org/${place}> .\n`;
    const wanted = [line('1', 'a'), line('2', 'b'), line('1', 'x', 'damp'), line('2', 'y', 'damp')];
    assert.deepEqual(
      ended?.out.split(/(?<=\n)/).sort(),
      [...wanted, at('1', 'cellar'), at('2', 'roof')].sort(),
    );
  });

  it('goes on after a message that is no JSON, and answers 3', async () => {
    const letters = at('letters.ndjson');
    await follow(['heat'], write(map('heat')), '--messages', '3', '--dead-letters', letters);
    await broker.publish('heat', reading('1', 'a'), '{"id": ', reading('2', 'b'));
    const ended = await started?.ended;
    assert.deepEqual([ended?.code, ended?.out], [3, line('1', 'a') + line('2', 'b')]);
    const letter = JSON.parse(readFileSync(letters, 'utf8')) as {
      code: string;
      row: number;
      message: string;
    };
    assert.deepEqual([letter.code, letter.row], ['json-malformed', 2]);
    assert.match(letter.message, /Message 2: /);
  });

  it('stops at a message that is no JSON in strict mode', async () => {
    await follow(['heat'], write(map('heat')), '--strict');
    await broker.publish('heat', '{"id": ');
    assert.equal((await started?.ended)?.code, 2);
    assert.match(err, /Message 1: /);
  });

  it('tells a broker that is gone, tries it again, and goes on', async () => {
    await follow(['heat'], write(map('heat')));
    await broker.publish('heat', reading('1', 'a'));
    await until(() => out === line('1', 'a'), 'the first quad');
    await broker.stop();
    await until(() => err.includes('broker-unreachable: '), 'told that it is gone');
    const before = broker.subscribed.length;
    await broker.start();
    await until(() => broker.subscribed.length > before, 'subscribed again');
    await broker.publish('heat', reading('2', 'b'));
    await until(() => out === line('1', 'a') + line('2', 'b'), 'the second quad');
    assert.match(err, /broker-back: /);
  });

  const demand = (): void => {
    broker.demand('u', 'p');
  };
  const forbid = (): void => {
    broker.forbid('heat');
  };
  const REFUSED: readonly [string, () => void, RegExp][] = [
    ['a password', demand, /refuses the user name or the password/],
    ['a topic', forbid, /refuses the subscription to "heat"/],
  ];
  for (const [what, refuse, message] of REFUSED) {
    it(`ends where the broker refuses ${what}`, async () => {
      refuse();
      const ran = await fabric('map', write(map('heat')), '--allow-origin', broker.address);
      assert.equal(ran.code, 2);
      assert.match(ran.err, message);
    });
  }

  it('takes user name and password from the environment', async () => {
    broker.demand('u', 'p');
    const env = { FABRIC_MQTT_USERNAME: 'u', FABRIC_MQTT_PASSWORD: 'p' };
    const args = ['map', write(map('heat')), '--allow-origin', broker.address, '--messages', '1'];
    started = start(args, env);
    await until(() => broker.subscribed.includes('heat'), 'subscribed');
    await broker.publish('heat', reading('1', 'a'));
    assert.deepEqual(await started.ended.then(({ code, out: text }) => [code, text]), [0, line('1', 'a')]);
  });

  it('refuses a broker that is not allowed, before anything is read, with what to do', async () => {
    const { code, err: told } = await fabric('map', write(map('heat')));
    assert.equal(code, 2);
    assert.match(told, new RegExp(`Allow it with --allow-origin ${broker.address}`));
  });

  it('reads a file in place of a topic', async () => {
    const data = put('heat.json', reading('1', 'a'));
    const ran = await fabric('map', write(map('heat')), '--source', `${broker.address}/heat=${data}`);
    assert.deepEqual([ran.code, ran.out], [0, line('1', 'a')], ran.err);
  });
});
