/**
 * Public payloads as record documents, in the form in which the intake keeps them.
 *
 * A plain expansion, made for these tests alone: names by one table, values by their shape. What the intake
 * does with contexts, notifications and fragments is tested where it is built.
 */
import type { Json, JsonObject } from '../../src/log/change.ts';
import { mapRecord } from '../../src/mapping/map.ts';
import { presentNgsiLd } from '../../src/mapping/ngsi-ld-document.ts';
import type { MappingPlan } from '../../src/mapping/plan.ts';
import type { CanonicalRecord } from '../../src/ontology/crosswalk.ts';
import { blankNode } from '../../src/rdf/terms.ts';
import { NS } from '../../src/rdf/vocab.ts';
import { crosswalk } from './tables.ts';

export interface Entity {
  readonly id: string;
  readonly document: JsonObject;
}

/** From a name to its IRI. */
export type Context = (name: string) => string;

const CORE: Readonly<Record<string, string>> = {
  description: 'http://purl.org/dc/terms/description',
  location: `${NS.ngsi}location`,
  status: `${NS.ngsi}status`,
};

/** What names mean without any context but that of NGSI-LD itself. */
export const liveContext: Context = (name) => CORE[name] ?? NS.ngsiDefault + name;

/** What names mean in a context that is a plain table; others fall to the default of NGSI-LD. */
export function tableContext(table: Readonly<Record<string, unknown>>): Context {
  return (name) => {
    const iri = table[name];
    return typeof iri === 'string' ? iri : liveContext(name);
  };
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A normalised or simplified entity; entities inside of it come out too. */
export function entitiesOf(entity: JsonObject, context: Context): Entity[] {
  const found: Entity[] = [];
  const document: Record<string, Json> = {
    type: [entity['type'] ?? []].flat().map((name) => context(text(name))),
  };
  for (const [name, value] of Object.entries(entity)) {
    if (name === 'id' || name === 'type' || name === '@context') continue;
    const rows = rowsOf(value, found, context);
    if (rows.length > 0) document[context(name)] = rows;
  }
  return [...found, { id: text(entity['id']), document }];
}

const GEOMETRIES = ['Point', 'Polygon'];

function rowsOf(value: Json, found: Entity[], context: Context): Json[] {
  if (value === null) return [];
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    const structured = items.some((item) => isObject(item) && !('id' in item));
    return structured
      ? [{ json: JSON.stringify(value) }]
      : items.flatMap((item) => rowsOf(item, found, context));
  }
  if (!isObject(value)) {
    return typeof value === 'string' && value.startsWith('urn:') ? [{ iri: value }] : [{ value }];
  }
  const object = value;
  if ('id' in object) {
    found.push(...entitiesOf(object, context));
    return [{ iri: text(object['id']) }];
  }
  if (GEOMETRIES.includes(text(object['type']))) return [{ wkt: wkt(object) }];
  if ('object' in object) return [object['object']!].flat().map((iri) => ({ iri: iri }));
  if ('value' in object) return rowsOf(object['value'], found, context);
  return [{ json: JSON.stringify(object) }];
}

function wkt(geometry: JsonObject): string {
  const coordinates = geometry['coordinates'] as Json;
  if (geometry['type'] === 'Point') return `POINT(${(coordinates as number[]).join(' ')})`;
  const rings = (coordinates as number[][][]).map(
    (ring) => `(${ring.map((position) => position.join(' ')).join(',')})`,
  );
  return `POLYGON(${rings.join(',')})`;
}

/** The way of a record: presented, mapped, put in canonical terms. */
export function canonicalRecord(plan: MappingPlan, { id, document }: Entity): CanonicalRecord {
  const mapped = mapRecord(plan, presentNgsiLd(id, document), { strict: true, blankNode });
  return crosswalk.canonicalise(mapped.quads);
}
