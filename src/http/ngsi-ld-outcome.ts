/**
 * Outcomes of writes in the words of NGSI-LD: problem documents for single entities, BatchOperationResult
 * for many.
 */
import { FabricError } from '../errors.ts';
import type { RecordOutcome } from '../service.ts';
import { reportToJson } from '../validation/report.ts';
import { ngsiLdProblemOf, type ProblemAnswer } from './problem.ts';

/** Whether an entity was not taken over. */
export function hasFailed({ status }: RecordOutcome): boolean {
  return status === 'quarantined' || status === 'refused';
}

/** BatchOperationResult (GS CIM 009, clause 5.2.16). */
export function batchResult(outcomes: readonly RecordOutcome[]): object {
  const success = outcomes.filter((outcome) => !hasFailed(outcome)).map(({ key }) => key);
  return {
    success: [...new Set(success)],
    errors: outcomes.filter(hasFailed).map((outcome) => ({
      ...(outcome.key === '' ? {} : { entityId: outcome.key }),
      position: outcome.position,
      error: failureOf(outcome).document,
    })),
  };
}

/** Why an entity was not taken over, as a problem. */
export function failureOf(outcome: RecordOutcome, requestId?: string): ProblemAnswer {
  const { key, status, report, diagnostics } = outcome;
  const problem =
    outcome.problem ??
    new FabricError(
      'shape-violation',
      status === 'quarantined'
        ? `Entity ${key} breaks a shape and is kept aside; its last good state stays`
        : `Entity ${key} breaks a shape`,
    );
  const answer = ngsiLdProblemOf(problem, requestId === undefined ? {} : { requestId });
  return {
    ...answer,
    document: {
      ...answer.document,
      outcome: status,
      ...(report === undefined ? {} : { report: reportToJson(report) }),
      ...(diagnostics.length === 0 ? {} : { diagnostics }),
    },
  };
}
