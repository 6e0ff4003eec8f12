/** Messages of a real broker on loopback, to the graph: also again, also bad ones, also after the broker was away. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync, type MqttClient } from 'mqtt';
import { removeFolder, startFabric, type TestFabric, temporaryFolder, until } from './harness.ts';

/** A broker that can go away and come back at the same address; what it has to keep is its persistence. */
class Broker {
  readonly #aedes: Aedes;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  port = 0;

  constructor(aedes: Aedes) {
    this.#aedes = aedes;
  }

  async open(): Promise<void> {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      this.#aedes.handle(socket);
    });
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Breaks every connection and takes no new ones. */
  async away(): Promise<void> {
    const closed = once(this.#server!, 'close');
    this.#server!.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async close(): Promise<void> {
    await this.away();
    await new Promise<void>((resolve) => {
      this.#aedes.close(resolve);
    });
  }
}

const element = (name: string): string => `urn:ngsi-ld:InfrastructureElement:M:${name}`;
const observedAt = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

describe('end to end: MQTT', function () {
  this.timeout(20_000);
  let broker: Broker;
  let publisher: MqttClient;
  let fabric: TestFabric;
  const directory = temporaryFolder();

  const start = (): Promise<TestFabric> =>
    startFabric({
      directory,
      config: {
        sources: [
          {
            kind: 'mqtt',
            name: 'field',
            mapping: 'telemetry',
            key: 'element',
            observedAt: 'observedAt',
            op: 'merge',
            url: `mqtt://127.0.0.1:${broker.port}`,
            topics: ['continuum/+/state'],
          },
        ],
      },
    });
  const connected = async (): Promise<boolean> => {
    const { sources } = (await fabric.request('/v1/status')).json as {
      sources: { name: string; connected?: boolean }[];
    };
    return sources.find(({ name }) => name === 'field')?.connected === true;
  };
  const publish = (name: string, message: object | string): Promise<unknown> =>
    publisher.publishAsync(
      `continuum/${name}/state`,
      typeof message === 'string' ? message : JSON.stringify(message),
      {
        qos: 1,
      },
    );
  const say = (name: string, second: number, megabytes: number): Promise<unknown> =>
    publish(name, {
      element: element(name),
      observedAt: observedAt(second),
      memory: { availableMegabytes: megabytes },
    });
  const memory = (name: string): Promise<string[]> =>
    fabric.values(`SELECT ?x { <${element(name)}> cf:memoryAvailableBytes ?x }`);
  const arrives = (name: string, megabytes: number): Promise<void> =>
    until(async () => (await memory(name))[0] === `${megabytes}000000`, `${name} says ${megabytes} MB`, 8000);

  before(async () => {
    broker = new Broker(await Aedes.createBroker());
    await broker.open();
    publisher = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 50 });
    fabric = await start();
    await until(connected, 'subscribed');
  });
  after(async () => {
    await fabric.close();
    await publisher.endAsync(true);
    await broker.close();
    removeFolder(directory);
  });

  it('a message becomes part of the graph', async () => {
    await say('a', 1, 100);
    await arrives('a', 100);
    await publish('a', { element: element('a'), observedAt: observedAt(2), hostname: 'host-a' });
    await until(
      async () => (await fabric.values(`SELECT ?x { <${element('a')}> cf:hostname ?x }`))[0] === 'host-a',
      'the hostname',
    );
    assert.deepEqual(await memory('a'), ['100000000']);
  });

  it('a message that comes again, or late, changes nothing', async () => {
    await say('b', 5, 5);
    await arrives('b', 5);
    const seq = await fabric.seq();
    await say('b', 5, 5);
    await say('b', 4, 4);
    await say('c', 1, 1); // in order: when this one is there, those before it are done
    await arrives('c', 1);
    assert.deepEqual(await memory('b'), ['5000000']);
    assert.equal(await fabric.seq(), seq + 1);
  });

  it('a poisoned message is remembered, and its neighbours arrive', async () => {
    await say('d', 1, 1);
    await publish('d', '{"element": ');
    await publish('d', {
      element: element('d'),
      observedAt: observedAt(2),
      memory: { availableMegabytes: -7 },
    });
    await say('e', 1, 1);
    await arrives('e', 1);
    assert.deepEqual(await memory('d'), ['1000000']);
    const letters = await fabric.sparql(
      'SELECT ?p { GRAPH ?g { ?g a cf:DeadLetter ; cf:recordSource "field" ; cf:problem ?p } }',
    );
    assert.equal(letters.length, 1);
    assert.match(letters[0]!['p']!, /syntax-error/);
    const aside = `SELECT ?x { GRAPH ?g { ?g a cf:QuarantinedRecord ; cf:recordKey ?x } }`;
    assert.deepEqual(await fabric.values(aside), [element('d')]);
  });

  it('messages go on when the broker comes back', async () => {
    await broker.away();
    await until(async () => !(await connected()), 'interrupted');
    assert.equal((await fabric.request('/readyz')).status, 200);
    await broker.open();
    await until(connected, 'subscribed again', 8000);
    await until(() => publisher.connected, 'the publisher is back', 8000);
    await say('f', 1, 1);
    await arrives('f', 1);
  });

  it('what was sent while the fabric was down arrives when it is up again', async () => {
    await fabric.close();
    await say('g', 1, 7);
    await say('g', 2, 8);
    fabric = await start();
    await arrives('g', 8);
    assert.deepEqual(await memory('a'), ['100000000']);
  });
});
