/** The dry run and the rehearsal: they plan, and touch nothing. */
import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { dryRunShim, rehearsal } from '../../src/shim/dry-run.ts';
import { makeShim, SHIM_KINDS } from '../../src/shim/kinds.ts';
import { kubernetesShim } from '../../src/shim/kubernetes.ts';
import { memoryManifests } from '../../src/shim/manifest-home.ts';
import { carryOut } from '../../src/shim/shim.ts';
import { EVERYTHING } from './decisions.ts';

describe('dry-run shim', () => {
  it('says what would run where, and does nothing', async () => {
    const { actions, outcomes } = await carryOut(dryRunShim(), EVERYTHING);
    assert.deepEqual(
      actions.map(({ kind, target }) => `${kind} ${target}`),
      ['create athens-w1/Front_End', 'create athens-w2/clean'],
    );
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['skipped', 'skipped'],
    );
  });

  it('rehearses another shim with the plan of that shim', async () => {
    const home = memoryManifests();
    const shim = kubernetesShim({ home });
    const { actions, outcomes } = await carryOut(rehearsal(shim), EVERYTHING);
    assert.deepEqual(actions, shim.plan(EVERYTHING, []));
    assert.ok(outcomes.length === 3 && outcomes.every(({ status }) => status === 'skipped'));
    assert.deepEqual(await home.list(), []);
  });

  it('makes every kind by its name, and refuses any other', () => {
    for (const kind of SHIM_KINDS) assert.equal(makeShim(kind).name, kind);
    assert.throws(
      () => makeShim('nomad'),
      (thrown: unknown) => thrown instanceof FabricError && thrown.type === 'not-supported',
    );
  });
});
