/** What several commands read from the command line. */
import { readFile } from 'node:fs/promises';
import { FabricError, messageOf } from '../errors.ts';
import type { ServiceOptions } from './client.ts';
import type { Terminal } from './terminal.ts';

export type Options = Readonly<Record<string, unknown>>;

/** One command: arguments and options in, exit code out. */
export type CommandWork = (args: readonly string[], options: Options, terminal: Terminal) => Promise<number>;

export function serviceOf(options: Options): ServiceOptions {
  const tokenFile = options['tokenFile'] as string | undefined;
  return { url: options['url'] as string, ...(tokenFile === undefined ? {} : { tokenFile }) };
}

/** The text of a file, or of standard input for `-`. @throws FabricError `not-found` */
export async function readInput(path: string): Promise<string> {
  try {
    if (path !== '-') return await readFile(path, 'utf8');
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  } catch (thrown) {
    throw new FabricError('not-found', `${path} cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}
