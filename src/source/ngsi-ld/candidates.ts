/**
 * Candidate sets, as the data aggregator of aerOS hands them to its allocator: a component with its
 * requirements, and the elements that may take it, all embedded in one another.
 *
 * Every embedded entity becomes an entity of its own, and a link stands where it was.
 */
import { FabricError } from '../../errors.ts';
import type { Diagnostic, Json, JsonObject } from '../../mapping/record.ts';
import { canonicalJson } from '../../rdf/canonical-json.ts';
import { isObject } from '../json-object.ts';
import { Notes } from './notes.ts';

export interface FlatCandidates {
  /** Simplified entities, each once, in the order of first appearance. */
  readonly entities: readonly JsonObject[];
  /** For each entity, what was noticed. */
  readonly diagnostics: readonly (readonly Diagnostic[])[];
}

const COMPONENT = 'service_component_definition';
const CANDIDATES = 'infrastructure_element_candidates';

interface Found {
  entity: JsonObject;
  readonly notes: Notes;
}

/** Takes one candidate set, or a list of them, apart; the refusal `record-invalid` where a body is none. */
export function flattenCandidates(body: Json): FlatCandidates | FabricError {
  const found = new Map<string, Found>();
  for (const set of Array.isArray(body) ? (body as readonly Json[]) : [body]) {
    if (!isObject(set) || !(COMPONENT in set)) {
      return new FabricError('record-invalid', `Candidate set has no "${COMPONENT}"`);
    }
    flatten(set[COMPONENT], found);
    const id = idOf(set[COMPONENT]);
    if (CANDIDATES in set) {
      flatten(set[CANDIDATES], found);
      if (id !== undefined) found.get(id)?.notes.add('candidates-not-kept', CANDIDATES);
    }
  }
  const all = [...found.values()];
  return {
    entities: all.map(({ entity }) => entity),
    diagnostics: all.map(({ notes }) => notes.diagnostics()),
  };
}

/** What stands in the place of `value` once the entities in it are taken out. */
function flatten(value: Json, found: Map<string, Found>): Json {
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    const flat = items.map((item) => flatten(item, found));
    const linked = items.length > 0 && items.every((item) => idOf(item) !== undefined);
    return linked ? { type: 'Relationship', object: items.map((item) => idOf(item)!) } : flat;
  }
  const id = idOf(value);
  if (!isObject(value) || id === undefined) return value;
  const place = found.get(id) ?? { entity: {}, notes: new Notes() };
  found.set(id, place);
  const entity: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) entity[name] = flatten(member, found);
  merge(place, entity);
  return { type: 'Relationship', object: id };
}

function merge(place: Found, entity: JsonObject): void {
  for (const [name, value] of Object.entries(entity)) {
    const before = place.entity[name];
    if (before !== undefined && canonicalJson(before) !== canonicalJson(value)) {
      place.notes.add('entity-stated-differently', name);
    }
  }
  place.entity = { ...place.entity, ...entity };
}

/** An embedded entity has an id and a type; a geometry has only a type. */
function idOf(value: Json): string | undefined {
  if (!isObject(value)) return undefined;
  const { id, type } = value;
  return typeof id === 'string' && typeof type === 'string' ? id : undefined;
}
