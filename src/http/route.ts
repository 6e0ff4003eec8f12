/**
 * Routes as data: each door gives a list, this module hangs it into express and answers for the methods
 * that an address does not have. The same templates name routes in metrics, logs and the OpenAPI document.
 */
import { type Request, Router } from 'express';
import { FabricError } from '../errors.ts';
import type { Exchange } from './exchange.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface Route {
  readonly method: Method;
  /** As in OpenAPI: `/v1/ingest/{source}`. */
  readonly path: string;
  /** Only reads, although the method might write. */
  readonly reading?: boolean;
  readonly handle: (req: Request, res: Exchange) => void | Promise<void>;
}

/** Traits that a door sets for all of its routes. */
export interface DoorTraits {
  readonly ngsiLd?: boolean;
}

/** A router of the routes of one door. HEAD goes with GET, OPTIONS tells the methods, others are 405. */
export function routerOf(routes: readonly Route[], traits: DoorTraits = {}): Router {
  const router = Router({ caseSensitive: true });
  for (const [path, group] of byPath(routes)) {
    const here = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    here.all((_req, res: Exchange, next) => {
      res.locals.route = path;
      if (traits.ngsiLd === true) res.locals.ngsiLd = true;
      next();
    });
    for (const route of group) {
      here[route.method]((req: Request, res: Exchange) => {
        if (route.method === 'get' || route.reading === true) res.locals.reading = true;
        return route.handle(req, res);
      });
    }
    here.all((req: Request, res: Exchange) => {
      refuseMethod(req, res, group);
    });
  }
  return router;
}

function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of routes) groups.set(route.path, [...(groups.get(route.path) ?? []), route]);
  return groups;
}

function refuseMethod(req: Request, res: Exchange, group: readonly Route[]): void {
  const allowed = [
    ...new Set(group.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))),
  ];
  if (req.method === 'OPTIONS') {
    res.setHeader('Allow', [...allowed, 'OPTIONS'].join(', '));
    res.status(204).end();
    return;
  }
  throw new FabricError('method-not-allowed', `${req.method} is not a method of this address`, {
    extensions: { allowed },
  });
}
