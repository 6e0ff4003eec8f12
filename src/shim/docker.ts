/**
 * Docker: one container for each component, on the one host whose daemon this shim talks to.
 *
 * Containers carry labels with service, component, decision and a digest of what was asked for; a plan
 * compares these, so that nothing is done twice and what somebody else runs is never touched. Values of
 * secrets go to the daemon as a container is created and stand nowhere else; a new value behind an old
 * reference is not noticed.
 */
import { applyContainers, type DockerApplyOptions } from './docker-apply.ts';
import { dockerEngine, type EngineOptions } from './docker-engine.ts';
import { observeContainers } from './docker-observe.ts';
import { type DockerPlanOptions, type ObservedContainer, planContainers } from './docker-plan.ts';
import { type Shim, servicesOf } from './shim.ts';

export interface DockerOptions extends EngineOptions, DockerPlanOptions, DockerApplyOptions {}

/** A shim for the daemon behind `socketPath`. */
export function dockerShim(options: DockerOptions): Shim<readonly ObservedContainer[]> {
  const engine = dockerEngine(options);
  return {
    name: 'docker',
    observe: (decision) => observeContainers(engine, servicesOf(decision)),
    plan: (decision, observed) => planContainers(decision, observed, options),
    apply: (actions) => applyContainers(engine, actions, options),
  };
}
