/**
 * The one test by which a JSON value is an object.
 */
import type { Json, JsonObject } from '../mapping/record.ts';

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
