/**
 * Changes as a stream without an end: server-sent events, or lines of JSON. A client that does not read costs a
 * place and a bounded buffer until it is cut off, and never slows a writer.
 */
import { FabricError } from '../errors.ts';
import type { Change } from '../log/change.ts';
import { toNQuads } from '../rdf/terms.ts';
import type { ChangeSubscription } from '../service.ts';
import { type Doorway, type Exchange, showSeq } from './exchange.ts';
import { asRefusal, problemOf } from './problem.ts';

export type StreamForm = 'events' | 'lines';

/** What is said beside changes, as the name of an event or the member `event` of a line. */
type Notice = 'behind' | 'closing' | 'problem';

interface Wording {
  readonly mediaType: string;
  readonly opening: (retryMs: number) => string;
  readonly change: (change: Change) => string;
  /** Says that the line stands, and how far was looked where a filter leaves changes out. */
  readonly heartbeat: (seq: number) => string;
  readonly notice: (name: Notice, seq: number, value: object) => string;
}

const WORDINGS: Readonly<Record<StreamForm, Wording>> = {
  events: {
    mediaType: 'text/event-stream; charset=utf-8',
    opening: (retryMs) => `retry: ${retryMs}\n\n`,
    change: (change) => `event: change\nid: ${change.seq}\ndata: ${changeText(change)}\n\n`,
    // Without data no event is made of it, but the id counts when the client comes back.
    heartbeat: (seq) => `: heartbeat\nid: ${seq}\n\n`,
    notice: (name, seq, value) => `event: ${name}\nid: ${seq}\ndata: ${JSON.stringify(value)}\n\n`,
  },
  lines: {
    mediaType: 'application/x-ndjson; charset=utf-8',
    opening: () => '',
    change: (change) => `${changeText(change)}\n`,
    heartbeat: (seq) => `${JSON.stringify({ event: 'heartbeat', seq })}\n`,
    notice: (name, seq, value) => `${JSON.stringify({ event: name, seq, ...value })}\n`,
  },
};

/** Texts of changes that several clients are given. */
const texts = new WeakMap<Change, string>();

/** A change as JSON, its quads as lines of N-Quads; secrets were cut out before there was a change. */
export function changeText(change: Change): string {
  let text = texts.get(change);
  if (text === undefined) {
    const { added, removed, ...head } = change;
    text = JSON.stringify({ ...head, added: added.map(toNQuads), removed: removed.map(toNQuads) });
    texts.set(change, text);
  }
  return text;
}

/**
 * Streams until the client leaves, lags too far, or the server closes. What is refused before the first byte is
 * an ordinary problem; later it is told within the stream, which then ends.
 */
export async function streamChanges(
  { config: { feed }, closing, logger }: Doorway,
  res: Exchange,
  form: StreamForm,
  subscribe: () => ChangeSubscription,
): Promise<void> {
  const wording = WORDINGS[form];
  res.setHeader('Content-Type', wording.mediaType);
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Accel-Buffering', 'no'); // asks proxies of the nginx kind not to collect it
  if (res.req.method === 'HEAD') {
    res.status(200).end();
    return;
  }
  using subscription = subscribe();
  showSeq(res, subscription.nextSeq - 1);
  const client = new Client(res, feed.stalledSeconds * 1000);
  const end = AbortSignal.any([subscription.over, client.gone, closing]);
  const release = (): void => {
    subscription.close();
  };
  end.addEventListener('abort', release, { once: true });
  const heartbeat = setInterval(() => {
    if (client.silentMs() >= feed.heartbeatSeconds * 500) {
      client.write(wording.heartbeat(subscription.nextSeq - 1));
    }
  }, feed.heartbeatSeconds * 500);
  try {
    if (closing.aborted) release();
    res.status(200).flushHeaders();
    client.write(wording.opening(feed.retryMs));
    for (let batch = await subscription.read(); batch; batch = await subscription.read()) {
      client.write(batch.map(wording.change).join(''));
      await client.room(end);
    }
    client.write(lastWords(wording, subscription));
  } catch (thrown) {
    const { document } = problemOf(thrown, { requestId: res.locals.requestId, reading: true });
    if (!asRefusal(thrown)) logger.error({ requestId: res.locals.requestId, err: thrown }, 'A stream failed');
    client.write(wording.notice('problem', subscription.nextSeq - 1, document));
  } finally {
    clearInterval(heartbeat);
    end.removeEventListener('abort', release);
  }
  await client.finish();
}

/** @returns what is left to say to a client that may still be there */
function lastWords({ notice }: Wording, { end, nextSeq }: ChangeSubscription): string {
  if (end?.reason === 'behind') {
    return notice('behind', nextSeq - 1, {
      resumeFrom: nextSeq,
      reason: `More than ${end.bound === 'changesMax' ? 'feed.bufferChangesMax' : 'feed.bufferBytesMax'} came while nothing was read`,
    });
  }
  return notice('closing', nextSeq - 1, { resumeFrom: nextSeq, reason: 'The server closes' });
}

/** The other end of a connection: whether it is there, and whether it takes what it is given. */
class Client {
  readonly #res: Exchange;
  readonly #stalledMs: number;
  readonly #gone = new AbortController();
  #wroteAt = performance.now();

  constructor(res: Exchange, stalledMs: number) {
    this.#res = res;
    this.#stalledMs = stalledMs;
    res.once('close', () => {
      this.#gone.abort();
    });
    res.on('error', () => {
      this.#gone.abort();
    });
    if (res.destroyed) this.#gone.abort();
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Since something was written; 0 while the last of it is not taken, as there is no use in more. */
  silentMs(): number {
    return this.#res.writableNeedDrain ? 0 : performance.now() - this.#wroteAt;
  }

  write(text: string): void {
    if (text === '' || this.gone.aborted || this.#res.writableEnded) return;
    this.#wroteAt = performance.now();
    this.#res.write(text);
  }

  /** Resolves when more can be written, or `end` aborts; cuts off a client that takes nothing for too long. */
  room(end: AbortSignal): Promise<void> {
    const res = this.#res;
    if (!res.writableNeedDrain || end.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        res.off('drain', done);
        end.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(() => {
        res.destroy();
      }, this.#stalledMs);
      res.once('drain', done);
      end.addEventListener('abort', done, { once: true });
    });
  }

  /** Ends the answer; resolves when the client has all of it or is gone. */
  finish(): Promise<void> {
    if (this.gone.aborted) return Promise.resolve();
    this.#res.end();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#res.destroy();
      }, this.#stalledMs);
      this.gone.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
  }
}

/** The change after the one that a client names as the last it had; undefined where it names none. */
export function resumptionOf(lastEventId: string | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  const seq = /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : Number.NaN;
  if (Number.isSafeInteger(seq)) return seq + 1;
  throw new FabricError('request-invalid', 'Last-Event-ID is not a sequence number that this stream gave');
}
