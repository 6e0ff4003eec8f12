/** Two sources about one fact: who is heard, who waits, and who steps forward. */
import assert from 'node:assert/strict';
import { entityPath } from './door.ts';
import { create, ID, nextElement, observed, patch, value } from './element-writes.ts';
import { Clock, startFabric, type TestFabric } from './harness.ts';

describe('end to end: conflicts', function () {
  this.timeout(20_000);
  let fabric: TestFabric;
  const clock = new Clock();
  beforeEach(nextElement);
  before(async () => {
    fabric = await startFabric({
      now: clock.now,
      config: {
        sources: [
          {
            kind: 'http',
            name: 'probe',
            mapping: 'telemetry',
            key: 'element',
            observedAt: 'observedAt',
            precedence: 10,
          },
          { kind: 'http', name: 'meter', mapping: 'telemetry', key: 'element', observedAt: 'observedAt' },
          {
            kind: 'http',
            name: 'brief',
            mapping: 'telemetry',
            key: 'element',
            observedAt: 'observedAt',
            ttlSeconds: 60,
          },
        ],
      },
    });
  });
  after(() => fabric.close());

  describe('of two sources about one fact', () => {
    const say = (source: string, seconds: number, hostname: string) =>
      fabric.ingest(source, { element: ID, observedAt: clock.at(seconds), hostname });
    /** Waiting statements, by the graph that holds them. */
    const shadows = () =>
      fabric.values(
        `SELECT ?x { GRAPH ?g { <${ID}> cf:hostname ?x } FILTER(CONTAINS(STR(?g), "/shadow/")) }`,
      );

    it('the source of higher precedence wins, whenever it spoke', async () => {
      await say('meter', 0, 'by-meter');
      await say('probe', -100, 'by-probe');
      assert.equal(await value(fabric, 'cf:hostname'), 'by-probe');
      assert.deepEqual(await shadows(), ['by-meter']);
      await say('meter', 10, 'by-meter-again');
      assert.equal(await value(fabric, 'cf:hostname'), 'by-probe');
      assert.deepEqual(await shadows(), ['by-meter-again']);
    });

    it('of equal precedence the later observation wins', async () => {
      await say('meter', 0, 'by-meter');
      await say('telemetry', -5, 'earlier');
      assert.equal(await value(fabric, 'cf:hostname'), 'by-meter');
      await say('telemetry', 5, 'later');
      assert.equal(await value(fabric, 'cf:hostname'), 'later');
      assert.deepEqual(await shadows(), ['by-meter']);
      await say('meter', 6, 'latest');
      assert.equal(await value(fabric, 'cf:hostname'), 'latest');
      assert.deepEqual(await shadows(), ['later']);
    });

    it('the one that waits steps forward when the winner goes, by the order of all that wait', async () => {
      await create(fabric, { hostname: { type: 'Property', value: 'by-entity', observedAt: clock.at(30) } });
      await say('meter', 0, 'by-meter');
      await say('brief', 20, 'by-brief');
      await say('probe', -100, 'by-probe');
      assert.deepEqual(await shadows(), ['by-brief', 'by-entity', 'by-meter']);
      // the winner says nothing of it any more
      await fabric.ingest('probe', { element: ID, observedAt: clock.at(1), cpu: { cores: 2 } });
      assert.equal(await value(fabric, 'cf:hostname'), 'by-entity');
      clock.advance(40);
      await fabric.remove(entityPath(ID));
      assert.equal(await value(fabric, 'cf:hostname'), 'by-brief');
      clock.advance(61);
      await fabric.fabric.tick();
      assert.equal(await value(fabric, 'cf:hostname'), 'by-meter');
      assert.deepEqual(await shadows(), []);
    });

    it('a later word about something else makes no old fact newer', async () => {
      await fabric.ingest('telemetry', {
        element: ID,
        observedAt: clock.at(0),
        hostname: 'old',
        cpu: { cores: 1 },
      });
      await create(fabric, { cpuCores: observed(3, clock.at(1)) });
      await say('meter', 10, 'new');
      assert.equal(await value(fabric, 'cf:hostname'), 'new');
      await fabric.ingest('telemetry', {
        element: ID,
        observedAt: clock.at(20),
        memory: { availableMegabytes: 1 },
      });
      assert.equal(await value(fabric, 'cf:hostname'), 'new');
      assert.equal(await value(fabric, 'cf:cpuMillicores'), '3000');
      await patch(fabric, { trustScore: observed(0.5, clock.at(30)) });
      assert.equal(await value(fabric, 'cf:lastObservedAt'), clock.at(30));
      // the same word again, later, is newer
      await fabric.ingest('telemetry', { element: ID, observedAt: clock.at(40), hostname: 'old' });
      assert.equal(await value(fabric, 'cf:hostname'), 'old');
      assert.equal(await value(fabric, 'cf:cpuMillicores'), '3000');
    });

    it('facts that are no rivals are both there', async () => {
      await say('meter', 0, 'h');
      await fabric.ingest('probe', { element: ID, observedAt: clock.at(0), cpu: { cores: 2 } });
      assert.equal(await value(fabric, 'cf:hostname'), 'h');
      assert.equal(await value(fabric, 'cf:cpuMillicores'), '2000');
    });
  });
});
