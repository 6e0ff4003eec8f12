/** `fabric config`: the settings in force, with defaults, or their JSON Schema. */
import { configJsonSchema, loadConfig } from '../config.ts';
import { EXIT } from './exit-codes.ts';
import type { CommandWork } from './options.ts';

export const config: CommandWork = (_args, options, terminal) => {
  const file = options['config'] as string | undefined;
  const shown =
    options['schema'] === true
      ? configJsonSchema()
      : hideToken(loadConfig({ ...(file === undefined ? {} : { file }), env: process.env }));
  terminal.out(JSON.stringify(shown, null, 2));
  return Promise.resolve(EXIT.ok);
};

function hideToken(settings: ReturnType<typeof loadConfig>): object {
  const { token, ...server } = settings.server;
  return { ...settings, server: { ...server, ...(token === undefined ? {} : { token: '(set)' }) } };
}
