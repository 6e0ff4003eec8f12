/**
 * From readings to what an orchestrator is told: a placement over HTTP, the actions of each shim for it, and
 * the news that it runs, which keeps what it took.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../src/assets.ts';
import { makeShim } from '../../src/shim/kinds.ts';
import { carryOut, planWith, type ShimDecision } from '../../src/shim/shim.ts';
import { startFakeEngine } from '../shim/fake-engine.ts';
import { checkProblem } from './door.ts';
import { Clock, removeFolder, startFabric, type TestFabric, temporaryFolder } from './harness.ts';

const SECRET = 'bruyant-quatorze';
const element = 'urn:ngsi-ld:InfrastructureElement:S:1';
const SERVICE = 'urn:ngsi-ld:Service:S';
const REQUEST = {
  service: SERVICE,
  components: [
    {
      name: 'camera',
      image: 'example/camera:1',
      ports: [{ number: 8554, protocol: 'UDP' }],
      env: [
        { name: 'MODE', value: SECRET },
        { name: 'KEY', secretRef: 'vault/key' },
      ],
      args: ['--verbose'],
      requirements: { cpuMillicores: 250, memoryBytes: 64_000_000 },
    },
    { name: 'index', image: 'example/index:2', isJob: true, requirements: { memoryBytes: 32_000_000 } },
  ],
};

interface Placed {
  readonly id: string;
  readonly allocations: readonly {
    readonly component: string;
    readonly element: { readonly id: string; readonly hostname: string };
  }[];
}

interface Action {
  readonly kind: string;
  readonly target: string;
  readonly summary: string;
  readonly manifest?: unknown;
}

describe('end to end: shims', function () {
  this.timeout(60_000);
  const clock = new Clock(new Date().toISOString());
  const folder = temporaryFolder();
  let fabric: TestFabric;

  before(async () => {
    fabric = await startFabric({ now: clock.now });
    await fabric.ingest('telemetry', {
      element,
      observedAt: clock.at(0),
      hostname: 'edge-1',
      domain: 'urn:ngsi-ld:Domain:S',
      lowLevelOrchestrator: 'urn:ngsi-ld:LowLevelOrchestrator:S:k8s',
      status: 'Ready',
      cpu: { cores: 4, usagePercent: 0 },
      memory: { capacityMegabytes: 1000, availableMegabytes: 1000 },
      containerTechnology: 'Kubernetes',
    });
    writeFileSync(join(folder, 'request.json'), JSON.stringify(REQUEST));
  });
  after(async () => {
    await fabric.close();
    removeFolder(folder);
  });

  /** What `fabric place --shim` shows. */
  const actionsOf = (shim: string): Promise<{ readonly actions: readonly Action[]; readonly text: string }> =>
    new Promise((resolve, reject) => {
      const file = join(folder, 'request.json');
      const args = ['src/cli/fabric.js', 'place', file, '--dry-run', '--shim', shim, '--url', fabric.url];
      execFile(process.execPath, args, { cwd: packageFolder }, (error, text, err) => {
        if (error) reject(new Error(`${shim}: ${err}`, { cause: error }));
        else resolve({ actions: JSON.parse(text) as Action[], text });
      });
    });

  const TOLD: readonly (readonly [shim: string, expected: readonly RegExp[]])[] = [
    ['dry-run', [/"hostname": "edge-1"/, /example\/camera:1/, /example\/index:2/]],
    ['kubernetes', [/"Deployment"/, /"Job"/, /kubernetes\.io\/hostname/, /"250m"/, /"containerPort": 8554/]],
    ['aeros-llo', [/llo\.aeros-project\.eu\/v1alpha1/, /"selectedIE"/, /"hostname": "edge-1"/]],
  ];
  for (const [shim, expected] of TOLD) {
    it(`${shim} is told what was decided, and shows no value`, async () => {
      const { actions, text } = await actionsOf(shim);
      assert.ok(actions.length >= 2 && actions.every(({ kind }) => kind === 'create'), text);
      for (const pattern of expected) assert.match(text, pattern);
      assert.match(text, new RegExp(element));
      assert.ok(!text.includes(SECRET), text);
    });
  }

  it('docker runs what was decided, converges, and confirms', async () => {
    const socketPath = join(folder, 'docker.sock');
    const engine = await startFakeEngine(socketPath);
    try {
      const answer = await fabric.send('/v1/placements', REQUEST);
      const decision = answer.json as Placed;
      assert.deepEqual(
        decision.allocations.map((allocation) => [allocation.component, allocation.element.hostname]),
        [
          ['camera', 'edge-1'],
          ['index', 'edge-1'],
        ],
      );
      const shim = makeShim('docker', {
        socketPath,
        hostnames: ['edge-1'],
        resolveSecret: (reference) => Promise.resolve(reference === 'vault/key' ? 'k' : undefined),
      });
      const toRun = toRunOf(decision);
      const { actions, outcomes } = await carryOut(shim, toRun);
      assert.deepEqual(actions.map(({ kind }) => kind).sort(), ['create', 'create']);
      assert.ok(
        outcomes.every(({ status }) => status === 'done'),
        JSON.stringify(outcomes),
      );
      const created = engine.calls.filter(({ line }) => line.includes('/containers/create'));
      assert.equal(created.length, 2);
      assert.ok(created.every(({ body }) => body.includes(decision.id)));
      assert.deepEqual(
        (await planWith(shim, toRun)).map(({ kind }) => kind),
        ['keep', 'keep'],
      );
      const path = `/v1/placements/${encodeURIComponent(decision.id)}`;
      const confirmed = await fabric.send(`${path}/confirm`, { components: ['camera'] });
      assert.equal(confirmed.status, 204, confirmed.text);
      const { allocations } = (await fabric.request(path)).json as {
        readonly allocations: readonly { readonly component: string; readonly state: string }[];
      };
      assert.deepEqual(
        allocations.map(({ component, state }) => [component, state]),
        [
          ['camera', 'confirmed'],
          ['index', 'reserved'],
        ],
      );
      const strange = await fabric.send(`${path}/confirm`, { components: ['camrea'] });
      assert.match(checkProblem(strange, 400, 'request-invalid').detail, /did you mean camera\?/);
    } finally {
      await engine.stop();
    }
  });
});

/** The decision with what its request says of each component, as a shim takes it. */
function toRunOf({ id, allocations }: Placed): ShimDecision {
  return {
    id,
    services: [SERVICE],
    allocations: allocations.map(({ component, element }) => {
      const { requirements, ...asked } = REQUEST.components.find(({ name }) => name === component)!;
      return {
        component: { ports: [], env: [], args: [], isJob: false, ...asked, ...requirements },
        element,
        service: SERVICE,
        decision: id,
      };
    }),
  };
}
