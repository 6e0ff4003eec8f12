/**
 * The weighing of candidates: the scores of the objectives that a request asks for, by its weights.
 *
 * A score is the weighted mean of the objectives; an objective whose facts are missing of an element gives
 * it nothing, so that silence is never better than knowledge.
 */
import { FabricError, nearest } from '../errors.ts';
import type { ObjectiveShare } from './decision.ts';
import { expandCurie } from './enumerations.ts';
import type { Scores } from './evaluate.ts';
import type { Policy, PolicyQuery } from './policy.ts';

export interface WeightedObjective {
  readonly query: PolicyQuery;
  readonly weight: number;
}

/**
 * The objectives with a weight above zero: those of the request, else those of the files.
 *
 * @throws FabricError `request-invalid` for a weight of something that is no objective
 */
export function weightedObjectives(
  policy: Policy,
  weights: Readonly<Record<string, number>> | undefined,
): WeightedObjective[] {
  if (weights === undefined) {
    return policy.objectives.flatMap((query) => (query.weight > 0 ? [{ query, weight: query.weight }] : []));
  }
  const chosen = new Map<string, WeightedObjective>();
  for (const [key, weight] of Object.entries(weights)) {
    const iri = expandCurie(key) ?? key;
    const query = policy.objectives.find((objective) => objective.name === key || objective.iri === iri);
    if (!query) throw unknownObjective(key, policy);
    if (weight > 0) chosen.set(query.iri, { query, weight: weight + (chosen.get(query.iri)?.weight ?? 0) });
  }
  return [...chosen.values()];
}

function unknownObjective(key: string, policy: Policy): FabricError {
  const names = policy.objectives.map(({ name }) => name);
  const near = nearest(key, names);
  const hint = near === undefined ? `known are ${names.join(', ')}` : `did you mean "${near}"?`;
  const message = `"${key}" is not an objective; ${hint}`;
  return new FabricError('request-invalid', `The placement request is invalid: weights.${key}: ${message}`, {
    extensions: { errors: [{ path: `weights.${key}`, message }] },
  });
}

/** An objective with its scores; several where it was applied once for each item of a list. */
export interface ScoredObjective {
  readonly query: PolicyQuery;
  readonly weight: number;
  readonly scores: readonly Scores[];
}

export interface Weighed {
  readonly score: number;
  readonly shares: readonly ObjectiveShare[];
}

/** The score of one element without its shares, for ranking thousands. */
export function scoreOf(objectives: readonly ScoredObjective[], element: number): number {
  let score = 0;
  const total = totalWeight(objectives);
  for (const objective of objectives) score += (objective.weight / total) * meanOf(objective, element).score;
  return score;
}

/** The score of one element with the share of each objective in it. */
export function weigh(objectives: readonly ScoredObjective[], element: number): Weighed {
  const total = totalWeight(objectives);
  const shares = objectives.map((objective): ObjectiveShare => {
    const { score, known } = meanOf(objective, element);
    const weight = objective.weight / total;
    const { iri, name } = objective.query;
    return { objective: iri, name, weight, score, share: weight * score, known };
  });
  return { score: scoreOf(objectives, element), shares };
}

function totalWeight(objectives: readonly ScoredObjective[]): number {
  return objectives.reduce((sum, { weight }) => sum + weight, 0);
}

function meanOf({ scores }: ScoredObjective, element: number): { score: number; known: boolean } {
  let sum = 0;
  let known = true;
  for (const { values } of scores) {
    const value = values[element]!;
    if (Number.isNaN(value)) known = false;
    else sum += value;
  }
  return { score: sum / scores.length, known };
}
