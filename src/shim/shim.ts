/**
 * The port between a decision and whatever runs containers.
 *
 * A shim looks at what runs (`observe`), compares that with a decision (`plan`, pure) and carries the
 * difference out (`apply`). Planning on what an apply has produced gives only `keep`: shims converge, so
 * applying again is always safe. A shim must never put the value of a secret into an action: actions are
 * shown to people; references are resolved only while they are applied.
 */
import type { ProblemType } from '../errors.ts';
import type { Json } from '../log/change.ts';

export type { Json };

/** A port that a component listens on. */
export interface PortSpec {
  readonly number: number;
  /** `TCP`, `UDP` or `SCTP`, in any case. */
  readonly protocol: string;
}

/** An environment variable: a value, or the reference of a secret that holds it. */
export interface EnvSpec {
  readonly name: string;
  readonly value?: string;
  /** See {@link SecretResolver} for its form. */
  readonly secretRef?: string;
}

/** What to run. */
export interface ComponentSpec {
  /** Name or IRI, unique within its service. */
  readonly name: string;
  /** Image reference, as an orchestrator takes it. */
  readonly image: string;
  readonly ports: readonly PortSpec[];
  /** Whether other machines may reach the ports; absent: yes. */
  readonly exposePorts?: boolean;
  readonly env: readonly EnvSpec[];
  readonly args: readonly string[];
  /** A job runs to its end once; anything else is kept running. */
  readonly isJob: boolean;
  readonly cpuMillicores?: number;
  readonly memoryBytes?: number;
  readonly gpuCount?: number;
  /** Secret that opens the registry of the image. */
  readonly secretRef?: string;
}

/** The infrastructure element that was chosen. */
export interface ElementToRunOn {
  /** IRI of the element. */
  readonly id: string;
  /** Name of the machine, as its orchestrator knows it. */
  readonly hostname: string;
  /** IRI of its domain. */
  readonly domain?: string;
  /** IRI of the low-level orchestrator that manages it. */
  readonly lowLevelOrchestrator?: string;
  /** Name or IRI: Kubernetes, K3s, KubeEdge, Docker, ... */
  readonly containerTechnology?: string;
}

/** One component and the element that it was given. */
export interface AllocationToRun {
  readonly component: ComponentSpec;
  readonly element: ElementToRunOn;
  /** IRI of the service. */
  readonly service: string;
  /** IRI of the decision that made the allocation. */
  readonly decision: string;
}

/**
 * Everything that the services of a decision shall run: what runs beside it for one of these services is
 * deleted. `services` names services that the decision covers without an allocation; they end.
 */
export interface ShimDecision {
  readonly id: string;
  readonly allocations: readonly AllocationToRun[];
  readonly services?: readonly string[];
}

/** One difference between what runs and what was decided; `keep` says that there is none. */
export interface Action {
  readonly kind: 'create' | 'replace' | 'delete' | 'keep';
  /** What is acted on, in the orchestrator's own naming. */
  readonly target: string;
  /** One sentence for people. */
  readonly summary: string;
  /** What the orchestrator is told, without secrets; absent where the target says it all. */
  readonly manifest?: Json;
}

/** What became of an action. `skipped` is a rehearsal; after `failed` applying again is safe. */
export type ActionOutcome =
  | {
      readonly status: 'done' | 'skipped';
      readonly kind: Action['kind'];
      readonly target: string;
      /** What was done or written, for people. */
      readonly detail: string;
    }
  | {
      readonly status: 'failed';
      readonly kind: Action['kind'];
      readonly target: string;
      readonly problem: { readonly type: ProblemType; readonly message: string };
    };

/**
 * An orchestrator.
 *
 * `observe` throws `unreachable` when the orchestrator does not answer. `plan` performs no I/O and throws
 * `request-invalid` or `not-supported` when the orchestrator can never run an allocation; nothing of that
 * decision is carried out then. `apply` gives one outcome per action, in order, and goes on after a failure.
 */
export interface Shim<Observed> {
  readonly name: string;
  observe(decision: ShimDecision): Promise<Observed>;
  plan(decision: ShimDecision, observed: Observed): readonly Action[];
  apply(actions: readonly Action[]): Promise<readonly ActionOutcome[]>;
}

/**
 * Gives the value behind a reference, undefined when there is none.
 *
 * A reference is `name` or `name/key`. For an environment variable the key defaults to its name, and the
 * resolver is asked for `name/key`; for a registry it is asked for the reference as it stands, and the value
 * is the JSON text `{"username","password","url"?}`.
 */
export type SecretResolver = (reference: string) => Promise<string | undefined>;

/** The services that a decision speaks for. */
export function servicesOf(decision: ShimDecision): ReadonlySet<string> {
  return new Set([
    ...decision.allocations.map((allocation) => allocation.service),
    ...(decision.services ?? []),
  ]);
}

/** Observes and plans. */
export async function planWith<Observed>(
  shim: Shim<Observed>,
  decision: ShimDecision,
): Promise<readonly Action[]> {
  return shim.plan(decision, await shim.observe(decision));
}

/** Observes, plans and applies. */
export async function carryOut<Observed>(
  shim: Shim<Observed>,
  decision: ShimDecision,
): Promise<{ readonly actions: readonly Action[]; readonly outcomes: readonly ActionOutcome[] }> {
  const actions = await planWith(shim, decision);
  return { actions, outcomes: await shim.apply(actions) };
}
