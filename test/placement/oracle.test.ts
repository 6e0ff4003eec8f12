import assert from 'node:assert/strict';
import fc from 'fast-check';
import { confirm, draftOf, expiredClaims, release } from '../../src/placement/claims.ts';
import { parsePlacementRequest } from '../../src/placement/request.ts';
import { graphs, NOW, placerFor, policy, World } from './world.ts';

/** What the model knows of an element; undefined: the graph does not state it. */
interface ModelElement {
  readonly memory: number | undefined;
  readonly cpu: number | undefined;
  readonly usagePercent: number | undefined;
  readonly gpus: number | undefined;
  readonly trustPercent: number | undefined;
  readonly tier: 'Edge' | 'Cloud' | undefined;
  readonly ageSeconds: number | undefined;
}

interface ModelComponent {
  readonly memoryBytes?: number;
  readonly cpuMillicores?: number;
  readonly gpuCount?: number;
  readonly trustPercent?: number;
  readonly tiers?: ('Edge' | 'Cloud')[];
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 20 });

const anyElement: fc.Arbitrary<ModelElement> = fc.record({
  memory: maybe(fc.integer({ min: 0, max: 12 })),
  cpu: maybe(fc.constantFrom(0, 1000, 2000)),
  usagePercent: maybe(fc.integer({ min: 0, max: 70 })),
  gpus: maybe(fc.integer({ min: 0, max: 2 })),
  trustPercent: maybe(fc.integer({ min: 0, max: 100 })),
  tier: maybe(fc.constantFrom('Edge', 'Cloud')),
  ageSeconds: maybe(fc.constantFrom(0, 30, 59, 60, 60, 60, 61)),
});

const anyComponent: fc.Arbitrary<ModelComponent> = fc.record(
  {
    memoryBytes: fc.integer({ min: 0, max: 6 }),
    cpuMillicores: fc.constantFrom(100, 300, 900),
    gpuCount: fc.constantFrom(1, 1, 1, 2),
    trustPercent: fc.integer({ min: 0, max: 25 }),
    tiers: fc.constantFrom<('Edge' | 'Cloud')[]>(['Edge'], ['Edge', 'Cloud']),
  },
  { requiredKeys: [] },
);

function turtleOf(elements: readonly ModelElement[]): string {
  return elements
    .map((e, i) => {
      const facts = [
        e.memory !== undefined && `cf:memoryAvailableBytes ${e.memory}`,
        e.cpu !== undefined && `cf:cpuMillicores ${e.cpu}`,
        e.usagePercent !== undefined && `cf:cpuUsageRatio ${(e.usagePercent / 100).toFixed(2)}`,
        e.gpus !== undefined && `cf:gpuPresent ${e.gpus > 0} ; cf:gpuCount ${e.gpus}`,
        e.trustPercent !== undefined && `cf:trustScore ${(e.trustPercent / 100).toFixed(2)}`,
        e.tier !== undefined && `aeros:infrastructureElementTier aeros:${e.tier}Tier`,
        e.ageSeconds !== undefined &&
          `cf:lastObservedAt "${new Date(NOW - e.ageSeconds * 1000).toISOString()}"^^xsd:dateTime`,
      ].filter((fact) => fact !== false);
      return [
        `:e${i} a aeros:InfrastructureElement ; aeros:infrastructureElementStatus aeros:ReadyInfrastructureElement`,
        ...facts,
      ].join(' ; ');
    })
    .map((text) => `${text} .\n`)
    .join('');
}

const requestOf = (components: readonly ModelComponent[]) =>
  parsePlacementRequest({
    weights: { trust: 1 },
    components: components.map(({ trustPercent, ...rest }, i) => ({
      name: `c${i}`,
      requirements: { ...rest, ...(trustPercent === undefined ? {} : { trustScoreMin: trustPercent / 100 }) },
    })),
  });

/** Free amounts by element and resource, as the model sees them. */
type Free = Record<'memoryBytes' | 'cpuMillicores' | 'gpuCount', number | undefined>[];

const RESOURCES = ['memoryBytes', 'cpuMillicores', 'gpuCount'] as const;

function freeOf(elements: readonly ModelElement[]): Free {
  return elements.map((e) => ({
    memoryBytes: e.memory,
    // Integer arithmetic: usage in percent.
    cpuMillicores:
      e.cpu === undefined || e.usagePercent === undefined
        ? undefined
        : Math.floor((e.cpu * (100 - e.usagePercent)) / 100),
    gpuCount: e.gpus,
  }));
}

function fits(e: ModelElement, free: Free[number], c: ModelComponent): boolean {
  if (e.ageSeconds === undefined || e.ageSeconds > 60) return false;
  if (c.trustPercent !== undefined && !(e.trustPercent !== undefined && e.trustPercent >= c.trustPercent))
    return false;
  if (c.tiers && !(e.tier !== undefined && c.tiers.includes(e.tier))) return false;
  return RESOURCES.every((resource) => {
    const wanted = c[resource];
    const there = free[resource];
    return wanted === undefined || (there !== undefined && wanted <= there);
  });
}

/** The best sum of trust over all ways to place all components, by trying every one of them. */
function bestByTrying(
  elements: readonly ModelElement[],
  free: Free,
  components: readonly ModelComponent[],
): number | undefined {
  const [first, ...rest] = components;
  if (!first) return 0;
  let best: number | undefined;
  for (const [i, e] of elements.entries()) {
    if (!fits(e, free[i]!, first)) continue;
    const left = free.map((amounts, at) => (at === i ? less(amounts, first) : amounts));
    const others = bestByTrying(elements, left, rest);
    if (others === undefined) continue;
    const sum = others + (e.trustPercent ?? 0);
    if (best === undefined || sum > best) best = sum;
  }
  return best;
}

function less(amounts: Free[number], c: ModelComponent): Free[number] {
  const left = { ...amounts };
  for (const resource of RESOURCES) {
    const [wanted, there] = [c[resource], left[resource]];
    if (wanted !== undefined && there !== undefined) left[resource] = there - wanted;
  }
  return left;
}

describe('placement against an oracle that tries everything', () => {
  it('finds the best way that breaks no constraint and oversells nothing, or none where there is none', async () => {
    let placed = 0;
    let unplaceable = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyElement, { minLength: 4, maxLength: 6 }),
        fc.array(anyComponent, { minLength: 1, maxLength: 3 }),
        async (elements, components) => {
          const decision = await placerFor().place(
            requestOf(components),
            new World(turtleOf(elements)).snapshot,
            NOW,
          );
          const best = bestByTrying(elements, freeOf(elements), components);
          assert.ok(decision.search.complete);
          assert.equal(decision.outcome, best === undefined ? 'unplaceable' : 'placed');
          if (best === undefined) {
            unplaceable++;
            return;
          }
          placed++;
          let free = freeOf(elements);
          for (const [i, component] of components.entries()) {
            const at = Number(decision.allocations[i]?.element.id.replace('urn:x:e', ''));
            assert.ok(fits(elements[at]!, free[at]!, component), `c${i} on e${at}`);
            free = free.map((amounts, e) => (e === at ? less(amounts, component) : amounts));
          }
          assert.ok(
            Math.abs(decision.score * components.length - best / 100) < 1e-9,
            'the score is the best',
          );
        },
      ),
      { numRuns: 300, unbiased: true },
    );
    assert.ok(
      placed > 40 && unplaceable > 40,
      `${placed} placed, ${unplaceable} not: the cases say too little`,
    );
  }).timeout(60_000);

  it('never oversells over a sequence of decisions, confirmations, releases and expiries', async () => {
    const anyStep = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('place' as const), component: anyComponent }) },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constantFrom('confirm' as const, 'release' as const),
          which: fc.nat(),
        }),
      },
      { weight: 1, arbitrary: fc.constant({ kind: 'expire' as const }) },
    );
    const rules = { graphs, unmeasuredClaims: policy.unmeasuredClaims };
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyElement, { minLength: 1, maxLength: 3 }),
        fc.array(anyStep, { minLength: 3, maxLength: 14 }),
        async (elements, steps) => {
          const world = new World(turtleOf(elements));
          const placer = placerFor();
          const start = freeOf(elements);
          /** What is held, as the model keeps it: the element and the amounts of each decision. */
          const held = new Map<string, { at: number; component: ModelComponent; confirmed: boolean }>();
          const decisions: string[] = [];
          for (const step of steps) {
            if (step.kind === 'place') {
              const request = requestOf([step.component]);
              const decision = await placer.place(request, world.snapshot, NOW);
              let free = start;
              for (const { at, component } of held.values()) {
                free = free.map((amounts, e) => (e === at ? less(amounts, component) : amounts));
              }
              const best = bestByTrying(elements, free, [step.component]);
              assert.equal(decision.outcome, best === undefined ? 'unplaceable' : 'placed');
              if (decision.outcome === 'unplaceable') refused++;
              await placer.stillHolds(request, decision, world.view, NOW);
              world.apply(draftOf(decision, request, world.view, graphs));
              const at = Number(decision.allocations[0]?.element.id.replace('urn:x:e', ''));
              if (decision.outcome === 'placed') {
                held.set(decision.id, { at, component: step.component, confirmed: false });
                decisions.push(decision.id);
              }
            } else if (step.kind === 'expire') {
              world.apply(expiredClaims(world.view, NOW + 300_000, rules));
              // No element has reported since: what was confirmed stays.
              for (const [id, { confirmed }] of held) if (!confirmed) held.delete(id);
            } else if (decisions.length > 0) {
              const id = decisions[step.which % decisions.length]!;
              const entry = held.get(id);
              if (step.kind === 'release') {
                world.apply(release(world.view, id, graphs) ?? assert.fail());
                held.delete(id);
              } else if (entry) {
                world.apply(confirm(world.view, id, NOW + 1000, graphs) ?? assert.fail());
                held.set(id, { ...entry, confirmed: true });
              }
            }
          }
        },
      ),
      { numRuns: 120 },
    );
    assert.ok(refused > 20, `${refused} refusals: the cases say too little`);
  }).timeout(60_000);
});
