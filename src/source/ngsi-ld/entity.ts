/**
 * One NGSI-LD entity, or a fragment of one, as a record.
 */
import type { Config } from '../../config.ts';
import { FabricError } from '../../errors.ts';
import { isIri } from '../../mapping/iri.ts';
import type { NgsiRow } from '../../mapping/ngsi-ld-document.ts';
import type { Diagnostic, Json, JsonObject, SourceRecord } from '../../mapping/record.ts';
import { NS } from '../../rdf/vocab.ts';
import { redactMember } from '../redact.ts';
import { compileSecretNames } from '../secret-names.ts';
import { utcTime } from '../time.ts';
import { readAttribute } from './attribute.ts';
import type { CompiledContext } from './compiled-context.ts';
import type { CoordinateOrder } from './geometry.ts';
import { Notes } from './notes.ts';

export interface EntityOptions {
  readonly source: string;
  readonly op: 'replace' | 'merge';
  /** Identity from outside the body. */
  readonly id?: string | undefined;
  /** The body holds attributes only: `PATCH /entities/{id}`. */
  readonly fragment: boolean;
  /** ISO 8601, UTC. */
  readonly observedAt?: string | undefined;
  readonly receivedAt: string;
  readonly context: CompiledContext;
  readonly secrets: Config['secrets'];
  readonly orderOf: (name: string) => CoordinateOrder;
}

export interface EntityReading {
  readonly record: SourceRecord;
  readonly diagnostics: readonly Diagnostic[];
}

interface Draft {
  id: string | undefined;
  types: readonly string[] | undefined;
  observedAt: string | undefined;
  deleted: boolean;
  readonly value: Record<string, readonly NgsiRow[]>;
  readonly times: Record<string, string>;
  readonly drop: string[];
  readonly notes: Notes;
}

/** Members of an entity that are not attributes (GS CIM 009, 4.8), by IRI. */
const SYSTEM = new Set(
  ['createdAt', 'modifiedAt', 'expiresAt', 'deletedAt', 'observedAt'].map((name) => NS.ngsi + name),
);

/**
 * Reads an entity whose secrets are already cut out.
 *
 * @throws FabricError `record-invalid` where it is not NGSI-LD
 */
export function readEntity(entity: JsonObject, options: EntityOptions, notes = new Notes()): EntityReading {
  const draft: Draft = {
    id: undefined,
    types: undefined,
    observedAt: options.observedAt,
    deleted: false,
    value: {},
    times: {},
    drop: [],
    notes,
  };
  draft.id = identify(entity, options);
  for (const [name, value] of Object.entries(entity)) readMember(name, value, draft, options);
  return { record: recordOf(draft, options), diagnostics: notes.diagnostics() };
}

function identify(entity: JsonObject, options: EntityOptions): string {
  const stated = entity['id'] ?? entity['@id'];
  const id = stated ?? options.id;
  if (typeof id !== 'string' || !isIri(id)) {
    throw new FabricError(
      'record-invalid',
      `Entity has ${id === undefined ? 'no id' : 'an id that is not an IRI'}`,
    );
  }
  if (options.id !== undefined && id !== options.id) {
    throw new FabricError('record-invalid', `Entity ${id} was sent to the address of ${options.id}`);
  }
  return id;
}

function readMember(name: string, value: Json, draft: Draft, options: EntityOptions): void {
  if (name === '@context') return;
  const expanded = options.context.expand(name);
  switch (expanded.kind) {
    case 'keyword':
      readKeyword(expanded.keyword, name, value, draft, options.context);
      return;
    case 'ignored':
      draft.notes.add('term-ignored', name);
      return;
    case 'invalid':
      throw new FabricError('record-invalid', `Name "${name}" in entity ${draft.id!} ${expanded.reason}`);
    case 'iri':
      if (SYSTEM.has(expanded.iri) && typeof value === 'string') {
        readSystem(expanded.iri, name, value, draft);
        return;
      }
      if (!expanded.listed && options.context.partial !== undefined)
        draft.notes.add('term-outside-table', name);
      readNamed(name, expanded, value, draft, options);
  }
}

function readKeyword(
  keyword: string,
  name: string,
  value: Json,
  draft: Draft,
  context: CompiledContext,
): void {
  if (keyword === '@id') return;
  if (keyword !== '@type') {
    throw new FabricError(
      'record-invalid',
      `Entity ${draft.id!} has a member "${name}", which stands for ${keyword}`,
    );
  }
  const types = (Array.isArray(value) ? value : [value]) as readonly Json[];
  draft.types = types.map((type) => {
    const expanded = typeof type === 'string' ? context.expand(type) : undefined;
    if (expanded?.kind === 'iri') return expanded.iri;
    throw new FabricError('record-invalid', `Entity ${draft.id!} has a type that does not expand to an IRI`);
  });
}

function readSystem(iri: string, name: string, value: string, draft: Draft): void {
  const time = utcTime(value);
  if (time === undefined) {
    throw new FabricError('record-invalid', `Entity ${draft.id!} has a ${name} that is not an ISO 8601 time`);
  }
  if (iri === `${NS.ngsi}deletedAt`) {
    draft.deleted = true;
    draft.observedAt = time;
  } else if (iri === `${NS.ngsi}observedAt`) {
    draft.observedAt ??= time;
  } else {
    draft.notes.add('system-attribute-ignored', name);
  }
}

function readNamed(
  name: string,
  expanded: { readonly iri: string; readonly coercion?: string },
  stated: Json,
  draft: Draft,
  options: EntityOptions,
): void {
  const { iri } = expanded;
  // A context can hide a secret behind another name.
  const hidden = compileSecretNames(options.secrets).kindOf(iri) !== 'plain';
  const value = hidden ? redactMember(iri, stated, options.secrets) : stated;
  const { rows, observedAt } = readAttribute(value, {
    name,
    entity: draft.id!,
    coercion: expanded.coercion,
    context: options.context,
    order: options.orderOf(name),
    notes: draft.notes,
  });
  if (observedAt !== undefined) draft.times[iri] = observedAt;
  if (rows === 'drop') {
    if (options.op === 'merge') draft.drop.push(iri);
    else draft.notes.add('value-unknown', name);
  } else if (rows !== 'absent') {
    const before = draft.value[iri];
    if (before !== undefined) draft.notes.add('attribute-repeated', name);
    draft.value[iri] = before === undefined ? rows : [...before, ...rows];
  }
}

function recordOf(draft: Draft, options: EntityOptions): SourceRecord {
  const { source, receivedAt } = options;
  const observedAt = draft.observedAt ?? latestOfAll(draft);
  const base = { source, key: draft.id!, receivedAt, ...(observedAt !== undefined && { observedAt }) };
  if (draft.deleted) return { ...base, op: 'delete' };
  if (draft.types === undefined && options.op === 'replace' && !options.fragment) {
    throw new FabricError('record-invalid', `Entity ${draft.id!} has no type`);
  }
  return {
    ...base,
    op: options.op,
    value: draft.types === undefined ? draft.value : { type: draft.types, ...draft.value },
    ...(draft.drop.length > 0 && { drop: draft.drop }),
    ...(Object.keys(draft.times).length > 0 && { times: draft.times }),
  };
}

/** An entity of which every attribute has a time of its own was observed when the last of them was. */
function latestOfAll({ value, times, drop }: Draft): string | undefined {
  const names = Object.keys(value);
  if (drop.length > 0 || names.some((name) => times[name] === undefined)) return undefined;
  return names
    .map((name) => times[name]!)
    .sort()
    .at(-1);
}
