/** The Docker shim without a daemon: plans as a table, the client's negotiation and failures, convergence. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FabricError } from '../../src/errors.ts';
import { dockerShim } from '../../src/shim/docker.ts';
import { dockerEngine, withTag } from '../../src/shim/docker-engine.ts';
import {
  type ContainerManifest,
  type ObservedContainer,
  planContainers,
} from '../../src/shim/docker-plan.ts';
import { LABEL } from '../../src/shim/naming.ts';
import { registryOf } from '../../src/shim/registry-credentials.ts';
import { reportable } from '../../src/shim/report.ts';
import type { ComponentSpec, ShimDecision } from '../../src/shim/shim.ts';
import { checkConvergence } from './contract.ts';
import { component, DOCKER_ELEMENT, decisionOf, KUBERNETES_ELEMENT, SHOP } from './decisions.ts';
import { startFakeEngine } from './fake-engine.ts';

const one = (members: Partial<ComponentSpec> = {}) => decisionOf([[component(members), DOCKER_ELEMENT]]);

function manifestOf(decision: ShimDecision, networkMode?: string): ContainerManifest {
  const [action] = planContainers(decision, [], networkMode === undefined ? {} : { networkMode });
  return action!.manifest as ContainerManifest;
}

/** The container of a decision as it would be found, with `members` different. */
function found(decision: ShimDecision, members: Partial<ObservedContainer> = {}): ObservedContainer {
  const { name, body } = manifestOf(decision);
  const labels = body['Labels'] as Readonly<Record<string, string>>;
  const spec = labels[LABEL.spec]!;
  return { name, service: SHOP, component: 'web', spec, state: 'running', exitCode: 0, ...members };
}

describe('docker shim', () => {
  const ended: ShimDecision = { id: 'end', allocations: [], services: [SHOP] };
  const job = one({ isJob: true });
  const plans: readonly (readonly [string, ShimDecision, readonly ObservedContainer[], readonly string[]])[] =
    [
      ['nothing there', one(), [], ['create']],
      ['the same runs', one(), [found(one())], ['keep']],
      ['the same runs by an earlier decision', { ...one(), id: 'later' }, [found(one())], ['keep']],
      ['it was killed', one(), [found(one(), { state: 'exited', exitCode: 137 })], ['replace']],
      ['it was never started', one(), [found(one(), { state: 'created' })], ['replace']],
      ['somebody paused it', one(), [found(one(), { state: 'paused' })], ['replace']],
      ['a component that ended well', one(), [found(one(), { state: 'exited' })], ['replace']],
      ['a job that ended well', job, [found(job, { state: 'exited' })], ['keep']],
      ['a job that failed', job, [found(job, { state: 'exited', exitCode: 1 })], ['replace']],
      ['another image', one({ image: 'b:2' }), [found(one())], ['replace']],
      ['more memory', one({ memoryBytes: 2 ** 30 }), [found(one())], ['replace']],
      ['another secret', one({ env: [{ name: 'A', secretRef: 'b' }] }), [found(one())], ['replace']],
      ['the service ended', ended, [found(one())], ['delete']],
      ['another service', ended, [found(one(), { service: 'urn:x:other' })], []],
      ['renamed', one({ name: 'shop' }), [found(one())], ['delete', 'create']],
    ];
  for (const [title, decision, observed, kinds] of plans) {
    it(`plans ${kinds.join(', ') || 'nothing'} when ${title}`, () => {
      const actions = planContainers(decision, observed);
      assert.deepEqual(
        actions.map(({ kind }) => kind),
        kinds,
      );
    });
  }

  it('runs only what belongs to its own host', () => {
    const decision = decisionOf([
      [component(), DOCKER_ELEMENT],
      [component({ name: 'other' }), KUBERNETES_ELEMENT],
    ]);
    const actions = planContainers(decision, [], { runsOn: ({ id }) => id === DOCKER_ELEMENT.id });
    assert.equal(actions.length, 1);
  });

  it('asks Docker for exactly what was decided', () => {
    const decision = one({
      ports: [{ number: 80, protocol: 'TCP' }],
      args: ['--a'],
      env: [
        { name: 'A', value: 'b=c' },
        { name: 'S', secretRef: 's' },
      ],
      cpuMillicores: 1500,
      memoryBytes: 2 ** 30,
      gpuCount: 2,
    });
    const { body, secretEnv } = manifestOf(decision);
    const { Labels: _labels, ...asked } = body;
    assert.deepEqual(asked, {
      Image: 'registry.example/web:1',
      Cmd: ['--a'],
      Env: ['A=b=c'],
      ExposedPorts: { '80/tcp': {} },
      HostConfig: {
        NetworkMode: 'bridge',
        RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 },
        PortBindings: { '80/tcp': [{ HostPort: '80' }] },
        NanoCpus: 1_500_000_000,
        Memory: 2 ** 30,
        DeviceRequests: [{ Count: 2, Capabilities: [['gpu']] }],
      },
    });
    assert.deepEqual(secretEnv, { S: 's' });
    const shown = JSON.stringify(reportable(planContainers(decision, []), []));
    assert.ok(!shown.includes('b=c') && shown.includes('A=***'));
  });

  it('publishes no port where the network has none, or nobody shall reach it', () => {
    const ports = [{ number: 80, protocol: 'TCP' }];
    for (const [exposePorts, mode] of [
      [false, 'bridge'],
      [true, 'host'],
      [true, 'none'],
    ] as const) {
      const host = manifestOf(one({ ports, exposePorts }), mode).body['HostConfig'] as Record<
        string,
        unknown
      >;
      assert.deepEqual(host['PortBindings'], {});
    }
  });

  it('knows the registry and the tag of an image', () => {
    const images: readonly (readonly [string, string, string])[] = [
      ['nginx', 'docker.io', 'nginx:latest'],
      ['team/app:1', 'docker.io', 'team/app:1'],
      ['registry.example/app', 'registry.example', 'registry.example/app:latest'],
      ['localhost:5000/a/b', 'localhost:5000', 'localhost:5000/a/b:latest'],
      ['a/b@sha256:00', 'docker.io', 'a/b@sha256:00'],
    ];
    for (const [image, registry, tagged] of images) {
      assert.deepEqual([registryOf(image), withTag(image)], [registry, tagged]);
    }
  });
});

describe('docker client', () => {
  let folder = '';
  let next = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fabric-engine-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });
  const socket = () => join(folder, `${next++}.sock`);

  const versions: readonly (readonly [string, string, string])[] = [
    ['1.41', '1.12', '1.41'],
    ['1.40', '1.12', '1.40'],
    ['1.99', '1.44', '1.51'],
    ['1.39', '1.12', 'not-supported'],
    ['1.99', '1.60', 'not-supported'],
  ];
  for (const [ApiVersion, MinAPIVersion, chosen] of versions) {
    it(`speaks ${chosen} with a daemon of ${MinAPIVersion} to ${ApiVersion}`, async () => {
      const socketPath = socket();
      const fake = await startFakeEngine(socketPath, { ApiVersion, MinAPIVersion });
      const version = await dockerEngine({ socketPath })
        .version()
        .catch((thrown: unknown) => (thrown as FabricError).type);
      await fake.stop();
      assert.equal(version, chosen);
    });
  }

  it('negotiates once, and again after a daemon that was down', async () => {
    const socketPath = socket();
    const engine = dockerEngine({ socketPath });
    await assert.rejects(
      engine.version(),
      (thrown: unknown) => thrown instanceof FabricError && thrown.type === 'unreachable',
    );
    const fake = await startFakeEngine(socketPath);
    await engine.call({ method: 'GET', path: '/containers/json' });
    await engine.call({ method: 'GET', path: '/containers/json' });
    await fake.stop();
    assert.deepEqual(
      fake.calls.map(({ line }) => line),
      ['GET /version', 'GET /v1.41/containers/json', 'GET /v1.41/containers/json'],
    );
  });

  it('finds the failure of a pull in its stream, and sends credentials in the header only', async () => {
    const socketPath = socket();
    const fake = await startFakeEngine(socketPath);
    const body = '{"status":"Pulling"}\n{"errorDetail":{},"error":"manifest unknown"}\n';
    fake.answers.set('POST /images/create', { status: 200, body });
    const login = { username: 'puller', password: 'correct-horse' };
    await assert.rejects(
      dockerEngine({ socketPath }).pull('registry.example/app', login),
      (thrown: unknown) =>
        thrown instanceof FabricError &&
        thrown.type === 'shim-failed' &&
        thrown.message === 'Docker cannot pull registry.example/app: manifest unknown',
    );
    await fake.stop();
    const call = fake.calls.at(-1)!;
    assert.equal(call.line, 'POST /v1.41/images/create?fromImage=registry.example%2Fapp%3Alatest');
    const header = String(call.headers['x-registry-auth']);
    assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString('utf8')), login);
  });

  it('gives up on a daemon that does not answer in time', async () => {
    const socketPath = socket();
    const { createServer } = await import('node:net');
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(socketPath, resolve));
    await assert.rejects(
      dockerEngine({ socketPath, deadlineMs: 50 }).version(),
      (thrown: unknown) => thrown instanceof FabricError && thrown.type === 'unreachable',
    );
    mute.close();
  });

  it('repeats the message of the daemon', async () => {
    const socketPath = socket();
    const fake = await startFakeEngine(socketPath);
    fake.answers.set('POST /containers/create', {
      status: 400,
      body: '{"message":"invalid reference format"}',
    });
    const shim = dockerShim({ socketPath, settleMs: 0 });
    const [outcome] = await shim.apply(shim.plan(one(), []));
    await fake.stop();
    assert.ok(outcome?.status === 'failed');
    assert.equal(
      outcome.problem.message,
      'Docker refused POST /containers/create (400): invalid reference format',
    );
  });

  const fakes: { stop(): Promise<void> }[] = [];
  after(() => Promise.all(fakes.map((fake) => fake.stop())));
  checkConvergence(
    'docker on a simulated daemon',
    async () => {
      const socketPath = socket();
      fakes.push(await startFakeEngine(socketPath));
      const resolveSecret = (reference: string) => Promise.resolve(`value of ${reference}`);
      return dockerShim({ socketPath, resolveSecret, settleMs: 0 });
    },
    15,
  );
});
