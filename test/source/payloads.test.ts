import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { presentNgsiLd } from '../../src/mapping/ngsi-ld-document.ts';
import type { Json, JsonObject } from '../../src/mapping/record.ts';
import { makeNgsiReader } from '../../src/source/ngsi-ld/entities.ts';
import { allSources } from '../../src/source/shipped.ts';
import { dataPath, describeWithData, readData } from '../data.ts';
import { contexts, outline, RECEIVED_AT, readBody, recordsOf, secrets } from './reading.ts';

const shippedSource = (name: string) => allSources([]).find((source) => source.name === name)!;
const payload = (file: string): string => readData('aeros', 'payloads', file);
const DEFAULT = 'https://uri.etsi.org/ngsi-ld/default-context/';
const SDM = 'https://smartdatamodels.org/dataModel.IT/';

describeWithData('source: public aerOS payloads', () => {
  const reader = makeNgsiReader({ source: 'ngsi-ld', secrets, contexts });

  it('read each Smart Data Models example as one record, every member said', async () => {
    const files = readdirSync(dataPath('aeros', 'payloads')).filter((file) => /^sdm-\w+\.jsonld$/.test(file));
    assert.equal(files.length, 13);
    for (const file of files) {
      const readings = await readBody(shippedSource('ngsi-ld'), payload(file), {
        mediaType: 'application/ld+json',
      });
      const sent = JSON.parse(payload(file)) as JsonObject & { readonly type: string };
      assert.deepEqual(outline(readings), [sent['id']], file);
      const value = recordsOf(readings)[0]!.value!;
      // id becomes the key, @context is used up, every other member stands with at least one row
      assert.equal(Object.keys(value).length, Object.keys(sent).length - 2, file);
      assert.deepEqual(value['type'], [SDM + sent.type], file);
      for (const [name, rows] of Object.entries(value))
        assert.ok((rows as unknown[]).length > 0, `${file} ${name}`);
    }
  });

  it('read the dialect of Smart Data Models to the last attribute', async () => {
    const [record] = recordsOf(
      await readBody(shippedSource('ngsi-ld'), payload('sdm-InfrastructureElement.jsonld')),
    );
    assert.deepEqual(record!.value![`${SDM}domain`], [{ iri: 'urn:ngsi-ld:Domain:Production' }]);
    assert.deepEqual(record!.value![`${SDM}availableRam`], [{ value: 5100, unitCode: 'Megabytes (MB)' }]);
    assert.deepEqual(record!.value!['https://uri.etsi.org/ngsi-ld/location'], [
      { wkt: 'POINT(-0.3411743020092746 39.48103451588121)' },
    ]);
  });

  it('cut the environment of the component out and keep its order of arguments', async () => {
    const [record] = recordsOf(
      await readBody(shippedSource('ngsi-ld'), payload('sdm-ServiceComponent.jsonld')),
    );
    assert.deepEqual(record!.value![`${SDM}envVars`], [
      {
        json: '[{"key":"APP_ENV","value":"secretRef:env/APP_ENV"},{"key":"DB_URL","value":"secretRef:env/DB_URL"}]',
      },
    ]);
    assert.match(
      (record!.value![`${SDM}cliArgs`] as [{ json: string }])[0].json,
      /^\[\{"key":"-app-env".*"-db-url"/,
    );
  });

  it('mend and remark the two faulty examples', async () => {
    const codes = async (file: string) =>
      (await readBody(shippedSource('ngsi-ld'), payload(file))).flatMap((reading) =>
        reading.ok ? (reading.diagnostics ?? []).map(({ code }) => code) : [],
      );
    assert.deepEqual(await codes('sdm-CloudRegion.jsonld'), [
      'attribute-type-misspelt',
      'relationship-in-value',
    ]);
    assert.deepEqual(await codes('sdm-ITTests.jsonld'), ['relationship-in-value']);
  });

  it('read the 87 telemetry patches as fragments of the element in the address', async () => {
    const patches = JSON.parse(payload('aeros-telemetry-87.json')) as Readonly<
      Record<string, { readonly value: Json }>
    >[];
    assert.equal(patches.length, 87);
    const id = 'urn:ngsi-ld:InfrastructureElement:Production:00155dc09474';
    for (const patch of patches) {
      const readings = await reader.entities(patch, {
        op: 'merge',
        id,
        fragment: true,
        receivedAt: RECEIVED_AT,
      });
      assert.deepEqual(outline(readings), [id]);
      const expected = Object.entries(patch).map(([name, { value }]) => [DEFAULT + name, [{ value }]]);
      const [record] = recordsOf(readings);
      assert.deepEqual(Object.entries(record!.value!), expected);
      assert.equal(record!.op, 'merge');
    }
  });

  it('refuse the same patches where no address names their element', async () => {
    const readings = await readBody(shippedSource('ngsi-ld'), payload('aeros-telemetry-87.json'));
    assert.deepEqual([...new Set(outline(readings))], ['record-invalid']);
    assert.equal(readings.length, 87);
  });

  it('read entities whose attribute names are full IRIs', async () => {
    const readings = await readBody(shippedSource('ngsi-ld'), payload('data-catalog-ngsild.json'));
    const sent = JSON.parse(payload('data-catalog-ngsild.json')) as JsonObject[];
    assert.equal(sent.length, 8);
    assert.deepEqual(
      outline(readings),
      sent.map((entity) => entity['id']),
    );
    assert.deepEqual(recordsOf(readings)[1]!.value!['http://www.w3.org/ns/dcat#keyword'], [
      { value: 'Marousi' },
      { value: 'network lab DEVNET' },
    ]);
  });

  const ELEMENT = 'urn:ngsi-ld:InfrastructureElement:ncsrd-';
  const SETS: readonly [string, readonly string[]][] = [
    ['scomponent_req_ie.json', [`${ELEMENT}w1`]],
    ['scomponent_req_constraints.json', [`${ELEMENT}m`, `${ELEMENT}w1`, `${ELEMENT}w2`]],
  ];
  for (const [file, elements] of SETS) {
    it(`take ${file} apart into one record for each entity`, async () => {
      const records = recordsOf(await readBody(shippedSource('hlo-candidates'), payload(file)));
      const types = new Map<string, number>();
      for (const { value } of records) {
        const type = (value!['type'] as string[])[0]!.slice(DEFAULT.length);
        types.set(type, (types.get(type) ?? 0) + 1);
      }
      assert.deepEqual(Object.fromEntries(types), {
        ServiceComponent: 1,
        InfrastructureElementRequirements: 1,
        NetworkPort: 2,
        InfrastructureElement: elements.length,
        LowLevelOrchestrator: 1,
        Domain: 1,
        Organization: 1,
      });
      const keys = records.map((record) => record.key);
      for (const element of elements) {
        const record = records[keys.indexOf(element)]!;
        assert.deepEqual(record.value![`${DEFAULT}domain`], [{ iri: 'urn:ngsi-ld:Domain:1' }]);
        // Athens: the samples write latitude first
        assert.deepEqual(record.value!['https://uri.etsi.org/ngsi-ld/location'], [
          { wkt: 'POINT(23.7257 37.9715)' },
        ]);
      }
    });
  }

  it('leave the areas of candidate sets as they are, since those have longitude first', async () => {
    const records = recordsOf(
      await readBody(shippedSource('hlo-candidates'), payload('scomponent_req_constraints.json')),
    );
    const requirements = records.find(({ key }) => key.endsWith(':InfrastructureElementRequirements'))!;
    const [area] = requirements.value![`${DEFAULT}area`] as [{ wkt: string }];
    assert.match(area.wkt, /^POLYGON\(\(23\.398344 38\.010227,/);
  });

  it('read the directory whole, without its password hashes', async () => {
    const text = readData('aeros', 'ldap', 'ldap.json');
    const readings = await readBody(shippedSource('ldap'), text);
    assert.deepEqual(outline(readings), ['ldap']);
    const kept = JSON.stringify(recordsOf(readings)[0]!.value);
    assert.match(text, /\{MD5\}/);
    assert.doesNotMatch(kept, /\{MD5\}/);
    assert.match(kept, /"userPassword":"secretRef:userPassword"/);
  });

  it('reads at least 5 000 patches in a second', async function () {
    this.timeout(20_000);
    const patches = JSON.parse(payload('aeros-telemetry-87.json')) as JsonObject[];
    const options = {
      op: 'merge',
      id: 'urn:ngsi-ld:InfrastructureElement:a',
      fragment: true,
      receivedAt: RECEIVED_AT,
    } as const;
    const rounds = 60;
    let read = 0;
    const cpu = process.cpuUsage();
    for (let round = 0; round < rounds; round++) {
      for (const patch of patches) read += (await reader.entities(patch, options)).length;
    }
    const { user, system } = process.cpuUsage(cpu);
    const perSecond = read / ((user + system) / 1_000_000);
    assert.equal(read, rounds * 87);
    assert.ok(perSecond > 5_000, `${Math.round(perSecond)} records per CPU second`);
  });
});

describe('source: presentation of an NGSI-LD document', () => {
  it('lists every row with its entity and name, in the order of the document', () => {
    assert.deepEqual(
      presentNgsiLd('urn:e', {
        'urn:b': [{ value: 1 }, { value: 2 }],
        type: ['urn:T'],
        'urn:a': [{ iri: 'urn:x' }],
      }),
      {
        id: 'urn:e',
        type: ['urn:T'],
        attributes: [
          { entity: 'urn:e', name: 'urn:b', value: 1 },
          { entity: 'urn:e', name: 'urn:b', value: 2 },
          { entity: 'urn:e', name: 'urn:a', iri: 'urn:x' },
        ],
      },
    );
  });

  it('has no types for a fragment that never had any', () => {
    assert.deepEqual(presentNgsiLd('urn:e', {}), { id: 'urn:e', type: [], attributes: [] });
  });
});
