/**
 * Exit codes of every command; the README lists them. A script may rely on them.
 */
import type { FabricError, ProblemType } from '../errors.ts';

export const EXIT = {
  /** Done. */
  ok: 0,
  /** Done, and the answer is no: data does not conform, nothing can be placed, damage was found. */
  negative: 1,
  /** The command line, the configuration or the input is wrong. */
  usage: 2,
  /** The service cannot be reached. */
  unreachable: 3,
  /** `fabric map`: done, but for records that failed. */
  recordsFailed: 3,
  /** The service refused. */
  refused: 4,
  /** `fabric doctor`: nothing is damaged, but something wants to be looked at. */
  warnings: 5,
  /** A fault of the program. */
  fault: 70,
} as const;

const BY_TYPE: Partial<Record<ProblemType, number>> = {
  unreachable: EXIT.unreachable,
  'log-damaged': EXIT.negative,
  'store-damaged': EXIT.negative,
  'backup-damaged': EXIT.negative,
};

/** The exit code of a refusal. @param remote  whether the service gave it */
export function exitCodeOf(error: FabricError, remote: boolean): number {
  return BY_TYPE[error.type] ?? (remote ? EXIT.refused : EXIT.usage);
}
