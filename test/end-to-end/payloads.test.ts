/** Public aerOS payloads through the doors that aerOS uses, and what they give in the graph. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { Json, JsonObject } from '../../src/log/change.ts';
import { NS } from '../../src/rdf/vocab.ts';
import { dataPath, describeWithData, readData } from '../data.ts';
import { entityPath } from './door.ts';
import { startFabric, type TestFabric } from './harness.ts';

const payload = (file: string): string => readData('aeros', 'payloads', file);

/** The value of an attribute of a normalised or simplified entity. */
function valueOf(entity: JsonObject, name: string): Json {
  const attribute = entity[name];
  if (typeof attribute !== 'object' || attribute === null || Array.isArray(attribute))
    return attribute ?? null;
  const { value, object } = attribute as JsonObject;
  return value ?? object ?? attribute;
}

const iri = (curie: string): string =>
  curie.replace(/^(\w+):/, (whole, prefix: string) => (prefix in NS ? NS[prefix as keyof typeof NS] : whole));

/** From the value that was sent to the lexical form of what must be in the graph. */
type Rule = readonly [attribute: string, property: string, form: (value: Json) => string | readonly string[]];

const times =
  (factor: number) =>
  (value: Json): string =>
    String(Math.round((value as number) * factor));
const text = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
/** Percent to ratio, in decimal digits and not in binary ones. */
const percent = (value: Json): string => String(Math.round((value as number) * 1000) / 100_000);
const all = (value: Json): readonly string[] => [value].flat() as string[];
const named =
  (table: Readonly<Record<string, string>>) =>
  (value: Json): string =>
    iri(table[(value as string).replace(/^urn:ngsi-ld:\w+:/, '')] ?? `unexpected ${text(value)}`);
const point = (value: Json): string =>
  `POINT(${((value as JsonObject)['coordinates'] as readonly number[]).join(' ')})`;

/** What an infrastructure element says of its load, in canonical terms. */
const LOAD: readonly Rule[] = [
  ['currentCpuUsage', 'cf:cpuUsageRatio', percent],
  ['availableRam', 'cf:memoryAvailableBytes', times(1e6)],
  ['availableRam', 'aeros:availableRam', text],
  ['currentRamUsage', 'cf:memoryUsedBytes', times(1e6)],
  ['currentRamUsagePct', 'cf:memoryUsedRatio', percent],
  ['realTimeCapable', 'cf:realTimeCapable', text],
  ['diskCapacity', 'cf:diskCapacityBytes', times(1e6)],
  ['availableDisk', 'cf:diskAvailableBytes', times(1e6)],
  ['currentDiskUsage', 'cf:diskUsedBytes', times(1e6)],
  ['currentDiskUsagePct', 'cf:diskUsedRatio', percent],
  ['netLostPackages', 'cf:networkLostPackets', text],
  ['netTrafficUp', 'cf:networkTrafficUpBitsPerSecond', times(8e6)],
  ['netTrafficDown', 'cf:networkTrafficDownBitsPerSecond', times(8e6)],
];

const ELEMENT: readonly Rule[] = [
  ...LOAD,
  ['domain', 'aeros:domain', text],
  ['hostname', 'cf:hostname', text],
  ['trustScore', 'cf:trustScore', text],
  ['lowLevelOrchestrator', 'cf:lowLevelOrchestrator', text],
  ['cpuCores', 'cf:cpuMillicores', times(1000)],
  ['cpuFreqMax', 'cf:cpuFrequencyHertz', times(1e6)],
  ['ramCapacity', 'cf:memoryCapacityBytes', times(1e6)],
  ['gpuMemory', 'cf:gpuMemoryBytes', times(1e6)],
  ['netSpeedUp', 'cf:networkUplinkBitsPerSecond', times(1e6)],
  ['netSpeedDown', 'cf:networkDownlinkBitsPerSecond', times(1e6)],
  ['avgPowerConsumption', 'cf:powerAverageWatts', text],
  ['powerSource', 'cf:powerSource', text],
  ['cpuArchitecture', 'aeros:cpuArchitecture', named({ AMD64: 'aeros:x64Architecture' })],
  ['operatingSystem', 'aeros:operatingSystem', named({ Linux: 'aeros:Linux' })],
  ['infrastructureElementTier', 'aeros:infrastructureElementTier', named({ Edge: 'aeros:EdgeTier' })],
  [
    'infrastructureElementStatus',
    'aeros:infrastructureElementStatus',
    named({ Ready: 'aeros:ReadyInfrastructureElement' }),
  ],
  ['location', 'aeros:location', point],
  [
    'location',
    'cf:longitudeDegrees',
    (value) => text(((value as JsonObject)['coordinates'] as number[])[0]!),
  ],
];

/** Each example with its class and what it must give. */
const EXAMPLES: Readonly<Record<string, readonly [type: string, rules: readonly Rule[]]>> = {
  CloudRegion: ['cf:Region', [['location', 'aeros:location', point]]],
  Domain: [
    'aeros:Domain',
    [
      ['description', 'dct:description', text],
      ['publicUrl', 'aeros:publicUrl', text],
      ['owner', 'aeros:owner', all],
      ['domainStatus', 'aeros:domainStatus', named({ Preliminary: 'aeros:PreliminarDomain' })],
    ],
  ],
  ITTests: ['sdmIt:ITTests', [['elapsedTime', 'sdmIt:elapsedTime', text]]],
  InfrastructureElement: ['aeros:InfrastructureElement', ELEMENT],
  InfrastructureElementRequirements: [
    'aeros:InfrastructureElementRequirements',
    [
      ['requiredMemoryUsage', 'cf:memoryBytesRequired', times(1e6)],
      ['realTimeCapable', 'cf:realTimeRequired', text],
      ['energyEfficiencyRatio', 'cf:energyEfficiencyRatioMin', text],
    ],
  ],
  LowLevelOrchestrator: [
    'aeros:LowLevelOrchestrator',
    [
      ['domain', 'aeros:belongsTo', text],
      [
        'orchestrationType',
        'aeros:orchestrationType',
        named({ Kubernetes: 'aeros:KubernetesOrchestration' }),
      ],
    ],
  ],
  NetworkConnection: ['cf:NetworkConnection', []],
  NetworkPort: ['aeros:NetworkPort', [['portNumber', 'aeros:portNumber', text]]],
  PersistentStorage: ['cf:PersistentStorage', [['hostPath', 'cf:hostPath', text]]],
  PowerSource: ['cf:PowerSource', [['location', 'aeros:location', point]]],
  Service: ['aeros:Service', [['serviceType', 'aeros:serviceType', text]]],
  ServiceComponent: [
    'aeros:ServiceComponent',
    [
      ['infrastructureElement', 'cf:deployedOn', text],
      ['service', 'aeros:isPartOfService', text],
      ['containerImage', 'aeros:containerImage', text],
      ['networkPorts', 'aeros:exposesNetworkPort', all],
      ['currentCpuUsage', 'cf:cpuMillicoresUsed', times(1000)],
      ['currentMemoryUsage', 'cf:memoryUsedBytes', times(1e6)],
      ['isJob', 'cf:isJob', text],
    ],
  ],
  ServiceType: ['aeros:ServiceType', [['webPage', 'aeros:webPage', text]]],
};

/** What the graph says of a subject: values by property IRI, sorted. */
async function described(fabric: TestFabric, subject: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const { p, o } of await fabric.sparql(`SELECT ?p ?o { <${subject}> ?p ?o }`)) {
    found.set(p!, [...(found.get(p!) ?? []), o!].sort());
  }
  return found;
}

/** How many facts were checked. */
function checkFacts(
  facts: ReadonlyMap<string, string[]>,
  entity: JsonObject,
  rules: readonly Rule[],
): number {
  let checked = 0;
  for (const [attribute, property, form] of rules) {
    if (!(attribute in entity)) continue;
    checked++;
    const expected = [form(valueOf(entity, attribute))].flat().sort();
    const found = facts.get(iri(property)) ?? [];
    // numbers by value: the lexical form of a float is the crosswalk's matter
    const numeric = expected.every((text) => text !== '' && !Number.isNaN(Number(text)));
    assert.deepEqual(
      numeric ? found.map((text) => String(Number(text))) : found,
      expected,
      `${attribute} as ${property}`,
    );
  }
  return checked;
}

describeWithData('end to end: public payloads', function () {
  this.timeout(30_000);
  let fabric: TestFabric;
  before(async () => {
    fabric = await startFabric();
  });
  after(() => fabric.close());

  it('there is an expectation for each Smart Data Models example', () => {
    const files = readdirSync(dataPath('aeros', 'payloads')).flatMap(
      (file) => /^sdm-(\w+)\.jsonld$/.exec(file)?.[1] ?? [],
    );
    assert.equal(files.length, 13);
    assert.deepEqual(Object.keys(EXAMPLES).sort(), files.sort());
  });

  for (const [name, [type, rules]] of Object.entries(EXAMPLES)) {
    it(`takes sdm-${name}.jsonld in by POST`, async () => {
      const text = payload(`sdm-${name}.jsonld`);
      const entity = JSON.parse(text) as JsonObject;
      const id = entity['id'] as string;
      const answer = await fabric.send('/ngsi-ld/v1/entities', text, { type: 'application/ld+json' });
      assert.equal(answer.status, 201, answer.text);
      assert.equal(decodeURIComponent(answer.headers.get('location') ?? ''), `/ngsi-ld/v1/entities/${id}`);
      const facts = await described(fabric, id);
      assert.deepEqual(facts.get(`${NS.rdf}type`), [iri(type)]);
      const missing = rules.filter(([attribute]) => !(attribute in entity)).map(([attribute]) => attribute);
      assert.deepEqual(missing, [], 'every rule is about something that was sent');
      checkFacts(facts, entity, rules);
      assert.ok(facts.size > 2);
    });
  }

  it('takes every Smart Data Models example through the ingest door as well', async () => {
    for (const name of Object.keys(EXAMPLES)) {
      const { counts } = await fabric.ingest('ngsi-ld', payload(`sdm-${name}.jsonld`), 'application/ld+json');
      assert.equal(counts.received, 1, name);
      assert.equal(counts.refused + counts.quarantined, 0, name);
    }
  });

  it('takes the 87 telemetry patches, each leaving what it does not name', async () => {
    const id = 'urn:ngsi-ld:InfrastructureElement:Telemetry:1';
    const base = {
      id,
      type: 'InfrastructureElement',
      hostname: { type: 'Property', value: 'telemetry-1' },
      ramCapacity: { type: 'Property', value: 15_616 },
      cpuCores: { type: 'Property', value: 8 },
    };
    assert.equal((await fabric.send('/ngsi-ld/v1/entities', base)).status, 201);
    const patches = JSON.parse(payload('aeros-telemetry-87.json')) as readonly JsonObject[];
    assert.equal(patches.length, 87);
    let known: JsonObject = base;
    let checked = 0;
    for (const [index, patch] of patches.entries()) {
      const answer = await fabric.send(entityPath(id), patch, { method: 'PATCH' });
      assert.equal(answer.status, 204, `${index}: ${answer.text}`);
      known = { ...known, ...patch };
      if (index % 10 !== 0 && index !== 86) continue;
      checked += checkFacts(await described(fabric, id), known, [
        ...LOAD,
        ['hostname', 'cf:hostname', text],
        ['ramCapacity', 'cf:memoryCapacityBytes', times(1e6)],
        ['cpuCores', 'cf:cpuMillicores', times(1000)],
      ]);
    }
    assert.equal(checked, 10 * 16);
    // each functional fact once: what a patch replaced is gone
    for (const [property, values] of await described(fabric, id)) assert.equal(values.length, 1, property);
  });

  it('changes one attribute by a bare patch and leaves the others', async () => {
    const id = 'urn:ngsi-ld:InfrastructureElement:Production:00155dc09474';
    const before = await described(fabric, id);
    const answer = await fabric.send(entityPath(id), { availableRam: { value: 4711 } }, { method: 'PATCH' });
    assert.equal(answer.status, 204, answer.text);
    const after = await described(fabric, id);
    const changed = [...after]
      .filter(([p, values]) => String(before.get(p)) !== String(values))
      .map(([p]) => p);
    assert.deepEqual(changed.sort(), [
      `${NS.aeros}availableRam`,
      `${NS.cf}lastObservedAt`,
      `${NS.cf}memoryAvailableBytes`,
    ]);
    assert.deepEqual(after.get(`${NS.cf}memoryAvailableBytes`), ['4711000000']);
    assert.equal(after.size, before.size);
  });

  it('refuses the patch that says more memory is free than there is, and keeps the last good state', async () => {
    const id = 'urn:ngsi-ld:InfrastructureElement:Production:00155dc09474';
    const before = await described(fabric, id);
    const answer = await fabric.send(entityPath(id), { availableRam: { value: 9509 } }, { method: 'PATCH' });
    assert.equal(answer.status, 400);
    assert.equal((answer.json as { fabricType: string }).fabricType.split('#')[1], 'shape-violation');
    assert.deepEqual(await described(fabric, id), before);
    const [stale] = await fabric.sparql(
      `SELECT ?since { GRAPH ?q { ?q a cf:QuarantinedRecord ; cf:recordKey "${id}" . ?r cf:staleSince ?since } }`,
    );
    assert.ok(stale?.['since']);
    const mended = await fabric.send(entityPath(id), { availableRam: { value: 4000 } }, { method: 'PATCH' });
    assert.equal(mended.status, 204);
    assert.deepEqual(await fabric.sparql('SELECT ?q { GRAPH ?q { ?q a cf:QuarantinedRecord } }'), []);
  });
});

/** Entities of a candidate set, wherever they are embedded, by id; nulls are nothing said. */
function embedded(value: Json, found = new Map<string, JsonObject>()): Map<string, JsonObject> {
  if (Array.isArray(value)) for (const item of value as readonly Json[]) embedded(item, found);
  else if (typeof value === 'object' && value !== null) {
    const object = value as JsonObject;
    if (typeof object['id'] === 'string') found.set(object['id'], { ...found.get(object['id']), ...object });
    for (const member of Object.values(object)) embedded(member, found);
  }
  return found;
}

const CANDIDATE: readonly Rule[] = [
  ...LOAD,
  ['cpuCores', 'cf:cpuMillicores', times(1000)],
  ['ramCapacity', 'cf:memoryCapacityBytes', times(1e6)],
  ['internalIpAddress', 'aeros:internalIpAddress', text],
  ['cpuArchitecture', 'aeros:cpuArchitecture', named({ x64: 'aeros:x64Architecture' })],
  ['operatingSystem', 'aeros:operatingSystem', named({ Linux: 'aeros:Linux' })],
  [
    'infrastructureElementTier',
    'aeros:infrastructureElementTier',
    named({ Cloud: 'aeros:CloudTier', Edge: 'aeros:EdgeTier' }),
  ],
  ['domain', 'aeros:domain', (value) => (value as JsonObject)['id'] as string],
  ['lowLevelOrchestrator', 'cf:lowLevelOrchestrator', (value) => (value as JsonObject)['id'] as string],
  // the samples write latitude first; Athens is at 38 N, 24 E
  [
    'location',
    'aeros:location',
    (value) => `POINT(${((value as JsonObject)['coordinates'] as number[]).toReversed().join(' ')})`,
  ],
];

describeWithData('end to end: candidate sets', function () {
  this.timeout(30_000);
  const SETS = [
    ['scomponent_req_ie.json', 1],
    ['scomponent_req_constraints.json', 3],
  ] as const;
  for (const [file, elements] of SETS) {
    it(`takes ${file} apart`, async () => {
      await using fabric = await startFabric();
      const report = await fabric.ingest('hlo-candidates', payload(file));
      const { counts, diagnostics } = report;
      assert.equal(counts.accepted, counts.received);
      const entities = embedded(JSON.parse(payload(file)) as Json);
      assert.equal(counts.received, entities.size);
      let checked = 0;
      for (const [id, entity] of entities) {
        const facts = await described(fabric, id);
        assert.ok(facts.has(`${NS.rdf}type`), id);
        if (entity['type'] !== 'InfrastructureElement') continue;
        checked++;
        checkFacts(facts, entity, CANDIDATE);
        // an empty address is an unknown one
        assert.equal(entity['macAddress'], '');
        assert.equal(facts.has(`${NS.aeros}macAddress`), false);
      }
      assert.equal(checked, elements);
      assert.equal(diagnostics['value-unknown'], elements, 'one for each empty address');
      assert.equal(diagnostics['value-null'], 1);
    });
  }

  it('makes sentinels absent, and a longitude of -1 a longitude', async () => {
    await using fabric = await startFabric();
    const sent = {
      id: 'urn:ngsi-ld:InfrastructureElement:Sentinels:1',
      type: 'InfrastructureElement',
      cpuCores: -1,
      ramCapacity: -1,
      availableRam: 512,
      macAddress: '',
      domain: 'urn:ngsi-ld:null',
      lowLevelOrchestrator: 'urn:ngsi-ld:none',
      location: { type: 'Point', coordinates: [-1, 38] },
    };
    const { counts, diagnostics } = await fabric.ingest('ngsi-ld', sent);
    assert.equal(counts.accepted, 1);
    assert.equal(diagnostics['value-unknown'], 5);
    const facts = await described(fabric, sent.id);
    facts.delete(`${NS.cf}lastObservedAt`);
    assert.deepEqual(
      Object.fromEntries(facts),
      Object.fromEntries(
        [
          ['rdf:type', iri('aeros:InfrastructureElement')],
          ['aeros:availableRam', '512'],
          ['cf:memoryAvailableBytes', '512000000'],
          ['aeros:location', 'POINT(-1 38)'],
          ['cf:longitudeDegrees', '-1'],
          ['cf:latitudeDegrees', '38'],
        ].map(([property, value]) => [iri(property!), [value]]),
      ),
    );
  });
});
