/**
 * Placements: a request in, a decision with its reasons out. An unplaceable request is answered with 200
 * like a placed one: the reasons are the answer. Long explanations are written as they come.
 */
import type { Request } from 'express';
import { z } from 'zod';
import { FabricError } from '../errors.ts';
import type { PlacementAnswer } from '../service.ts';
import { bodyLimits, expectContentType, readJson } from './body.ts';
import {
  contextOf,
  type Doorway,
  type Exchange,
  idempotencyKey,
  oneOf,
  pathParameter,
  queryOf,
  sendJson,
  showSeq,
} from './exchange.ts';
import { negotiate, type Offer } from './negotiate.ts';
import type { Route } from './route.ts';
import { jsonLines, jsonPieces, sendPieces } from './stream.ts';

/** Body of a confirmation. */
export const confirmationSchema = z.strictObject({
  components: z.array(z.string().min(1)).min(1).max(1000).describe('Names of the components that run.'),
});

export function placementRoutes(doorway: Doorway): readonly Route[] {
  return [
    { method: 'post', path: '/v1/placements', handle: (req, res) => place(doorway, req, res) },
    {
      method: 'get',
      path: '/v1/placements/{id}',
      handle: (req, res) => {
        sendJson(res, 200, doorway.service.decision(contextOf(res), decisionId(doorway, req)));
      },
    },
    { method: 'delete', path: '/v1/placements/{id}', handle: (req, res) => release(doorway, req, res) },
    {
      method: 'post',
      path: '/v1/placements/{id}/confirm',
      handle: (req, res) => confirm(doorway, req, res),
    },
    { method: 'get', path: '/v1/explain/{id}', handle: (req, res) => explain(doorway, req, res) },
  ];
}

const OFFERS: readonly Offer<'json' | 'lines'>[] = [
  { name: 'json', mediaTypes: ['application/json'] },
  { name: 'lines', mediaTypes: ['application/x-ndjson'] },
];

async function place(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const { service, count } = doorway;
  const form = negotiate(req, OFFERS);
  expectContentType(req, ['application/json']);
  const key = idempotencyKey(req);
  const explain = oneOf(queryOf(req), 'explain', ['none', 'summary', 'full']);
  const body = await readJson(req, bodyLimits(doorway, 'document'));
  const answer = await service.place(contextOf(res), withExplain(body, explain), key);
  const { id, outcome, dryRun } = answer.decision;
  count('placement', { outcome }, 1);
  if (!dryRun) res.setHeader('Location', addressOf(doorway, id));
  await send(res, form.name, answer);
}

/** The parameter of the address is shorthand for the member of the body and wins over it. */
function withExplain(body: unknown, explain: string | undefined): unknown {
  if (explain === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return { ...body, explain };
}

async function explain(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const form = negotiate(req, OFFERS);
  await send(res, form.name, await doorway.service.explainDecision(contextOf(res), decisionId(doorway, req)));
}

async function release(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const { seq } = await doorway.service.releaseDecision(contextOf(res), decisionId(doorway, req));
  showSeq(res, Math.max(seq, doorway.service.seq));
  res.status(204).end();
}

/** Notes that components run: those named in the body, all of them without a body. */
async function confirm(doorway: Doorway, req: Request, res: Exchange): Promise<void> {
  const components = hasBody(req) ? await componentsOf(doorway, req) : undefined;
  const { seq } = await doorway.service.confirmDecision(contextOf(res), decisionId(doorway, req), components);
  showSeq(res, Math.max(seq, doorway.service.seq));
  res.status(204).end();
}

function hasBody(req: Request): boolean {
  return req.get('Transfer-Encoding') !== undefined || Number(req.get('Content-Length') ?? 0) > 0;
}

async function componentsOf(doorway: Doorway, req: Request): Promise<readonly string[]> {
  expectContentType(req, ['application/json']);
  const result = confirmationSchema.safeParse(await readJson(req, bodyLimits(doorway, 'document')));
  if (result.success) return result.data.components;
  const errors = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const said = errors.map(({ path, message }) => `${path || 'the body'}: ${message}`).join('; ');
  throw new FabricError('request-invalid', `The confirmation is invalid: ${said}`, {
    extensions: { errors },
  });
}

/** Decisions are minted under this part of the base; the last part of their IRI will do as well. */
function prefixOf({ service }: Doorway): string {
  return `${service.baseIri}decision/`;
}

function decisionId(doorway: Doorway, req: Request): string {
  const id = pathParameter(req, 'id');
  return id.includes(':') ? id : prefixOf(doorway) + id;
}

function addressOf(doorway: Doorway, id: string): string {
  const prefix = prefixOf(doorway);
  return `/v1/placements/${encodeURIComponent(id.startsWith(prefix) ? id.slice(prefix.length) : id)}`;
}

/** Sends an answer and lets go of the snapshot that it holds, however the sending ends. */
async function send(res: Exchange, form: 'json' | 'lines', answer: PlacementAnswer): Promise<void> {
  res.vary('Accept');
  const { decision, rejections } = answer;
  try {
    if (form === 'json') {
      const whole = rejections === undefined ? decision : { ...decision, rejections };
      await sendPieces(res, 'application/json; charset=utf-8', jsonPieces(whole));
    } else {
      await sendPieces(res, 'application/x-ndjson; charset=utf-8', jsonLines(answerLines(answer)));
    }
  } finally {
    answer[Symbol.dispose]();
  }
}

/** `{ decision }` first, then one line `{ rejection }` for each rejected element. */
function* answerLines({ decision, rejections }: PlacementAnswer): Generator<object> {
  yield { decision };
  for (const rejection of rejections ?? []) yield { rejection };
}
