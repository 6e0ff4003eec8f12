/** `fabric serve`: the service over a data directory, until a signal ends it. */
import { loadConfig } from '../config.ts';
import { makeLogger } from '../logging.ts';
import { EXIT } from './exit-codes.ts';
import type { CommandWork } from './options.ts';
import { runService, untilSignal } from './run-service.ts';

export const serve: CommandWork = async (_args, options, terminal) => {
  const file = options['config'] as string | undefined;
  const server: Record<string, unknown> = {};
  for (const name of ['port', 'host']) if (options[name] !== undefined) server[name] = options[name];
  const config = loadConfig({
    ...(file === undefined ? {} : { file }),
    env: process.env,
    overrides: { server },
  });
  const logger = makeLogger(config.logLevel);
  const signal = untilSignal();
  const service = await runService(config, options['data'] as string, logger);
  const { url, port } = service.server;
  terminal.out(
    terminal.json
      ? JSON.stringify({ url, port, baseIri: service.fabric.baseIri, seq: service.fabric.seq })
      : `continuum-fabric is ready at ${url} (change ${service.fabric.seq})`,
  );
  logger.info({ signal: await signal }, 'closing');
  await service.close();
  return EXIT.ok;
};
