/**
 * The Docker shim against a real daemon: create, keep, repair, replace, move, delete, refuse.
 *
 * Where no daemon can run the suite is left out, and the reason is printed.
 */
import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { dockerShim } from '../../src/shim/docker.ts';
import { type DockerEngine, dockerEngine } from '../../src/shim/docker-engine.ts';
import { LABEL } from '../../src/shim/naming.ts';
import { type ComponentSpec, carryOut, planWith, type ShimDecision } from '../../src/shim/shim.ts';
import { leftOut } from '../data.ts';
import { component, DOCKER_ELEMENT, decisionOf, KUBERNETES_ELEMENT, SHOP } from './decisions.ts';
import { startDockerd, type TestDaemon } from './dockerd.ts';
import { startRegistry } from './registry.ts';
import { tinyRootFileSystem } from './tiny-image.ts';

const IMAGE = 'fabric-test/tiny:1';
const PASSWORD = 'correct-horse-battery';

const serve = (members: Partial<ComponentSpec> = {}) =>
  component({ image: IMAGE, args: ['/bin/program', 'serve'], ...members });

const onDocker = (...components: readonly ComponentSpec[]): ShimDecision =>
  decisionOf(components.map((spec) => [spec, DOCKER_ELEMENT] as const));

const NOTHING: ShimDecision = { id: 'urn:uuid:end', allocations: [], services: [SHOP] };

interface Container {
  readonly Id: string;
  readonly State: string;
  readonly Names: readonly string[];
}

describe('docker shim on a real daemon', function () {
  this.timeout(120_000);
  let daemon: TestDaemon | undefined;
  let engine: DockerEngine;
  let rootFileSystem: Uint8Array;

  before(async function () {
    const program = await tinyRootFileSystem();
    const started = typeof program === 'string' ? undefined : await startDockerd();
    if (typeof program === 'string' || started?.kind !== 'runs') {
      const reason = typeof program === 'string' ? program : started?.kind === 'cannot' ? started.reason : '';
      leftOut.push(`docker shim on a real daemon (${reason})`);
      console.warn(`  docker shim on a real daemon: skipped, ${reason}`);
      this.skip();
    }
    daemon = started.daemon;
    rootFileSystem = program;
    engine = dockerEngine({ socketPath: daemon.socketPath });
    await engine.call({
      method: 'POST',
      path: '/images/create',
      query: { fromSrc: '-', repo: 'fabric-test/tiny', tag: '1' },
      body: rootFileSystem,
    });
  });
  after(async () => {
    await daemon?.stop();
  });

  const shim = (options: Partial<Parameters<typeof dockerShim>[0]> = {}) =>
    dockerShim({ socketPath: daemon!.socketPath, networkMode: 'none', stopSeconds: 3, ...options });

  async function containers(): Promise<readonly Container[]> {
    const answer = await engine.call({ method: 'GET', path: '/containers/json', query: { all: '1' } });
    return JSON.parse(answer.text) as readonly Container[];
  }

  async function inspect(name: string) {
    const answer = await engine.call({ method: 'GET', path: `/containers/${name}/json` });
    return JSON.parse(answer.text) as {
      readonly Config: { readonly Env: readonly string[]; readonly Labels: Readonly<Record<string, string>> };
      readonly HostConfig: { readonly NanoCpus: number; readonly Memory: number };
      readonly State: { readonly Running: boolean };
    };
  }

  it('runs what was decided, keeps it, repairs it, replaces it and takes it away', async () => {
    const resolveSecret = (reference: string) =>
      Promise.resolve(reference === 'db/DB_PASSWORD' ? PASSWORD : undefined);
    const docker = shim({ resolveSecret });
    const decision = onDocker(
      serve({
        cpuMillicores: 250,
        memoryBytes: 64 * 1024 * 1024,
        env: [
          { name: 'MODE', value: 'fast' },
          { name: 'DB_PASSWORD', secretRef: 'db' },
        ],
      }),
      serve({ name: 'clean', isJob: true, args: ['/bin/program', 'exit', '0'] }),
    );

    const { actions, outcomes } = await carryOut(docker, decision);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['done', 'done'],
      JSON.stringify(outcomes),
    );
    assert.ok(!JSON.stringify([actions, outcomes]).includes(PASSWORD));
    const name = actions[0]!.target;
    const created = await inspect(name);
    assert.equal(created.State.Running, true);
    assert.equal(created.HostConfig.NanoCpus, 250_000_000);
    assert.equal(created.HostConfig.Memory, 64 * 1024 * 1024);
    assert.ok(
      created.Config.Env.includes('MODE=fast') && created.Config.Env.includes(`DB_PASSWORD=${PASSWORD}`),
    );
    assert.equal(created.Config.Labels[LABEL.service], SHOP);
    assert.equal(created.Config.Labels[LABEL.decision], decision.id);

    const before = (await containers()).map(({ Id }) => Id).sort();
    const again = await carryOut(docker, { ...decision, id: 'urn:uuid:again' });
    assert.deepEqual(
      again.actions.map(({ kind }) => kind),
      ['keep', 'keep'],
    );
    assert.deepEqual((await containers()).map(({ Id }) => Id).sort(), before);

    await engine.call({ method: 'POST', path: `/containers/${name}/kill` });
    const repair = await carryOut(docker, decision);
    assert.deepEqual(
      repair.actions.map(({ kind }) => kind),
      ['replace', 'keep'],
    );
    assert.match(repair.actions[0]!.summary, /exited with code 137/);
    assert.equal((await inspect(name)).State.Running, true);

    await engine.call({ method: 'POST', path: `/containers/${name}/pause` });
    const thaw = await carryOut(docker, decision);
    assert.equal(thaw.actions[0]?.kind, 'replace');
    assert.equal((await inspect(name)).State.Running, true);

    const changed = onDocker(serve({ cpuMillicores: 500 }));
    const second = await carryOut(docker, changed);
    assert.deepEqual(second.actions.map(({ kind }) => kind).sort(), ['delete', 'replace']);
    assert.equal((await inspect(name)).HostConfig.NanoCpus, 500_000_000);
    assert.equal((await containers()).length, 1);

    const moved = decisionOf([[serve(), KUBERNETES_ELEMENT]]);
    const here = shim({ runsOn: ({ hostname }) => hostname === DOCKER_ELEMENT.hostname });
    const away = await carryOut(here, moved);
    assert.deepEqual(
      away.actions.map(({ kind }) => kind),
      ['delete'],
    );
    assert.deepEqual(await containers(), []);
    assert.deepEqual(await planWith(docker, NOTHING), []);
  });

  it('leaves containers of others alone', async () => {
    await engine.call({
      method: 'POST',
      path: '/containers/create',
      query: { name: 'bystander' },
      body: { Image: IMAGE, Cmd: ['/bin/program', 'serve'], Labels: { [LABEL.service]: SHOP } },
    });
    await carryOut(shim(), NOTHING);
    assert.deepEqual(
      (await containers()).map(({ Names }) => Names[0]),
      ['/bystander'],
    );
    await engine.call({ method: 'DELETE', path: '/containers/bystander', query: { force: 'true' } });
  });

  const failures: readonly (readonly [string, Partial<ComponentSpec>, RegExp])[] = [
    ['an image that is not there', { image: 'fabric-test/none:1' }, /fabric-test\/none:1 .* not on the host/],
    ['a program that does not exist', { args: ['/bin/none'] }, /\/bin\/none.*no such file/],
    ['less memory than Docker takes', { memoryBytes: 1024 }, /[Mm]inimum memory limit/],
    [
      'a program that ends at once',
      { args: ['/bin/program', 'exit', '7'] },
      /ended with code 7|does not run/,
    ],
    [
      'a secret that nobody knows',
      { env: [{ name: 'A', secretRef: 'x' }] },
      /Secret x\/A .* cannot be resolved/,
    ],
  ];
  for (const [title, members, message] of failures) {
    it(`reports ${title}, and carries the neighbour out`, async () => {
      const docker = shim();
      const { outcomes } = await carryOut(docker, onDocker(serve(members), serve({ name: 'neighbour' })));
      const [first, second] = outcomes;
      assert.ok(first?.status === 'failed');
      assert.equal(first.problem.type, 'shim-failed');
      assert.match(first.problem.message, message);
      assert.equal(second?.status, 'done');
      const mended = await carryOut(docker, onDocker(serve(), serve({ name: 'neighbour' })));
      assert.deepEqual(
        mended.outcomes.map(({ status }) => status),
        ['done', 'done'],
      );
      await carryOut(docker, NOTHING);
      assert.deepEqual(await containers(), []);
    });
  }

  it('pulls from a registry only when allowed, with the credentials of the secret', async () => {
    const registry = await startRegistry({ rootFileSystem, username: 'puller', password: PASSWORD });
    try {
      const decision = onDocker(serve({ image: `${registry.host}/team/tiny:1`, secretRef: 'login' }));
      const login = (password: string) => ({
        resolveSecret: () => Promise.resolve(JSON.stringify({ username: 'puller', password })),
      });
      const forbidden = await carryOut(shim(login(PASSWORD)), decision);
      assert.equal(forbidden.outcomes[0]?.status, 'failed');
      assert.equal(registry.requests(), 0);
      const wrong = await carryOut(shim({ pull: true, ...login('wrong-password') }), decision);
      assert.ok(wrong.outcomes[0]?.status === 'failed');
      assert.ok(!JSON.stringify(wrong.outcomes).includes('wrong-password'));
      const right = await carryOut(shim({ pull: true, ...login(PASSWORD) }), decision);
      assert.equal(right.outcomes[0]?.status, 'done', JSON.stringify(right.outcomes));
      await carryOut(shim(), NOTHING);
    } finally {
      await registry.stop();
    }
  });

  it('says that a daemon does not answer', async () => {
    await assert.rejects(
      planWith(dockerShim({ socketPath: `${daemon!.socketPath}.none` }), NOTHING),
      (thrown: unknown) => thrown instanceof FabricError && thrown.type === 'unreachable',
    );
  });
});
