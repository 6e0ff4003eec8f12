/**
 * Texts of the arena read as terms, and texts from elsewhere that are not the one text of equal terms.
 */
import { termOfNTriples } from '../../rdf/n-triples-term.ts';
import { defaultGraph, namedNode, type Term } from '../../rdf/terms.ts';

const [QUOTE, AT, BACKSLASH, LESS, GREATER] = [34, 64, 92, 60, 62] as const;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The term whose text stands in `bytes`. */
export function termOfText(bytes: Uint8Array, from: number, length: number): Term {
  if (length === 0) return defaultGraph();
  if (bytes[from] !== LESS) return termOfBytes(bytes, from, from + length);
  const iri = decoder.decode(bytes.subarray(from + 1, from + length - 1));
  return iri.includes('\\') ? termOfNTriples(`<${iri}>`) : namedNode(iri);
}

/** The term of a text in N-Triples that may have come from elsewhere. */
export const termOfBytes = (bytes: Uint8Array, from: number, to: number): Term =>
  termOfNTriples(decoder.decode(bytes.subarray(from, to)));

const XSD_STRING = new TextEncoder().encode('"^^<http://www.w3.org/2001/XMLSchema#string>');

/**
 * Whether no other text is that of an equal term. Others are literals with capitals in their tag, with an escape in
 * their datatype, or with the datatype xsd:string spelt out.
 */
export function isCanonical(bytes: Uint8Array, from: number, to: number): boolean {
  const last = bytes[to - 1]!;
  if (bytes[from] !== QUOTE || last === QUOTE) return true;
  if (last === GREATER && endsWith(bytes, from, to, XSD_STRING)) return false;
  for (let at = to - 1; at > from; at--) {
    const byte = bytes[at]!;
    if (byte === (last === GREATER ? LESS : AT)) return true;
    // Capitals, and whatever is no ASCII, which may have capitals.
    if (last === GREATER ? byte === BACKSLASH : (byte >= 65 && byte <= 90) || byte > 127) return false;
  }
  return false;
}

function endsWith(bytes: Uint8Array, from: number, to: number, end: Uint8Array): boolean {
  const start = to - end.length;
  if (start <= from) return false;
  for (let i = end.length - 1; i >= 0; i--) if (bytes[start + i] !== end[i]) return false;
  return true;
}
