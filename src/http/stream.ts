/**
 * Long answers, written as they come: lines, and JSON of any length without ever holding its text.
 * A failure before the first piece is an ordinary problem; after it the connection breaks, so that no one
 * takes a part for the whole.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Exchange } from './exchange.ts';

const CHUNK_LENGTH = 64 * 1024;

export type Pieces = Iterable<string> | AsyncIterable<string>;

/** Sends pieces of text; other requests get their turn between chunks. */
export async function sendPieces(res: Exchange, mediaType: string, pieces: Pieces): Promise<void> {
  const chunks = chunked(pieces);
  const first = await chunks.next(); // what fails here is still a problem document
  res.status(200);
  res.setHeader('Content-Type', mediaType);
  if (res.req.method === 'HEAD' || first.done === true) {
    await chunks.return(undefined);
    res.end();
    return;
  }
  try {
    await pipeline(Readable.from(following(first.value, chunks), { objectMode: false }), res);
  } catch (thrown) {
    if (!hasLeft(thrown)) throw thrown;
  }
}

/** Sends bytes as they come. @throws what reading the first of them throws; a later failure breaks the connection */
export async function sendBytes(
  res: Exchange,
  mediaType: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = res.req.method === 'HEAD' ? undefined : await iterator.next();
  res.status(200);
  res.setHeader('Content-Type', mediaType);
  if (first === undefined || first.done === true) {
    await iterator.return?.();
    res.end();
    return;
  }
  const { value } = first;
  const all = (async function* () {
    yield value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  })();
  try {
    await pipeline(Readable.from(all, { objectMode: false }), res);
  } catch (thrown) {
    if (!hasLeft(thrown)) throw thrown;
  }
}

/** Whether it was the client that ended the connection. */
function hasLeft(thrown: unknown): boolean {
  const { code } = thrown as { code?: string };
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}

async function* following(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

async function* chunked(pieces: Pieces): AsyncGenerator<string, undefined> {
  let chunk = '';
  for await (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
    await nextTurn();
  }
  if (chunk !== '') yield chunk;
}

/**
 * A value as JSON in pieces: an object member by member, an array item by item. Iterables and asynchronous
 * iterables stand for arrays.
 */
export async function* jsonPieces(value: unknown): AsyncGenerator<string> {
  if (isIterable(value)) {
    yield '[';
    let separator = '';
    for await (const item of value) {
      yield separator + asJson(item);
      separator = ',';
    }
    yield ']';
    return;
  }
  if (typeof value !== 'object' || value === null) {
    yield asJson(value);
    return;
  }
  yield '{';
  let separator = '';
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    yield `${separator}${JSON.stringify(name)}:`;
    yield* jsonPieces(member);
    separator = ',';
  }
  yield '}';
}

function asJson(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

type AnyIterable = Iterable<unknown> | AsyncIterable<unknown>;

export function isIterable(value: unknown): value is AnyIterable {
  return (
    typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}

/** Values as lines of JSON. */
export async function* jsonLines(values: AnyIterable): AsyncGenerator<string> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`;
}
