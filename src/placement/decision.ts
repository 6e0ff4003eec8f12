/**
 * What a placement answers: the decision, its allocations, and the reasons against everything else.
 *
 * All of it is JSON as it stands. A decision that places nothing is an answer too, never an error.
 */
import type { Json } from '../log/change.ts';

/** An amount taken from an element, by the property under which claims of its kind are summed up. */
export interface Claim {
  /** IRI, for example `cf:memoryBytesClaimed` in full. */
  readonly property: string;
  readonly amount: number;
}

/** The part of an objective in a score; the shares of an allocation add up to its score. */
export interface ObjectiveShare {
  readonly objective: string;
  readonly name: string;
  /** Weight as a part of all weights, 0..1. */
  readonly weight: number;
  /** 0..1; 0 where the facts for it are missing. */
  readonly score: number;
  readonly share: number;
  /** Whether the facts for the score are there. */
  readonly known: boolean;
}

/** What a shim has to know of an element; members that the graph does not state are absent. */
export interface AllocatedElement {
  readonly id: string;
  readonly hostname?: string;
  readonly domain?: string;
  readonly lowLevelOrchestrator?: string;
  readonly containerTechnology?: string;
}

export interface Allocation {
  /** Name of the component in the request. */
  readonly component: string;
  /** IRI of the component. */
  readonly componentId: string;
  readonly element: AllocatedElement;
  /** 0..1 */
  readonly score: number;
  readonly shares: readonly ObjectiveShare[];
  readonly claims: readonly Claim[];
}

/** One way to place all components; the better has the higher score, the mean of its allocations. */
export interface RankedAllocations {
  readonly rank: number;
  readonly score: number;
  readonly allocations: readonly Allocation[];
}

export type ViolationStatus = 'violated' | 'not-proven';

/** A constraint that an element does not meet, or that cannot be proven of it. */
export interface Violation {
  readonly constraint: string;
  readonly name: string;
  readonly status: ViolationStatus;
  readonly required: Json;
  /** null where there is no value. */
  readonly observed: Json;
  /** Properties that the graph does not state of the element. */
  readonly missing?: readonly string[];
  readonly message: string;
}

export interface ExplainedViolation extends Violation {
  /** The triples of the snapshot that say so, as lines of N-Quads. */
  readonly triples: readonly string[];
}

/** Why an element is no candidate for a component: every violated constraint. */
export interface Rejection<V extends Violation = ExplainedViolation> {
  readonly component: string;
  readonly element: string;
  readonly violations: readonly V[];
}

export interface ConstraintCount {
  readonly constraint: string;
  readonly name: string;
  /** Elements that violate it. */
  readonly violated: number;
  /** Elements of which it cannot be proven. */
  readonly notProven: number;
}

export interface ComponentSummary {
  readonly component: string;
  readonly elements: number;
  readonly candidates: number;
  readonly constraints: readonly ConstraintCount[];
  /** Rejected elements that fail by least: fewest constraints, then the smallest relative shortfall. */
  readonly nearestMisses: readonly Rejection<Violation>[];
}

export interface UnplaceableReason {
  readonly kind: 'no-element' | 'no-candidate' | 'joint-capacity' | 'search-limit';
  /** Components that it concerns, by name. */
  readonly components: readonly string[];
  readonly message: string;
}

export interface Decision {
  /** IRI of the decision. */
  readonly id: string;
  readonly outcome: 'placed' | 'unplaceable';
  readonly service: string;
  /** Sequence number of the state that was judged. */
  readonly basedOn: number;
  /** ISO 8601, UTC. */
  readonly decidedAt: string;
  /** When the claims lapse unless they are confirmed; absent for a dry run and where nothing was placed. */
  readonly expiresAt?: string;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string;
  /** Digest of the request (without secrets), the state and the allocations. */
  readonly digest: string;
  /** The best way found; empty where there is none. */
  readonly allocations: readonly Allocation[];
  readonly score: number;
  /** Further ways, ranked from 2. */
  readonly alternatives: readonly RankedAllocations[];
  readonly reasons: readonly UnplaceableReason[];
  readonly components: readonly {
    readonly name: string;
    readonly candidates: number;
    readonly rejected: number;
  }[];
  /** `complete`: nothing better exists; otherwise the step limit ended the search. */
  readonly search: { readonly steps: number; readonly complete: boolean };
  /** Scores outside of 0..1 that were clipped, and the like. */
  readonly notes: readonly string[];
  readonly summary?: readonly ComponentSummary[];
}
