/**
 * Which kind of attribute an object is (GS CIM 009, 4.5.2): by its type, or, in the concise form, by the
 * member that holds its value.
 */
import type { JsonObject } from '../../mapping/record.ts';
import { looksLikeGeometry } from './geometry.ts';
import type { NoteCode } from './notes.ts';

export type AttributeKind =
  | 'Property'
  | 'GeoProperty'
  | 'Relationship'
  | 'LanguageProperty'
  | 'VocabProperty'
  | 'JsonProperty'
  | 'ListProperty'
  | 'ListRelationship';

interface FoundKind {
  readonly name: AttributeKind;
  readonly remark?: NoteCode;
}

const KINDS: readonly AttributeKind[] = [
  'Property',
  'GeoProperty',
  'Relationship',
  'LanguageProperty',
  'VocabProperty',
  'JsonProperty',
  'ListProperty',
  'ListRelationship',
];

const NGSI = 'https://uri.etsi.org/ngsi-ld/';

/** As senders write them: short, as a full IRI, and misspelt (`Geoproperty` in Smart Data Models). */
const BY_TYPE: ReadonlyMap<string, FoundKind> = new Map(
  KINDS.flatMap((name): [string, FoundKind][] => [
    [name.toLowerCase(), { name, remark: 'attribute-type-misspelt' }],
    [name, { name }],
    [NGSI + name, { name }],
  ]).concat([['TemporalProperty', { name: 'Property' }]]),
);

const BY_HOLDER: readonly (readonly [string, FoundKind])[] = [
  ['value', { name: 'Property' }],
  ['object', { name: 'Relationship' }],
  ['languageMap', { name: 'LanguageProperty' }],
  ['vocab', { name: 'VocabProperty' }],
  ['json', { name: 'JsonProperty' }],
  ['valueList', { name: 'ListProperty' }],
  ['objectList', { name: 'ListRelationship' }],
];

const GEO: FoundKind = { name: 'GeoProperty' };
const FOREIGN: FoundKind = { name: 'Property', remark: 'attribute-type-unknown' };

/** The kind; undefined for an object that is not an attribute but a structured value. */
export function kindOf(object: JsonObject): FoundKind | undefined {
  const type = object['type'] ?? object['@type'];
  if (typeof type === 'string') {
    const byType = BY_TYPE.get(type) ?? BY_TYPE.get(type.toLowerCase());
    if (byType !== undefined) return byType;
  }
  for (const [holder, kind] of BY_HOLDER) {
    if (!(holder in object)) continue;
    if (kind.name !== 'Property') return kind;
    // NGSI-v2 writes `{ "type": "Number", "value": 5 }`.
    if (typeof type === 'string') return FOREIGN;
    return looksLikeGeometry(object['value']!) ? GEO : kind;
  }
  return undefined;
}
