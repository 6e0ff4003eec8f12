/** The Kubernetes shim: the manifests as golden files, plans as a table, refusals. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { FabricError } from '../../src/errors.ts';
import { bytesQuantity, cpuQuantity, kubernetesShim } from '../../src/shim/kubernetes.ts';
import { manifestFolder, memoryManifests } from '../../src/shim/manifest-home.ts';
import { type Manifest, readManifest } from '../../src/shim/manifest-plan.ts';
import { LABEL } from '../../src/shim/naming.ts';
import { type ComponentSpec, carryOut, planWith, type ShimDecision } from '../../src/shim/shim.ts';
import { component, DOCKER_ELEMENT, decisionOf, EVERYTHING, KUBERNETES_ELEMENT, SHOP } from './decisions.ts';
import { checkGolden, declared } from './golden.ts';

const web = (members: Partial<ComponentSpec> = {}) => decisionOf([[component(members), KUBERNETES_ELEMENT]]);

/** An object as a server gives it back: with defaults and a status, and with `change` made by someone. */
function asServed(manifest: Manifest, change: (copy: Manifest) => object = (copy) => copy): Manifest {
  const copy = JSON.parse(JSON.stringify(manifest)) as Manifest;
  const spec = { ...copy.spec, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 };
  return readManifest(change({ ...copy, spec, status: { observedGeneration: 1 } }))!;
}

describe('kubernetes shim', () => {
  it('writes the manifests of the golden file', async () => {
    await checkGolden('kubernetes.yaml', declared(kubernetesShim(), EVERYTHING));
  });

  const [running] = declared(kubernetesShim(), web());
  const plans: readonly {
    readonly title: string;
    readonly decision: ShimDecision;
    readonly observed: readonly Manifest[];
    readonly kinds: readonly string[];
  }[] = [
    { title: 'nothing there: create', decision: web(), observed: [], kinds: ['create Deployment'] },
    { title: 'the same there: keep', decision: web(), observed: [running!], kinds: ['keep Deployment'] },
    {
      title: 'the same by a later decision: keep',
      decision: decisionOf([[component(), KUBERNETES_ELEMENT]], { id: 'urn:uuid:later' }),
      observed: [running!],
      kinds: ['keep Deployment'],
    },
    {
      title: 'defaults and status of a server: keep',
      decision: web(),
      observed: [asServed(running!)],
      kinds: ['keep Deployment'],
    },
    {
      title: 'scaled down by hand: replace',
      decision: web(),
      observed: [asServed(running!, (copy) => ({ ...copy, spec: { ...copy.spec, replicas: 0 } }))],
      kinds: ['replace Deployment'],
    },
    {
      title: 'a part taken out by hand: replace',
      decision: web(),
      observed: [asServed(running!, (copy) => ({ ...copy, spec: { replicas: 1 } }))],
      kinds: ['replace Deployment'],
    },
    {
      title: 'another image: replace',
      decision: web({ image: 'registry.example/web:2' }),
      observed: [running!],
      kinds: ['replace Deployment'],
    },
    {
      title: 'another machine of the same cluster: replace',
      decision: decisionOf([[component(), { ...KUBERNETES_ELEMENT, hostname: 'athens-w7' }]]),
      observed: [running!],
      kinds: ['replace Deployment'],
    },
    {
      title: 'another cluster: create there, then delete here',
      decision: decisionOf([[component(), DOCKER_ELEMENT]]),
      observed: [running!],
      kinds: ['create Deployment', 'delete Deployment'],
    },
    {
      title: 'now a job: another kind',
      decision: web({ isJob: true }),
      observed: [running!],
      kinds: ['create Job', 'delete Deployment'],
    },
    {
      title: 'a port more: the workload is replaced, the service created',
      decision: web({ ports: [{ number: 80, protocol: 'TCP' }] }),
      observed: [running!],
      kinds: ['replace Deployment', 'create Service'],
    },
    {
      title: 'the service ends',
      decision: { id: 'end', allocations: [], services: [SHOP] },
      observed: [running!],
      kinds: ['delete Deployment'],
    },
    {
      title: 'another service is none of its business',
      decision: { id: 'end', allocations: [], services: ['urn:ngsi-ld:Service:other'] },
      observed: [running!],
      kinds: [],
    },
    {
      title: 'what somebody else manages is left alone',
      decision: { id: 'end', allocations: [], services: [SHOP] },
      observed: [
        asServed(running!, (copy) => ({
          ...copy,
          metadata: {
            ...copy.metadata,
            labels: { ...copy.metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' },
          },
        })),
      ],
      kinds: [],
    },
  ];
  for (const { title, decision, observed, kinds } of plans) {
    it(`plans: ${title}`, () => {
      const actions = kubernetesShim().plan(decision, observed);
      assert.deepEqual(
        actions.map(({ kind, target }) => `${kind} ${/ (\w+) default /.exec(` ${target}`)?.[1] ?? ''}`),
        kinds,
      );
    });
  }

  const refusals: readonly (readonly [string, Partial<ComponentSpec>, RegExp])[] = [
    ['a secret that Kubernetes cannot name', { secretRef: 'My Secret' }, /names secret My Secret/],
    ['a port out of range', { ports: [{ number: 70_000, protocol: 'TCP' }] }, /port 70000\/TCP/],
    ['an unknown protocol', { ports: [{ number: 80, protocol: 'QUIC' }] }, /port 80\/QUIC/],
    ['a variable twice', { env: ['1', '2'].map((value) => ({ name: 'A', value })) }, /variable A twice/],
    ['a variable without a value', { env: [{ name: 'A' }] }, /neither or both/],
    ['half a byte', { memoryBytes: 1.5 }, /memoryBytes 1.5/],
    ['an empty image', { image: '' }, /no valid image/],
  ];
  for (const [title, members, message] of refusals) {
    it(`refuses ${title}`, () => {
      assert.throws(
        () => kubernetesShim().plan(web(members), []),
        (thrown: unknown) =>
          thrown instanceof FabricError && thrown.type === 'request-invalid' && message.test(thrown.message),
      );
    });
  }

  it('refuses a component that is allocated twice', () => {
    const twice = decisionOf([
      [component(), KUBERNETES_ELEMENT],
      [component(), DOCKER_ELEMENT],
    ]);
    assert.throws(() => kubernetesShim().plan(twice, []), /Component web of .* is allocated twice/);
  });

  it('writes amounts that mean exactly what was asked for', () => {
    const cores = [0, 1, 500, 1000, 1500, 64_000].map(cpuQuantity);
    assert.deepEqual(cores, ['0', '1m', '500m', '1', '1500m', '64']);
    const bytes = [0, 1, 1000, 1024, 1536, 2e9, 1_610_612_736, 2 ** 40].map(bytesQuantity);
    assert.deepEqual(bytes, ['0', '1', '1k', '1Ki', '1536', '2G', '1536Mi', '1Ti']);
    fc.assert(fc.property(fc.maxSafeNat(), (amount) => bytesOf(bytesQuantity(amount)) === BigInt(amount)));
    fc.assert(
      fc.property(
        fc.nat({ max: 1000 }),
        fc.nat({ max: 5 }),
        fc.constantFrom(1000n, 1024n),
        (n, power, step) => {
          const amount = BigInt(n) * step ** BigInt(power);
          return bytesOf(bytesQuantity(Number(amount))) === BigInt(Number(amount));
        },
      ),
    );
  });

  it('keeps a folder that only its owner can read, and takes files away again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fabric-manifests-'));
    try {
      const shim = kubernetesShim({ home: manifestFolder(folder) });
      await carryOut(shim, EVERYTHING);
      const files = (await readdir(folder, { recursive: true }))
        .filter((file) => file.endsWith('.yaml'))
        .sort();
      assert.equal(files.length, 3);
      for (const file of files) assert.equal((await stat(join(folder, file))).mode & 0o077, 0);
      assert.match(
        await readFile(join(folder, files[0]!), 'utf8'),
        /^apiVersion: apps\/v1\nkind: Deployment$/m,
      );
      await carryOut(shim, { id: 'end', allocations: [], services: [SHOP] });
      assert.deepEqual(
        (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.yaml')),
        [],
      );
      await writeFile(join(folder, 'broken.yaml'), 'a: [1\nb: 2\n');
      await assert.rejects(
        planWith(shim, EVERYTHING),
        (thrown: unknown) =>
          thrown instanceof FabricError &&
          thrown.type === 'syntax-error' &&
          thrown.location?.line !== undefined,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('reports a manifest that cannot be written, and writes its neighbours', async () => {
    const home = memoryManifests();
    const shim = kubernetesShim({
      home: {
        ...home,
        write: (manifest) =>
          manifest.kind === 'Service' ? Promise.reject(new Error('no room')) : home.write(manifest),
      },
    });
    const { outcomes } = await carryOut(shim, EVERYTHING);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['done', 'failed', 'done'],
    );
    const failed = outcomes.find((outcome) => outcome.status === 'failed');
    assert.deepEqual(failed?.problem, { type: 'shim-failed', message: 'no room' });
    const left = await planWith(shim, EVERYTHING);
    assert.deepEqual(
      left.map(({ kind }) => kind),
      ['keep', 'create', 'keep'],
    );
  });

  it('keeps a cluster from expanding what was asked for', () => {
    const texts: readonly (readonly [string, string])[] = [
      ['$(HOME)', '$$(HOME)'],
      ['a$$b', 'a$$$$b'],
      ['$HOME costs 5$', '$HOME costs 5$'],
      ['$x $(y)', '$$x $$(y)'],
    ];
    for (const [asked, written] of texts) {
      const [deployment] = declared(
        kubernetesShim(),
        web({ args: [asked], env: [{ name: 'A', value: asked }] }),
      );
      const { spec } = deployment!.spec['template'] as {
        spec: { containers: readonly { args: string[]; env: { value: string }[] }[] };
      };
      assert.deepEqual([spec.containers[0]!.args[0], spec.containers[0]!.env[0]!.value], [written, written]);
    }
  });

  it('labels the pods that its selectors select', () => {
    const objects = declared(kubernetesShim(), EVERYTHING);
    const [deployment, service] = objects;
    const pod = (deployment!.spec['template'] as { metadata: { labels: Record<string, string> } }).metadata
      .labels;
    const selectors = [
      (deployment!.spec['selector'] as { matchLabels: Record<string, string> }).matchLabels,
      service!.spec['selector'] as Record<string, string>,
    ];
    for (const selector of selectors) {
      assert.ok(LABEL.component in selector);
      for (const [key, value] of Object.entries(selector)) assert.equal(pod[key], value);
    }
  });
});

/** A second reading of quantities, by the table in the documentation of Kubernetes. */
function bytesOf(quantity: string): bigint {
  const [, digits, suffix] = /^(\d+)([kKMGTP]?i?)$/.exec(quantity)!;
  const power = ['', 'K', 'M', 'G', 'T', 'P'].indexOf(suffix!.slice(0, 1).toUpperCase());
  return BigInt(digits!) * (suffix!.endsWith('i') ? 1024n : 1000n) ** BigInt(power);
}
