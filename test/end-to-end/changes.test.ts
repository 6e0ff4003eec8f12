/** The change feed behind the real doors: streams, resumption, clients that do not read, clients that leave. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FabricError } from '../../src/errors.ts';
import { checkProblem } from './door.ts';
import { removeFolder, startFabric, type TestFabric, temporaryFolder, until } from './harness.ts';

interface ServerEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

interface ChangeData {
  readonly seq: number;
  readonly cause: { readonly kind: string };
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** A client of server-sent events, which keeps what the specification tells it to keep. */
class EventClient implements AsyncDisposable {
  readonly events: ServerEvent[] = [];
  readonly comments: string[] = [];
  lastEventId = '';
  retryMs: number | undefined;
  isEnded = false;
  readonly response: Response;
  readonly #leave: AbortController;
  readonly #reading: Promise<void>;

  private constructor(response: Response, leave: AbortController) {
    this.response = response;
    this.#leave = leave;
    this.#reading = this.#read(response.body!).catch(() => undefined);
  }

  static async open(
    fabric: TestFabric,
    parameters = '',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<EventClient> {
    const leave = new AbortController();
    const response = await fetch(`${fabric.url}/v1/changes${parameters}`, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: leave.signal,
    });
    assert.equal(response.status, 200, response.status === 200 ? '' : await response.text());
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    return new EventClient(response, leave);
  }

  get changes(): ChangeData[] {
    return this.events
      .filter(({ event }) => event === 'change')
      .map(({ data }) => JSON.parse(data) as ChangeData);
  }

  get seqs(): number[] {
    return this.changes.map(({ seq }) => seq);
  }

  get lastEvent(): ServerEvent | undefined {
    return this.events.at(-1);
  }

  async leave(): Promise<void> {
    this.#leave.abort();
    await this.#reading;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) this.#take(block);
    }
    this.isEnded = true;
  }

  #take(block: string): void {
    let event = 'message';
    let data: string | undefined;
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      const [field, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
      if (field === '') this.comments.push(value);
      else if (field === 'event') event = value;
      else if (field === 'id') this.lastEventId = value;
      else if (field === 'retry') this.retryMs = Number(value);
      else if (field === 'data') data = data === undefined ? value : `${data}\n${value}`;
    }
    if (data !== undefined) this.events.push({ event, id: this.lastEventId, data });
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

const insert = async (fabric: TestFabric, what: string): Promise<number> => {
  const answer = await fabric.update(
    `INSERT DATA { GRAPH <urn:g:${what}> { <urn:s> <urn:p> "${what}\\nsecond line" } }`,
  );
  assert.equal(answer.status, 200, answer.text);
  return (answer.json as { readonly seq: number }).seq;
};

/** `writers` clients, each of which writes `each` changes one after another. */
async function writeAll(fabric: TestFabric, writers: number, each: number, name: string): Promise<void> {
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let i = 0; i < each; i++) await insert(fabric, `${name}-${writer}-${i}`);
    }),
  );
}

const metric = async (fabric: TestFabric, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec((await fabric.request('/metrics')).text)?.[1]);

/** A client that asks for events and then takes none of them. */
async function silentClient(fabric: TestFabric): Promise<Socket> {
  const { port } = new URL(fabric.url);
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.pause();
  socket.write('GET /v1/changes HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n');
  return socket;
}

describe('end to end: changes', function () {
  this.timeout(60_000);

  it('many writers, several subscribers that come at any time: each gets exactly the sequence', async () => {
    await using fabric = await startFabric();
    const first = await insert(fabric, 'first');
    const clients: EventClient[] = [await EventClient.open(fabric, `?from=${first}`)];
    const writing = writeAll(fabric, 8, 40, 'w');
    for (let i = 0; i < 4; i++) {
      await until(async () => (await fabric.seq()) > first + 40 * (i + 1), 'writes go on');
      clients.push(await EventClient.open(fabric, `?from=${first + i}`));
    }
    await writing;
    const last = await fabric.seq();
    assert.ok(last >= first + 320);
    for (const [index, client] of clients.entries()) {
      await until(() => client.seqs.at(-1) === last, `client ${index} has all`);
      assert.deepEqual(client.seqs, range(Math.max(first, first + index - 1), last));
      assert.equal(client.lastEventId, String(last));
      assert.equal(client.retryMs, 1000);
    }
    assert.equal(await metric(fabric, 'fabric_feed_subscribers'), clients.length);
    // What a page says and what a stream says is the same.
    const page = await fabric.request(`/v1/changes?from=${first}&limit=100000`);
    const lines = page.text.trimEnd().split('\n');
    assert.deepEqual(
      clients[0]?.events.map(({ data }) => data),
      lines,
    );
    assert.match(
      clients[0].changes[0]?.added[0] ?? '',
      /^<urn:s> <urn:p> "first\\nsecond line" <urn:g:first> \.$/,
    );
    for (const client of clients) await client.leave();
    await until(async () => (await metric(fabric, 'fabric_feed_subscribers')) === 0, 'all places are free');
  });

  it('goes on after the last event that a client had, over a restart too', async () => {
    const directory = temporaryFolder();
    let seqs: number[];
    let lastEventId: string;
    {
      await using fabric = await startFabric({ directory });
      await using client = await EventClient.open(fabric, '?from=1');
      await writeAll(fabric, 3, 5, 'a');
      const last = await fabric.seq();
      await until(() => client.seqs.at(-1) === last, 'it has all');
      ({ seqs, lastEventId } = client);
      await client.leave();
      await writeAll(fabric, 3, 5, 'b');
      await using other = await EventClient.open(fabric, '?from=1', { 'last-event-id': lastEventId });
      const end = await fabric.seq();
      await until(() => other.seqs.at(-1) === end, 'it has the rest');
      seqs.push(...other.seqs);
      lastEventId = other.lastEventId;
    }
    {
      await using fabric = await startFabric({ directory });
      await using client = await EventClient.open(fabric, '?from=1', { 'last-event-id': lastEventId });
      await insert(fabric, 'c');
      const last = await fabric.seq();
      await until(() => client.seqs.at(-1) === last, 'it has what came after the restart');
      seqs.push(...client.seqs);
      assert.deepEqual(seqs, range(1, last));
    }
    removeFolder(directory);
  });

  it('ends a stream that lags, says where to resume, and the writers notice nothing', async () => {
    await using fabric = await startFabric({
      config: { feed: { bufferChangesMax: 300, bufferBytesMax: 2 ** 30 } },
    });
    const load = 'x'.repeat(60_000);
    const write = async (name: string): Promise<number> => {
      const started = performance.now();
      const answer = await fabric.update(`INSERT DATA { <urn:s> <urn:p> "${name}${load}" }`);
      assert.equal(answer.status, 200, answer.text);
      return performance.now() - started;
    };
    const median = (values: readonly number[]): number =>
      [...values].sort((a, b) => a - b)[values.length >> 1]!;
    const before: number[] = [];
    for (let i = 0; i < 100; i++) before.push(await write(`a${i}`));
    const socket = await silentClient(fabric);
    await until(async () => (await metric(fabric, 'fabric_feed_subscribers')) === 1, 'it follows');
    const start = await fabric.seq();
    const during: number[] = [];
    for (let i = 0; i < 700; i++) during.push(await write(`b${i}`));
    assert.equal(await metric(fabric, 'fabric_feed_dropped_total'), 1);
    assert.equal(await metric(fabric, 'fabric_feed_subscribers'), 0, 'its place is free at once');
    assert.ok(
      median(during) < 3 * median(before) + 20,
      `median of ${median(during)} ms with it, of ${median(before)} ms before`,
    );
    // Whoever reads on finds whole events without a gap, then what to do.
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    socket.resume();
    await until(() => text.includes('event: behind'), 'it is told');
    const ids = [...text.matchAll(/^event: change\nid: (\d+)$/gm)].map(([, id]) => Number(id));
    assert.deepEqual(ids, range(start + 1, start + ids.length));
    const told = JSON.parse(/event: behind\nid: \d+\ndata: (.*)/.exec(text)?.[1] ?? '') as {
      readonly resumeFrom: number;
      readonly reason: string;
    };
    assert.equal(told.resumeFrom, start + ids.length + 1);
    assert.match(told.reason, /feed\.bufferChangesMax/);
    socket.destroy();
    await using client = await EventClient.open(fabric, `?from=${told.resumeFrom}`);
    const last = await fabric.seq();
    await until(() => client.seqs.at(-1) === last, 'it has the rest', 20_000);
    assert.deepEqual(client.seqs, range(told.resumeFrom, last));
  });

  it('cuts off a client that takes nothing for too long', async () => {
    await using fabric = await startFabric({ config: { feed: { stalledSeconds: 1 } } });
    const socket = await silentClient(fabric);
    await until(async () => (await metric(fabric, 'fabric_feed_subscribers')) === 1, 'it follows');
    const load = 'x'.repeat(500_000);
    for (let i = 0; i < 40; i++) await fabric.update(`INSERT DATA { <urn:s> <urn:p> "${i}${load}" }`);
    await until(async () => (await metric(fabric, 'fabric_feed_subscribers')) === 0, 'it was cut off');
    socket.destroy();
  });

  it('frees the place of a client that is gone, and has only so many', async () => {
    await using fabric = await startFabric({ config: { feed: { subscribersMax: 2 } } });
    await using _one = await EventClient.open(fabric);
    const two = await EventClient.open(fabric);
    const refused = await fabric.request('/v1/changes', { headers: { accept: 'text/event-stream' } });
    checkProblem(refused, 503, 'overloaded');
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
    await two.leave();
    await until(async () => (await metric(fabric, 'fabric_feed_subscribers')) === 1, 'the place is free');
    await using three = await EventClient.open(fabric);
    const seq = await insert(fabric, 'x');
    await until(() => three.seqs.at(-1) === seq, 'it follows');
  });

  it('refuses a change that is no longer retained, one of the future, and a senseless resumption', async () => {
    const config = { log: { segmentBytes: 64 * 1024, retentionBytes: 1 }, checkpoint: { changesMax: 50 } };
    await using fabric = await startFabric({ config });
    const load = 'x'.repeat(2000);
    await until(
      async () => {
        for (let i = 0; i < 20; i++)
          await fabric.update(`INSERT DATA { <urn:s> <urn:p> "${Math.random()}${load}" }`);
        return (await fabric.request('/v1/changes?from=1&limit=1')).status === 410;
      },
      'the log lets go',
      30_000,
    );
    const events = { headers: { accept: 'text/event-stream' } };
    const gone = checkProblem(
      await fabric.request('/v1/changes?from=1', events),
      410,
      'snapshot-unavailable',
    );
    const firstSeq = Number(gone['firstSeq']);
    assert.ok(firstSeq > 1);
    await using client = await EventClient.open(fabric, `?from=${firstSeq}`);
    const last = await fabric.seq();
    await until(() => client.seqs.at(-1) === last, 'it has what there is');
    assert.deepEqual(client.seqs, range(firstSeq, last));
    const future = await fabric.request(`/v1/changes?from=${last + 10}`, events);
    checkProblem(future, 410, 'snapshot-unavailable');
    const odd = { headers: { ...events.headers, 'last-event-id': 'abc' } };
    checkProblem(await fabric.request('/v1/changes', odd), 400, 'request-invalid');
    checkProblem(await fabric.request('/v1/changes?limit=5', events), 400, 'request-invalid');
    checkProblem(await fabric.request('/v1/changes?kind=upkeep', events), 400, 'request-invalid');
  });

  it('gives a stream only what is asked for, and its place moves on all the same', async () => {
    await using fabric = await startFabric({ config: { feed: { heartbeatSeconds: 1 } } });
    await using records = await EventClient.open(fabric, '?source=ngsi-ld&graphClass=record');
    await using updates = await EventClient.open(fabric, '?kind=update');
    const entity = {
      id: 'urn:ngsi-ld:Domain:d1',
      type: 'Domain',
      description: { type: 'Property', value: 'one' },
    };
    assert.equal((await fabric.send('/ngsi-ld/v1/entities', entity)).status, 201);
    const seq = await insert(fabric, 'note');
    await until(() => updates.seqs.at(-1) === seq && records.seqs.length > 0, 'both have theirs');
    assert.ok(records.changes.every(({ cause }) => cause.kind === 'record'));
    assert.ok(records.changes[0]?.added.every((line) => line.includes('graph/record/ngsi-ld/')));
    assert.deepEqual(updates.seqs, [seq]);
    await until(() => records.comments.includes('heartbeat'), 'a heartbeat comes');
    await until(() => Number(records.lastEventId) >= seq, 'the place has moved on');
    const page = await fabric.request('/v1/changes?kind=update');
    assert.deepEqual(
      page.text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as ChangeData).seq),
      [seq],
    );
  });

  it('streams lines as well', async () => {
    await using fabric = await startFabric();
    const leave = new AbortController();
    const response = await fetch(`${fabric.url}/v1/changes?follow=true&from=1`, { signal: leave.signal });
    assert.match(response.headers.get('content-type') ?? '', /^application\/x-ndjson/);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const seq = await insert(fabric, 'line');
    let text = '';
    while (!text.includes(`"seq":${seq},`)) text += (await reader.read()).value ?? '';
    assert.deepEqual(
      text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as ChangeData).seq),
      range(1, seq),
    );
    leave.abort();
    await assert.rejects(reader.read());
  });

  it('says goodbye when the server closes, and does not hold it up', async () => {
    const fabric = await startFabric();
    const client = await EventClient.open(fabric);
    const started = performance.now();
    await fabric.close();
    assert.ok(performance.now() - started < 900, 'it did not wait for the stream');
    await until(() => client.isEnded, 'the stream is over');
    assert.equal(client.lastEvent?.event, 'closing');
  });

  it('within the process: a slow loop misses nothing and is ended by its signal or with the fabric', async () => {
    const fabric = await startFabric({ config: { feed: { bufferChangesMax: 10 } } });
    const stop = new AbortController();
    const seqs: number[] = [];
    const from = (await fabric.seq()) + 1;
    const following = (async () => {
      for await (const { seq } of fabric.fabric.changes({ from, signal: stop.signal })) {
        seqs.push(seq);
        if (seqs.length % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await writeAll(fabric, 8, 20, 'p');
    const last = await fabric.seq();
    await until(() => seqs.at(-1) === last, 'it has all');
    assert.deepEqual(seqs, range(from, last));
    stop.abort();
    await following;
    const until2 = (async () => {
      for await (const _ of fabric.fabric.changes()) seqs.push(0);
    })();
    await until(() => fabric.fabric.status().feed.subscribers === 1, 'it follows');
    await fabric.close();
    await until2;
    const late = fabric.fabric.changes({ from: 1 })[Symbol.asyncIterator]();
    await assert.rejects(
      late.next(),
      (error) => error instanceof FabricError && error.type === 'log-unavailable',
    );
  });
});
