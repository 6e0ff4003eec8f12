/**
 * Identity and record of each request: its id goes out with the answer, one line goes to the log, one
 * observation to the metrics. Addresses are logged without their query, which may hold data.
 */
import type { NextFunction, Request } from 'express';
import { ANONYMOUS } from '../log/change.ts';
import type { Doorway, Exchange } from './exchange.ts';
import type { Metrics } from './metrics.ts';

export function accessLog(doorway: Doorway, metrics: Metrics) {
  return (req: Request, res: Exchange, next: NextFunction): void => {
    const started = performance.now();
    const requestId = doorway.newId();
    Object.assign(res.locals, { requestId, principal: ANONYMOUS, tenant: 'default' });
    res.setHeader('Fabric-Request-Id', requestId);
    stampSeq(res, () => doorway.service.seq);
    metrics.inFlight.inc();
    res.once('close', () => {
      const seconds = (performance.now() - started) / 1000;
      const route = res.locals.route ?? 'unmatched';
      metrics.inFlight.dec();
      // An answer that the client did not wait for counts as 499, as proxies have it.
      const status = res.writableFinished ? res.statusCode : 499;
      metrics.duration.observe({ method: req.method, route, status: String(status) }, seconds);
      const line = {
        requestId,
        method: req.method,
        path: req.path,
        route,
        status,
        durationMs: Math.round(seconds * 1e6) / 1000,
        principal: res.locals.principal.id,
      };
      if (status >= 500) doorway.logger.error(line, 'request');
      else doorway.logger.info(line, 'request');
    });
    next();
  };
}

/** Every answer tells the state that it shows: that of the handler, else the newest when the head goes out. */
function stampSeq(res: Exchange, newest: () => number): void {
  const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => Exchange;
  const stamped = (...args: unknown[]): Exchange => {
    if (!res.hasHeader('Fabric-Seq')) res.setHeader('Fabric-Seq', String(newest()));
    return writeHead(...args);
  };
  res.writeHead = stamped;
}
