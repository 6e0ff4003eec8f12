/** The aerOS shim: resources as golden files, the kind for each orchestration type, secrets. */
import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { aerosLloShim } from '../../src/shim/aeros-llo.ts';
import { memoryManifests } from '../../src/shim/manifest-home.ts';
import { reportable } from '../../src/shim/report.ts';
import { carryOut, type ElementToRunOn, planWith, type SecretResolver } from '../../src/shim/shim.ts';
import { component, DOCKER_ELEMENT, decisionOf, EVERYTHING, KUBERNETES_ELEMENT } from './decisions.ts';
import { checkGolden, declared } from './golden.ts';

const PASSWORD = 'correct-horse-battery';

const secrets: Readonly<Record<string, string>> = {
  'database/password': PASSWORD,
  'api/API_TOKEN': PASSWORD,
  'registry-login': JSON.stringify({ username: 'puller', password: PASSWORD }),
};
const resolveSecret: SecretResolver = (reference) => Promise.resolve(secrets[reference]);

function onDocker() {
  const [first] = EVERYTHING.allocations;
  return decisionOf([[first!.component, DOCKER_ELEMENT]]);
}

describe('aeros-llo shim', () => {
  it('writes the resources of the golden file', async () => {
    await checkGolden(
      'aeros-llo.yaml',
      [EVERYTHING, onDocker()].flatMap((decision) => declared(aerosLloShim(), decision)),
    );
  });

  const llo = 'urn:ngsi-ld:LowLevelOrchestrator:Athens';
  const kinds: readonly (readonly [Partial<ElementToRunOn>, string | undefined])[] = [
    [{ lowLevelOrchestrator: `${llo}:Kubernetes` }, 'ServiceComponentK8s'],
    [{ lowLevelOrchestrator: `${llo}:Docker` }, 'ServiceComponentDocker'],
    [{ lowLevelOrchestrator: `${llo}:Kubernetes`, containerTechnology: 'KubeEdge' }, 'ServiceComponentK8s'],
    [{ containerTechnology: 'https://w3id.org/continuum-fabric/ns#K3s' }, 'ServiceComponentK8s'],
    [{ containerTechnology: 'https://w3id.org/continuum-fabric/ns#Docker' }, 'ServiceComponentDocker'],
    [{ containerTechnology: 'Wasm' }, undefined],
    [{ lowLevelOrchestrator: `${llo}:Containerd` }, undefined],
    [{}, undefined],
  ];
  for (const [members, kind] of kinds) {
    it(`takes ${JSON.stringify(members)} for ${kind ?? 'nothing it can serve'}`, () => {
      const decision = decisionOf([[component(), { id: 'urn:x:element', hostname: 'host', ...members }]]);
      if (kind !== undefined) {
        assert.deepEqual(
          declared(aerosLloShim(), decision).map((resource) => resource.kind),
          [kind],
        );
        return;
      }
      assert.throws(
        () => aerosLloShim().plan(decision, []),
        (thrown: unknown) => thrown instanceof FabricError && thrown.type === 'not-supported',
      );
    });
  }

  it('puts secrets into the resource that is sent, and into nothing else', async () => {
    const home = memoryManifests();
    const shim = aerosLloShim({ home, resolveSecret });
    const { actions, outcomes } = await carryOut(shim, EVERYTHING);
    const observed = await shim.observe(EVERYTHING);
    assert.ok(!JSON.stringify([actions, outcomes, observed]).includes(PASSWORD));
    const [sent] = await home.list();
    assert.deepEqual(sent!.spec['imageRegistry'], {
      url: 'registry.example',
      username: 'puller',
      password: PASSWORD,
    });
    assert.deepEqual(sent!.spec['envVars'], [
      { key: 'MODE', value: 'fast' },
      { key: 'DB_PASSWORD', value: PASSWORD },
      { key: 'API_TOKEN', value: PASSWORD },
    ]);
    const again = await planWith(shim, EVERYTHING);
    assert.deepEqual(
      again.map(({ kind }) => kind),
      ['keep', 'keep'],
    );
  });

  const unresolved: readonly (readonly [string, SecretResolver | undefined, RegExp])[] = [
    ['no resolver', undefined, /Secret database\/password of .* cannot be resolved/],
    ['an unknown secret', () => Promise.resolve(undefined), /cannot be resolved/],
    ['a registry secret that is no JSON', () => Promise.resolve(PASSWORD), /holds no registry credentials/],
  ];
  for (const [title, resolver, message] of unresolved) {
    it(`writes nothing of a component with ${title}`, async () => {
      const home = memoryManifests();
      const shim = aerosLloShim({ home, ...(resolver === undefined ? {} : { resolveSecret: resolver }) });
      const { outcomes } = await carryOut(shim, EVERYTHING);
      const [first, second] = outcomes;
      assert.ok(first?.status === 'failed' && first.problem.type === 'shim-failed');
      assert.match(first.problem.message, message);
      assert.ok(!first.problem.message.includes(PASSWORD));
      assert.equal(second?.status, 'done');
      assert.equal((await home.list()).length, 1);
    });
  }

  it('moves a component between orchestrators: created there before it is deleted here', async () => {
    const shim = aerosLloShim({ resolveSecret });
    await carryOut(shim, decisionOf([[component(), KUBERNETES_ELEMENT]]));
    const actions = await planWith(shim, decisionOf([[component(), DOCKER_ELEMENT]]));
    assert.deepEqual(
      actions.map(({ kind, target }) => `${kind} ${/ServiceComponent\w+/.exec(target)?.[0] ?? ''}`),
      ['create ServiceComponentDocker', 'delete ServiceComponentK8s'],
    );
  });

  it('shows actions without the values of variables that are not public', () => {
    const env = [
      { name: 'MODE', value: 'hidden-value' },
      { name: 'LEVEL', value: 'shown-value' },
    ];
    const actions = aerosLloShim().plan(decisionOf([[component({ env }), KUBERNETES_ELEMENT]]), []);
    const shown = JSON.stringify(reportable(actions, ['LEVEL']));
    assert.ok(!shown.includes('hidden-value'));
    assert.ok(shown.includes('shown-value'));
  });
});
