/**
 * The changes that led to the state, and its figures. Read only.
 */
import type { Request } from 'express';
import { FabricError } from '../errors.ts';
import { CAUSE_KINDS, type Change } from '../log/change.ts';
import { GRAPH_CLASSES } from '../rdf/graphs.ts';
import type { ChangeFilter } from '../service.ts';
import { changeText, resumptionOf, streamChanges } from './change-stream.ts';
import {
  contextOf,
  type Doorway,
  type Exchange,
  oneOf,
  queryOf,
  sendJson,
  showSeq,
  someOf,
  wholeNumber,
} from './exchange.ts';
import { negotiate, type Offer } from './negotiate.ts';
import type { Route } from './route.ts';
import { sendPieces } from './stream.ts';

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
  ];
}

const LIMIT = 1_000;
const LIMIT_MAX = 100_000;

const CHANGES: readonly Offer<'lines' | 'events'>[] = [
  { name: 'lines', mediaTypes: ['application/x-ndjson'] },
  { name: 'events', mediaTypes: ['text/event-stream'] },
];

async function changes(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const { service } = doorway;
  res.vary('Accept');
  const form = negotiate(req, CHANGES).name;
  const parameters = queryOf(req);
  const from = wholeNumber(parameters, 'from', { min: 1, max: Number.MAX_SAFE_INTEGER });
  const limit = wholeNumber(parameters, 'limit', { min: 1, max: LIMIT_MAX });
  const follow = oneOf(parameters, 'follow', ['true', 'false']);
  const filter = filterOf(parameters);
  const context = contextOf(res);
  if (form === 'lines' && follow !== 'true') {
    const page = service.changes(context, from ?? 1, limit ?? LIMIT, filter);
    await sendPieces(res, 'application/x-ndjson; charset=utf-8', changeLines(page));
    return;
  }
  if (limit !== undefined || follow === 'false') {
    const name = limit === undefined ? 'follow=false' : 'limit';
    throw new FabricError('request-invalid', `A stream has no end, so that ${name} says nothing here`);
  }
  const first = resumptionOf(req.get('Last-Event-ID')) ?? from;
  await streamChanges(doorway, res, form, () =>
    service.follow(context, { filter, ...(first === undefined ? {} : { from: first }) }),
  );
}

function filterOf(parameters: URLSearchParams): ChangeFilter {
  const kinds = someOf(parameters, 'kind', CAUSE_KINDS);
  const graphClasses = someOf(parameters, 'graphClass', GRAPH_CLASSES);
  const sources = parameters.getAll('source');
  return {
    ...(kinds.length === 0 ? {} : { kinds }),
    ...(graphClasses.length === 0 ? {} : { graphClasses }),
    ...(sources.length === 0 ? {} : { sources }),
  };
}

async function* changeLines(feed: AsyncIterable<Change>): AsyncGenerator<string> {
  for await (const change of feed) yield `${changeText(change)}\n`;
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
