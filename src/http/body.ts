/**
 * Bodies: read as a stream or whole, decompressed, and never more or slower than allowed.
 * Whoever refuses a body early still lets the client read the refusal.
 */
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'express';
import { FabricError, messageOf } from '../errors.ts';
import { parseJson } from '../rdf/parse.ts';
import type { Doorway } from './exchange.ts';
import { checkJsonDepth } from './json-depth.ts';
import { TransportError } from './problem.ts';

export interface BodyLimits {
  /** Bytes after decompression, and before. */
  readonly bytesMax: number;
  /** Name of the setting, for the message. */
  readonly setting: string;
  /** Longest wait for the next bytes. */
  readonly idleMs: number;
  /** Nesting of JSON. */
  readonly depthMax: number;
}

/** What a body is for decides how long it may be. */
export type BodyKind = 'document' | 'records' | 'query' | 'update';

export function bodyLimits({ config, bodyIdleMs }: Doorway, kind: BodyKind): BodyLimits {
  const { server, query } = config;
  const sizes: Readonly<Record<BodyKind, readonly [number, string]>> = {
    document: [server.bodyBytesMax, 'server.bodyBytesMax'],
    records: [server.ingestBodyBytesMax, 'server.ingestBodyBytesMax'],
    query: [query.textBytesMax, 'query.textBytesMax'],
    update: [query.updateTextBytesMax, 'query.updateTextBytesMax'],
  };
  const [bytesMax, setting] = sizes[kind];
  return { bytesMax, setting, idleMs: bodyIdleMs, depthMax: server.jsonDepthMax };
}

/** The media type of a body with its charset taken away. */
export interface ContentType {
  /** `type/subtype` in lower case. */
  readonly essence: string;
}

/**
 * @param supported  media types that are taken, for the refusal
 * @throws FabricError `media-type-unsupported` when there is none, or its charset is not UTF-8
 */
export function contentTypeOf(req: Request, supported: readonly string[]): ContentType {
  const header = req.get('Content-Type');
  if (header === undefined) throw unsupportedMediaType('The body has no Content-Type', supported);
  const [essence = '', ...parameters] = header.split(';').map((part) => part.trim());
  for (const parameter of parameters) {
    const charset = /^charset\s*=\s*"?([^"]*)"?$/i.exec(parameter)?.[1];
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
      throw unsupportedMediaType(`The charset ${charset} is not UTF-8`, supported);
    }
  }
  return { essence: essence.toLowerCase() };
}

export function unsupportedMediaType(message: string, supported: readonly string[]): FabricError {
  return new FabricError('media-type-unsupported', message, { extensions: { supported } });
}

/** As {@link contentTypeOf}, and the type is one of `supported`. */
export function expectContentType(req: Request, supported: readonly string[]): string {
  const { essence } = contentTypeOf(req, supported);
  if (supported.includes(essence)) return essence;
  throw unsupportedMediaType(`The media type ${essence} is not taken here`, supported);
}

const ENCODINGS = ['identity', 'gzip', 'x-gzip', 'deflate'];

/**
 * The bytes of a body, decompressed.
 *
 * @throws FabricError `body-too-large`, `media-type-unsupported` for another content encoding,
 *   `syntax-error` for damaged compression; 408 when the client falls silent
 */
export async function* bodyChunks(req: Request, limits: BodyLimits): AsyncGenerator<Uint8Array> {
  const encoding = (req.get('Content-Encoding') ?? 'identity').trim().toLowerCase();
  if (!ENCODINGS.includes(encoding)) {
    throw new FabricError('media-type-unsupported', `The content encoding ${encoding} is not taken here`, {
      extensions: { supportedEncodings: ENCODINGS },
    });
  }
  if (Number(req.get('Content-Length') ?? 0) > limits.bytesMax) throw tooLarge(limits);
  if (encoding === 'identity') {
    yield* bounded(req, limits);
    return;
  }
  const decoder = encoding === 'deflate' ? createInflate() : createGunzip();
  const abandon = (error: Error): void => {
    decoder.destroy(error);
  };
  req.once('error', abandon);
  try {
    yield* bounded(req.pipe(decoder), limits);
  } catch (thrown) {
    if ((thrown as { code?: string }).code?.startsWith('Z_') === true) {
      throw new FabricError('syntax-error', `The body is not well-formed ${encoding}: ${messageOf(thrown)}`);
    }
    throw thrown;
  } finally {
    // The request itself stays open, so that an answer can still be read.
    req.off('error', abandon);
    req.unpipe(decoder);
    decoder.destroy();
  }
}

async function* bounded(stream: Readable, limits: BodyLimits): AsyncGenerator<Uint8Array> {
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array, undefined>;
  let bytes = 0;
  let waiting = false;
  try {
    while (true) {
      waiting = true;
      const next = await within(chunks.next(), limits.idleMs);
      waiting = false;
      if (next.done === true) return;
      bytes += next.value.byteLength;
      if (bytes > limits.bytesMax) throw tooLarge(limits);
      yield next.value;
    }
  } finally {
    // Lets go of the stream; behind a wait that never ends this would not return.
    if (!waiting) await chunks.return?.();
  }
}

const LINGER_MS = 5_000;
const LINGER_BYTES_MAX = 64 * 1024 * 1024;

/**
 * After an early answer: takes in and forgets what the client still sends, so that it comes to read the
 * answer in place of a reset connection; for a while and up to an amount, then the connection ends.
 */
export function linger(req: Request): void {
  if (req.complete || req.destroyed) return;
  let bytes = 0;
  const end = (): void => {
    req.socket.destroy();
  };
  const timer = setTimeout(end, LINGER_MS);
  req.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > LINGER_BYTES_MAX) end();
  });
  req.once('end', () => {
    clearTimeout(timer);
  });
  req.once('close', () => {
    clearTimeout(timer);
  });
  req.resume();
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TransportError('too-slow', `The body paused for more than ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge({ bytesMax, setting }: BodyLimits): FabricError {
  return new FabricError('body-too-large', `The body is larger than ${bytesMax} bytes (${setting})`, {
    extensions: { bytesMax, setting },
  });
}

/** A whole body as text. @throws FabricError as {@link bodyChunks}, `syntax-error` when it is not UTF-8 */
export async function readText(req: Request, limits: BodyLimits): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodyChunks(req, limits)) chunks.push(chunk);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new FabricError('syntax-error', 'The body is not UTF-8');
  }
}

/** A whole body as JSON. @throws FabricError as {@link readText}, `syntax-error` with the place, `request-invalid` when it nests too deep */
export async function readJson(req: Request, limits: BodyLimits): Promise<unknown> {
  const text = await readText(req, limits);
  if (text.trim() === '') throw new FabricError('syntax-error', 'The body is empty; JSON was expected');
  checkJsonDepth(text, limits.depthMax);
  return parseJson(text);
}
