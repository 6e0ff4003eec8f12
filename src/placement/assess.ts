/**
 * What a snapshot says about each component of a request: verdicts, candidates and their scores.
 *
 * Components that ask for the same thing share the evaluation.
 */
import { type Application, applicationsOf, type RequestScope } from './application.ts';
import type { Claim } from './decision.ts';
import { resolveIndividual } from './enumerations.ts';
import { type EvaluationContext, type Judgement, judge, SATISFIED, type Scores, score } from './evaluate.ts';
import type { JudgedComponent } from './explain.ts';
import { type ScoredObjective, scoreOf, type WeightedObjective, weightedObjectives } from './objective.ts';
import type { Policy } from './policy.ts';
import type { ComponentRequest, PlacementRequest, Requirements } from './request.ts';

/** Everything that was found out about a component. */
export interface AssessedComponent extends JudgedComponent {
  readonly request: ComponentRequest;
  readonly objectives: readonly ScoredObjective[];
  /** Scores of the candidates, in their order. */
  readonly scores: readonly number[];
  readonly claims: readonly Claim[];
}

export interface Assessment {
  readonly components: readonly AssessedComponent[];
  readonly notes: readonly string[];
}

/** What holds where a request does not say. */
export interface Defaults {
  readonly freshnessSeconds: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export async function assess(
  request: PlacementRequest,
  policy: Policy,
  context: EvaluationContext,
  defaults: Defaults,
): Promise<Assessment> {
  const judgements = new Map<string, Judgement>();
  const scores = new Map<string, Scores>();
  const notes = new Set<string>();
  const weighted = weightedObjectives(policy, request.weights);
  const components: AssessedComponent[] = [];
  for (const component of request.components) {
    const scope = scopeOf(component.requirements, defaults);
    const applied: Judgement[] = [];
    for (const application of applicationsOf(policy.constraints, scope)) {
      applied.push(await once(judgements, application, () => judge(application, context)));
    }
    const objectives: ScoredObjective[] = [];
    for (const { query, weight } of weighted) {
      const found: Scores[] = [];
      for (const application of applicationsOf([query], scope)) {
        found.push(await once(scores, application, () => score(application, context)));
      }
      note(notes, component, { query, weight }, found);
      if (found.length > 0) objectives.push({ query, weight, scores: found });
    }
    components.push(assessed(component, applied, objectives, context.elements.size));
  }
  return { components, notes: [...notes] };
}

/** The constraints that a component brings into play. */
export function constraintsFor(
  component: ComponentRequest,
  policy: Policy,
  defaults: Defaults,
): Application[] {
  return applicationsOf(policy.constraints, scopeOf(component.requirements, defaults));
}

const READY = resolveIndividual('InfrastructureElementStatus', 'Ready');

function scopeOf(requirements: Requirements, { freshnessSeconds, now }: Defaults): RequestScope {
  const freshness =
    requirements.freshnessSeconds === undefined ? freshnessSeconds : requirements.freshnessSeconds;
  const statuses = requirements.statuses === undefined && READY.ok ? [READY.iri] : requirements.statuses;
  return {
    requirements: { ...requirements, freshnessSeconds: freshness, statuses },
    request: {
      now: new Date(now).toISOString(),
      ...(freshness === null ? {} : { freshAfter: new Date(now - freshness * 1000).toISOString() }),
    },
  };
}

async function once<T>(
  known: Map<string, T>,
  application: Application,
  evaluate: () => Promise<T>,
): Promise<T> {
  const found = known.get(application.key) ?? (await evaluate());
  known.set(application.key, found);
  return found;
}

function note(
  notes: Set<string>,
  component: ComponentRequest,
  { query }: WeightedObjective,
  found: readonly Scores[],
): void {
  if (found.length === 0) {
    notes.add(
      `Objective "${query.name}" does not count for "${component.name}": the request gives no parameter for it`,
    );
  }
  for (const { clipped } of found) {
    if (clipped > 0)
      notes.add(`Objective "${query.name}" gave ${clipped} scores outside of 0..1; they were clipped`);
  }
}

function assessed(
  request: ComponentRequest,
  judgements: readonly Judgement[],
  objectives: readonly ScoredObjective[],
  size: number,
): AssessedComponent {
  const candidates: { readonly element: number; readonly score: number }[] = [];
  for (let element = 0; element < size; element++) {
    if (judgements.every(({ verdicts }) => verdicts[element] === SATISFIED)) {
      candidates.push({ element, score: scoreOf(objectives, element) });
    }
  }
  candidates.sort((a, b) => b.score - a.score || a.element - b.element);
  return {
    name: request.name,
    request,
    judgements,
    objectives,
    candidates: candidates.map(({ element }) => element),
    scores: candidates.map((candidate) => candidate.score),
    claims: claimsOf(judgements),
  };
}

/** What the component takes, by the property under which it is claimed. */
function claimsOf(judgements: readonly Judgement[]): Claim[] {
  const amounts = new Map<string, number>();
  for (const { application } of judgements) {
    const { query, amount } = application;
    if (query.claims === undefined || amount === undefined || amount === 0) continue;
    amounts.set(query.claims, Math.max(amount, amounts.get(query.claims) ?? 0));
  }
  return [...amounts].map(([property, amount]) => ({ property, amount }));
}

/** The smallest free amount that any judgement of a component saw, by property of the claim and element. */
export function freeAmounts(
  components: readonly AssessedComponent[],
): (property: string, element: number) => number {
  const judgements = new Map<string, Set<Judgement>>();
  for (const component of components) {
    for (const judgement of component.judgements) {
      const property = judgement.application.query.claims;
      if (property === undefined) continue;
      const known = judgements.get(property) ?? new Set();
      judgements.set(property, known.add(judgement));
    }
  }
  return (property, element) => {
    let free = Number.POSITIVE_INFINITY;
    for (const { observed } of judgements.get(property) ?? []) {
      const amount = Number(observed[element]?.value);
      free = Math.min(free, Number.isNaN(amount) ? 0 : amount);
    }
    return free;
  };
}
