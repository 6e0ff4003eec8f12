import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type SearchComponent, search } from '../../src/placement/search.ts';

const ELEMENTS = 4;

/** Scores of every element for a component (whole numbers, so that sums are exact) and what it takes of two resources. */
const anyComponent = fc.record({
  scores: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: ELEMENTS, maxLength: ELEMENTS }),
  isCandidate: fc.array(fc.boolean(), { minLength: ELEMENTS, maxLength: ELEMENTS }),
  amounts: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })),
});
type ModelComponent = typeof anyComponent extends fc.Arbitrary<infer T> ? T : never;

const anyFree = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 })), {
  minLength: ELEMENTS,
  maxLength: ELEMENTS,
});

function componentOf({ scores, isCandidate, amounts }: ModelComponent): SearchComponent {
  const candidates = [0, 1, 2, 3]
    .filter((element) => isCandidate[element])
    .sort((a, b) => scores[b]! - scores[a]! || a - b);
  return {
    candidates,
    scores: candidates.map((element) => scores[element]!),
    demands: amounts.map((amount, resource) => ({ resource, amount })),
  };
}

/** The scores of all ways that fit, best first, by trying every one. */
function scoresByTrying(
  components: readonly ModelComponent[],
  free: readonly (readonly [number, number])[],
): number[] {
  const [first, ...rest] = components;
  if (!first) return [0];
  const found: number[] = [];
  for (let element = 0; element < ELEMENTS; element++) {
    const [a, b] = free[element]!;
    const [takesA, takesB] = first.amounts;
    if (!first.isCandidate[element] || takesA > a || takesB > b) continue;
    const left = free.map((each, at) => (at === element ? ([a - takesA, b - takesB] as const) : each));
    for (const score of scoresByTrying(rest, left)) found.push(score + first.scores[element]!);
  }
  return found.sort((x, y) => y - x);
}

describe('search for a joint placement', () => {
  it('keeps the best ways, in order, that trying everything finds', () => {
    let contested = 0;
    fc.assert(
      fc.property(
        fc.array(anyComponent, { minLength: 1, maxLength: 4 }),
        anyFree,
        fc.integer({ min: 1, max: 5 }),
        (components, free, limit) => {
          const result = search({
            components: components.map(componentOf),
            free: (resource, element) => free[element]![resource]!,
            limit,
            stepsMax: 100_000,
          });
          const expected = scoresByTrying(components, free).slice(0, limit);
          assert.deepEqual(
            result.ways.map(({ score }) => score),
            expected,
          );
          assert.ok(result.complete);
          const greedy = components.reduce((sum, c) => sum + Math.max(0, ...componentOf(c).scores), 0);
          if (expected[0] !== undefined && expected[0] < greedy) contested++;
          for (const { elements } of result.ways) {
            for (const resource of [0, 1] as const) {
              for (const [element, amounts] of free.entries()) {
                const taken = components
                  .filter((_, i) => elements[i] === element)
                  .reduce((sum, c) => sum + c.amounts[resource], 0);
                assert.ok(taken <= amounts[resource]);
              }
            }
          }
        },
      ),
      { numRuns: 1500 },
    );
    assert.ok(contested > 50, `${contested} cases in which not every component gets its best element`);
  });

  it('keeps what it found when the steps end, and says that it is not complete', () => {
    const component = (scores: number[]): SearchComponent => ({
      candidates: [0, 1, 2],
      scores,
      demands: [{ resource: 0, amount: 1 }],
    });
    const problem = { components: [component([3, 2, 1]), component([9, 1, 0])], free: () => 1, limit: 1 };
    assert.deepEqual(search({ ...problem, stepsMax: 3 }), {
      ways: [{ score: 4, elements: [0, 1] }],
      steps: 3,
      complete: false,
    });
    assert.deepEqual(search({ ...problem, stepsMax: 100 }).ways, [{ score: 11, elements: [1, 0] }]);
  });
});
