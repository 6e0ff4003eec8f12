import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type NetworkLink, Topology, TopologyView } from '../../src/view/topology.ts';
import { World } from './world.ts';

const link = (from: string, to: string, latencyMs: number, bidirectional = true): NetworkLink => ({
  id: `${from}-${to}-${latencyMs}`,
  from,
  to,
  latencyMs,
  bidirectional,
});

describe('topology', () => {
  it('finds the shortest paths, as Floyd and Warshall do', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const anyLink = fc
      .tuple(
        fc.constantFrom(...names),
        fc.constantFrom(...names),
        fc.integer({ min: 0, max: 50 }),
        fc.boolean(),
      )
      .map(([from, to, tenths, both]) => link(from, to, tenths / 10, both));
    let reached = 0;
    fc.assert(
      fc.property(fc.array(anyLink, { maxLength: 10 }), (links) => {
        const distance = new Map<string, number>(names.map((name) => [`${name}${name}`, 0]));
        const offer = (key: string, tenths: number): void => {
          distance.set(key, Math.min(tenths, distance.get(key) ?? Number.POSITIVE_INFINITY));
        };
        for (const { from, to, latencyMs, bidirectional } of links) {
          offer(from + to, Math.round(latencyMs * 10));
          if (bidirectional) offer(to + from, Math.round(latencyMs * 10));
        }
        for (const k of names)
          for (const i of names)
            for (const j of names) {
              const through = (distance.get(i + k) ?? Infinity) + (distance.get(k + j) ?? Infinity);
              if (through < Infinity) offer(i + j, through);
            }
        const topology = new Topology(links, new Map());
        for (const i of names)
          for (const j of names) {
            const route = topology.route({ id: i }, { id: j });
            assert.equal(
              route === undefined ? undefined : Math.round(route.latencyMs * 10),
              distance.get(i + j),
            );
            if (route && i !== j) reached++;
            const sum = route?.links.reduce(
              (total, id) => total + (links.find((each) => each.id === id)?.latencyMs ?? NaN),
              0,
            );
            assert.ok(
              route === undefined || Math.abs((sum ?? NaN) - route.latencyMs) < 1e-9,
              'the links make up the path',
            );
          }
      }),
      { numRuns: 200 },
    );
    assert.ok(reached > 500);
  });

  it('puts an element at the place of its domain unless it states links of its own there', () => {
    const links = [link('d1', 'd2', 5), link('gateway', 'd1', 3)];
    const topology = new Topology(links, new Map([['gateway', 'd1']]));
    assert.equal(topology.route({ id: 'plain', domain: 'd1' }, { id: 'd2' })?.latencyMs, 5);
    assert.equal(topology.route({ id: 'gateway', domain: 'd1' }, { id: 'd2' })?.latencyMs, 8);
    assert.equal(topology.route({ id: 'd2' }, { id: 'plain', domain: 'd1' })?.latencyMs, 5);
    assert.equal(topology.route({ id: 'plain', domain: 'd1' }, { id: 'd1' })?.latencyMs, 0);
    assert.equal(topology.route({ id: 'lost', domain: 'd9' }, { id: 'd1' }), undefined);
    assert.equal(topology.route({ id: 'nowhere' }, { id: 'd1' }), undefined);
  });

  it('reads links from the graph and leaves out what does not state both ends and a latency', () => {
    const world = new World(`
      :l1 a cf:NetworkLink ; cf:linkFrom :d1 ; cf:linkTo :d2 ; cf:latencyMs 1.25 ; cf:bandwidthBitsPerSecond 1000 .
      :l2 a cf:NetworkLink ; cf:linkFrom :d2 ; cf:linkTo :d3 ; cf:latencyMs 2 ; cf:bidirectional false .
      :l3 a cf:NetworkLink ; cf:linkFrom :d3 ; cf:linkTo :d4 .
      :l4 a cf:NetworkLink ; cf:linkFrom :d3 ; cf:linkTo :d4 ; cf:latencyMs -1 .
      :l5 a cf:NetworkLink ; cf:linkFrom :d3 ; cf:linkTo :d4 ; cf:latencyMs 1 , 2 .
    `);
    const topology = new TopologyView().at(world.view);
    const route = (from: string, to: string) =>
      topology.route({ id: `urn:x:${from}` }, { id: `urn:x:${to}` });
    assert.deepEqual(route('d1', 'd3'), { latencyMs: 3.25, links: ['urn:x:l1', 'urn:x:l2'] });
    assert.deepEqual(route('d2', 'd1'), { latencyMs: 1.25, links: ['urn:x:l1'] });
    assert.equal(route('d3', 'd2'), undefined);
    assert.equal(route('d3', 'd4'), undefined);
  });

  it('is built anew when links have changed, and only then', () => {
    const world = new World(':l1 a cf:NetworkLink ; cf:linkFrom :d1 ; cf:linkTo :d2 ; cf:latencyMs 1 .');
    const views = new TopologyView();
    const first = views.at(world.view);
    world.apply(new World(':e a aeros:InfrastructureElement .').snapshotDelta());
    assert.equal(views.at(world.view), first);
    world.apply(
      new World(':l2 a cf:NetworkLink ; cf:linkFrom :d2 ; cf:linkTo :d3 ; cf:latencyMs 1 .').snapshotDelta(),
    );
    assert.notEqual(views.at(world.view), first);
    assert.equal(views.at(world.view).route({ id: 'urn:x:d1' }, { id: 'urn:x:d3' })?.latencyMs, 2);
  });
});
