/**
 * One request and its answer, as every door sees them: who asks, which parameters, how to answer.
 * Parameters are read here strictly: an unreadable one is refused, never replaced by a default.
 */
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { FabricError } from '../errors.ts';
import type { Principal } from '../log/change.ts';
import type { FabricService, RequestContext } from '../service.ts';
import { PROBLEM_JSON, type ProblemAnswer } from './problem.ts';

/** An ontology document to publish: its file name and its Turtle text. */
export interface OntologyDocument {
  readonly name: string;
  readonly text: string;
}

/** What all doors share. */
export interface Doorway {
  readonly service: FabricService;
  readonly config: Config;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** UUIDv7. */
  readonly newId: () => string;
  readonly ontology: readonly OntologyDocument[];
  /** Longest silence of a client that sends a body. */
  readonly bodyIdleMs: number;
  /** Aborted when the server begins to close: what has no end of its own ends then. */
  readonly closing: AbortSignal;
  /** Counts what doors know beyond the status of an answer. */
  readonly count: (
    counter: 'ingest' | 'placement',
    labels: Readonly<Record<string, string>>,
    by: number,
  ) => void;
}

/** What the layers before the doors found out about a request. */
export interface ExchangeState {
  requestId: string;
  principal: Principal;
  tenant: string;
  minSeq?: number;
  /** Template of the route, for metrics and logs. */
  route?: string;
  /** Whether the route only reads, whatever its method. */
  reading?: boolean;
  /** Whether problems are told in the manner of NGSI-LD. */
  ngsiLd?: boolean;
}

export type Exchange = Response<unknown, ExchangeState & Record<string, unknown>>;

/** The context that a service entry takes. */
export function contextOf(res: Exchange): RequestContext {
  const { principal, tenant, requestId, minSeq } = res.locals;
  return { principal, tenant, requestId, ...(minSeq === undefined ? {} : { minSeq }) };
}

/** Parameters of the address; a name may stand several times. */
export function queryOf(req: Request): URLSearchParams {
  const start = req.originalUrl.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : req.originalUrl.slice(start + 1));
}

/** @throws FabricError `request-invalid` when `name` stands more than once */
export function single(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  if (values.length > 1)
    throw new FabricError('request-invalid', `Parameter ${name} stands ${values.length} times`);
  return values[0];
}

/** @throws FabricError `request-invalid` when the parameter is not a whole number of `min`..`max` */
export function wholeNumber(
  parameters: URLSearchParams,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = single(parameters, name);
  return text === undefined ? undefined : parseWholeNumber(text, `Parameter ${name}`, { min, max });
}

/** @throws FabricError `request-invalid`, naming `what` */
export function parseWholeNumber(
  text: string,
  what: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new FabricError('request-invalid', `${what} is not a whole number from ${min} to ${max}`, {
    extensions: { min, max },
  });
}

/** @throws FabricError `request-invalid` when the parameter is none of `choices` */
export function oneOf<const Choice extends string>(
  parameters: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = single(parameters, name);
  return text === undefined ? undefined : choiceOf(text, name, choices);
}

/**
 * A parameter that may stand several times.
 *
 * @throws FabricError `request-invalid` when one of them is none of `choices`
 */
export function someOf<const Choice extends string>(
  parameters: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): readonly Choice[] {
  return parameters.getAll(name).map((text) => choiceOf(text, name, choices));
}

function choiceOf<const Choice extends string>(
  text: string,
  name: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw new FabricError('request-invalid', `Parameter ${name} is none of ${choices.join(', ')}`, {
    extensions: { choices },
  });
}

/** A parameter of the path; the template has it, so it is there. */
export function pathParameter(req: Request, name: string): string {
  const value = req.params[name];
  return typeof value === 'string' ? value : '';
}

const KEY = /^[\u0021-\u007e]{1,255}$/;

/** @throws FabricError `request-invalid` */
export function idempotencyKey(req: Request): string | undefined {
  const key = req.get('Idempotency-Key');
  if (key === undefined || KEY.test(key)) return key;
  throw new FabricError('request-invalid', 'Idempotency-Key is not 1 to 255 visible ASCII characters');
}

/** The state that an answer shows, in place of the newest one. */
export function showSeq(res: Exchange, seq: number): void {
  res.setHeader('Fabric-Seq', String(seq));
}

/** Address of this server as the client sees it, without a slash at the end. */
export function originOf(req: Request): string {
  return `${req.protocol}://${req.get('host') ?? 'localhost'}`;
}

export function sendJson(res: Exchange, status: number, value: unknown): void {
  sendText(res, status, 'application/json; charset=utf-8', JSON.stringify(value));
}

export function sendText(res: Exchange, status: number, mediaType: string, text: string): void {
  res.status(status);
  res.setHeader('Content-Type', mediaType);
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}

export function sendProblem(res: Exchange, { status, headers, document }: ProblemAnswer): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  sendText(res, status, PROBLEM_JSON, JSON.stringify(document));
}
