/**
 * Doubles that a JSON-LD document writes as texts, on their way through the library.
 *
 * The standard turns numbers into canonical doubles and leaves texts alone (JSON-LD 1.1 API, 8.2.2); the library
 * turns texts too: `"1.50"` comes out as `1.5E0` and `"INF"` as `NaN`. A datatype of its own keeps them from that.
 */
import { xsd } from './vocab.ts';

const DOUBLE = xsd.double.value;
const KEPT = `${DOUBLE}-as-written`;

/** An expanded document whose doubles that are texts have a datatype that the library does not know. */
export function keepDoubles(expanded: unknown): unknown {
  if (Array.isArray(expanded)) return expanded.map(keepDoubles);
  if (typeof expanded !== 'object' || expanded === null) return expanded;
  if ('@value' in expanded) {
    const isText =
      '@type' in expanded && expanded['@type'] === DOUBLE && typeof expanded['@value'] === 'string';
    return isText ? { ...expanded, '@type': KEPT } : expanded;
  }
  return Object.fromEntries(Object.entries(expanded).map(([key, value]) => [key, keepDoubles(value)]));
}

/** The datatype that the document states. */
export const statedDatatype = (iri: string): string => (iri === KEPT ? DOUBLE : iri);
