import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FabricError } from '../../src/errors.ts';
import type { Json, JsonObject, SourceReading } from '../../src/mapping/record.ts';
import { ContextStore } from '../../src/source/ngsi-ld/context-store.ts';
import { type EntitiesOptions, makeNgsiReader } from '../../src/source/ngsi-ld/entities.ts';
import { contextOfLink } from '../../src/source/ngsi-ld/envelope.ts';
import { contexts, outline, RECEIVED_AT, readBody, recordsOf, secrets, sourceOf } from './reading.ts';

const reader = makeNgsiReader({ source: 'ngsi-ld', secrets, contexts });
const D = 'https://uri.etsi.org/ngsi-ld/default-context/';
const ID = 'urn:ngsi-ld:InfrastructureElement:Production:1';

const read = (body: Json, options: Partial<EntitiesOptions> = {}): Promise<SourceReading[]> =>
  reader.entities(body, { op: 'replace', receivedAt: RECEIVED_AT, ...options });

const entity = (members: JsonObject): JsonObject => ({ id: ID, type: 'InfrastructureElement', ...members });

const codes = (reading: SourceReading): string[] =>
  reading.ok ? (reading.diagnostics ?? []).map(({ code }) => code) : [];

interface AttributeCase {
  readonly title: string;
  readonly value: Json;
  readonly rows: Json;
  readonly codes?: readonly string[];
  readonly context?: Json;
}

const POINT = { type: 'Point', coordinates: [23.7, 37.9] };

const ATTRIBUTES: readonly AttributeCase[] = [
  { title: 'a Property', value: { type: 'Property', value: 5 }, rows: [{ value: 5 }] },
  { title: 'a Property in concise form', value: { value: 'x' }, rows: [{ value: 'x' }] },
  { title: 'a scalar in simplified form', value: false, rows: [{ value: false }] },
  {
    title: 'a list of scalars',
    value: { value: [3, 1, 1] },
    rows: [{ value: 3 }, { value: 1 }, { value: 1 }],
  },
  { title: 'an empty list', value: { value: [] }, rows: [] },
  {
    title: 'a structured value, its order kept',
    value: { value: [{ b: 1, a: [] }, 2] },
    rows: [{ json: '[{"a":[],"b":1},2]' }],
  },
  {
    title: 'a structured value in simplified form',
    value: { b: 1, a: 2 },
    rows: [{ json: '{"a":2,"b":1}' }],
  },
  {
    title: 'a typed value',
    value: { value: { '@type': 'DateTime', '@value': '2026-01-01T00:00:00Z' } },
    rows: [{ value: '2026-01-01T00:00:00Z', datatype: 'DateTime' }],
  },
  {
    title: 'a unit',
    value: { value: 5, unitCode: 'MB' },
    rows: [{ value: 5, unitCode: 'MB' }],
    codes: ['annotation-not-mapped'],
  },
  {
    title: 'sub-attributes',
    value: { value: 5, accuracy: { value: 0.1 } },
    rows: [{ value: 5, annotations: '{"accuracy":{"value":0.1}}' }],
    codes: ['annotation-not-mapped'],
  },
  {
    title: 'stamps of the broker',
    value: { value: 5, modifiedAt: '2026-01-01T00:00:00Z' },
    rows: [{ value: 5 }],
    codes: ['system-attribute-ignored'],
  },
  {
    title: 'a Relationship',
    value: { type: 'Relationship', object: 'urn:ngsi-ld:Domain:1' },
    rows: [{ iri: 'urn:ngsi-ld:Domain:1' }],
  },
  {
    title: 'a Relationship in concise form',
    value: { object: ['urn:a:1', 'urn:a:2'] },
    rows: [{ iri: 'urn:a:1' }, { iri: 'urn:a:2' }],
  },
  {
    title: 'a Relationship in simplified form',
    value: 'urn:ngsi-ld:Domain:1',
    rows: [{ iri: 'urn:ngsi-ld:Domain:1' }],
  },
  {
    title: 'an address that is a value in simplified form',
    value: 'https://example.org/',
    rows: [{ value: 'https://example.org/' }],
  },
  {
    title: 'an identifier that a Property says is a value',
    value: { type: 'Property', value: 'urn:ngsi-ld:Domain:1' },
    rows: [{ value: 'urn:ngsi-ld:Domain:1' }],
  },
  {
    title: 'an empty Relationship',
    value: { type: 'Relationship', object: '' },
    rows: null,
    codes: ['value-unknown'],
  },
  {
    title: 'a link by its prefix',
    value: { object: 'ex:1' },
    context: { ex: 'https://example.org/' },
    rows: [{ iri: 'https://example.org/1' }],
  },
  {
    title: 'a term that coerces to a link',
    value: 'https://example.org/1',
    context: { attr: { '@id': `${D}attr`, '@type': '@id' } },
    rows: [{ iri: 'https://example.org/1' }],
  },
  {
    title: 'a term that coerces to a name',
    value: 'Ready',
    context: { attr: { '@id': `${D}attr`, '@type': '@vocab' } },
    rows: [{ iri: `${D}Ready` }],
  },
  {
    title: 'a GeoProperty',
    value: { type: 'GeoProperty', value: POINT },
    rows: [{ wkt: 'POINT(23.7 37.9)' }],
  },
  { title: 'a geometry in concise form', value: { value: POINT }, rows: [{ wkt: 'POINT(23.7 37.9)' }] },
  { title: 'a geometry in simplified form', value: POINT, rows: [{ wkt: 'POINT(23.7 37.9)' }] },
  {
    title: 'a geometry as text',
    value: { type: 'GeoProperty', value: JSON.stringify(POINT) },
    rows: [{ wkt: 'POINT(23.7 37.9)' }],
  },
  {
    title: 'a geometry with heights',
    value: { type: 'Point', coordinates: [1e-7, -0.5, 12] },
    rows: [{ wkt: 'POINT Z(0.0000001 -0.5 12)' }],
  },
  {
    title: 'a polygon',
    value: {
      type: 'Polygon',
      coordinates: [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      ],
    },
    rows: [{ wkt: 'POLYGON((0 0,1 0,1 1,0 0))' }],
  },
  {
    title: 'several geometries',
    value: {
      type: 'GeometryCollection',
      geometries: [
        POINT,
        {
          type: 'LineString',
          coordinates: [
            [0, 0],
            [1, 1],
          ],
        },
      ],
    },
    rows: [{ wkt: 'GEOMETRYCOLLECTION(POINT(23.7 37.9),LINESTRING(0 0,1 1))' }],
  },
  {
    title: 'a LanguageProperty',
    value: { languageMap: { de: 'Haus', en: ['house', 'home'], '@none': 'x' } },
    rows: [
      { json: '{"@language":"de","@value":"Haus"}' },
      { json: '{"@language":"en","@value":"house"}' },
      { json: '{"@language":"en","@value":"home"}' },
      { value: 'x' },
    ],
  },
  {
    title: 'a VocabProperty',
    value: { vocab: ['Ready', 'ngsi-ld:x'] },
    rows: [{ iri: `${D}Ready` }, { iri: 'https://uri.etsi.org/ngsi-ld/x' }],
  },
  {
    title: 'a JsonProperty with nulls',
    value: { type: 'JsonProperty', json: { b: null, a: 1 } },
    rows: [{ json: '{"a":1,"b":null}' }],
  },
  { title: 'a ListProperty', value: { valueList: [2, 1] }, rows: [{ json: '[2,1]' }] },
  {
    title: 'a ListRelationship',
    value: { objectList: [{ object: 'urn:a:2' }, { object: 'urn:a:1' }] },
    rows: [{ iri: 'urn:a:2' }, { iri: 'urn:a:1' }],
    codes: ['order-not-kept'],
  },
  {
    title: 'instances of several datasets',
    value: [{ value: 1 }, { value: 2, datasetId: 'urn:d:2' }],
    rows: [{ value: 1 }, { value: 2, datasetId: 'urn:d:2' }],
    codes: ['annotation-not-mapped'],
  },
  {
    title: 'datasets in simplified form',
    value: { dataset: { '@none': 1, 'urn:d:2': 2 } },
    rows: [{ value: 1 }, { value: 2, datasetId: 'urn:d:2' }],
    codes: ['annotation-not-mapped'],
  },
  {
    title: 'the newest of a history',
    value: [
      { value: 2, observedAt: '2026-01-02T00:00:00Z' },
      { value: 1, observedAt: '2026-01-01T00:00:00Z' },
    ],
    rows: [{ value: 2 }],
    codes: ['older-instance-left-out'],
  },
  {
    title: 'NGSI-v2',
    value: { type: 'Number', value: 5 },
    rows: [{ value: 5 }],
    codes: ['attribute-type-unknown'],
  },
  {
    title: 'a misspelt type',
    value: { type: 'Geoproperty', value: POINT },
    rows: [{ wkt: 'POINT(23.7 37.9)' }],
    codes: ['attribute-type-misspelt'],
  },
  { title: 'JSON null', value: null, rows: null, codes: ['value-null'] },
  { title: 'JSON null in an attribute', value: { value: null }, rows: null, codes: ['value-null'] },
  {
    title: 'NGSI-LD null in a whole entity',
    value: { object: 'urn:ngsi-ld:null' },
    rows: null,
    codes: ['value-unknown'],
  },
];

const INVALID: readonly [string, Json, RegExp][] = [
  ['no object', 5, /not a JSON object/],
  ['no id', { type: 'T' }, /no id/],
  ['an id that is no IRI', { id: 'my device', type: 'T' }, /not an IRI/],
  ['no type', { id: ID }, /no type/],
  ['a type that is no name', { id: ID, type: 5 }, /type/],
  ['a Relationship without object', entity({ a: { type: 'Relationship' } }), /without `object`/],
  ['a target that is no IRI', entity({ a: { object: 'server 1' } }), /"a".*not an IRI/],
  [
    'a geometry that is none',
    entity({ a: { type: 'GeoProperty', value: { type: 'Point', coordinates: ['x', 1] } } }),
    /"a".*geometry/,
  ],
  ['an observedAt that is no time', entity({ a: { value: 1, observedAt: 'soon' } }), /observedAt/],
  [
    'a languageMap that is none',
    entity({ a: { type: 'LanguageProperty', languageMap: 'x' } }),
    /languageMap/,
  ],
  ['a name that is no IRI', entity({ 'two words': 1 }), /"two words"/],
  ['a reverse term', entity({ '@context': { r: { '@reverse': 'urn:x:r' } }, r: 'urn:a:1' }), /reverse/],
];

describe('source: NGSI-LD attributes', () => {
  for (const { title, value, rows, codes: expected = [], context } of ATTRIBUTES) {
    it(`read ${title}`, async () => {
      const [reading] = await read(
        entity({ attr: value, ...(context !== undefined && { '@context': context }) }),
      );
      assert.ok(reading?.ok, reading?.ok === false ? reading.problem.message : '');
      assert.deepEqual(reading.record.value![`${D}attr`] ?? null, rows);
      assert.deepEqual(codes(reading), expected);
    });
  }

  it('swap coordinates where the source says so', async () => {
    const swapped = sourceOf({ format: 'ngsi-ld', coordinateOrder: 'lat-lon' });
    const [record] = recordsOf(await readBody(swapped, JSON.stringify(entity({ location: POINT }))));
    assert.deepEqual(record!.value!['https://uri.etsi.org/ngsi-ld/location'], [{ wkt: 'POINT(37.9 23.7)' }]);
  });
});

describe('source: NGSI-LD entities', () => {
  for (const [title, body, message] of INVALID) {
    it(`refuse ${title}, and its neighbours go on`, async () => {
      const readings = await read([entity({}), body, entity({ a: 1 })]);
      assert.deepEqual(outline(readings), [ID, 'record-invalid', ID]);
      const refused = readings[1]!;
      assert.ok(!refused.ok);
      assert.match(refused.problem.message, message);
      assert.equal(refused.position, 1);
      assert.equal(refused.bytes, Buffer.byteLength(JSON.stringify(body)));
    });
  }

  it('refuse a context that is not known, naming it', async () => {
    const [reading] = await read(entity({ '@context': ['https://example.org/context.jsonld'] }));
    assert.ok(reading?.ok === false);
    assert.equal(reading.problem.type, 'origin-refused');
    assert.match(reading.problem.message, /https:\/\/example\.org\/context\.jsonld/);
  });

  it('take the context from the Link header where the body has none', async () => {
    const link =
      '<https://smartdatamodels.org/context.jsonld>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"';
    const [record] = recordsOf(await read(entity({ gpu: true }), { link }));
    assert.deepEqual(record!.value, {
      type: ['https://smartdatamodels.org/dataModel.IT/InfrastructureElement'],
      'https://smartdatamodels.org/dataModel.IT/gpu': [{ value: true }],
    });
    assert.equal(await reader.attributeIri('gpu', link), 'https://smartdatamodels.org/dataModel.IT/gpu');
    assert.equal(await reader.attributeIri('gpu'), `${D}gpu`);
    await assert.rejects(() => reader.attributeIri('type'), FabricError);
    assert.equal(contextOfLink('<https://a.example/>; rel="next"'), undefined);
  });

  it('give times per attribute, and of the entity where it says one', async () => {
    const [record] = recordsOf(
      await read(
        entity({
          observedAt: '2026-01-01T00:00:00Z',
          a: { value: 1, observedAt: '2026-01-02T00:00:00+01:00' },
          b: 2,
        }),
      ),
    );
    assert.equal(record!.observedAt, '2026-01-01T00:00:00.000Z');
    assert.deepEqual(record!.times, { [`${D}a`]: '2026-01-01T23:00:00.000Z' });
  });

  it('take attributes away in a fragment by NGSI-LD null, in each representation', async () => {
    const gone = 'urn:ngsi-ld:null';
    const body = {
      a: gone,
      b: { value: gone },
      c: { object: gone },
      d: { languageMap: { '@none': gone } },
      e: { value: 1 },
    };
    const [record] = recordsOf(await read(body, { op: 'merge', id: ID, fragment: true }));
    assert.deepEqual(record!.drop, [`${D}a`, `${D}b`, `${D}c`, `${D}d`]);
    assert.deepEqual(record!.value, { [`${D}e`]: [{ value: 1 }] });
  });

  it('refuse a fragment at the address of another entity', async () => {
    const readings = await read({ id: 'urn:other:1', a: 1 }, { op: 'merge', id: ID, fragment: true });
    assert.deepEqual(outline(readings), ['record-invalid']);
  });

  it('read a notification: its data, its time, its context, and what was deleted', async () => {
    const readings = await read({
      id: 'urn:ngsi-ld:Notification:1',
      type: 'Notification',
      subscriptionId: 'urn:ngsi-ld:Subscription:1',
      notifiedAt: '2026-02-01T00:00:00Z',
      '@context': { '@vocab': 'urn:ignored:', load: 'urn:x:load' },
      data: [entity({ load: 1 }), { id: 'urn:b:1', type: 'T', deletedAt: '2026-01-31T00:00:00Z' }],
    });
    const [changed, deleted] = recordsOf(readings);
    assert.deepEqual(
      [changed!.observedAt, changed!.value!['urn:x:load']],
      ['2026-02-01T00:00:00.000Z', [{ value: 1 }]],
    );
    assert.deepEqual(deleted, {
      source: 'ngsi-ld',
      key: 'urn:b:1',
      op: 'delete',
      observedAt: '2026-01-31T00:00:00.000Z',
      receivedAt: RECEIVED_AT,
    });
  });

  it('read a notification in the frame that MQTT puts around it', async () => {
    const [record] = recordsOf(
      await read({
        metadata: {
          Link: '<https://smartdatamodels.org/context.jsonld>; rel="http://www.w3.org/ns/json-ld#context"',
        },
        body: { type: 'Notification', notifiedAt: '2026-02-01T00:00:00Z', data: [entity({ gpu: true })] },
      }),
    );
    assert.deepEqual(record!.value!['https://smartdatamodels.org/dataModel.IT/gpu'], [{ value: true }]);
    assert.equal(record!.observedAt, '2026-02-01T00:00:00.000Z');
  });

  it('read GeoJSON features as entities', async () => {
    const readings = await read({
      type: 'FeatureCollection',
      features: [
        {
          id: ID,
          type: 'Feature',
          geometry: POINT,
          properties: { type: 'T', location: { type: 'GeoProperty', value: POINT } },
        },
      ],
    });
    assert.deepEqual(recordsOf(readings)[0]!.value, {
      type: [`${D}T`],
      'https://uri.etsi.org/ngsi-ld/location': [{ wkt: 'POINT(23.7 37.9)' }],
    });
  });

  it('join what is stated under a short and a full name, and say so', async () => {
    const [reading] = await read(entity({ a: 1, [`${D}a`]: 2 }));
    assert.ok(reading?.ok);
    assert.deepEqual(reading.record.value![`${D}a`], [{ value: 1 }, { value: 2 }]);
    assert.deepEqual(codes(reading), ['attribute-repeated']);
  });

  it('say the same in normalized, concise and simplified form', async () => {
    const scalar = fc.oneof(
      fc.integer(),
      fc.boolean(),
      fc.string().filter((text) => !text.startsWith('urn:ngsi-ld:')),
    );
    const name = fc
      .stringMatching(/^[a-z][A-Za-z]{0,8}$/)
      .filter((text) => !['id', 'type', 'value', 'scope'].includes(text));
    const value = fc.oneof(
      scalar.map((value): readonly Json[] => [{ type: 'Property', value }, { value }, value]),
      fc
        .array(scalar, { minLength: 1 })
        .map((value): readonly Json[] => [{ type: 'Property', value }, { value }, value]),
      fc
        .nat()
        .map((n) => `urn:ngsi-ld:E:${n}`)
        .map((object): readonly Json[] => [{ type: 'Relationship', object }, { object }, object]),
      fc
        .tuple(fc.double({ min: -180, max: 180, noNaN: true }), fc.double({ min: -90, max: 90, noNaN: true }))
        .map((coordinates) => ({ type: 'Point', coordinates }))
        .map((value): readonly Json[] => [{ type: 'GeoProperty', value }, { value }, value]),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { minKeys: 1, maxKeys: 5 }), async (attributes) => {
        const forms = [0, 1, 2].map((form) =>
          entity(Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, value[form]!]))),
        );
        const [normalized, concise, simplified] = recordsOf(await read(forms));
        assert.equal(Object.keys(normalized!.value!).length, Object.keys(attributes).length + 1);
        assert.deepEqual(concise, normalized);
        assert.deepEqual(simplified, normalized);
      }),
    );
  });

  it('answer any JSON with readings, one for each item, and never throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ maxDepth: 4 })), fc.jsonValue(), async (items, context) => {
        const odd = { id: ID, type: 'T', '@context': context, a: items } as JsonObject;
        const readings = await makeNgsiReader({
          source: 's',
          secrets,
          contexts: new ContextStore(),
        }).entities([...(items as Json[]), odd], { op: 'merge', receivedAt: RECEIVED_AT });
        assert.deepEqual(
          readings.map(({ position }) => position),
          [...items, odd].map((_, index) => index),
        );
      }),
      { numRuns: 60 },
    );
  });
});
