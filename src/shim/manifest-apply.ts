/**
 * Carries planned manifests to their home, one outcome for each action.
 *
 * A manifest that cannot be written is a failed outcome; its neighbours still go.
 */
import { FabricError } from '../errors.ts';
import type { ManifestHome } from './manifest-home.ts';
import { type Manifest, readManifest } from './manifest-plan.ts';
import { attempt } from './outcome.ts';
import type { Action, ActionOutcome } from './shim.ts';

/** @param finish  gives a manifest its last touch before it is written, such as the values of secrets */
export async function applyManifests(
  actions: readonly Action[],
  home: ManifestHome,
  finish: (manifest: Manifest) => Promise<Manifest> = (manifest) => Promise.resolve(manifest),
): Promise<readonly ActionOutcome[]> {
  const outcomes: ActionOutcome[] = [];
  for (const action of actions) outcomes.push(await attempt(action, () => carry(action, home, finish)));
  return outcomes;
}

async function carry(
  action: Action,
  home: ManifestHome,
  finish: (manifest: Manifest) => Promise<Manifest>,
): Promise<string> {
  if (action.kind === 'keep') return 'Nothing to do';
  const manifest = readManifest(action.manifest);
  if (manifest === undefined) {
    throw new FabricError('shim-failed', `Action on ${action.target} carries no manifest`);
  }
  return action.kind === 'delete' ? home.remove(manifest) : home.write(await finish(manifest));
}
