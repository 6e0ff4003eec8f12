/**
 * The shim that does nothing: it says what a decision would run and where.
 *
 * It serves where no orchestrator is at hand, and `rehearsal` puts any other shim into the same mode.
 * It must never touch anything; every outcome is `skipped`.
 */
import { describeAllocation, localName } from './naming.ts';
import type { Action, ActionOutcome, Json, Shim, ShimDecision } from './shim.ts';

/** A shim that knows of nothing running: every allocation would be created. */
export function dryRunShim(): Shim<null> {
  return {
    name: 'dry-run',
    observe: () => Promise.resolve(null),
    plan: (decision) => planOnPaper(decision),
    apply: (actions) => Promise.resolve(actions.map(skip)),
  };
}

/** `shim` with its own eyes and its own plan, but with its hands tied. */
export function rehearsal<Observed>(shim: Shim<Observed>): Shim<Observed> {
  return {
    name: shim.name,
    observe: (decision) => shim.observe(decision),
    plan: (decision, observed) => shim.plan(decision, observed),
    apply: (actions) => Promise.resolve(actions.map(skip)),
  };
}

function planOnPaper(decision: ShimDecision): readonly Action[] {
  return decision.allocations.map((allocation) => {
    const { component, element, service } = allocation;
    const manifest: Json = {
      service,
      decision: allocation.decision,
      component: component.name,
      image: component.image,
      element: element.id,
      hostname: element.hostname,
    };
    return {
      kind: 'create',
      target: `${element.hostname}/${localName(component.name)}`,
      summary: describeAllocation(allocation),
      manifest,
    };
  });
}

function skip(action: Action): ActionOutcome {
  return { status: 'skipped', kind: action.kind, target: action.target, detail: 'Nothing was done: dry run' };
}
