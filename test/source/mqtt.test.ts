import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { connectAsync, type MqttClient } from 'mqtt';
import { loadConfig } from '../../src/config.ts';
import { FabricError } from '../../src/errors.ts';
import { type MqttSink, type MqttSource, type MqttSourceConfig, openMqtt } from '../../src/source/mqtt.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A real broker on loopback, a publisher, and what the source under test was opened with. */
class Stage {
  broker!: Aedes;
  server!: Server;
  publisher!: MqttClient;
  port = 0;
  readonly #sources: MqttSource[] = [];

  async open(): Promise<void> {
    this.broker = await Aedes.createBroker();
    this.server = createServer((socket) => {
      this.broker.handle(socket);
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    this.publisher = await connectAsync(`mqtt://127.0.0.1:${this.port}`);
  }

  async source(sink: MqttSink, settings: object = {}, clientId = 'fabric-test'): Promise<MqttSource> {
    const source = await openMqtt(this.config(settings), sink, silent, {
      clientId,
      reconnectMs: 20,
      retryMs: 5,
    });
    this.#sources.push(source);
    return source;
  }

  config(settings: object = {}): MqttSourceConfig {
    const source = {
      kind: 'mqtt',
      name: 'sensors',
      mapping: 'telemetry',
      url: `mqtt://127.0.0.1:${this.port}`,
      topics: ['continuum/+/state'],
      ...settings,
    };
    return loadConfig({ overrides: { sources: [source] } }).sources[0] as MqttSourceConfig;
  }

  publish(topic: string, text: string, qos: 0 | 1 = 1): Promise<unknown> {
    return this.publisher.publishAsync(topic, text, { qos });
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
    await this.publisher.endAsync(true);
    await new Promise<void>((resolve) => {
      this.broker.close(resolve);
    });
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) assert.fail(`never: ${what}`);
    await delay(5);
  }
}

describe('source: MQTT', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = new Stage();
    await stage.open();
  });
  afterEach(() => stage.close());

  it('hands messages of its topics on, with topic and bytes, in order', async () => {
    const seen: string[] = [];
    const source = await stage.source((topic, payload) => {
      seen.push(`${topic} ${Buffer.from(payload).toString()}`);
      return Promise.resolve();
    });
    await source.subscribed;
    for (let index = 0; index < 50; index++) await stage.publish('continuum/e1/state', String(index));
    await stage.publish('continuum/e1/other', 'not ours');
    await stage.publish('continuum/e2/state', 'at most once', 0);
    await until(() => seen.length === 51, 'all messages');
    assert.deepEqual(seen, [
      ...Array.from({ length: 50 }, (_, index) => `continuum/e1/state ${index}`),
      'continuum/e2/state at most once',
    ]);
    await until(() => source.state.acknowledged === 50, 'all acknowledged');
    assert.deepEqual(source.state, {
      connection: 'subscribed',
      inFlight: 0,
      received: 51,
      acknowledged: 50,
      refused: 0,
    });
  });

  it('acknowledges nothing before the sink has taken it, and in the order of arrival', async () => {
    const acknowledged: string[] = [];
    stage.broker.on('ack', (packet) => {
      if ('payload' in packet) acknowledged.push(String(packet.payload));
    });
    const release: (() => void)[] = [];
    const source = await stage.source(() => new Promise((resolve) => release.push(resolve)));
    await source.subscribed;
    for (const text of ['a', 'b', 'c']) await stage.publish('continuum/e/state', text);
    await until(() => release.length === 3, 'three in flight');
    await delay(50);
    assert.deepEqual([acknowledged, source.state.acknowledged], [[], 0]);
    release[1]!();
    await delay(50);
    assert.deepEqual(acknowledged, []);
    release[0]!();
    await until(() => acknowledged.length === 2, 'two acknowledged');
    release[2]!();
    await until(() => acknowledged.length === 3, 'all acknowledged');
    assert.deepEqual(acknowledged, ['a', 'b', 'c']);
  });

  it('reads no further while as many messages wait as may', async () => {
    const release: (() => void)[] = [];
    const source = await stage.source(() => new Promise((resolve) => release.push(resolve)), {
      inFlightMax: 4,
    });
    await source.subscribed;
    for (let index = 0; index < 20; index++) await stage.publish('continuum/e/state', String(index));
    await until(() => release.length === 4, 'four in flight');
    await delay(100);
    assert.equal(release.length, 4);
    for (let index = 0; index < 20; index++) {
      await until(() => release.length > index, `message ${index}`);
      assert.ok(source.state.inFlight <= 4);
      release[index]!();
    }
    await until(() => source.state.acknowledged === 20, 'all acknowledged');
  });

  it('gets again what was not acknowledged when the connection broke, and acknowledges it once', async () => {
    const seen: string[] = [];
    let hold = true;
    let releaseFirst: () => void = () => undefined;
    const source = await stage.source((_, payload) => {
      seen.push(Buffer.from(payload).toString());
      if (!hold) return Promise.resolve();
      return new Promise((resolve) => (releaseFirst = resolve));
    });
    await source.subscribed;
    await stage.publish('continuum/e/state', 'a');
    await until(() => seen.length === 1, 'first delivery');
    hold = false;
    // The broker keeps its clients to itself.
    const client = Object.values(
      (stage.broker as unknown as { clients: Record<string, { conn: { destroy(): void } }> }).clients,
    );
    for (const { conn } of client) conn.destroy();
    await until(() => seen.length === 2, 'second delivery');
    // The acknowledgement of the first delivery belongs to a connection that is gone.
    releaseFirst();
    await until(() => source.state.inFlight === 0, 'both done');
    assert.deepEqual(
      [seen, source.state.acknowledged, source.state.connection],
      [['a', 'a'], 1, 'subscribed'],
    );
  });

  it('gets what was sent while it was away', async () => {
    const first = await stage.source(() => Promise.resolve());
    await first.subscribed;
    await first.close();
    await stage.publish('continuum/e/state', 'meanwhile');
    const seen: string[] = [];
    await stage.source((_, payload) => {
      seen.push(Buffer.from(payload).toString());
      return Promise.resolve();
    });
    await until(() => seen.length === 1, 'the message kept by the broker');
    assert.deepEqual(seen, ['meanwhile']);
  });

  it('repeats a message while the fabric has no room for it', async () => {
    let attempts = 0;
    const source = await stage.source(() => {
      attempts++;
      return attempts < 5
        ? Promise.reject(new FabricError('overloaded', 'Queue is full'))
        : Promise.resolve();
    });
    await source.subscribed;
    await stage.publish('continuum/e/state', 'a');
    await until(() => source.state.acknowledged === 1, 'taken at last');
    assert.deepEqual([attempts, source.state.refused], [5, 0]);
  });

  const POISON: readonly [string, () => Promise<void>, number][] = [
    ['cannot be read', () => Promise.reject(new FabricError('syntax-error', 'JSON is broken')), 1],
    ['breaks the fabric each time', () => Promise.reject(new TypeError('a fault of our own')), 3],
    [
      'breaks the fabric at once',
      () => {
        throw new TypeError('a fault of our own');
      },
      3,
    ],
  ];
  for (const [title, poison, attempts] of POISON) {
    it(`gives a message up that ${title}, and its neighbours arrive`, async () => {
      const seen: string[] = [];
      let poisoned = 0;
      const source = await stage.source((_, payload) => {
        const text = Buffer.from(payload).toString();
        if (text === 'poison') {
          poisoned++;
          return poison();
        }
        seen.push(text);
        return Promise.resolve();
      });
      await source.subscribed;
      for (const text of ['a', 'poison', 'b', 'c']) await stage.publish('continuum/e/state', text);
      await until(() => source.state.acknowledged === 4, 'all acknowledged');
      assert.deepEqual([seen, poisoned, source.state.refused], [['a', 'b', 'c'], attempts, 1]);
    });
  }

  it('waits for a broker that is not there yet', async () => {
    const port = stage.port;
    const reserve = createServer();
    reserve.listen(0, '127.0.0.1');
    await once(reserve, 'listening');
    const later = (reserve.address() as AddressInfo).port;
    await new Promise((resolve) => reserve.close(resolve));
    const source = await stage.source(() => Promise.resolve(), { url: `mqtt://127.0.0.1:${later}` });
    assert.notEqual(later, port);
    assert.equal(source.state.connection, 'connecting');
    const server = createServer((socket) => {
      stage.broker.handle(socket);
    });
    server.listen(later, '127.0.0.1');
    await source.subscribed;
    assert.equal(source.state.connection, 'subscribed');
    await source.close();
    server.close();
    assert.equal(source.state.connection, 'closed');
  });

  it('is refused with a password file that is not there', async () => {
    await assert.rejects(
      () => stage.source(() => Promise.resolve(), { username: 'u', passwordFile: '/nowhere/password' }),
      (error) => error instanceof FabricError && error.type === 'config-invalid',
    );
  });
});
