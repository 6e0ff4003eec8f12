/**
 * Who may come in: the names under which the server may be addressed, the web origins that may write, the
 * bearer token and the tenant. Runs before any door; must never let a request pass that it could not judge.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request } from 'express';
import type { Config } from '../config.ts';
import { FabricError } from '../errors.ts';
import { ANONYMOUS, type Principal } from '../log/change.ts';
import type { Exchange } from './exchange.ts';
import { parseWholeNumber, queryOf, single } from './exchange.ts';
import { TransportError } from './problem.ts';

type Guard = (req: Request, res: Exchange, next: NextFunction) => void;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Whether only this machine reaches an address. */
function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * A server that others can reach must ask for a token.
 *
 * @throws FabricError `config-invalid`
 */
export function checkExposure({ server }: Config): void {
  if (isLoopback(server.host) || server.token !== undefined) return;
  throw new FabricError(
    'config-invalid',
    `server.host ${server.host} is reachable from other machines and server.token is not set`,
    { extensions: { settings: ['server.host', 'server.token'] } },
  );
}

/** Refuses a name that this server does not go by: a page whose name was rebound to this address sends its own. */
export function hostGuard({ server }: Config): Guard {
  const allowed = new Set([server.host, ...server.allowedHosts].map((host) => host.toLowerCase()));
  return (req, _res, next) => {
    if (req.headers.host === undefined)
      throw new TransportError('malformed', 'The request has no Host field');
    const host = req.headers.host.toLowerCase();
    const name = hostName(host);
    if (isLoopback(name) || allowed.has(name) || allowed.has(host)) {
      next();
      return;
    }
    throw new FabricError('origin-refused', `Host "${host}" is not a name of this server`, {
      extensions: { host, setting: 'server.allowedHosts' },
    });
  };
}

/** A host without its port; an IPv6 address keeps its brackets. */
function hostName(host: string): string {
  return host.replace(/:\d*$/, '');
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses writes that a page of another origin makes a browser send. Origins of the configuration may read
 * and write (CORS); any other page cannot read answers either, for the want of CORS fields.
 */
export function originGuard({ server }: Config): Guard {
  const allowed = new Set(server.allowedOrigins.map((origin) => origin.toLowerCase()));
  return (req, res, next) => {
    const origin = req.headers.origin?.toLowerCase();
    res.vary('Origin');
    if (origin === undefined || isOwn(origin, req)) {
      next();
      return;
    }
    if (allowed.has(origin)) {
      admit(req, res, next);
      return;
    }
    if (SAFE.has(req.method)) {
      next();
      return;
    }
    throw new FabricError('origin-refused', `Pages of ${origin} may not write here`, {
      extensions: { origin, setting: 'server.allowedOrigins' },
    });
  };
}

function isOwn(origin: string, req: Request): boolean {
  const host = req.headers.host?.toLowerCase();
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

const METHODS = 'GET, HEAD, POST, PATCH, DELETE';
const EXPOSED = 'Fabric-Seq, Fabric-Request-Id, Location, Retry-After, Link';

function admit(req: Request, res: Exchange, next: NextFunction): void {
  res.setHeader('Access-Control-Allow-Origin', String(req.headers.origin));
  res.setHeader('Access-Control-Expose-Headers', EXPOSED);
  const asked = req.get('Access-Control-Request-Method');
  if (req.method !== 'OPTIONS' || asked === undefined) {
    next();
    return;
  }
  res.setHeader('Access-Control-Allow-Methods', METHODS);
  const headers = req.get('Access-Control-Request-Headers');
  if (headers !== undefined) res.setHeader('Access-Control-Allow-Headers', headers);
  res.setHeader('Access-Control-Max-Age', '600');
  res.status(204).end();
}

const TOKEN_HOLDER: Principal = { id: 'token', kind: 'token' };

/** Asks for the bearer token where one is configured (RFC 6750), and says who the principal is. */
export function tokenGuard({ server }: Config): Guard {
  const expected = server.token === undefined ? undefined : digest(server.token);
  return (req, res, next) => {
    if (expected === undefined) {
      res.locals.principal = ANONYMOUS;
      next();
      return;
    }
    const token = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
    // Digests have one length, so the comparison tells nothing by its time.
    if (token === undefined || !timingSafeEqual(digest(token), expected)) {
      throw new FabricError(
        'unauthenticated',
        token === undefined ? 'The request has no bearer token' : 'The bearer token is not the right one',
      );
    }
    res.locals.principal = TOKEN_HOLDER;
    next();
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** Reads tenant and `minSeq`; only the tenant `default` exists. */
export const contextGuard: Guard = (req, res, next) => {
  const tenant = req.get('Fabric-Tenant') ?? req.get('NGSILD-Tenant') ?? 'default';
  if (req.path.startsWith('/ngsi-ld/')) res.locals.ngsiLd = true;
  if (tenant !== 'default') throw new FabricError('unknown-tenant', `Tenant "${tenant}" does not exist`);
  const minSeq = req.get('Fabric-Min-Seq') ?? single(queryOf(req), 'minSeq');
  if (minSeq !== undefined) {
    res.locals.minSeq = parseWholeNumber(minSeq, 'minSeq', { min: 0, max: Number.MAX_SAFE_INTEGER });
  }
  next();
};
