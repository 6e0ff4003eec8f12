/** A fabric with its doors, as `serve` and `demo` run it: opened, announced, and closed on a signal. */

import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { readAssetFolder } from '../assets.ts';
import type { Config } from '../config.ts';
import { type Fabric, openFabric } from '../fabric.ts';
import { checkExposure } from '../http/guard.ts';
import { type RunningServer, startServer } from '../http/server.ts';

export interface RunningService {
  readonly fabric: Fabric;
  readonly server: RunningServer;
  /** Lets requests finish, checkpoints and closes. */
  close(): Promise<void>;
}

export async function runService(config: Config, directory: string, logger: Logger): Promise<RunningService> {
  // Said before anything on disk is made.
  checkExposure(config);
  const fabric = await openFabric({ config, logger, directory });
  let server: RunningServer;
  try {
    server = await startServer(fabric, {
      config,
      logger,
      now: Date.now,
      newId: uuidv7,
      ontology: readAssetFolder('ontology', '.ttl'),
    });
  } catch (refusal) {
    await fabric.close();
    throw refusal;
  }
  const close = async (): Promise<void> => {
    await server.close(config.server.drainSeconds * 1000);
    await fabric.close();
  };
  return { fabric, server, close };
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let seen = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (seen) process.exit(signal === 'SIGINT' ? 130 : 143);
        seen = true;
        resolve(signal);
      });
    }
  });
}
