/**
 * Terms of the fabric's namespace that only placement names; each is defined in `ontology/`.
 */

import { namedNode } from '../rdf/terms.ts';
import { NS } from '../rdf/vocab.ts';

/** Subject of the facts of the request that is being decided. */
export const CURRENT_REQUEST = namedNode(`${NS.cf}currentRequest`);

/** Facts that are computed for a request; they are never stored. */
export const WITHIN_REQUESTED_AREA = namedNode(`${NS.cf}withinRequestedArea`);
export const PATH_LATENCY_MS = namedNode(`${NS.cf}pathLatencyMs`);

export const LATITUDE_DEGREES = namedNode(`${NS.cf}latitudeDegrees`);
export const LONGITUDE_DEGREES = namedNode(`${NS.cf}longitudeDegrees`);
export const HOSTNAME = namedNode(`${NS.cf}hostname`);
export const LOW_LEVEL_ORCHESTRATOR = namedNode(`${NS.cf}lowLevelOrchestrator`);
export const CONTAINER_TECHNOLOGY = namedNode(`${NS.cf}containerTechnology`);

/** States of an allocation. */
export const RESERVED = namedNode(`${NS.cf}ReservedAllocation`);
export const CONFIRMED = namedNode(`${NS.cf}ConfirmedAllocation`);
export const EXPIRED = namedNode(`${NS.cf}ExpiredAllocation`);
export const RELEASED = namedNode(`${NS.cf}ReleasedAllocation`);
/** When a shim or a source said that the component runs. */
export const CONFIRMED_AT = namedNode(`${NS.cf}confirmedAt`);
export const SCORE = namedNode(`${NS.cf}score`);
