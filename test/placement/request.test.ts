import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { FabricError } from '../../src/errors.ts';
import { type Enumeration, expandCurie, resolveIndividual } from '../../src/placement/enumerations.ts';
import { keptRequest } from '../../src/placement/redact-request.ts';
import { parsePlacementRequest, placementRequestJsonSchema } from '../../src/placement/request.ts';
import { NS } from '../../src/rdf/vocab.ts';

const one = (requirements: object): object => ({ components: [{ name: 'a', requirements }] });

describe('placement request', () => {
  const good: readonly { readonly says: string; readonly requirements: object; readonly means: object }[] = [
    {
      says: 'one architecture in short',
      requirements: { cpuArchitecture: 'x86_64' },
      means: { cpuArchitecture: [`${NS.aeros}x64Architecture`] },
    },
    {
      says: 'several in all spellings',
      requirements: { cpuArchitecture: ['AMD64', 'aeros:arm64Architecture', `${NS.cf}riscv64Architecture`] },
      means: {
        cpuArchitecture: [
          `${NS.aeros}x64Architecture`,
          `${NS.aeros}arm64Architecture`,
          `${NS.cf}riscv64Architecture`,
        ],
      },
    },
    {
      says: 'the URN of the live dialect',
      requirements: { tiers: 'urn:ngsi-ld:InfrastructureElementTier:Edge' },
      means: { tiers: [`${NS.aeros}EdgeTier`] },
    },
    {
      says: 'an individual of an extension',
      requirements: { operatingSystem: 'https://example.org/os#Plan9' },
      means: { operatingSystem: ['https://example.org/os#Plan9'] },
    },
    { says: 'a GPU by need', requirements: { gpuRequired: true }, means: { gpuCount: 1 } },
    {
      says: 'a GPU by its memory',
      requirements: { gpuMemoryBytes: 8 },
      means: { gpuMemoryBytes: 8, gpuCount: 1 },
    },
    { says: 'no GPU', requirements: { gpuRequired: false, gpuCount: 0 }, means: {} },
    { says: 'no real time', requirements: { realTime: false }, means: {} },
    {
      says: 'one place that is near',
      requirements: { latency: { to: 'urn:x:a', msMax: 1 } },
      means: { latency: [{ to: 'urn:x:a', msMax: 1 }] },
    },
    {
      says: 'an area as WKT',
      requirements: { area: 'POLYGON ((0 0, 1 0, 1 1, 0 0))' },
      means: {
        area: {
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
      },
    },
    { says: 'no freshness', requirements: { freshnessSeconds: null }, means: { freshnessSeconds: null } },
  ];
  for (const { says, requirements, means } of good) {
    it(`understands ${says}`, () => {
      assert.deepEqual(parsePlacementRequest(one(requirements)).components[0]?.requirements, means);
    });
  }

  const bad: readonly {
    readonly what: string;
    readonly body: unknown;
    readonly path: string;
    readonly says: RegExp;
  }[] = [
    { what: 'no object', body: 3, path: '', says: /expected object/ },
    { what: 'no components', body: {}, path: 'components', says: /expected array/ },
    { what: 'an empty list', body: { components: [] }, path: 'components', says: /1/ },
    {
      what: 'an unknown member',
      body: { ...one({}), dryrun: true },
      path: 'dryrun',
      says: /did you mean dryRun/,
    },
    {
      what: 'an unknown requirement',
      body: one({ memoryByte: 1 }),
      path: 'components.0.requirements.memoryByte',
      says: /did you mean memoryBytes/,
    },
    {
      what: 'a negative amount',
      body: one({ memoryBytes: -1 }),
      path: 'components.0.requirements.memoryBytes',
      says: /0/,
    },
    {
      what: 'a ratio beyond 1',
      body: one({ trustScoreMin: 80 }),
      path: 'components.0.requirements.trustScoreMin',
      says: /1/,
    },
    {
      what: 'an unknown architecture',
      body: one({ cpuArchitecture: 'x86_46' }),
      path: 'components.0.requirements.cpuArchitecture',
      says: /did you mean x86_64/,
    },
    {
      what: 'one unknown of several',
      body: one({ tiers: ['Edge', 'Clud'] }),
      path: 'components.0.requirements.tiers.1',
      says: /did you mean Cloud/,
    },
    {
      what: 'an unknown term of ours',
      body: one({ containerTechnology: 'cf:K3' }),
      path: 'components.0.requirements.containerTechnology',
      says: /did you mean/,
    },
    {
      what: 'a domain that is no IRI',
      body: one({ domains: ['Home'] }),
      path: 'components.0.requirements.domains.0',
      says: /not an absolute IRI/,
    },
    {
      what: 'an open ring',
      body: one({
        area: {
          type: 'Polygon',
          coordinates: [
            [
              [0, 0],
              [1, 0],
              [1, 1],
              [0, 1],
            ],
          ],
        },
      }),
      path: 'components.0.requirements.area',
      says: /ring that is not closed/,
    },
    {
      what: 'a line as the area',
      body: one({ area: 'LINESTRING(0 0, 1 1)' }),
      path: 'components.0.requirements.area',
      says: /not a WKT POLYGON/,
    },
    {
      what: 'latitude first',
      body: one({ area: 'POLYGON((41 182, 42 182, 42 183, 41 182))' }),
      path: 'components.0.requirements.area',
      says: /longitude, latitude/,
    },
    {
      what: 'a name given twice',
      body: { components: [{ name: 'a' }, { name: 'a' }] },
      path: 'components.1.name',
      says: /given twice/,
    },
    {
      what: 'a value and a secret',
      body: { components: [{ name: 'a', env: [{ name: 'X', value: '1', secretRef: 's' }] }] },
      path: 'components.0.env.0',
      says: /both/,
    },
    {
      what: 'latency without a target',
      body: one({ latency: { msMax: 3 } }),
      path: 'components.0.requirements.latency.to',
      says: /string/,
    },
  ];
  for (const { what, body, path, says } of bad) {
    it(`names the place of ${what}`, () => {
      assert.throws(
        () => parsePlacementRequest(body),
        (error: unknown) => {
          assert.ok(error instanceof FabricError);
          assert.equal(error.type, 'request-invalid');
          const errors = error.extensions['errors'] as { path: string; message: string }[];
          const found = errors.find((each) => each.path === path);
          assert.ok(found, `${path} in ${JSON.stringify(errors)}`);
          assert.match(found.message, says);
          return true;
        },
      );
    });
  }

  it('has a JSON Schema that names every requirement', () => {
    const text = JSON.stringify(placementRequestJsonSchema());
    for (const name of ['memoryBytes', 'freshnessSeconds', 'latency', 'idempotencyKey'])
      assert.ok(text.includes(`"${name}"`));
  });

  it('knows every spelling of the crosswalk for its enumerations', () => {
    const table = join(import.meta.dirname, '..', '..', 'ontology', 'crosswalk', 'individuals.csv');
    const rows = parseCsv<Record<string, string>>(readFileSync(table, 'utf8'), {
      columns: true,
      comment: '#',
    });
    const enumerations = [
      'CpuArchitecture',
      'OperatingSystem',
      'InfrastructureElementTier',
      'InfrastructureElementStatus',
      'ContainerTechnology',
    ];
    let spellings = 0;
    for (const row of rows.filter(({ enumeration = '' }) => enumerations.includes(enumeration))) {
      const iri = expandCurie(row['individual'] ?? '');
      for (const cell of ['individual', 'v100', 'live', 'sdm', 'mvp', 'aliases']) {
        for (const spelling of (row[cell] ?? '').split('|').filter((text) => text !== '')) {
          spellings++;
          assert.deepEqual(resolveIndividual(row['enumeration'] as Enumeration, spelling), { ok: true, iri });
        }
      }
    }
    assert.ok(spellings > 50);
  });

  it('is kept without secrets', () => {
    const request = parsePlacementRequest({
      components: [
        {
          name: 'a',
          env: [
            { name: 'DB_URL', value: 'postgres://u:hunter2@h' },
            { name: 'KEY', secretRef: 'keys/a' },
          ],
          args: ['--password=hunter2', '--api-token', 'hunter2', '--level', 'info', 'secret=hunter2'],
        },
      ],
    });
    const kept = JSON.stringify(keptRequest(request));
    assert.doesNotMatch(kept, /hunter2/);
    for (const harmless of ['DB_URL', 'keys/a', 'info', '--api-token']) assert.ok(kept.includes(harmless));
  });
});
