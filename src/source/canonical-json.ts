/**
 * JSON in one spelling, so that equal values have equal texts in the graph.
 */
import type { Json, JsonObject } from '../mapping/record.ts';

/** Members sorted by their UTF-16 code units, no blanks (RFC 8785, section 3.2); arrays keep their order. */
export function canonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalJson).join(',')}]`;
  const object = value as JsonObject;
  const members = Object.keys(object).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonicalJson(object[name]!)}`).join(',')}}`;
}
