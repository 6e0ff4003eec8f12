/**
 * GeoJSON geometries as WKT in CRS84, longitude before latitude.
 *
 * The order of coordinates is a setting of the source and never guessed from the values.
 */
import type { Json, JsonObject } from '../../mapping/record.ts';
import { isObject } from '../json-object.ts';

export type CoordinateOrder = 'lon-lat' | 'lat-lon';

const DEPTH = new Map([
  ['Point', 0],
  ['MultiPoint', 1],
  ['LineString', 1],
  ['MultiLineString', 2],
  ['Polygon', 2],
  ['MultiPolygon', 3],
]);

/** Whether a value is meant as a geometry (RFC 7946, section 3.1), well-formed or not. */
export function looksLikeGeometry(value: Json): value is JsonObject {
  if (!isObject(value)) return false;
  const { type } = value;
  if (typeof type !== 'string') return false;
  return DEPTH.has(type) ? 'coordinates' in value : type === 'GeometryCollection' && 'geometries' in value;
}

/** The WKT of a geometry; undefined when it is not one. A third coordinate becomes `Z`. */
export function wktOf(value: Json, order: CoordinateOrder): string | undefined {
  if (!looksLikeGeometry(value)) return undefined;
  const type = value['type'] as string;
  if (type === 'GeometryCollection') {
    const parts = asArray(value['geometries'])?.map((part) => wktOf(part, order));
    return parts === undefined || parts.length === 0 || parts.includes(undefined)
      ? undefined
      : `GEOMETRYCOLLECTION(${parts.join(',')})`;
  }
  const sizes = new Set<number>();
  const text = positions(value['coordinates'], DEPTH.get(type)!, order, sizes);
  if (text === undefined || sizes.size !== 1) return undefined;
  const name = type.toUpperCase() + (sizes.has(3) ? ' Z' : '');
  return DEPTH.get(type) === 0 ? `${name}(${text})` : name + text;
}

function positions(
  value: Json | undefined,
  depth: number,
  order: CoordinateOrder,
  sizes: Set<number>,
): string | undefined {
  const items = asArray(value);
  if (items === undefined || items.length === 0) return undefined;
  if (depth === 0) return position(items, order, sizes);
  const parts = items.map((item) => positions(item, depth - 1, order, sizes));
  return parts.includes(undefined) ? undefined : `(${parts.join(',')})`;
}

function position(items: readonly Json[], order: CoordinateOrder, sizes: Set<number>): string | undefined {
  const [first, second, height] = items.map(decimal);
  if (items.length > 3 || first === undefined || second === undefined) return undefined;
  if (items.length === 3 && height === undefined) return undefined;
  sizes.add(items.length);
  const pair = order === 'lon-lat' ? `${first} ${second}` : `${second} ${first}`;
  return height === undefined ? pair : `${pair} ${height}`;
}

/** A coordinate without an exponent; one beyond a double comes as text. */
function decimal(value: Json): string | undefined {
  if (typeof value === 'string') return /^-?\d+(?:\.\d+)?$/.test(value) ? value : undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  const text = String(value);
  if (!text.includes('e')) return text;
  return value === 0 || Math.abs(value) < 1 ? value.toFixed(20).replace(/\.?0+$/, '') : undefined;
}

const asArray = (value: Json | undefined): readonly Json[] | undefined =>
  Array.isArray(value) ? (value as readonly Json[]) : undefined;
