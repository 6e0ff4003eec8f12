/** The life of a placement over HTTP: claims that hold, lapse and go, keys, PROV, policy files, retention. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkProblem, type Problem } from './door.ts';
import { Clock, filesBelow, removeFolder, startFabric, type TestFabric, temporaryFolder } from './harness.ts';

const DAY_SECONDS = 86_400;
const element = (index: number): string => `urn:ngsi-ld:InfrastructureElement:L:${index}`;

interface Placed {
  readonly id: string;
  readonly outcome: string;
  readonly basedOn: number;
  readonly expiresAt?: string;
  readonly allocations: readonly {
    readonly element: { readonly id: string };
    readonly shares: readonly { readonly objective: string }[];
  }[];
}

describe('end to end: the life of a placement', function () {
  this.timeout(60_000);
  let clock: Clock;
  let directory: string;
  let fabric: TestFabric;
  const config = (): Readonly<Record<string, unknown>> => ({
    placement: { folders: [join(directory, 'policy')] },
    log: { segmentBytes: 64 * 1024, retentionBytes: 64 * 1024 },
  });
  const start = (): Promise<TestFabric> =>
    startFabric({ directory: join(directory, 'data'), now: clock.now, config: config() });

  beforeEach(async () => {
    clock = new Clock();
    directory = temporaryFolder();
    for (const kind of ['constraints', 'objectives']) {
      mkdirSync(join(directory, 'policy', kind), { recursive: true });
    }
    fabric = await start();
    await report(4);
  });
  afterEach(async () => {
    await fabric.close();
    removeFolder(directory);
  });

  /** Elements of 2 cores and 1 GB each report themselves. */
  const report = (count: number) =>
    fabric.ingest(
      'telemetry',
      Array.from({ length: count }, (_, index) => ({
        element: element(index),
        observedAt: clock.at(0),
        hostname: `host-${index}`,
        status: 'Ready',
        cpu: { cores: 2, usagePercent: 25 },
        memory: { capacityMegabytes: 1000, availableMegabytes: 1000 },
        trustScore: 0.5,
      })),
    );
  const later = async (seconds: number): Promise<void> => {
    clock.advance(seconds);
    await fabric.fabric.tick();
    await report(4);
  };
  const requestOf = (service: string, extra: object = {}, requirements: object = {}) => ({
    service: `urn:service:${service}`,
    components: [{ name: 'c', requirements: { memoryBytes: 600e6, ...requirements } }],
    ...extra,
  });
  const send = (body: unknown, headers: Record<string, string> = {}) =>
    fabric.send('/v1/placements', body, { headers });
  const place = async (service: string, extra: object = {}, requirements: object = {}): Promise<Placed> => {
    const answer = await send(requestOf(service, extra, requirements));
    assert.equal(answer.status, 200, answer.text);
    return answer.json as Placed;
  };
  const at = ({ id }: Placed, below = ''): string => `/v1/placements/${encodeURIComponent(id)}${below}`;
  const claimed = (): Promise<string[]> => fabric.values('SELECT ?x { ?e cf:memoryBytesClaimed ?x }');

  it('claims nothing in a dry run', async () => {
    const before = await fabric.dump();
    const dry = await place('dry', { dryRun: true });
    assert.equal(dry.outcome, 'placed');
    assert.equal(dry.expiresAt, undefined);
    assert.deepEqual(await fabric.dump(), before);
    checkProblem(await fabric.request(at(dry)), 404, 'not-found');
  });

  it('never oversells, whatever comes at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        send({
          service: `urn:service:many-${index}`,
          components: [
            { name: 'a', requirements: { memoryBytes: 150e6 + (index % 5) * 50e6, cpuMillicores: 200 } },
            { name: 'b', requirements: { memoryBytes: 50e6, cpuMillicores: 100 + (index % 3) * 100 } },
          ],
        }),
      ),
    );
    for (const { status, text } of answers) assert.ok(status === 200 || status === 409, text);
    const placed = answers.filter(({ json }) => (json as Placed).outcome === 'placed').length;
    assert.ok(placed >= 8 && placed < 50, `${placed} placed`);
    const oversold = await fabric.values(`SELECT ?x WHERE {
      { SELECT ?x (SUM(?m) AS ?memory) (SUM(?c) AS ?cpu) WHERE {
          GRAPH ?g { ?a cf:allocatedElement ?x ; cf:memoryBytesClaimed ?m ; cf:cpuMillicoresClaimed ?c } } GROUP BY ?x }
      ?x cf:memoryAvailableBytes ?free ; cf:cpuMillicores ?all ; cf:cpuUsageRatio ?used .
      FILTER(?memory > ?free || ?cpu > ?all * (1 - ?used))
    }`);
    assert.deepEqual(oversold, []);
    // The totals that constraints read are the sums of what allocations hold.
    const wrong = await fabric.values(`SELECT ?x WHERE {
      { SELECT ?x (SUM(?m) AS ?sum) WHERE { GRAPH ?g { ?a cf:allocatedElement ?x ; cf:memoryBytesClaimed ?m } } GROUP BY ?x }
      ?x cf:memoryBytesClaimed ?total . FILTER(?sum != ?total)
    }`);
    assert.deepEqual(wrong, []);
    assert.equal((await fabric.sparql('SELECT ?e { ?e cf:memoryBytesClaimed ?x }')).length, 4);
  });

  it('frees what lapses, keeps what runs, and gives back what is released', async () => {
    const [lapsing, running, released] = [await place('a'), await place('b'), await place('c')];
    assert.equal((await claimed()).length, 3);
    assert.equal((await fabric.request(at(running, '/confirm'), { method: 'POST' })).status, 204);
    assert.equal((await fabric.remove(at(released))).status, 204);
    assert.equal((await claimed()).length, 2);
    clock.advance(301);
    await fabric.fabric.tick();
    // Nothing has been reported since: what runs is not in the telemetry yet.
    const held = await fabric.sparql('SELECT ?e ?x { ?e cf:memoryBytesClaimed ?x }');
    assert.deepEqual(held, [{ e: running.allocations[0]?.element.id, x: '600000000' }]);
    const states = await Promise.all(
      [lapsing, running, released].map(
        async (decision) =>
          (
            (await fabric.request(at(decision))).json as {
              readonly allocations: readonly { readonly state: string }[];
            }
          ).allocations[0]?.state,
      ),
    );
    assert.deepEqual(states, ['expired', 'confirmed', 'released']);
    await later(6);
    await later(6);
    assert.deepEqual(await claimed(), []);
  });

  it('gives one decision for one key, and refuses the key to another request', async () => {
    const key = { 'Idempotency-Key': 'k-1' };
    const [first, second] = await Promise.all([
      send(requestOf('once'), key),
      send(requestOf('once', { explain: 'summary' }), key),
    ]);
    const id = (first.json as Placed).id;
    assert.equal((second.json as Placed).id, id);
    assert.equal((await claimed()).length, 1);
    await fabric.close();
    fabric = await start();
    await later(DAY_SECONDS);
    assert.equal(((await send(requestOf('once', { idempotencyKey: 'k-1' }))).json as Placed).id, id);
    const problem = checkProblem(await send(requestOf('other'), key), 400, 'request-invalid');
    assert.match(problem.detail, /k-1/);
  });

  it('is PROV that SPARQL reads, and is explained where its address says', async () => {
    const decision = await place('prov', { explain: 'full' });
    const rows = await fabric.sparql(`SELECT ?element ?state ?based WHERE { GRAPH ?g {
      <${decision.id}> a prov:Activity, cf:PlacementDecision ; prov:used ?element ; cf:basedOn ?based .
      ?allocation a prov:Entity ; prov:wasGeneratedBy <${decision.id}> ; cf:allocatedElement ?element ;
        cf:allocatedComponent <urn:service:prov:Component:c> ; cf:allocationState ?state .
    } }`);
    assert.deepEqual(rows, [
      {
        element: decision.allocations[0]?.element.id,
        state: 'https://w3id.org/continuum-fabric/ns#ReservedAllocation',
        based: String(decision.basedOn),
      },
    ]);
    const short = decision.id.slice(decision.id.lastIndexOf('/') + 1);
    for (const path of [`/v1/placements/${short}`, `/v1/explain/${short}`]) {
      assert.equal((await fabric.request(path)).status, 200, path);
    }
  });

  it('can no longer be explained when the log does not reach back', async () => {
    const decision = await place('old');
    const explain = `/v1/explain/${encodeURIComponent(decision.id)}`;
    for (let round = 0; round < 40; round++) await report(4);
    assert.equal((await fabric.request(explain)).status, 200);
    for (let round = 0; (await fabric.request(explain)).status === 200; round++) {
      assert.ok(round < 100, 'the log has never let go of the past');
      clock.advance(40);
      for (let times = 0; times < 40; times++) {
        clock.advance(0.1);
        await report(4);
      }
      await fabric.close();
      fabric = await start();
    }
    checkProblem(await fabric.request(explain), 410, 'snapshot-unavailable');
    assert.equal((await fabric.request(at(decision))).status, 200);
  });

  it('takes up files that are dropped in, names a broken one, and goes on when it is mended', async () => {
    const constraint = join(directory, 'policy', 'constraints', 'not-zero.rq');
    const objective = join(directory, 'policy', 'objectives', 'last.rq');
    const text = [
      '# iri: <urn:policy#not-zero>',
      '# label: Not the first host',
      'PREFIX cf: <https://w3id.org/continuum-fabric/ns#>',
      'SELECT ?element ?observed ?satisfied WHERE {',
      '  ?element cf:hostname ?observed . BIND(?observed != "host-0" AS ?satisfied)',
      '}',
    ];
    const dry = { dryRun: true };
    const where = async (extra: object = {}) =>
      (await place('p', { ...dry, ...extra })).allocations[0]?.element.id;
    assert.equal(await where(), element(0));
    writeFileSync(constraint, text.join('\n'));
    assert.equal(await where(), element(1));
    writeFileSync(
      objective,
      [
        '# iri: <urn:policy#last>',
        '# label: The last host',
        'PREFIX cf: <https://w3id.org/continuum-fabric/ns#>',
        'SELECT ?element ?score WHERE { ?element cf:hostname ?n . BIND(IF(?n = "host-3", 1, 0) AS ?score) }',
      ].join('\n'),
    );
    assert.equal(await where({ weights: { last: 1 } }), element(3));
    const kept = await place('kept');
    writeFileSync(
      constraint,
      text.with(4, '  ?element cf:hostname ?observed . BIND(?observed !!').join('\n'),
    );
    const problem: Problem = checkProblem(await send(requestOf('p', dry)), 500, 'constraint-broken');
    assert.match(problem.detail, /not-zero\.rq, line 5/);
    assert.equal(problem.location?.line, 5);
    clock.advance(301);
    await fabric.fabric.tick();
    writeFileSync(constraint, text.join('\n'));
    await later(5);
    assert.equal(await where(), element(1));
    assert.deepEqual(await claimed(), [], `the claims of ${kept.id} lapsed late, but they did`);
    rmSync(constraint);
    assert.equal(await where(), element(0));
    // An explanation by other rules than those of the decision says so.
    const explained = await fabric.request(`/v1/explain/${encodeURIComponent(kept.id)}`);
    assert.match(JSON.stringify((explained.json as { notes: unknown }).notes), /decide otherwise/);
    // What the objective is called when it is misspelt.
    const misspelt = checkProblem(
      await send(requestOf('p', { ...dry, weights: { lats: 1 } })),
      400,
      'request-invalid',
    );
    assert.match(misspelt.detail, /last/);
  });

  it('names what a request has wrong, and the nearest right one', async () => {
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ componets: [] }, /componets: is not a member; did you mean components\?/],
      [requestOf('x', {}, { memoryByte: 1 }), /requirements\.memoryByte: .*did you mean memoryBytes\?/],
      [requestOf('x', {}, { cpuArchitecture: 'x86_46' }), /did you mean x86_64\?/],
      [requestOf('x', {}, { tiers: ['Clod'] }), /did you mean Cloud\?/],
      [requestOf('x', {}, { trustScoreMin: 2 }), /trustScoreMin/],
      [requestOf('x', {}, { latency: { too: 'urn:a', msMax: 1 } }), /did you mean to\?/],
      [requestOf('x', {}, { area: { type: 'Polygon', coordinates: [[[0, 0]]] } }), /ring/],
      [requestOf('x', { explain: 'ful' }), /explain/],
      [{ service: 'urn:service:x', components: [] }, /components/],
    ];
    for (const [request, expected] of wrong) {
      const problem = checkProblem(await send(request), 400, 'request-invalid');
      assert.match(problem.detail, expected, JSON.stringify(request));
    }
  });

  it('keeps and gives back no value of a variable', async () => {
    const secret = 'bruyant-quatorze';
    const key = { 'Idempotency-Key': 'secret' };
    const body = requestOf('s', {
      explain: 'full',
      components: [
        {
          name: 'c',
          image: 'example/app:1',
          env: [{ name: 'HARMLESS', value: secret }],
          args: ['--password', secret, `--token=${secret}`],
          requirements: { memoryBytes: 1 },
        },
      ],
    });
    const answer = await send(body, key);
    const { id } = answer.json as Placed;
    const texts = [answer.text, (await send(body, key)).text];
    for (const path of [
      at({ id } as Placed),
      `/v1/explain/${encodeURIComponent(id)}`,
      '/v1/dump',
      '/v1/changes?from=1',
    ]) {
      texts.push((await fabric.request(path)).text);
    }
    await fabric.close();
    for (const file of filesBelow(directory)) texts.push(readFileSync(file, 'latin1'));
    for (const text of texts) assert.ok(!text.includes(secret), text.slice(0, 200));
    fabric = await start();
  });

  it('forgets decisions that hold nothing when they have had their time', async () => {
    const decisions: Placed[] = [];
    for (const name of ['lapsing', 'running', 'released']) decisions.push(await place(name));
    const [lapsing, running, released] = decisions as [Placed, Placed, Placed];
    const refused = await place('refused', {}, { memoryBytes: 1e12 });
    await fabric.request(at(running, '/confirm'), { method: 'POST' });
    await fabric.remove(at(released));
    await later(29 * DAY_SECONDS);
    for (const decision of [...decisions, refused]) {
      assert.equal((await fabric.request(at(decision))).status, 200);
    }
    await later(2 * DAY_SECONDS);
    await fabric.fabric.tick();
    const statuses = await Promise.all(
      [lapsing, running, released, refused].map(async (d) => (await fabric.request(at(d))).status),
    );
    assert.deepEqual(statuses, [404, 200, 404, 404]);
    const about = (await fabric.dump()).filter((line) =>
      [lapsing, released, refused].some(({ id }) => line.includes(id)),
    );
    assert.deepEqual(about, []);
  });
});
