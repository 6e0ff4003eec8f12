/** What every shim that changes anything promises: it converges, and leaves what is not its own. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { carryOut, planWith, type Shim } from '../../src/shim/shim.ts';
import { someDecision } from './decisions.ts';

export function checkConvergence(
  title: string,
  makeShim: () => Shim<unknown> | Promise<Shim<unknown>>,
  runs = 60,
) {
  describe(`${title}: convergence`, () => {
    it('keeps everything once a decision is applied, and again after the next decision', async () => {
      let changes = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(someDecision, { minLength: 1, maxLength: 3 }), async (decisions) => {
          const shim = await makeShim();
          for (const decision of decisions) {
            const { actions, outcomes } = await carryOut(shim, decision);
            changes += actions.filter(({ kind }) => kind !== 'keep').length;
            assert.deepEqual(
              outcomes.filter(({ status }) => status !== 'done'),
              [],
            );
            assert.deepEqual(
              outcomes.map(({ target }) => target),
              actions.map(({ target }) => target),
            );
            const again = await planWith(shim, { ...decision, id: `${decision.id}-again` });
            assert.deepEqual(
              again.filter(({ kind }) => kind !== 'keep'),
              [],
            );
          }
          const [last] = decisions.slice(-1);
          await carryOut(shim, { id: 'end', allocations: [], services: last!.services ?? [] });
          assert.deepEqual(
            await planWith(shim, { id: 'end', allocations: [], services: last!.services ?? [] }),
            [],
          );
        }),
        { numRuns: runs },
      );
      assert.ok(changes > runs, `only ${changes} changes were made in ${runs} runs`);
    });

    it('plans the same for the same', async () => {
      await fc.assert(
        fc.asyncProperty(someDecision, async (decision) => {
          const shim = await makeShim();
          assert.deepEqual(await planWith(shim, decision), await planWith(shim, decision));
        }),
        { numRuns: 20 },
      );
    });
  });
}
