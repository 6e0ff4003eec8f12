/**
 * The NGSI-LD door (GS CIM 009 v1.9.1, HTTP binding): entities come in with the standard's own codes, error
 * types and batch answers. What an entity means is decided behind the port, never here.
 */
import type { Request } from 'express';
import { FabricError } from '../errors.ts';
import type { Json } from '../log/change.ts';
import type { NgsiLdAnswer, NgsiLdWrite, RecordOutcome } from '../service.ts';
import { bodyLimits, contentTypeOf, readJson, unsupportedMediaType } from './body.ts';
import {
  contextOf,
  type Doorway,
  type Exchange,
  pathParameter,
  queryOf,
  sendJson,
  sendProblem,
  showSeq,
} from './exchange.ts';
import { contextLink } from './link-header.ts';
import { batchResult, failureOf, hasFailed } from './ngsi-ld-outcome.ts';
import type { Method, Route } from './route.ts';

const BASE = '/ngsi-ld/v1';

export function ngsiLdRoutes(doorway: Doorway): readonly Route[] {
  return OPERATIONS.map(({ method, path, handle }) => ({
    method,
    path,
    handle: (req, res) => handle(new Call(doorway, req, res)),
  }));
}

interface NgsiLdOperation {
  readonly method: Method;
  readonly path: string;
  readonly handle: (call: Call) => Promise<void>;
}

const OPERATIONS: readonly NgsiLdOperation[] = [
  { method: 'post', path: `${BASE}/entities`, handle: create },
  { method: 'patch', path: `${BASE}/entities/{id}`, handle: merge },
  { method: 'delete', path: `${BASE}/entities/{id}`, handle: remove },
  { method: 'post', path: `${BASE}/entities/{id}/attrs`, handle: appendAttributes },
  { method: 'patch', path: `${BASE}/entities/{id}/attrs`, handle: updateAttributes },
  { method: 'delete', path: `${BASE}/entities/{id}/attrs/{attribute}`, handle: removeAttribute },
  { method: 'post', path: `${BASE}/entityOperations/upsert`, handle: upsert },
  { method: 'post', path: `${BASE}/notify`, handle: notify },
  // Where Orion-LD takes notifications in, so that aerOS subscriptions need no change.
  { method: 'post', path: '/ngsi-ld/ex/v1/notify', handle: notify },
];

async function create(call: Call): Promise<void> {
  call.expectParameters([]);
  const { body, link } = await call.body();
  const { outcomes } = await call.write({ kind: 'create', body, ...link });
  const outcome = only(outcomes);
  if (call.refuse(outcome)) return;
  if (outcome.status === 'stale' || !outcome.created) {
    throw new FabricError('already-exists', `Entity ${outcome.key} is known in a newer version`);
  }
  call.res.setHeader(
    'Location',
    `${BASE}/entities/${encodeURIComponent(outcome.key).replaceAll('%3A', ':')}`,
  );
  call.res.status(201).end();
}

async function merge(call: Call): Promise<void> {
  call.expectParameters(['options', 'format']);
  const { body, link } = await call.body();
  await call.single({ kind: 'merge', id: call.id, body: objectOf(body), ...link });
}

async function remove(call: Call): Promise<void> {
  call.expectParameters([]);
  await call.single({ kind: 'delete', id: call.id });
}

async function updateAttributes(call: Call): Promise<void> {
  call.expectParameters(['options']);
  const { body, link } = await call.body();
  const fragment = objectOf(body);
  await call.attributes(fragment, { kind: 'update-attributes', id: call.id, body: fragment, ...link });
}

async function appendAttributes(call: Call): Promise<void> {
  const options = call.expectParameters(['options']);
  const { body, link } = await call.body();
  const fragment = objectOf(body);
  const overwrite = !options.includes('noOverwrite');
  await call.attributes(fragment, {
    kind: 'append-attributes',
    id: call.id,
    body: fragment,
    overwrite,
    ...link,
  });
}

async function removeAttribute(call: Call): Promise<void> {
  call.expectParameters(['deleteAll']);
  const attribute = pathParameter(call.req, 'attribute');
  const link = contextLink(call.req.get('Link'));
  await call.single({
    kind: 'delete-attribute',
    id: call.id,
    attribute,
    ...(link === undefined ? {} : { link }),
  });
}

async function upsert(call: Call): Promise<void> {
  const options = call.expectParameters(['options']);
  const { body, link } = await call.body();
  if (!Array.isArray(body) || body.length === 0) {
    throw new FabricError('record-invalid', 'The body is not a list of entities');
  }
  const mode = options.includes('update') ? 'update' : 'replace';
  const { outcomes } = await call.write({ kind: 'upsert', body: body as Json, mode, ...link });
  const failed = outcomes.filter(hasFailed);
  if (failed.length > 0) {
    sendJson(call.res, 207, batchResult(outcomes));
    return;
  }
  const created = [...new Set(outcomes.filter((outcome) => outcome.created).map(({ key }) => key))];
  if (created.length > 0) sendJson(call.res, 201, created);
  else call.res.status(204).end();
}

/** 204 when all was taken; the sender of a notification that was not learns which entities, and why. */
async function notify(call: Call): Promise<void> {
  call.expectParameters(['subscriptionId']);
  const { body, link } = await call.body();
  const { outcomes } = await call.write({ kind: 'notify', body: objectOf(body), ...link });
  if (outcomes.some(hasFailed)) sendJson(call.res, 207, batchResult(outcomes));
  else call.res.status(204).end();
}

/** A request to this door, with what its operations have in common. */
class Call {
  readonly req: Request;
  readonly res: Exchange;
  readonly #doorway: Doorway;

  constructor(doorway: Doorway, req: Request, res: Exchange) {
    this.#doorway = doorway;
    this.req = req;
    this.res = res;
  }

  get id(): string {
    return pathParameter(this.req, 'id');
  }

  /**
   * Refuses parameters that would be left unheeded, and gives those of `options`. `local` and `type` only
   * choose among brokers and always hold here.
   */
  expectParameters(known: readonly string[]): readonly string[] {
    const parameters = queryOf(this.req);
    for (const name of parameters.keys()) {
      if ([...known, 'local', 'type', 'minSeq'].includes(name)) continue;
      if (UNSUPPORTED.has(name)) {
        throw new FabricError('not-supported', `Parameter ${name} is not supported by this operation`);
      }
      throw new FabricError('request-invalid', `Parameter ${name} is not known to this operation`);
    }
    return (parameters.get('options') ?? '').split(',').filter((option) => option !== '');
  }

  /**
   * The JSON body and its context: of the Link header for application/json, in the body for
   * application/ld+json, never both (GS CIM 009, clause 6.3.5).
   */
  async body(): Promise<{ readonly body: Json; readonly link: { readonly link?: string } }> {
    const isLinkedData = this.#expectJson() === 'application/ld+json';
    const body = (await readJson(this.req, bodyLimits(this.#doorway, 'document'))) as Json;
    const link = contextLink(this.req.get('Link'));
    if (isLinkedData && link !== undefined) {
      throw new FabricError('record-invalid', 'An application/ld+json body has a Link to a context as well');
    }
    for (const item of Array.isArray(body) ? (body as readonly Json[]) : [body]) {
      if (typeof item !== 'object' || item === null) continue;
      if (isLinkedData && !('@context' in item)) {
        throw new FabricError('record-invalid', 'An application/ld+json body has no @context');
      }
      if (!isLinkedData && '@context' in item) {
        throw new FabricError(
          'record-invalid',
          'An application/json body has a @context; send it as application/ld+json',
        );
      }
    }
    return { body, link: link === undefined ? {} : { link } };
  }

  #expectJson(): string {
    const supported = this.req.method === 'PATCH' ? [...MEDIA_TYPES, MERGE_PATCH] : MEDIA_TYPES;
    const { essence } = contentTypeOf(this.req, supported);
    if (supported.includes(essence)) return essence;
    throw unsupportedMediaType(`The media type ${essence} is not taken here`, supported);
  }

  async write(write: NgsiLdWrite): Promise<NgsiLdAnswer> {
    const answer = await this.#doorway.service.ngsiLd(contextOf(this.res), write);
    const seq = Math.max(0, ...answer.outcomes.map((outcome) => outcome.seq ?? 0));
    if (seq > 0) showSeq(this.res, Math.max(seq, this.#doorway.service.seq));
    return answer;
  }

  /** A write of one entity that answers with nothing when it went well. */
  async single(write: NgsiLdWrite): Promise<void> {
    const { outcomes } = await this.write(write);
    if (outcomes.some((outcome) => this.refuse(outcome))) return;
    this.#tellStale(outcomes);
    this.res.status(204).end();
  }

  /** A write of attributes: 204, or 207 with those that were left alone (UpdateResult). */
  async attributes(fragment: Readonly<Record<string, Json>>, write: NgsiLdWrite): Promise<void> {
    const { outcomes, notUpdated } = await this.write(write);
    if (outcomes.some((outcome) => this.refuse(outcome))) return;
    this.#tellStale(outcomes);
    if (notUpdated.length === 0) {
      this.res.status(204).end();
      return;
    }
    const left = new Set(notUpdated.map(({ attribute }) => attribute));
    const updated = Object.keys(fragment).filter((name) => !left.has(name) && !NOT_ATTRIBUTES.has(name));
    sendJson(this.res, 207, {
      updated,
      notUpdated: notUpdated.map(({ attribute, reason }) => ({ attributeName: attribute, reason })),
    });
  }

  /** Answers with the problem of an outcome that is none of the good ones. */
  refuse(outcome: RecordOutcome): boolean {
    if (!hasFailed(outcome)) return false;
    sendProblem(this.res, failureOf(outcome, this.res.locals.requestId));
    return true;
  }

  /** The standard has no code for an update that came too late; a header says that it changed nothing. */
  #tellStale(outcomes: readonly RecordOutcome[]): void {
    if (outcomes.some(({ status }) => status === 'stale')) this.res.setHeader('Fabric-Outcome', 'stale');
  }
}

const MEDIA_TYPES = ['application/json', 'application/ld+json'];
const MERGE_PATCH = 'application/merge-patch+json';

/** Known to the standard, not heeded by these operations. */
const UNSUPPORTED = new Set(['lang', 'observedAt', 'datasetId', 'expiresAt']);

const NOT_ATTRIBUTES = new Set(['id', 'type', '@context', '@id', '@type']);

function only(outcomes: readonly RecordOutcome[]): RecordOutcome {
  const [outcome] = outcomes;
  if (!outcome) throw new FabricError('record-invalid', 'The body holds no entity');
  return outcome;
}

function objectOf(body: Json): Readonly<Record<string, Json>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Readonly<Record<string, Json>>;
  }
  throw new FabricError('record-invalid', 'The body is not a JSON object');
}
