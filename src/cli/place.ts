/** `fabric place`: a placement request from a file; optionally the actions of a shim for the decision. */

import { FabricError, nearest } from '../errors.ts';
import { parseJson } from '../rdf/parse.ts';
import { ServiceClient } from './client.ts';
import { describeDecision, type ShownDecision } from './describe-decision.ts';
import { EXIT } from './exit-codes.ts';
import { type CommandWork, readInput, serviceOf } from './options.ts';

export const place: CommandWork = async (args, options, terminal) => {
  const file = args[0]!;
  const shim = options['shim'] as string | undefined;
  if (shim !== undefined) await checkShim(shim);
  const parsed = parseJson(await readInput(file), file);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new FabricError('request-invalid', `${file} holds no JSON object`, { location: { source: file } });
  }
  const request = {
    ...parsed,
    ...(options['explain'] === undefined ? {} : { explain: options['explain'] }),
    ...(options['dryRun'] === true ? { dryRun: true } : {}),
  };
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const key = options['idempotencyKey'] as string | undefined;
  if (key !== undefined) headers['idempotency-key'] = key;
  const decision = (await new ServiceClient(serviceOf(options)).json('/v1/placements', {
    method: 'POST',
    headers,
    body: JSON.stringify(request),
  })) as ShownDecision;
  if (shim !== undefined && decision.outcome === 'placed') {
    const { actionsOf } = await import('./shim-actions.ts');
    terminal.out(await actionsOf(shim, decision, request));
  } else {
    terminal.out(terminal.json ? JSON.stringify(decision) : describeDecision(decision));
  }
  return decision.outcome === 'placed' ? EXIT.ok : EXIT.negative;
};

/** Asked before the placement is: what a shim that does not exist should run must not be reserved. */
async function checkShim(name: string): Promise<void> {
  const { SHIM_KINDS } = await import('../shim/kinds.ts');
  if ((SHIM_KINDS as readonly string[]).includes(name)) return;
  const near = nearest(name, SHIM_KINDS);
  throw new FabricError('not-supported', `Shim "${name}" does not exist`, {
    extensions: { supported: SHIM_KINDS, ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }) },
  });
}
