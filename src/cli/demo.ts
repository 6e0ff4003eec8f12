/**
 * `fabric demo`: a continuum of three domains and sixty elements under moving load.
 *
 * It speaks to the service over HTTP alone, in the live aerOS dialect, as any agent would: there is no
 * private path into the fabric.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageFolder } from '../assets.ts';
import { type Config, loadConfig } from '../config.ts';
import { type Continuum, makeContinuum } from '../demo/continuum.ts';
import { makeLogger } from '../logging.ts';
import { RemoteError, ServiceClient } from './client.ts';
import { describeDecision, type ShownDecision } from './describe-decision.ts';
import { EXIT } from './exit-codes.ts';
import type { CommandWork, Options } from './options.ts';
import { runService, untilSignal } from './run-service.ts';
import type { Terminal } from './terminal.ts';

const ELEMENTS = 60;
/** Each element reports this often, one after another. */
const REPORT_MS = 10_000;
const REQUEST = join('queries', 'requests', 'video-analytics.json');

export const demo: CommandWork = async (_args, options, terminal) => {
  const given = options['data'] as string | undefined;
  const config = loadConfig({
    env: process.env,
    overrides: { server: { port: options['port'] }, logLevel: process.env['FABRIC_LOG_LEVEL'] ?? 'warn' },
  });
  const stopped = untilSignal();
  const continuum = makeContinuum({ elements: ELEMENTS, seed: Number(options['seed']) });
  const directory = given ?? (await mkdtemp(join(tmpdir(), 'fabric-demo-')));
  try {
    const service = await runService(config, directory, makeLogger(config.logLevel));
    try {
      return await present(service.server.url, config, continuum, options, stopped, terminal);
    } finally {
      await service.close();
    }
  } finally {
    if (given === undefined) await rm(directory, { recursive: true });
  }
};

async function present(
  url: string,
  config: Config,
  continuum: Continuum,
  options: Options,
  stopped: Promise<unknown>,
  terminal: Terminal,
): Promise<number> {
  const { token } = config.server;
  const client = new ServiceClient({ url, ...(token === undefined ? {} : { token }) });
  await upsert(client, continuum.surroundings);
  await upsert(client, continuum.elements);
  if (options['once'] === true) return once(client, continuum, terminal);
  announce(url, terminal);
  await report(client, continuum, stopped, terminal);
  return EXIT.ok;
}

function upsert(client: ServiceClient, entities: readonly object[]): Promise<Response> {
  return client.request('/ngsi-ld/v1/entityOperations/upsert', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(entities),
  });
}

async function patch(client: ServiceClient, { id, body }: ReturnType<Continuum['reading']>): Promise<void> {
  await client.request(`/ngsi-ld/v1/entities/${encodeURIComponent(id)}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/**
 * Elements report in turn, until a signal comes. Whoever looks around may delete an element or load the
 * service to its limits: a report that is refused is said and the next one goes on.
 */
async function report(
  client: ServiceClient,
  continuum: Continuum,
  stopped: Promise<unknown>,
  terminal: Terminal,
): Promise<void> {
  let running = true;
  void stopped.then(() => {
    running = false;
  });
  for (let turn = ELEMENTS; running; turn++) {
    try {
      await patch(client, continuum.reading(turn % ELEMENTS, Math.floor(turn / ELEMENTS)));
    } catch (refusal) {
      if (!(refusal instanceof RemoteError)) throw refusal;
      terminal.note(`A report was refused: ${refusal.message}`);
    }
    await Promise.race([sleep(REPORT_MS / ELEMENTS), stopped]);
  }
}

/** One round of readings and one placement, for a quick look and for tests. */
async function once(client: ServiceClient, continuum: Continuum, terminal: Terminal): Promise<number> {
  for (let element = 0; element < ELEMENTS; element++) await patch(client, continuum.reading(element, 1));
  const decision = (await client.json('/v1/placements', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: await readFile(join(packageFolder, REQUEST), 'utf8'),
  })) as ShownDecision;
  terminal.out(terminal.json ? JSON.stringify(decision) : describeDecision(decision));
  return decision.outcome === 'placed' ? EXIT.ok : EXIT.negative;
}

function announce(url: string, terminal: Terminal): void {
  if (terminal.json) {
    terminal.out(JSON.stringify({ url, elements: ELEMENTS }));
    return;
  }
  const at = url === 'http://127.0.0.1:8780' ? '' : ` --url ${url}`;
  terminal.out(`The demo continuum is up at ${url}: three domains, ${ELEMENTS} elements, each reporting every ${REPORT_MS / 1000} s.

Look around (in another terminal):
  npm run -s fabric -- query${at} free-memory-per-domain
  curl -s ${url}/sparql --data-urlencode 'query=SELECT (COUNT(*) AS ?elements) WHERE { ?e a aeros:InfrastructureElement }'

Place a service, and see why the other elements were refused:
  npm run -s fabric -- place${at} ${REQUEST}
  npm run -s fabric -- place${at} ${REQUEST} --dry-run --explain full
  npm run -s fabric -- place${at} ${REQUEST} --dry-run --shim kubernetes

Documentation of every door: ${url}/docs
Ctrl-C ends it; nothing is left behind.`);
}
