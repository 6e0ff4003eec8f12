/**
 * The requested area: a polygon from GeoJSON or WKT, and whether a point lies in it.
 *
 * Coordinates are longitude before latitude on WGS 84, as both texts have it; nothing is ever swapped. The
 * border belongs to the area.
 */

import { wktToGeoJSON } from '@terraformer/wkt';
import { booleanPointInPolygon } from '@turf/boolean-point-in-polygon';
import type { MultiPolygon, Polygon, Position } from 'geojson';
import { canonicalArea } from '../ontology/wkt.ts';

export type Area = Polygon | MultiPolygon;

export type ParsedArea =
  | { readonly ok: true; readonly area: Area }
  | { readonly ok: false; readonly message: string };

/** Reads a GeoJSON Polygon or MultiPolygon (RFC 7946, section 3.1.6), or the same as WKT. */
export function parseArea(value: unknown): ParsedArea {
  if (typeof value !== 'string') return checkArea(value);
  const text = canonicalArea(value);
  if (text === undefined) return { ok: false, message: 'is not a WKT POLYGON or MULTIPOLYGON' };
  try {
    return checkArea(wktToGeoJSON(text));
  } catch {
    return { ok: false, message: 'is not a WKT POLYGON or MULTIPOLYGON' };
  }
}

export function isWithin(area: Area, longitude: number, latitude: number): boolean {
  return booleanPointInPolygon([longitude, latitude], area);
}

function checkArea(value: unknown): ParsedArea {
  const { type, coordinates } = (value ?? {}) as { type?: unknown; coordinates?: unknown };
  if (type !== 'Polygon' && type !== 'MultiPolygon') {
    return { ok: false, message: 'is neither a GeoJSON Polygon nor a MultiPolygon' };
  }
  const polygons: unknown = type === 'Polygon' ? [coordinates] : coordinates;
  if (!Array.isArray(polygons) || polygons.length === 0) return { ok: false, message: 'has no coordinates' };
  for (const rings of polygons as unknown[]) {
    if (!Array.isArray(rings) || rings.length === 0)
      return { ok: false, message: 'has a polygon without a ring' };
    for (const ring of rings as unknown[]) {
      const problem = ringProblem(ring);
      if (problem !== undefined) return { ok: false, message: problem };
    }
  }
  return {
    ok: true,
    area:
      type === 'Polygon'
        ? { type, coordinates: coordinates as Position[][] }
        : { type, coordinates: coordinates as Position[][][] },
  };
}

function ringProblem(ring: unknown): string | undefined {
  if (!Array.isArray(ring) || ring.length < 4) return 'has a ring of fewer than four positions';
  for (const position of ring as unknown[]) {
    if (!Array.isArray(position) || position.length < 2)
      return 'has a position that is not [longitude, latitude]';
    const [longitude, latitude] = position as unknown[];
    if (typeof longitude !== 'number' || typeof latitude !== 'number') {
      return 'has a position that is not [longitude, latitude]';
    }
    if (!(Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90)) {
      return `has the position [${longitude}, ${latitude}], which is not longitude, latitude in degrees`;
    }
  }
  const first = (ring as number[][])[0]!;
  const last = (ring as number[][]).at(-1)!;
  return first[0] === last[0] && first[1] === last[1] ? undefined : 'has a ring that is not closed';
}
