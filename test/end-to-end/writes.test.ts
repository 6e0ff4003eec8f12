/** What a write means: repeated, late, of one attribute, of a batch, against another source, as time passes. */
import assert from 'node:assert/strict';
import { checkProblem, entityPath } from './door.ts';
import {
  type Attributes,
  create,
  ETSI,
  entity,
  exists,
  ID,
  nextElement,
  observed,
  patch,
  value,
} from './element-writes.ts';
import { Clock, startFabric, type TestFabric } from './harness.ts';

describe('end to end: writes', function () {
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

  describe('in time', () => {
    it('a repetition changes nothing', async () => {
      const reading = { element: ID, observedAt: clock.at(0), memory: { availableMegabytes: 100 } };
      const first = await fabric.ingest('telemetry', reading);
      const before = await fabric.dump();
      const again = await fabric.ingest('telemetry', reading);
      assert.deepEqual([first.counts.accepted, again.counts.accepted, again.counts.unchanged], [1, 0, 1]);
      assert.equal(await fabric.seq(), first.seq);
      assert.deepEqual(await fabric.dump(), before);
    });

    it('an older observation never wins', async () => {
      const say = (seconds: number, megabytes: number) =>
        fabric.ingest('telemetry', {
          element: ID,
          observedAt: clock.at(seconds),
          memory: { availableMegabytes: megabytes },
        });
      await say(0, 100);
      const late = await say(-1, 50);
      assert.deepEqual([late.counts.stale, late.counts.accepted], [1, 0]);
      assert.equal(await value(fabric, 'cf:memoryAvailableBytes'), '100000000');
      assert.equal(await value(fabric, 'cf:lastObservedAt'), clock.at(0));
      await say(1, 200);
      assert.equal(await value(fabric, 'cf:memoryAvailableBytes'), '200000000');
    });

    it('each attribute has its own time', async () => {
      await create(fabric, {
        availableRam: observed(100, clock.at(-10)),
        cpuCores: observed(4, clock.at(-20)),
      });
      const answer = await patch(fabric, {
        availableRam: observed(1, clock.at(-15)), // older than what is known
        cpuCores: observed(8, clock.at(-15)), // newer
      });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers.get('fabric-outcome'), null);
      assert.equal(await value(fabric, 'cf:memoryAvailableBytes'), '100000000');
      assert.equal(await value(fabric, 'cf:cpuMillicores'), '8000');
      const stale = await patch(fabric, { cpuCores: observed(2, clock.at(-16)) });
      assert.equal(stale.headers.get('fabric-outcome'), 'stale');
      assert.equal(await value(fabric, 'cf:cpuMillicores'), '8000');
    });

    it('an observation from the future counts from its receipt', async () => {
      const { diagnostics } = await fabric.ingest('telemetry', {
        element: ID,
        observedAt: clock.at(3600),
        hostname: 'a',
      });
      assert.equal(diagnostics['time-in-future'], 1);
      assert.equal(await value(fabric, 'cf:lastObservedAt'), clock.at(0));
    });

    it('a later name of the same attribute holds, whatever the dialect', async () => {
      const sdm = {
        ...entity({ availableRam: { type: 'Property', value: 1 } }),
        '@context': 'https://smartdatamodels.org/context.jsonld',
      };
      assert.equal(
        (await fabric.send('/ngsi-ld/v1/entities', sdm, { type: 'application/ld+json' })).status,
        201,
      );
      clock.advance(1);
      assert.equal((await patch(fabric, { availableRam: { value: 2 } })).status, 204);
      assert.equal(await value(fabric, 'cf:memoryAvailableBytes'), '2000000');
      clock.advance(1);
      assert.equal((await fabric.remove(entityPath(ID, '/attrs/availableRam'))).status, 204);
      assert.equal(await value(fabric, 'cf:memoryAvailableBytes'), '1000000', 'the other one is still said');
    });

    it('a record that is not seen for its time to live goes', async () => {
      await fabric.ingest('brief', { element: ID, observedAt: clock.at(0), hostname: 'short' });
      await fabric.ingest('telemetry', { element: `${ID}-stays`, observedAt: clock.at(0), hostname: 'long' });
      clock.advance(59);
      await fabric.fabric.tick();
      assert.equal(await exists(fabric), true);
      clock.advance(2);
      await fabric.fabric.tick();
      assert.equal(await exists(fabric), false);
      assert.equal(await exists(fabric, `${ID}-stays`), true);
      await fabric.ingest('brief', { element: ID, observedAt: clock.at(0), hostname: 'back' });
      assert.equal(await value(fabric, 'cf:hostname'), 'back');
    });
  });

  describe('deletes', () => {
    it('what arrives late does not resurrect an entity, what is newer does', async () => {
      await create(fabric, { cpuCores: observed(4, clock.at(-10)) });
      assert.equal((await fabric.remove(entityPath(ID))).status, 204);
      assert.equal(await exists(fabric), false);
      const late = await fabric.ingest('ngsi-ld', entity({ cpuCores: observed(4, clock.at(-5)) }));
      assert.equal(late.counts.stale, 1);
      assert.equal(await exists(fabric), false);
      checkProblem(await patch(fabric, { cpuCores: 1 }), 404, `${ETSI}ResourceNotFound`);
      checkProblem(await fabric.remove(entityPath(ID)), 404, `${ETSI}ResourceNotFound`);
      clock.advance(1);
      assert.equal((await create(fabric, { cpuCores: observed(2, clock.at(0)) })).status, 201);
      assert.equal(await value(fabric, 'cf:cpuMillicores'), '2000');
    });

    it('a delete is remembered for its time and no longer', async () => {
      await create(fabric, { cpuCores: observed(4, clock.at(-10)) });
      await fabric.remove(entityPath(ID));
      const late = entity({ cpuCores: observed(4, clock.at(-1)) });
      clock.advance(86_399);
      await fabric.fabric.tick();
      assert.equal((await fabric.ingest('ngsi-ld', late)).counts.stale, 1);
      clock.advance(86_401);
      await fabric.fabric.tick();
      assert.equal((await fabric.ingest('ngsi-ld', late)).counts.accepted, 1);
    });

    it('takes one attribute away', async () => {
      await create(fabric, { cpuCores: 4, hostname: 'h', availableRam: 5 });
      assert.equal((await fabric.remove(entityPath(ID, '/attrs/cpuCores'))).status, 204);
      assert.equal(await value(fabric, 'cf:cpuMillicores'), undefined);
      assert.equal(await value(fabric, 'cf:hostname'), 'h');
      checkProblem(await fabric.remove(entityPath(ID, '/attrs/cpuCores')), 404, `${ETSI}ResourceNotFound`);
      assert.equal((await patch(fabric, { hostname: 'urn:ngsi-ld:null' })).status, 204);
      assert.equal(await value(fabric, 'cf:hostname'), undefined);
      assert.equal(await value(fabric, 'cf:memoryAvailableBytes'), '5000000');
    });
  });

  describe('of entities', () => {
    it('a second POST of the same id is refused', async () => {
      assert.equal((await create(fabric, { cpuCores: 4 })).status, 201);
      clock.advance(1);
      checkProblem(await create(fabric, { cpuCores: 8 }), 409, `${ETSI}AlreadyExists`);
      assert.equal(await value(fabric, 'cf:cpuMillicores'), '4000');
    });

    it('of many at once exactly one creates, and every patch counts', async () => {
      const created = await Promise.all(
        Array.from({ length: 8 }, (_, index) => create(fabric, { cpuCores: index + 1 })),
      );
      assert.deepEqual(created.map(({ status }) => status).sort(), [201, ...Array<number>(7).fill(409)]);
      const names = Array.from({ length: 40 }, (_, index) => `note${index}`);
      const patched = await Promise.all(names.map((name) => patch(fabric, { [name]: { value: name } })));
      assert.ok(patched.every(({ status }) => status === 204));
      const notes = await fabric.values(
        `SELECT ?x { <${ID}> ?p ?x FILTER(STRSTARTS(STR(?p), CONCAT(STR(ngsiDefault:), "note"))) }`,
      );
      assert.deepEqual(notes, names.sort());
    });

    for (const id of [
      'urn:x:ü/%20?q#f',
      'urn:x:a%2Fb',
      'https://host.example/e?a=1&b=2#c',
      'urn:x:\u{1f600}',
    ]) {
      it(`has an id as it is: ${id}`, async () => {
        assert.equal((await create(fabric, { hostname: 'h' }, id)).status, 201);
        assert.equal((await patch(fabric, { cpuCores: 2 }, id)).status, 204);
        assert.equal(await value(fabric, 'cf:hostname', id), 'h');
        assert.equal((await fabric.remove(entityPath(id))).status, 204);
        assert.equal(await exists(fabric, id), false);
      });
    }

    it('needs an id that is an IRI', async () => {
      for (const id of ['urn:x:1#[', 'urn:x:%zz', 'urn:x:a b', 'nothing-before-a-colon', '', 5]) {
        const answer = await fabric.send('/ngsi-ld/v1/entities', {
          id,
          type: 'InfrastructureElement',
          cpuCores: 1,
        });
        checkProblem(answer, 400, `${ETSI}BadRequestData`);
      }
    });

    it('a batch with one bad entity answers 207 and takes the others', async () => {
      const batch = [
        entity({ cpuCores: 1 }, `${ID}a`),
        entity({ cpuCores: 'many' }, `${ID}b`),
        { type: 'InfrastructureElement' },
        entity({ cpuCores: 3 }, `${ID}c`),
      ];
      const answer = await fabric.send('/ngsi-ld/v1/entityOperations/upsert', batch);
      assert.equal(answer.status, 207, answer.text);
      const { success, errors } = answer.json as {
        success: string[];
        errors: { entityId?: string; error: { type: string } }[];
      };
      assert.deepEqual(success, [`${ID}a`, `${ID}c`]);
      assert.deepEqual(
        errors.map((error) => error.entityId),
        [`${ID}b`, undefined],
      );
      assert.ok(errors.every(({ error }) => error.type === `${ETSI}BadRequestData`));
      assert.equal(await value(fabric, 'cf:cpuMillicores', `${ID}c`), '3000');
      assert.equal(await value(fabric, 'cf:cpuMillicores', `${ID}b`), undefined);
    });

    it('an upsert replaces, and with options=update merges', async () => {
      const upsert = (attributes: Attributes, options = '') =>
        fabric.send(`/ngsi-ld/v1/entityOperations/upsert${options}`, [entity(attributes)]);
      const first = await upsert({ cpuCores: 4, hostname: 'h' });
      assert.deepEqual([first.status, first.json], [201, [ID]]);
      clock.advance(1);
      assert.equal((await upsert({ cpuCores: 8 }, '?options=update')).status, 204);
      assert.equal(await value(fabric, 'cf:hostname'), 'h');
      clock.advance(1);
      assert.equal((await upsert({ cpuCores: 16 })).status, 204);
      assert.equal(await value(fabric, 'cf:hostname'), undefined);
      assert.equal(await value(fabric, 'cf:cpuMillicores'), '16000');
    });

    it('updates attributes that are there and appends those that are not', async () => {
      await create(fabric, { cpuCores: 4 });
      const partly = await fabric.send(
        entityPath(ID, '/attrs'),
        { cpuCores: 8, hostname: 'new' },
        { method: 'PATCH' },
      );
      assert.equal(partly.status, 207);
      assert.equal((partly.json as { notUpdated: unknown[] }).notUpdated.length, 1);
      assert.equal(await value(fabric, 'cf:cpuMillicores'), '8000');
      assert.equal(await value(fabric, 'cf:hostname'), undefined);
      const appended = await fabric.send(entityPath(ID, '/attrs'), { hostname: 'new' });
      assert.equal(appended.status, 204, appended.text);
      assert.equal(await value(fabric, 'cf:hostname'), 'new');
    });

    it('takes notifications as aerOS subscriptions send them', async () => {
      await create(fabric, { cpuCores: 4, hostname: 'h' });
      clock.advance(1);
      const notification = {
        id: 'urn:ngsi-ld:Notification:1',
        type: 'Notification',
        subscriptionId: 'urn:ngsi-ld:Subscription:1',
        notifiedAt: clock.at(0),
        data: [entity({ cpuCores: { type: 'Property', value: 6 } }), entity({ cpuCores: 2 }, `${ID}-new`)],
      };
      for (const path of [
        '/ngsi-ld/v1/notify',
        '/ngsi-ld/ex/v1/notify?subscriptionId=urn:ngsi-ld:Subscription:1',
      ]) {
        const answer = await fabric.send(path, notification);
        assert.equal(answer.status, 204, answer.text);
      }
      assert.equal(await value(fabric, 'cf:cpuMillicores'), '6000');
      assert.equal(await value(fabric, 'cf:hostname'), 'h');
      assert.equal(await value(fabric, 'cf:cpuMillicores', `${ID}-new`), '2000');
    });
  });
});
