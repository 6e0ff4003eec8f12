/**
 * The order in which a request passes: identity, guards, doors, and at the end the one place where whatever
 * was thrown becomes an answer.
 */
import express, { type Express, type NextFunction, type Request } from 'express';
import helmet from 'helmet';
import { FabricError } from '../errors.ts';
import { accessLog } from './access-log.ts';
import { linger } from './body.ts';
import { docsRoutes } from './docs.ts';
import { type Doorway, type Exchange, sendProblem } from './exchange.ts';
import { feedRoutes } from './feed.ts';
import { contextGuard, hostGuard, originGuard, tokenGuard } from './guard.ts';
import { ingestRoutes } from './ingest.ts';
import { mappingRoutes } from './mappings.ts';
import type { Metrics } from './metrics.ts';
import { ngsiLdRoutes } from './ngsi-ld.ts';
import { ontologyRoutes } from './ontology.ts';
import { placementRoutes } from './placements.ts';
import { metricsRoutes, probeRoutes } from './probes.ts';
import { asRefusal, ngsiLdProblemOf, problemOf } from './problem.ts';
import { queryRoutes } from './queries.ts';
import { routerOf } from './route.ts';
import { sparqlRoutes } from './sparql.ts';
import { validateRoutes } from './validate.ts';
import { wholeStateRoutes } from './whole-state.ts';

export interface AppState {
  readonly metrics: Metrics;
  /** Whether the server is on its way down. */
  readonly draining: () => boolean;
}

export function createApp(doorway: Doorway, { metrics, draining }: AppState): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('case sensitive routing', true);
  app.set('query parser', false); // parameters are read from the address as it came

  app.use(accessLog(doorway, metrics));
  app.use((_req, res: Exchange, next) => {
    if (draining()) res.setHeader('Connection', 'close');
    next();
  });
  app.use(securityHeaders());
  app.use(routerOf(probeRoutes(doorway, draining)));
  app.use(hostGuard(doorway.config), originGuard(doorway.config), tokenGuard(doorway.config), contextGuard);

  app.use(routerOf(ingestRoutes(doorway)));
  app.use(routerOf(ngsiLdRoutes(doorway), { ngsiLd: true }));
  app.use(routerOf(sparqlRoutes(doorway)));
  app.use(routerOf(queryRoutes(doorway)));
  app.use(routerOf(validateRoutes(doorway)));
  app.use(routerOf(placementRoutes(doorway)));
  app.use(routerOf(mappingRoutes(doorway)));
  app.use(routerOf(feedRoutes(doorway)));
  app.use(routerOf(wholeStateRoutes(doorway)));
  app.use(routerOf(metricsRoutes(metrics)));
  app.use(routerOf(ontologyRoutes(doorway)));
  app.use(routerOf(docsRoutes(doorway)));

  app.use((req: Request) => {
    throw new FabricError('not-found', `${req.path} is no address of this server; / lists them`);
  });
  app.use((thrown: unknown, req: Request, res: Exchange, _next: NextFunction) => {
    answerProblem(doorway, thrown, req, res);
  });
  return app;
}

function securityHeaders() {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // TLS ends in front of the server, which is where it is decided whether all traffic is to use it.
    strictTransportSecurity: false,
  });
}

function answerProblem({ logger }: Doorway, thrown: unknown, req: Request, res: Exchange): void {
  const { requestId, route } = res.locals;
  if (req.destroyed && !req.complete) {
    logger.info({ requestId, route }, 'The client left before the end of its body');
    res.destroy();
    return;
  }
  const context = { requestId, reading: res.locals.reading === true };
  const answer = res.locals.ngsiLd === true ? ngsiLdProblemOf(thrown, context) : problemOf(thrown, context);
  if (!asRefusal(thrown)) logger.error({ requestId, route, err: thrown }, 'A fault of our own');
  else if (answer.status >= 500)
    logger.error({ requestId, route, err: thrown }, 'A request could not be served');
  if (res.headersSent) {
    // Part of the answer is out: breaking off is the only way left to say that it is not whole.
    res.destroy();
    return;
  }
  for (const name of ['Content-Length', 'Content-Encoding', 'Cache-Control', 'Location', 'ETag'])
    res.removeHeader(name);
  sendProblem(res, answer);
  linger(req);
}
