/** `fabric dump`: the graph of a running service as N-Quads. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ServiceClient } from './client.ts';
import { EXIT } from './exit-codes.ts';
import { type CommandWork, openOutput, serviceOf } from './options.ts';

export const dump: CommandWork = async (_args, options, terminal) => {
  const graph = options['graph'] as string | undefined;
  const path = graph === undefined ? '/v1/dump' : `/v1/dump?graph=${encodeURIComponent(graph)}`;
  const response = await new ServiceClient(serviceOf(options)).request(path, {
    headers: { accept: 'application/n-quads' },
  });
  const output = options['output'] as string | undefined;
  const body = Readable.fromWeb(response.body as never);
  await pipeline(body, await openOutput(output), { end: output !== undefined });
  if (output !== undefined)
    terminal.note(`Written to ${output}, as of change ${response.headers.get('fabric-seq') ?? '?'}`);
  return EXIT.ok;
};
