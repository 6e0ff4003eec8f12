/**
 * MQTT as a source: a message is acknowledged to the broker when what it said is durable, never before.
 *
 * Up to `inFlightMax` messages wait for their fsync at once, so that they share it; beyond that nothing is
 * read from the socket and the broker waits. What is not acknowledged comes again (QoS 1).
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { IPublishPacket, MqttClient } from 'mqtt';
import type { SourceConfig } from '../config.ts';
import { FabricError, messageOf, type ProblemType } from '../errors.ts';

export type MqttSourceConfig = Extract<SourceConfig, { kind: 'mqtt' }>;

/** Takes one message in; resolves when it is durable, or refused for good and remembered as such. */
export type MqttSink = (topic: string, payload: Uint8Array) => Promise<void>;

/** The part of a pino logger that is used here. */
export interface MqttLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface MqttOptions {
  /** Identity of the session at the broker; the same over restarts, so that nothing is missed meanwhile. */
  readonly clientId?: string;
  /** Between attempts to reach the broker. */
  readonly reconnectMs?: number;
  /** Before the first repetition of a message that the fabric could not take; doubles up to five seconds. */
  readonly retryMs?: number;
}

export interface MqttState {
  readonly connection: 'connecting' | 'subscribed' | 'interrupted' | 'closed';
  /** Messages that wait for their fsync. */
  readonly inFlight: number;
  readonly received: number;
  readonly acknowledged: number;
  /** Messages given up because they cannot be taken however often they come. */
  readonly refused: number;
}

export interface MqttSource {
  readonly state: MqttState;
  /** Resolves when the first subscription stands. */
  readonly subscribed: Promise<void>;
  /** Takes no more messages, lets those in flight finish for a while, and leaves the session at the broker. */
  close(): Promise<void>;
}

/**
 * Opens a source. Resolves at once: a broker that is down must not keep the fabric from starting, and is
 * tried again and again.
 *
 * @throws FabricError `config-invalid` when the password file cannot be read
 */
export async function openMqtt(
  config: MqttSourceConfig,
  sink: MqttSink,
  log: MqttLog,
  options: MqttOptions = {},
): Promise<MqttSource> {
  const { connect } = await import('mqtt');
  const client = connect(config.url, {
    clientId: options.clientId ?? `fabric-${config.name}-${process.pid}`,
    // The broker keeps what was not acknowledged while we are away.
    clean: false,
    resubscribe: false,
    reconnectPeriod: options.reconnectMs ?? 1_000,
    ...(config.username !== undefined && { username: config.username }),
    ...(config.passwordFile !== undefined && { password: readPassword(config.passwordFile) }),
  });
  return new Session(client, config, sink, log, options.retryMs ?? 100);
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (thrown) {
    throw new FabricError('config-invalid', `Password file ${file} cannot be read: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

/** Faults of the message itself: it would fail the same way each time. */
const OF_THE_MESSAGE: ReadonlySet<ProblemType> = new Set([
  'syntax-error',
  'request-invalid',
  'record-invalid',
  'mapping-failed',
  'shape-violation',
  'media-type-unsupported',
  'body-too-large',
  'origin-refused',
  'not-supported',
]);

/** How often a message may break the fabric itself before it is given up, so that its neighbours go on. */
const FAULTS_MAX = 3;
const RETRY_MS_MAX = 5_000;
const DRAIN_MS = 5_000;

/** Told to mqtt.js in place of success, upon which it reads on without acknowledging; we do that later. */
const HELD = new Error('The acknowledgement follows');

interface Flight {
  readonly packet: IPublishPacket;
  /** Connection on which it came; an id means nothing on another one. */
  readonly connection: number;
  landed: boolean;
}

class Session implements MqttSource {
  readonly subscribed: Promise<void>;
  readonly #client: MqttClient;
  readonly #config: MqttSourceConfig;
  readonly #sink: MqttSink;
  readonly #log: MqttLog;
  readonly #retryMs: number;
  readonly #closing = new AbortController();
  /** In the order of arrival, in which acknowledgements have to go out (MQTT 3.1.1, 4.6). */
  readonly #flights: Flight[] = [];
  readonly #running = new Set<Promise<void>>();
  #resume: (() => void) | undefined;
  #connectionNumber = 0;
  #connection: MqttState['connection'] = 'connecting';
  #received = 0;
  #acknowledged = 0;
  #refused = 0;

  constructor(client: MqttClient, config: MqttSourceConfig, sink: MqttSink, log: MqttLog, retryMs: number) {
    this.#client = client;
    this.#config = config;
    this.#sink = sink;
    this.#log = log;
    this.#retryMs = retryMs;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.subscribed = promise;
    client.handleMessage = (packet, done) => {
      this.#receive(packet, () => {
        done(HELD);
      });
    };
    client.on('connect', () => {
      this.#subscribe(() => {
        resolve(undefined);
      });
    });
    client.on('close', () => {
      this.#connectionNumber++;
      if (this.#connection !== 'closed') this.#connection = 'interrupted';
    });
    client.on('error', (error) => {
      log.warn({ source: config.name, reason: error.message }, 'MQTT connection failed');
    });
  }

  get state(): MqttState {
    return {
      connection: this.#connection,
      inFlight: this.#flights.length,
      received: this.#received,
      acknowledged: this.#acknowledged,
      refused: this.#refused,
    };
  }

  async close(): Promise<void> {
    if (this.#connection === 'closed') return;
    this.#connection = 'closed';
    const drained = new AbortController();
    const late = delay(DRAIN_MS, undefined, { signal: drained.signal }).catch(() => undefined);
    await Promise.race([Promise.allSettled(this.#running), late]);
    drained.abort();
    this.#closing.abort();
    // A client that the broker has not let in has nothing to say; its socket would stay open until it is let in.
    await this.#client.endAsync(!this.#client.connected);
  }

  #subscribe(onSubscribed: () => void): void {
    const topics = Object.fromEntries(this.#config.topics.map((topic) => [topic, { qos: 1 as const }]));
    this.#client.subscribe(topics, (error, granted) => {
      if (this.#connection === 'closed') return;
      const refused = (granted ?? []).filter(({ qos }) => qos === 128).map(({ topic }) => topic);
      if (error || refused.length > 0) {
        this.#log.error(
          { source: this.#config.name, refused, reason: error?.message },
          'MQTT subscription refused',
        );
        return;
      }
      this.#connection = 'subscribed';
      this.#log.info({ source: this.#config.name, topics: this.#config.topics }, 'MQTT source subscribed');
      onSubscribed();
    });
  }

  /** @param readOn  lets the next message come; not called while too many are in flight */
  #receive(packet: IPublishPacket, readOn: () => void): void {
    // Not acknowledged and not read on: the broker keeps it.
    if (this.#connection === 'closed') return;
    this.#received++;
    const flight: Flight = { packet, connection: this.#connectionNumber, landed: false };
    this.#flights.push(flight);
    const running = this.#deliver(packet).then((taken) => {
      this.#running.delete(running);
      flight.landed = taken;
      if (taken) this.#acknowledge();
    });
    this.#running.add(running);
    if (this.#flights.length < this.#config.inFlightMax) readOn();
    else this.#resume = readOn;
  }

  #acknowledge(): void {
    while (this.#flights[0]?.landed === true) {
      const { packet, connection } = this.#flights.shift()!;
      if (packet.qos === 0 || connection !== this.#connectionNumber) continue;
      const { messageId } = packet;
      // Private in the declarations; the only way to acknowledge later than in handleMessage.
      const send = this.#client['_sendPacket'] as (packet: { cmd: 'puback'; messageId?: number }) => void;
      send.call(this.#client, { cmd: 'puback', ...(messageId !== undefined && { messageId }) });
      this.#acknowledged++;
    }
    const resume = this.#resume;
    if (resume === undefined || this.#flights.length >= this.#config.inFlightMax) return;
    this.#resume = undefined;
    resume();
  }

  /** Whether the message is done with: taken, or refused for good. False only when the source closes. */
  async #deliver(packet: IPublishPacket): Promise<boolean> {
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    let faults = 0;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#sink(packet.topic, payload);
        return true;
      } catch (thrown) {
        const refusal = thrown instanceof FabricError;
        if (!refusal) faults++;
        const fields = { source: this.#config.name, topic: packet.topic, reason: messageOf(thrown) };
        if (faults >= FAULTS_MAX || (refusal && OF_THE_MESSAGE.has(thrown.type))) {
          this.#refused++;
          this.#log.error(fields, 'MQTT message given up');
          return true;
        }
        // No bound on the attempts: the broker keeps the message as long as we do not acknowledge it.
        if (attempt === 0) this.#log.warn(fields, 'MQTT message waits');
      }
      const waitMs = Math.min(this.#retryMs * 2 ** attempt, RETRY_MS_MAX);
      try {
        await delay(waitMs, undefined, { signal: this.#closing.signal });
      } catch {
        return false;
      }
    }
  }
}
