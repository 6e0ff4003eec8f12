/**
 * MQTT topics as logical sources: each message is a document, until enough have come or somebody says stop.
 *
 * A broker that is gone is tried again, ever more seldom, and told; it never ends a run. What waits is bounded:
 * beyond that nothing is acknowledged and the broker waits. A run leaves no session at the broker.
 */
import type { MqttClient } from 'mqtt';
import { FabricError, messageOf } from '../../errors.ts';
import type { LogicalSource } from '../../mapping/normal-form.ts';
import type { Diagnostic } from '../../mapping/record.ts';
import type { SourceMessages } from '../../mapping/reference/formulation.ts';
import { checkBroker } from './broker-address.ts';

export interface BrokerOptions {
  /** Brokers that mappings may read from, as `mqtt://broker.example:1883`; none unless told otherwise. */
  readonly allowedOrigins: readonly string[];
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Messages of all topics together after which all of them end; never unless told otherwise. */
  readonly messagesMax?: number | undefined;
  /** Milliseconds from the first opening after which all of them end; never unless told otherwise. */
  readonly durationMs?: number | undefined;
  /** Told when a broker is gone, and when it is there again. */
  readonly onDiagnostic?: (diagnostic: Diagnostic) => void;
  /** Before the second attempt to reach a broker; doubles up to `retryMsMax`. */
  readonly retryMs?: number;
  readonly retryMsMax?: number;
  /** Messages of a topic that may wait at once. */
  readonly waitingMax?: number;
}

const RETRY_MS = 500;
const RETRY_MS_MAX = 30_000;
const WAITING_MAX = 1_000;
/** From here on codes say that a subscription failed (MQTT 3.1.1, section 3.9.3). */
const REFUSED = 128;

/** The topics of one run. */
export class Brokers {
  readonly #options: BrokerOptions;
  readonly #topics = new Set<Topic>();
  #left: number;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#left = options.messagesMax ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Subscribes to the topic of a source.
   *
   * @throws FabricError `origin-refused`; while messages are awaited, `unreachable` for credentials or a
   *   subscription that the broker refuses
   */
  async open(source: LogicalSource): Promise<SourceMessages> {
    const { description } = source;
    if (description.kind !== 'mqtt') throw new Error(`Source "${source.location}" is no MQTT topic`);
    checkBroker(description.broker, this.#options.allowedOrigins);
    const { connect } = await import('mqtt');
    const { username, password, durationMs, retryMs = RETRY_MS } = this.#options;
    if (durationMs !== undefined) {
      this.#timer ??= setTimeout(() => {
        this.stop();
      }, durationMs);
    }
    const client = connect(description.broker, {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      reconnectPeriod: retryMs,
      resubscribe: false,
    });
    const take = (): boolean => this.#take();
    const topic = new Topic(client, description, take, this.#options);
    if (this.#stopped) topic.end(); // a parent of joins took all that were asked for
    this.#topics.add(topic);
    return { kind: 'messages', messages: topic.messages() };
  }

  /** Ends all topics; what has come is given first. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const topic of this.#topics) topic.end();
  }

  /** Leaves the brokers. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all(Array.from(this.#topics, (topic) => topic.close()));
    this.#topics.clear();
  }

  /** Whether one more message may be taken. */
  #take(): boolean {
    if (this.#stopped || this.#left <= 0) return false;
    this.#left--;
    if (this.#left === 0) this.stop();
    return true;
  }
}

class Topic {
  readonly #client: MqttClient;
  readonly #broker: string;
  readonly #topic: string;
  readonly #take: () => boolean;
  readonly #options: BrokerOptions;
  readonly #waiting: Uint8Array[] = [];
  #readOn: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #ended = false;
  #refusal: FabricError | undefined;
  #connected = false;
  #failure = 'the connection was closed';
  /** Whether it has been told that the broker is gone. */
  #told = false;

  constructor(
    client: MqttClient,
    { broker, topic }: { readonly broker: string; readonly topic: string },
    take: () => boolean,
    options: BrokerOptions,
  ) {
    this.#client = client;
    this.#broker = broker;
    this.#topic = topic;
    this.#take = take;
    this.#options = options;
    client.handleMessage = (packet, done) => {
      const { payload } = packet;
      this.#receive(typeof payload === 'string' ? Buffer.from(payload) : payload, done);
    };
    client.on('connect', () => {
      this.#subscribe();
    });
    client.on('close', () => {
      this.#lost();
    });
    client.on('error', (error) => {
      this.#failed(error);
    });
  }

  /** @throws FabricError `unreachable` */
  async *messages(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const message = this.#waiting.shift();
        if (message !== undefined) {
          yield message;
          this.#letIn();
        } else if (this.#refusal !== undefined) {
          throw this.#refusal;
        } else if (this.#ended) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      await this.close();
    }
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.end();
    this.#readOn = undefined;
    // Without waiting for acknowledgements: a broker that is gone sends none.
    if (!this.#client.disconnecting) await this.#client.endAsync(true);
  }

  #receive(payload: Uint8Array, readOn: () => void): void {
    if (this.#ended || !this.#take()) return; // neither acknowledged nor read on
    this.#waiting.push(payload);
    this.#wake?.();
    if (this.#waiting.length < (this.#options.waitingMax ?? WAITING_MAX)) readOn();
    else this.#readOn = readOn;
  }

  #letIn(): void {
    const readOn = this.#readOn;
    if (readOn === undefined || 2 * this.#waiting.length > (this.#options.waitingMax ?? WAITING_MAX)) return;
    this.#readOn = undefined;
    readOn();
  }

  #subscribe(): void {
    this.#client.options.reconnectPeriod = this.#options.retryMs ?? RETRY_MS;
    this.#client.subscribe(this.#topic, { qos: 1 }, (error, _, answer) => {
      if (this.#ended) return;
      // Any other error is a connection that broke meanwhile.
      if (answer?.granted.some((code) => Number(code) >= REFUSED) === true) {
        this.#refuse(`refuses the subscription to "${this.#topic}"`);
        return;
      }
      if (error) return;
      this.#connected = true;
      if (this.#told) this.#tell('broker-back', 'is there again');
      this.#told = false;
    });
  }

  #lost(): void {
    if (this.#ended) return;
    const { options } = this.#client;
    const { retryMs = RETRY_MS, retryMsMax = RETRY_MS_MAX } = this.#options;
    options.reconnectPeriod = this.#connected
      ? retryMs
      : Math.min(2 * (options.reconnectPeriod ?? retryMs), retryMsMax);
    const what = this.#connected ? 'is gone' : 'cannot be reached';
    this.#connected = false;
    // What is half acknowledged belongs to a connection that is no more.
    this.#readOn = undefined;
    if (this.#told) return;
    this.#told = true;
    this.#tell('broker-unreachable', `${what}, ${this.#failure}; it is tried again`);
  }

  #failed(error: Error & { readonly code?: unknown }): void {
    // Return codes 4 and 5 of MQTT 3.1.1, section 3.2.2.3: no attempt will fare better.
    if (error.code === 4 || error.code === 5) this.#refuse('refuses the user name or the password');
    this.#failure = messageOf(error) === '' ? String(error.code) : messageOf(error);
  }

  #refuse(why: string): void {
    this.#refusal = new FabricError('unreachable', `Broker <${this.#broker}> ${why}`, {
      location: { source: this.#broker },
    });
    this.end();
  }

  #tell(code: string, what: string): void {
    const at = { source: `${this.#broker}/${this.#topic}` };
    this.#options.onDiagnostic?.({ code, message: `Broker <${this.#broker}> ${what}`, at });
  }
}
