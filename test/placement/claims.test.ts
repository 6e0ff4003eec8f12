import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { confirm, draftOf, expiredClaims, nextExpiry, release } from '../../src/placement/claims.ts';
import { decisionOfKey, readDecision } from '../../src/placement/prov.ts';
import { parsePlacementRequest } from '../../src/placement/request.ts';
import { namedNode, quad, toNQuads, typed } from '../../src/rdf/terms.ts';
import { NS } from '../../src/rdf/vocab.ts';
import { graphs, NOW, placerFor, policy, World } from './world.ts';

const rules = { graphs, unmeasuredClaims: policy.unmeasuredClaims };

const TURTLE = `
  :a a aeros:InfrastructureElement ; aeros:infrastructureElementStatus aeros:ReadyInfrastructureElement ;
    cf:memoryAvailableBytes 1000 ; cf:gpuPresent true ; cf:gpuCount 1 ;
    cf:lastObservedAt "2026-01-01T12:00:00Z"^^xsd:dateTime .
`;

const request = parsePlacementRequest({
  service: 'urn:ngsi-ld:Service:s',
  idempotencyKey: 'k1',
  components: [
    { name: 'c', requirements: { memoryBytes: 600, gpuCount: 1 }, env: [{ name: 'PASS', value: 'hunter2' }] },
  ],
});

const memoryOnly = parsePlacementRequest({ components: [{ name: 'm', requirements: { memoryBytes: 600 } }] });

/** A world in which the request has been placed and written. */
async function placed() {
  const world = new World(TURTLE);
  const placer = placerFor();
  const decision = await placer.place(request, world.snapshot, NOW);
  assert.equal(decision.outcome, 'placed');
  world.apply(draftOf(decision, request, world.view, graphs));
  const free = async (now: number): Promise<boolean> => {
    const wanted = parsePlacementRequest({
      dryRun: true,
      components: [{ name: 'x', requirements: { memoryBytes: 600, freshnessSeconds: null } }],
    });
    return (await placer.place(wanted, world.snapshot, now)).outcome === 'placed';
  };
  return { world, placer, decision, free };
}

function totals(world: World): string[] {
  const { view } = world;
  const found = view.match(0, 0, 0, view.find(graphs.derived('claims')));
  const lines: string[] = [];
  for (let i = 0; i < found.length; i += 4) {
    lines.push(`${view.term(found[i + 1]!).value.replace(NS.cf, '')} ${view.term(found[i + 2]!).value}`);
  }
  return lines.sort();
}

/** The element reports again, with the load of the component in it. */
function report(world: World, at: string): void {
  const element = namedNode('urn:x:a');
  const graph = graphs.record('test', 'urn:x:a');
  const property = namedNode(`${NS.cf}lastObservedAt`);
  world.apply({
    added: [quad(element, property, typed(at, 'dateTime'), graph)],
    removed: [quad(element, property, typed('2026-01-01T12:00:00Z', 'dateTime'), graph)],
  });
}

describe('placement: claims', () => {
  it('takes what was given from what the next request sees', async () => {
    const { world, free } = await placed();
    assert.deepEqual(totals(world), ['gpuCountClaimed 1', 'memoryBytesClaimed 600']);
    assert.equal(await free(NOW), false);
  });

  it('writes nothing for a dry run', async () => {
    const world = new World(TURTLE);
    const dry = { ...request, dryRun: true };
    const decision = await placerFor().place(dry, world.snapshot, NOW);
    assert.equal(decision.outcome, 'placed');
    assert.equal(decision.expiresAt, undefined);
    assert.deepEqual(draftOf(decision, dry, world.view, graphs), { added: [], removed: [] });
  });

  it('refuses a decision that no longer holds when it is written', async () => {
    const { world, placer } = await placed();
    const early = new World(TURTLE);
    const late = await placer.place(memoryOnly, early.snapshot, NOW);
    await placer.stillHolds(memoryOnly, late, early.view, NOW);
    await assert.rejects(placer.stillHolds(memoryOnly, late, world.view, NOW), (error: unknown) => {
      assert.ok(error instanceof FabricError);
      assert.equal(error.type, 'placement-conflict');
      assert.match(error.message, /Free memory/);
      return true;
    });
    await assert.rejects(placer.stillHolds(memoryOnly, late, early.view, NOW + 61_000), /Reported recently/);
    await assert.rejects(
      placer.stillHolds(memoryOnly, late, new World('').view, NOW),
      /no infrastructure element/,
    );
  });

  it('adds up what one decision takes of one element', async () => {
    const both = parsePlacementRequest({
      components: ['m', 'n'].map((name) => ({ name, requirements: { memoryBytes: 500 } })),
    });
    const placer = placerFor();
    const decision = await placer.place(both, new World(TURTLE).snapshot, NOW);
    assert.equal(decision.outcome, 'placed');
    await placer.stillHolds(both, decision, new World(TURTLE).view, NOW);
    const less = new World(TURTLE.replace('1000', '999')).view;
    await assert.rejects(placer.stillHolds(both, decision, less, NOW), /no room/);
  });

  it('lets an unconfirmed reservation lapse at its end and not before', async () => {
    const { world, free } = await placed();
    const end = NOW + 300_000;
    assert.equal(nextExpiry(world.view, graphs), end);
    assert.deepEqual(expiredClaims(world.view, end - 1, rules), { added: [], removed: [] });
    world.apply(expiredClaims(world.view, end, rules));
    assert.deepEqual(totals(world), []);
    assert.equal(await free(end), true);
    assert.deepEqual(expiredClaims(world.view, end, rules), { added: [], removed: [] });
    assert.equal(nextExpiry(world.view, graphs), undefined);
  });

  it('keeps a confirmed claim until telemetry shows the load, and what none shows until the release', async () => {
    const { world, decision } = await placed();
    world.apply(confirm(world.view, decision.id, NOW + 10_000, graphs) ?? assert.fail());
    const end = NOW + 300_000;
    assert.deepEqual(expiredClaims(world.view, end, rules), { added: [], removed: [] }, 'not reported since');
    report(world, '2026-01-01T12:00:11Z');
    assert.deepEqual(expiredClaims(world.view, end - 1, rules), { added: [], removed: [] }, 'not ended yet');
    world.apply(expiredClaims(world.view, end, rules));
    assert.deepEqual(totals(world), ['gpuCountClaimed 1']);
    world.apply(release(world.view, decision.id, graphs) ?? assert.fail());
    assert.deepEqual(totals(world), []);
    assert.equal(readDecision(world.view, graphs, decision.id)?.allocations[0]?.state, 'released');
  });

  it('takes its claims again when an expired component turns out to run', async () => {
    const { world, decision } = await placed();
    world.apply(expiredClaims(world.view, NOW + 300_000, rules));
    world.apply(confirm(world.view, decision.id, NOW + 301_000, graphs) ?? assert.fail());
    assert.deepEqual(totals(world), ['gpuCountClaimed 1', 'memoryBytesClaimed 600']);
  });

  it('reads a decision back as it was given, with what has become of it', async () => {
    const { world, decision } = await placed();
    const stored = readDecision(world.view, graphs, decision.id);
    assert.deepEqual(stored?.decision, decision);
    assert.deepEqual(stored.allocations, [
      {
        id: `${decision.id}/allocation/c`,
        component: 'c',
        element: 'urn:x:a',
        state: 'reserved',
        liveClaims: decision.allocations[0]?.claims,
      },
    ]);
    assert.equal(decision.allocations[0]?.componentId, 'urn:ngsi-ld:Service:s:Component:c');
    assert.equal(decisionOfKey(world.view, graphs, 'k1'), decision.id);
    assert.equal(decisionOfKey(world.view, graphs, 'k2'), undefined);
    for (const unknown of [release, readDecision] as const) {
      assert.equal(
        unknown === release
          ? release(world.view, 'urn:x:none', graphs)
          : readDecision(world.view, graphs, 'urn:x:none'),
        undefined,
      );
    }
  });

  it('writes no secret', async () => {
    const { decision } = await placed();
    const { added } = draftOf(decision, request, new World(TURTLE).view, graphs);
    assert.ok(added.length > 20);
    assert.doesNotMatch(added.map(toNQuads).join('\n'), /hunter2/);
  });
});
