/** `fabric explain`: the reasons of a decision, recomputed at the state it was based on. */
import { ServiceClient } from './client.ts';
import { describeDecision } from './describe-decision.ts';
import { EXIT } from './exit-codes.ts';
import { type CommandWork, serviceOf } from './options.ts';

export const explain: CommandWork = async (args, options, terminal) => {
  const id = args[0]!;
  const decision = await new ServiceClient(serviceOf(options)).json(`/v1/explain/${encodeURIComponent(id)}`);
  terminal.out(terminal.json ? JSON.stringify(decision) : describeDecision(decision as never));
  return EXIT.ok;
};
