/**
 * The joint placement: one element for every component, or none for any.
 *
 * Depth first with the best candidates first; a branch is cut when not even the best rest could beat the
 * worst way that is kept. Amounts of components on the same element add up. The step limit bounds the time;
 * what was found until then stands, and the answer says that the search is not complete.
 */

/** An amount that a component takes of a resource, by the number of the resource. */
export interface Demand {
  readonly resource: number;
  readonly amount: number;
}

export interface SearchComponent {
  /** Numbers of elements, best first. */
  readonly candidates: readonly number[];
  /** Score of each candidate, in the same order, not increasing. */
  readonly scores: readonly number[];
  readonly demands: readonly Demand[];
}

export interface SearchProblem {
  readonly components: readonly SearchComponent[];
  /** Free amount of a resource on an element. */
  readonly free: (resource: number, element: number) => number;
  /** How many ways to keep. */
  readonly limit: number;
  readonly stepsMax: number;
}

export interface FoundWay {
  /** Sum of the scores. */
  readonly score: number;
  /** Element of each component. */
  readonly elements: readonly number[];
}

export interface SearchResult {
  /** Best first. */
  readonly ways: readonly FoundWay[];
  readonly steps: number;
  /** Whether every branch was looked at or soundly cut. */
  readonly complete: boolean;
}

export function search(problem: SearchProblem): SearchResult {
  const { components, free, limit, stepsMax } = problem;
  // The component with the fewest candidates first: a dead end shows early.
  const order = components
    .map((_, index) => index)
    .sort((a, b) => components[a]!.candidates.length - components[b]!.candidates.length || a - b);
  const restBest = bestOfRest(components, order);
  const used = new Map<string, number>();
  const chosen = new Array<number>(components.length).fill(-1);
  const ways: FoundWay[] = [];
  let steps = 0;
  let complete = true;

  const cannotBeat = (bound: number): boolean => ways.length >= limit && bound <= ways[limit - 1]!.score;

  const keep = (sum: number): void => {
    const at = ways.findIndex((way) => way.score < sum);
    ways.splice(at < 0 ? ways.length : at, 0, { score: sum, elements: [...chosen] });
    if (ways.length > limit) ways.pop();
  };

  const take = (element: number, demands: readonly Demand[], sign: 1 | -1): void => {
    for (const { resource, amount } of demands) {
      const key = `${resource} ${element}`;
      used.set(key, (used.get(key) ?? 0) + sign * amount);
    }
  };

  const fits = (element: number, demands: readonly Demand[]): boolean =>
    demands.every(
      ({ resource, amount }) => (used.get(`${resource} ${element}`) ?? 0) + amount <= free(resource, element),
    );

  const descend = (depth: number, sum: number): void => {
    if (depth === order.length) {
      keep(sum);
      return;
    }
    const index = order[depth]!;
    const { candidates, scores, demands } = components[index]!;
    for (let i = 0; i < candidates.length; i++) {
      const next = sum + scores[i]!;
      if (cannotBeat(next + restBest[depth + 1]!)) return;
      if (++steps > stepsMax) {
        complete = false;
        return;
      }
      const element = candidates[i]!;
      if (!fits(element, demands)) continue;
      take(element, demands, 1);
      chosen[index] = element;
      descend(depth + 1, next);
      take(element, demands, -1);
      if (!complete) return;
    }
  };

  descend(0, 0);
  return { ways, steps: Math.min(steps, stepsMax), complete };
}

/** The best that the components from each depth on could score, were they alone. */
function bestOfRest(components: readonly SearchComponent[], order: readonly number[]): number[] {
  const best = new Array<number>(order.length + 1).fill(0);
  for (let depth = order.length - 1; depth >= 0; depth--) {
    best[depth] = best[depth + 1]! + (components[order[depth]!]!.scores[0] ?? 0);
  }
  return best;
}
