/**
 * Well-known text of points and areas in one canonical spelling, longitude before latitude.
 *
 * Only what the continuum uses: POINT, POLYGON and MULTIPOLYGON in two dimensions on WGS 84. The order of
 * coordinates is never guessed: aerOS sends longitude first, and a value that looks swapped stays as it is.
 */
import { decimalLexical, parseDecimal } from './decimal.ts';

export interface Point {
  /** Degrees, canonical xsd:decimal. */
  readonly longitude: string;
  readonly latitude: string;
  readonly wkt: string;
}

const CRS84 = /^<http:\/\/www\.opengis\.net\/def\/crs\/OGC\/1\.3\/CRS84>\s*/;
const POINT = /^POINT\s*\(\s*(\S+)\s+(\S+)\s*\)$/i;

/** Reads a point; undefined when the text is not one (GeoSPARQL 1.1, section 8.5.1 for the CRS prefix). */
export function parsePoint(text: string): Point | undefined {
  const match = POINT.exec(text.replace(CRS84, '').trim());
  const longitude = degrees(match?.[1]);
  const latitude = degrees(match?.[2]);
  if (longitude === undefined || latitude === undefined) return undefined;
  return { longitude, latitude, wkt: `POINT(${longitude} ${latitude})` };
}

function degrees(text: string | undefined): string | undefined {
  const value = text === undefined ? undefined : parseDecimal(text);
  return value && decimalLexical(value);
}

const AREA = /^(POLYGON|MULTIPOLYGON)\s*(\(.*\))$/is;
const TOKEN = /\s*([(),]|[^\s(),]+)/gy;

/** The canonical spelling of a polygon or multipolygon; undefined when the text is not one. */
export function canonicalArea(text: string): string | undefined {
  const match = AREA.exec(text.replace(CRS84, '').trim());
  if (!match) return undefined;
  const [, name = '', body = ''] = match;
  const kind = name.toUpperCase();
  const depthOfPoints = kind === 'POLYGON' ? 2 : 3;
  let out = kind;
  let depth = 0;
  let numbers = 0;
  TOKEN.lastIndex = 0;
  for (const [, token = ''] of body.matchAll(TOKEN)) {
    if (token === '(') {
      depth++;
      out += '(';
    } else if (token === ')' || token === ',') {
      // a position ends here: exactly two numbers, and only at the depth of positions
      if (depth === depthOfPoints ? numbers !== 2 : numbers !== 0) return undefined;
      numbers = 0;
      if (token === ')') depth--;
      out += token;
    } else {
      const value = degrees(token);
      if (value === undefined || depth !== depthOfPoints) return undefined;
      out += numbers === 0 ? value : ` ${value}`;
      numbers++;
    }
    if (depth < 0 || depth > depthOfPoints) return undefined;
  }
  return depth === 0 ? out : undefined;
}
