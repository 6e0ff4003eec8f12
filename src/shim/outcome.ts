/**
 * From work that may fail to an outcome, so that one failed action never keeps its neighbours back.
 */
import { FabricError, messageOf } from '../errors.ts';
import type { Action, ActionOutcome } from './shim.ts';

/** The outcome of `work`: its detail, or the refusal it ended with (`shim-failed` where it has no type). */
export async function attempt(action: Action, work: () => Promise<string>): Promise<ActionOutcome> {
  const { kind, target } = action;
  try {
    return { status: 'done', kind, target, detail: await work() };
  } catch (thrown) {
    const type = thrown instanceof FabricError ? thrown.type : 'shim-failed';
    return { status: 'failed', kind, target, problem: { type, message: messageOf(thrown) } };
  }
}
