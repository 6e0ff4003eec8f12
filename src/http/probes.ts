/**
 * For whoever watches the process: is it alive, does it take requests, what are its figures.
 * `/livez` must never depend on anything but the process itself.
 */
import { type Doorway, sendJson, sendText } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import type { Route } from './route.ts';

/** Probes come from supervisors that hold no token and use the address of the machine. */
export function probeRoutes({ service }: Doorway, draining: () => boolean): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/livez',
      handle: (_req, res) => {
        sendJson(res, 200, { alive: true });
      },
    },
    {
      method: 'get',
      path: '/readyz',
      handle: (_req, res) => {
        const reason = draining() ? 'The server is shutting down' : service.unready();
        if (reason === undefined) sendJson(res, 200, { ready: true, seq: service.seq });
        else sendJson(res, 503, { ready: false, reason });
      },
    },
  ];
}

export function metricsRoutes(metrics: Metrics): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/metrics',
      handle: async (_req, res) => {
        sendText(res, 200, metrics.contentType, await metrics.render());
      },
    },
  ];
}
