/** Placements over HTTP, on records that came in over HTTP: what is taken is taken, through time and restarts. */
import assert from 'node:assert/strict';
import { checkProblem } from './door.ts';
import { Clock, removeFolder, startFabric, type TestFabric, temporaryFolder } from './harness.ts';

const element = (index: number): string => `urn:ngsi-ld:InfrastructureElement:P:${index}`;
const ELEMENTS = 3;

interface Placed {
  readonly id: string;
  readonly outcome: string;
  readonly basedOn: number;
  readonly allocations: readonly { readonly element: { readonly id: string; readonly hostname: string } }[];
  readonly rejections?: readonly {
    readonly element: string;
    readonly violations: readonly {
      readonly name: string;
      readonly constraint: string;
      readonly triples: readonly string[];
    }[];
  }[];
}

describe('end to end: placement', function () {
  this.timeout(20_000);
  const clock = new Clock();
  const directory = temporaryFolder();
  let fabric: TestFabric;
  const start = (): Promise<TestFabric> => startFabric({ directory, now: clock.now });

  before(async () => {
    fabric = await start();
  });
  after(async () => {
    await fabric.close();
    removeFolder(directory);
  });

  /** Elements of 1 GB each report themselves. */
  const report = () =>
    fabric.ingest(
      'telemetry',
      Array.from({ length: ELEMENTS }, (_, index) => ({
        element: element(index),
        observedAt: clock.at(0),
        hostname: `host-${index}`,
        status: 'Ready',
        cpu: { cores: 4, usagePercent: 0 },
        memory: { capacityMegabytes: 1000, availableMegabytes: 1000 },
      })),
    );
  const place = async (
    name: string,
    extra: object = {},
    headers: Record<string, string> = {},
  ): Promise<Placed> => {
    const request = {
      service: name,
      components: [{ name: 'c', requirements: { memoryBytes: 600e6 } }],
      ...extra,
    };
    const answer = await fabric.send('/v1/placements', request, { headers });
    assert.equal(answer.status, 200, answer.text);
    return answer.json as Placed;
  };
  const where = ({ allocations }: Placed): string | undefined => allocations[0]?.element.id;
  const constraintsOf = ({ rejections = [] }: Placed): string[] =>
    [...new Set(rejections.flatMap(({ violations }) => violations.map(({ name }) => name)))].sort();

  it('never counts the same memory twice, whatever comes at once', async () => {
    await report();
    const placed = await Promise.all(Array.from({ length: 5 }, (_, index) => place(`urn:service:s${index}`)));
    const taken = placed.flatMap((decision) => where(decision) ?? []);
    assert.deepEqual(taken.sort(), [element(0), element(1), element(2)]);
    assert.deepEqual(placed.filter(({ outcome }) => outcome === 'unplaceable').length, 2);
  });

  it('says of every element why it was refused, with the triples that say so', async () => {
    const decision = await place('urn:service:why', { explain: 'full' });
    assert.equal(decision.outcome, 'unplaceable');
    assert.equal(decision.rejections?.length, ELEMENTS);
    assert.deepEqual(constraintsOf(decision).length, 1);
    const dump = await fabric.dump();
    for (const { element: id, violations } of decision.rejections) {
      const triples = violations.flatMap((violation) => violation.triples);
      assert.ok(
        triples.some((triple) => triple.startsWith(`<${id}>`)),
        'its own facts',
      );
      assert.deepEqual(
        triples.filter((triple) => !dump.includes(triple)),
        [],
        'that are in the graph',
      );
    }
  });

  it('is written down, and can be explained at its state when that is long gone', async () => {
    clock.advance(400); // the claims of before lapse
    await fabric.fabric.tick();
    await report();
    const decision = await place('urn:service:kept', { explain: 'full' });
    const id = encodeURIComponent(decision.id);
    clock.advance(10);
    await report();
    await place('urn:service:next');
    const found = await fabric.sparql(
      'SELECT ?e { GRAPH ?g { ?a cf:allocatedElement ?e ; prov:wasGeneratedBy <' + decision.id + '> } }',
    );
    assert.deepEqual(found, [{ e: where(decision) }]);
    const explained = await fabric.request(`/v1/explain/${id}`);
    assert.equal(explained.status, 200, explained.text);
    const again = explained.json as Placed;
    assert.deepEqual(
      [again.id, again.basedOn, where(again)],
      [decision.id, decision.basedOn, where(decision)],
    );
    assert.deepEqual(again.rejections, decision.rejections);
  });

  it('gives one decision for one key, also after a restart, and holds what it took', async () => {
    clock.advance(400);
    await fabric.fabric.tick();
    await report();
    const key = { 'Idempotency-Key': 'once' };
    const first = await place('urn:service:once', {}, key);
    assert.equal((await place('urn:service:once', {}, key)).id, first.id);
    await fabric.close();
    fabric = await start();
    assert.equal((await place('urn:service:once', {}, key)).id, first.id);
    const others = [
      await place('urn:service:o1'),
      await place('urn:service:o2'),
      await place('urn:service:o3'),
    ];
    assert.ok(others.every((decision) => where(decision) !== where(first)));
    assert.deepEqual(
      others.map(({ outcome }) => outcome),
      ['placed', 'placed', 'unplaceable'],
    );
    assert.equal((await fabric.remove(`/v1/placements/${encodeURIComponent(first.id)}`)).status, 204);
    assert.equal(where(await place('urn:service:o4')), where(first));
  });

  it('takes no element that did not report for a while, unless asked to', async () => {
    clock.advance(400);
    await fabric.fabric.tick();
    await report();
    assert.equal((await place('urn:service:f', { dryRun: true })).outcome, 'placed');
    clock.advance(61);
    const stale = await place('urn:service:f', { dryRun: true, explain: 'full' });
    assert.equal(stale.outcome, 'unplaceable');
    assert.deepEqual(constraintsOf(stale), ['fresh']);
    const request = { memoryBytes: 600e6, freshnessSeconds: 3600 };
    const anyway = await place('urn:service:f', {
      dryRun: true,
      components: [{ name: 'c', requirements: request }],
    });
    assert.equal(anyway.outcome, 'placed');
  });

  it('of which there is none is not found', async () => {
    checkProblem(await fabric.request('/v1/placements/urn%3Anone'), 404, 'not-found');
    checkProblem(await fabric.remove('/v1/placements/urn%3Anone'), 404, 'not-found');
  });
});
