/** A real MQTT broker on loopback, with a publisher, for tests of what reads from one. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';

export class Broker {
  readonly #aedes: Aedes;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  port = 0;
  /** Topics that clients have subscribed to, in order. */
  readonly subscribed: string[] = [];

  private constructor(aedes: Aedes) {
    this.#aedes = aedes;
    aedes.on('subscribe', (subscriptions) => {
      this.subscribed.push(...subscriptions.map(({ topic }) => topic));
    });
  }

  static async open(): Promise<Broker> {
    const broker = new Broker(await Aedes.createBroker());
    await broker.start();
    return broker;
  }

  get address(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Lets only this user in. */
  demand(username: string, password: string): void {
    this.#aedes.authenticate = (_client, name, secret, done) => {
      if (name === username && String(secret) === password) done(null, true);
      else done(Object.assign(new Error('no'), { returnCode: 4 as const }), false);
    };
  }

  /** Refuses subscriptions to a topic. */
  forbid(forbidden: string): void {
    this.#aedes.authorizeSubscribe = (_client, subscription, done) => {
      done(null, subscription.topic === forbidden ? null : subscription);
    };
  }

  /** Listens, at the port that it had before if there was one. */
  async start(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      this.#aedes.handle(socket);
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Breaks all connections and listens no more. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async publish(topic: string, ...texts: readonly string[]): Promise<void> {
    const client = await connectAsync(this.address, { username: 'u', password: 'p' });
    for (const text of texts) await client.publishAsync(topic, text, { qos: 1 });
    await client.endAsync();
  }

  async close(): Promise<void> {
    await this.stop();
    await new Promise<void>((resolve) => {
      this.#aedes.close(resolve);
    });
  }
}

/** Waits for a condition. @throws Error after ten seconds */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
