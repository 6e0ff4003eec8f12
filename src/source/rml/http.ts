/**
 * HTTP sources: the answer to a GET, from an allowed origin only.
 *
 * A redirection is followed where the next origin is allowed as well. Time and size are bounded.
 */
import { FabricError, messageOf } from '../../errors.ts';
import { atMost } from './compression.ts';

export interface HttpSettings {
  /** Origins that mappings may read from, as `https://data.example.org`. */
  readonly allowedOrigins: readonly string[];
  /** Between two signs of life of the server. */
  readonly timeoutMs: number;
  readonly bytesMax: number;
}

const REDIRECTIONS_MAX = 5;

/** @throws FabricError `origin-refused`; `mapping-failed` for what is no http address or holds credentials */
export function checkOrigin(url: string, allowedOrigins: readonly string[]): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new FabricError('mapping-failed', `Source <${url}> is no http address`, {
      location: { source: url },
    });
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new FabricError('mapping-failed', `Source <${parsed.origin}> is named with credentials`, {
      location: { source: parsed.origin },
      extensions: { hint: 'Take user and password out of the address; they would stand in every message.' },
    });
  }
  if (!isAllowed(url, allowedOrigins)) {
    throw new FabricError('origin-refused', `Source <${url}> is of an origin that mappings may not read`, {
      location: { source: url },
      extensions: { supported: allowedOrigins, hint: `Allow it with --allow-origin ${parsed.origin}.` },
    });
  }
  return parsed;
}

/** Whether an address is of one of the origins. */
export const isAllowed = (url: string, allowedOrigins: readonly string[]): boolean =>
  /^https?:/i.test(url) &&
  URL.canParse(url) &&
  allowedOrigins.some((origin) => URL.canParse(origin) && new URL(origin).origin === new URL(url).origin);

/** @throws FabricError `unreachable` when there is no answer or no good one */
export async function* readHttpChunks(url: string, settings: HttpSettings): AsyncGenerator<Uint8Array> {
  const abort = new AbortController();
  let timer = setTimeout(() => undefined, 0);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      abort.abort(new Error(`nothing came for ${settings.timeoutMs} ms`));
    }, settings.timeoutMs);
  };
  try {
    alive();
    const body = await get(url, settings, abort.signal);
    for await (const chunk of atMost(body, settings.bytesMax, url, 'answers with')) {
      clearTimeout(timer); // what the reader does meanwhile is no silence of the server
      yield chunk;
      alive();
    }
  } catch (thrown) {
    if (thrown instanceof FabricError) throw thrown;
    throw unreachable(
      url,
      `cannot be read: ${messageOf(abort.signal.aborted ? abort.signal.reason : thrown)}`,
      thrown,
    );
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

async function get(
  url: string,
  settings: HttpSettings,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  let target = checkOrigin(url, settings.allowedOrigins);
  for (let hop = 0; hop <= REDIRECTIONS_MAX; hop++) {
    const response = await fetch(target, { redirect: 'manual', signal, headers: { accept: '*/*' } });
    const next = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && next !== null) {
      await response.body?.cancel();
      target = checkOrigin(new URL(next, target).href, settings.allowedOrigins);
      continue;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw unreachable(url, `answered ${response.status}`);
    }
    return response.body ?? NOTHING;
  }
  throw unreachable(url, `redirects more than ${REDIRECTIONS_MAX} times`);
}

const NOTHING: AsyncIterable<Uint8Array> = (async function* () {
  // An answer without a body is an empty source.
})();

const unreachable = (url: string, why: string, cause?: unknown): FabricError =>
  new FabricError('unreachable', `Source <${url}> ${why}`, {
    location: { source: url },
    ...(cause === undefined ? {} : { cause }),
  });
