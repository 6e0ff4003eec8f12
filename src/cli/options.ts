/** What several commands read from the command line. */
import { open, readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
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

/**
 * Where a result goes: the file, or standard output where none is named. It is opened before any work is
 * done for it.
 *
 * @throws FabricError `request-invalid` for a file that cannot be written
 */
export async function openOutput(path: string | undefined): Promise<Writable> {
  if (path === undefined) return process.stdout;
  try {
    return (await open(path, 'w')).createWriteStream();
  } catch (thrown) {
    throw new FabricError('request-invalid', `${path} cannot be written: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
