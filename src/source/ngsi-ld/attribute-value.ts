/**
 * The value of an attribute as rows: one for each scalar, link, geometry, or structured value.
 */
import { FabricError } from '../../errors.ts';
import type { NgsiRow } from '../../mapping/ngsi-ld-document.ts';
import type { Json, JsonObject } from '../../mapping/record.ts';
import { canonicalJson } from '../../rdf/canonical-json.ts';
import { isObject } from '../json-object.ts';
import { NGSI_NULL } from '../secret-names.ts';
import type { AttributeScope } from './attribute.ts';
import type { AttributeKind } from './attribute-kind.ts';
import { ABSOLUTE_IRI } from './compiled-context.ts';
import { looksLikeGeometry, wktOf } from './geometry.ts';

/** `drop`: taken away by `urn:ngsi-ld:null`; `absent`: nothing is said. */
export type Rows = readonly NgsiRow[] | 'drop' | 'absent';

export interface HeldValue {
  readonly rows: Rows;
  /** The member in which the value stood. */
  readonly holder: string;
}

const HOLDER: Readonly<Record<AttributeKind, string>> = {
  Property: 'value',
  GeoProperty: 'value',
  Relationship: 'object',
  LanguageProperty: 'languageMap',
  VocabProperty: 'vocab',
  JsonProperty: 'json',
  ListProperty: 'valueList',
  ListRelationship: 'objectList',
};

/** The value of a normalized or concise attribute. */
export function valueOf(kind: AttributeKind, instance: JsonObject, scope: AttributeScope): HeldValue {
  const holder = holderOf(kind, instance, scope);
  const value = instance[holder];
  if (value === undefined) throw invalid(scope, `is a ${kind} without \`${HOLDER[kind]}\``);
  return { rows: rowsOf(kind, value, scope), holder };
}

function holderOf(kind: AttributeKind, instance: JsonObject, scope: AttributeScope): string {
  const holder = HOLDER[kind];
  if (holder in instance || !('value' in instance)) return holder;
  if (kind === 'Relationship') scope.notes.add('relationship-in-value', scope.name);
  return 'value';
}

function rowsOf(kind: AttributeKind, value: Json, scope: AttributeScope): Rows {
  if (value === NGSI_NULL) return 'drop';
  if (kind === 'JsonProperty') return [{ json: canonicalJson(value) }];
  if (value === null) {
    scope.notes.add('value-null', scope.name);
    return 'absent';
  }
  switch (kind) {
    case 'Property':
      return propertyRows(value, scope);
    case 'GeoProperty':
      return [{ wkt: geometry(value, scope) }];
    case 'Relationship':
      return linkRows(value, scope);
    case 'LanguageProperty':
      return languageRows(value, scope);
    case 'VocabProperty':
      return listOf(value).map((item) => ({ iri: vocabularyIri(item, scope) }));
    case 'ListProperty':
      return [{ json: canonicalJson(value) }];
    case 'ListRelationship':
      scope.notes.add('order-not-kept', scope.name);
      return linkRows(value, scope);
  }
}

/**
 * A value without its attribute around it. What it was is gone, so an identifier of an NGSI-LD entity
 * (`urn:ngsi-ld:…`) is read as a link, and a geometry as one.
 */
export function simplifiedRows(value: Json, scope: AttributeScope): Rows {
  if (value === NGSI_NULL) return 'drop';
  if (looksLikeGeometry(value)) return [{ wkt: geometry(value, scope) }];
  const items = listOf(value);
  if (scope.coercion === '@vocab' && items.every((item) => typeof item === 'string')) {
    return items.map((item) => ({ iri: vocabularyIri(item, scope) }));
  }
  const linked =
    items.length > 0 &&
    items.every((item) => scope.coercion === '@id' || isEntityId(item)) &&
    !hasNull(items);
  return linked ? linkRows(value, scope) : propertyRows(value, scope);
}

const isEntityId = (item: Json): boolean =>
  typeof item === 'string' && item.startsWith('urn:ngsi-ld:') && item !== NGSI_NULL;

const hasNull = (items: readonly Json[]): boolean => items.includes(null);

/** Scalars one by one; anything with structure as one text, so that order and nesting stay. */
function propertyRows(value: Json, scope: AttributeScope): Rows {
  if (value === null) {
    scope.notes.add('value-null', scope.name);
    return 'absent';
  }
  if (typeof value !== 'object') return [{ value }];
  if (!Array.isArray(value)) return [objectRow(value as JsonObject)];
  const rows: NgsiRow[] = [];
  for (const item of value as readonly Json[]) {
    if (typeof item === 'object') return [{ json: canonicalJson(value) }];
    rows.push({ value: item });
  }
  return rows;
}

/** `{ "@type": "DateTime", "@value": … }` is a scalar that says its datatype. */
function objectRow(value: JsonObject): NgsiRow {
  const lexical = value['@value'];
  const datatype = value['@type'] ?? value['type'];
  const typed = Object.keys(value).length === 2 && typeof datatype === 'string';
  return typed && (typeof lexical === 'string' || typeof lexical === 'number' || typeof lexical === 'boolean')
    ? { value: lexical, datatype }
    : { json: canonicalJson(value) };
}

function geometry(value: Json, scope: AttributeScope): string {
  const wkt = wktOf(typeof value === 'string' ? parsed(value) : value, scope.order);
  if (wkt === undefined) throw invalid(scope, 'is not a GeoJSON geometry');
  return wkt;
}

/** GeoJSON may come encoded as text (GS CIM 009, 4.7.1). */
function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function linkRows(value: Json, scope: AttributeScope): Rows {
  const rows: NgsiRow[] = [];
  let taken = false;
  for (const item of listOf(value)) {
    const text = linkOf(item);
    if (text === NGSI_NULL) taken = true;
    else if (text === '') scope.notes.add('value-unknown', scope.name);
    else rows.push({ iri: absolute(text === undefined ? '' : scope.context.identifier(text), scope) });
  }
  if (rows.length > 0 || listOf(value).length === 0) return rows;
  return taken ? 'drop' : 'absent';
}

/** A link as text, as `{ "@id": … }`, `{ "object": … }`, or as an embedded entity. */
function linkOf(item: Json): string | undefined {
  if (typeof item === 'string') return item;
  if (!isObject(item)) return undefined;
  const id = item['@id'] ?? item['id'] ?? item['object'];
  return typeof id === 'string' ? id : undefined;
}

function absolute(text: string, scope: AttributeScope): string {
  if (ABSOLUTE_IRI.test(text)) return text;
  throw invalid(scope, 'has a target that is not an IRI');
}

function vocabularyIri(item: Json, scope: AttributeScope): string {
  const expanded = typeof item === 'string' ? scope.context.expand(item) : undefined;
  if (expanded?.kind === 'iri') return expanded.iri;
  throw invalid(scope, 'has a vocabulary term that does not expand to an IRI');
}

/** One row for each language, as a JSON-LD value object; `@none` is a plain text. */
function languageRows(value: Json, scope: AttributeScope): Rows {
  if (!isObject(value)) throw invalid(scope, 'has a languageMap that is not an object');
  const rows: NgsiRow[] = [];
  for (const [language, texts] of Object.entries(value)) {
    for (const text of listOf(texts)) {
      if (text === NGSI_NULL) continue;
      if (typeof text !== 'string')
        throw invalid(scope, 'has a text in its languageMap that is not a string');
      rows.push(
        language === '@none'
          ? { value: text }
          : { json: canonicalJson({ '@language': language, '@value': text }) },
      );
    }
  }
  return rows.length === 0 ? 'drop' : rows;
}

const listOf = (value: Json): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [value];

function invalid(scope: AttributeScope, what: string): FabricError {
  return new FabricError('record-invalid', `Attribute "${scope.name}" of ${scope.entity} ${what}`);
}
