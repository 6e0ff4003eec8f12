/**
 * The state as a whole, in and out: bulk loads of quads, dumps of the present and the past, backups. Bodies and answers
 * are streams; none of them is ever held.
 */
import type { Request } from 'express';
import { RDF_FORMATS } from '../rdf/formats.ts';
import { type RDF, toNQuads } from '../rdf/terms.ts';
import { trigPieces } from '../rdf/trig-pieces.ts';
import { NS } from '../rdf/vocab.ts';
import type { Dump } from '../service.ts';
import { bodyChunks, bodyLimits, expectContentType } from './body.ts';
import {
  contextOf,
  type Doorway,
  type Exchange,
  oneOf,
  pathParameter,
  queryOf,
  sendJson,
  showSeq,
  single,
  wholeNumber,
} from './exchange.ts';
import { negotiate, type Offer } from './negotiate.ts';
import type { Route } from './route.ts';
import { sendBytes, sendPieces } from './stream.ts';

export function wholeStateRoutes(doorway: Doorway): readonly Route[] {
  return [
    { method: 'post', path: '/v1/quads', handle: (req, res) => load(doorway, req, res) },
    {
      method: 'get',
      path: '/v1/quads/loads/{id}',
      handle: (req, res) => {
        sendJson(res, 200, doorway.service.quadLoad(contextOf(res), pathParameter(req, 'id')));
      },
    },
    { method: 'get', path: '/v1/dump', handle: (req, res) => dump(doorway, req, res) },
    { method: 'get', path: '/v1/backup', handle: (req, res) => backup(doorway, req, res) },
  ];
}

const [N_QUADS] = RDF_FORMATS['n-quads'].mediaTypes;
const [N_TRIPLES] = RDF_FORMATS['n-triples'].mediaTypes;
const OFFSETS = { min: 0, max: Number.MAX_SAFE_INTEGER };

async function load(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const { service } = doorway;
  const type = expectContentType(req, [N_QUADS, N_TRIPLES]);
  const parameters = queryOf(req);
  const named = Object.fromEntries(
    (['graph', 'scope', 'id'] as const).flatMap((name) => {
      const value = single(parameters, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const offset = wholeNumber(parameters, 'offset', OFFSETS);
  const body = bodyChunks(req, bodyLimits(doorway, 'records'));
  const answer = await service.loadQuads(contextOf(res), body, {
    ...named,
    format: type === N_QUADS ? 'n-quads' : 'n-triples',
    more: oneOf(parameters, 'more', ['true', 'false']) === 'true',
    ...(offset === undefined ? {} : { offset }),
  });
  showSeq(res, Math.max(answer.seq, service.seq));
  sendJson(res, 200, answer);
}

const DUMPS: readonly Offer<'n-quads' | 'trig'>[] = [
  { name: 'n-quads', mediaTypes: [N_QUADS, 'text/plain'] },
  { name: 'trig', mediaTypes: ['application/trig'] },
];

async function dump({ service }: Doorway, req: Request, res: Exchange): Promise<void> {
  const { name, mediaType } = negotiate(req, DUMPS);
  const parameters = queryOf(req);
  const graph = single(parameters, 'graph');
  const at = wholeNumber(parameters, 'at', OFFSETS);
  const context = contextOf(res);
  using held: Dump =
    at === undefined ? service.dump(context, graph) : await service.dumpAt(context, at, graph);
  showSeq(res, held.seq);
  res.vary('Accept');
  const pieces = name === 'trig' ? trigPieces(held.quads, NS) : lines(held.quads);
  await sendPieces(res, `${mediaType}; charset=utf-8`, pieces);
}

function* lines(quads: Iterable<RDF.Quad>): Generator<string> {
  for (const q of quads) yield `${toNQuads(q)}\n`;
}

const ARCHIVES: readonly Offer<'tar'>[] = [{ name: 'tar', mediaTypes: ['application/gzip'] }];

async function backup({ service }: Doorway, req: Request, res: Exchange): Promise<void> {
  const { mediaType } = negotiate(req, ARCHIVES);
  using held = service.backup(contextOf(res));
  showSeq(res, held.seq);
  res.setHeader('Content-Disposition', `attachment; filename="fabric-${held.seq}.tar.gz"`);
  await sendBytes(res, mediaType, held.chunks);
}
