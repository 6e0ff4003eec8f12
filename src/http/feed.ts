/**
 * The state as a whole: the changes that led to it, its figures, and all of its quads. Read only.
 */
import type { Request } from 'express';
import type { Change } from '../log/change.ts';
import { type RDF, toNQuads } from '../rdf/terms.ts';
import {
  contextOf,
  type Doorway,
  type Exchange,
  queryOf,
  sendJson,
  showSeq,
  single,
  wholeNumber,
} from './exchange.ts';
import { negotiate, type Offer } from './negotiate.ts';
import type { Route } from './route.ts';
import { jsonLines, sendPieces } from './stream.ts';

export function feedRoutes(doorway: Doorway): readonly Route[] {
  return [
    { method: 'get', path: '/v1/changes', handle: (req, res) => changes(doorway, req, res) },
    {
      method: 'get',
      path: '/v1/status',
      handle: (_req, res) => {
        status(doorway, res);
      },
    },
    { method: 'get', path: '/v1/dump', handle: (req, res) => dump(doorway, req, res) },
  ];
}

const LIMIT = 1_000;
const LIMIT_MAX = 100_000;

const LINES: readonly Offer<'lines'>[] = [{ name: 'lines', mediaTypes: ['application/x-ndjson'] }];
const N_QUADS: readonly Offer<'n-quads'>[] = [
  { name: 'n-quads', mediaTypes: ['application/n-quads', 'text/plain'] },
];

async function changes({ service }: Doorway, req: Request, res: Exchange): Promise<void> {
  negotiate(req, LINES);
  const parameters = queryOf(req);
  const from = wholeNumber(parameters, 'from', { min: 1, max: Number.MAX_SAFE_INTEGER }) ?? 1;
  const limit = wholeNumber(parameters, 'limit', { min: 1, max: LIMIT_MAX }) ?? LIMIT;
  const feed = service.changes(contextOf(res), from, limit);
  await sendPieces(res, 'application/x-ndjson; charset=utf-8', jsonLines(changeLines(feed)));
}

async function* changeLines(feed: AsyncIterable<Change>): AsyncGenerator<object> {
  for await (const { added, removed, ...head } of feed) {
    yield { ...head, added: added.map(toNQuads), removed: removed.map(toNQuads) };
  }
}

function status({ service, now }: Doorway, res: Exchange): void {
  const unready = service.unready();
  const state = service.status();
  showSeq(res, state.seq);
  sendJson(res, 200, {
    at: new Date(now()).toISOString(),
    baseIri: service.baseIri,
    ready: unready === undefined,
    ...(unready === undefined ? {} : { reason: unready }),
    ...state,
  });
}

async function dump({ service }: Doorway, req: Request, res: Exchange): Promise<void> {
  const { mediaType } = negotiate(req, N_QUADS);
  using held = service.dump(contextOf(res), single(queryOf(req), 'graph'));
  showSeq(res, held.seq);
  await sendPieces(res, `${mediaType}; charset=utf-8`, lines(held.quads));
}

function* lines(quads: Iterable<RDF.Quad>): Generator<string> {
  for (const q of quads) yield `${toNQuads(q)}\n`;
}
