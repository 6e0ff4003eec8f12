/**
 * The document of an NGSI-LD record: what the record store keeps, and the form in which the mapping reads it.
 *
 * Kept per attribute, so that a PATCH of one attribute merges into the rest; presented as one flat list, so
 * that a mapping needs one triples map for all attributes. It must never hold a secret or a short name.
 */
import type { Json, JsonObject } from './record.ts';

/** What an attribute says beside its value; kept for later mappings, read by none of the shipped ones. */
export type NgsiAnnotations = {
  /** As sent: aerOS writes prose here (`Megabytes (MB)`), not UN/CEFACT codes. */
  readonly unitCode?: string;
  /** IRI of the dataset of an instance that is not the default one. */
  readonly datasetId?: string;
  /** `@type` of a typed value such as `DateTime`. */
  readonly datatype?: string;
  /** Sub-attributes, names as sent, as canonical JSON text. */
  readonly annotations?: string;
};

/** One value of one attribute. Geometry is WKT in CRS84, longitude before latitude. */
export type NgsiRow = NgsiAnnotations &
  (
    | { readonly value: string | number | boolean }
    | { readonly iri: string }
    | { readonly wkt: string }
    | { readonly json: string }
  );

/**
 * Presents a record document to the mapping: `{ id, type, attributes: [{ entity, name, ...row }] }`, in the
 * order of the document.
 */
export function presentNgsiLd(key: string, document: JsonObject): JsonObject {
  const attributes: Json[] = [];
  for (const [name, rows] of Object.entries(document)) {
    if (name === 'type' || !Array.isArray(rows)) continue;
    for (const row of rows as readonly JsonObject[]) attributes.push({ entity: key, name, ...row });
  }
  return { id: key, type: document['type'] ?? [], attributes };
}
