/**
 * Every kind of requirement, over HTTP: in one world each of them alone refuses exactly the elements that fail
 * it, and all together leave the one that fails none.
 */
import assert from 'node:assert/strict';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import { toNTriples } from '../../src/rdf/terms.ts';
import { Clock, startFabric, type TestFabric } from './harness.ts';

interface Violation {
  readonly constraint: string;
  readonly name: string;
  readonly status: 'violated' | 'not-proven';
  readonly required: unknown;
  readonly observed: unknown;
  readonly missing?: readonly string[];
  readonly message: string;
  readonly triples: readonly string[];
}

interface Answer {
  readonly outcome: string;
  readonly basedOn: number;
  readonly allocations: readonly { readonly element: { readonly id: string } }[];
  readonly components: readonly { readonly candidates: number; readonly rejected: number }[];
  readonly reasons: readonly { readonly kind: string; readonly message: string }[];
  readonly summary?: readonly {
    readonly constraints: readonly {
      readonly name: string;
      readonly violated: number;
      readonly notProven: number;
    }[];
    readonly nearestMisses: readonly { readonly element: string }[];
  }[];
  readonly rejections?: readonly { readonly element: string; readonly violations: readonly Violation[] }[];
}

const id = (name: string): string => `urn:ngsi-ld:InfrastructureElement:Q:${name}`;
const domain = (name: string): string => `urn:ngsi-ld:Domain:Q:${name}`;

type Reading = Readonly<Record<string, unknown>>;

const GOOD: Reading = {
  hostname: 'host',
  status: 'Ready',
  tier: 'Edge',
  domain: domain('near'),
  cpu: { architecture: 'x86_64', cores: 4, usagePercent: 10 },
  memory: { capacityMegabytes: 8000, availableMegabytes: 4000 },
  disk: { availableBytes: 50e9 },
  gpu: { count: 1, memoryBytes: 8e9 },
  energy: { efficiencyRatio: 0.9, greenRatio: 0.8, carbonIntensityGramsPerKilowattHour: 100 },
  pricePerHourEuro: 0.5,
  trustScore: 0.9,
  realTimeCapable: true,
  containerTechnology: 'K3s',
  location: { longitudeDegrees: 23.7, latitudeDegrees: 38 },
};

interface Case {
  /** The constraint that decides. */
  readonly name: string;
  readonly requirements: Reading;
  /** How the element differs that breaks it, and what is seen of that. */
  readonly bad: Reading;
  readonly observed: unknown;
  /** How the element differs of which it is not known; absent: this is always known. */
  readonly unknown?: Reading;
  /** Elements of other cases that this requirement refuses too. */
  readonly also?: readonly Refused[];
}

type Refused = readonly [element: string, violations: readonly (readonly [string, string, unknown])[]];

const { cpu, gpu, energy } = GOOD as Readonly<Record<'cpu' | 'gpu' | 'energy', Reading>>;
const AREA = [
  [23, 37],
  [24, 37],
  [24, 39],
  [23, 39],
  [23, 37],
];

const CASES: readonly Case[] = [
  {
    name: 'cpu',
    requirements: { cpuMillicores: 1000 },
    bad: { cpu: { ...cpu, cores: 1 } },
    observed: 900,
    unknown: { cpu: { architecture: 'x86_64', usagePercent: 10 } },
    // What is free is not known where it is not known what is used.
    also: [[id('cpu-usage-unknown'), [['cpu', 'not-proven', null]]]],
  },
  {
    name: 'cpu-usage',
    requirements: { cpuUsageRatioMax: 0.6 },
    bad: { cpu: { ...cpu, usagePercent: 61 } },
    observed: 0.61,
    unknown: { cpu: { architecture: 'x86_64', cores: 4 } },
  },
  {
    name: 'cpu-architecture',
    requirements: { cpuArchitecture: 'AMD64' },
    bad: { cpu: { ...cpu, architecture: 'arm64' } },
    observed: 'https://w3id.org/aerOS/continuum#arm64Architecture',
    unknown: { cpu: { cores: 4, usagePercent: 10 } },
  },
  {
    name: 'memory',
    requirements: { memoryBytes: 2e9 },
    bad: { memory: { capacityMegabytes: 8000, availableMegabytes: 1999 } },
    observed: 1_999_000_000,
    unknown: { memory: undefined },
  },
  {
    name: 'disk',
    requirements: { diskBytes: 10e9 },
    bad: { disk: { availableBytes: 9_999_999_999 } },
    observed: 9_999_999_999,
    unknown: { disk: undefined },
  },
  {
    name: 'gpu',
    requirements: { gpuRequired: true },
    bad: { gpu: { ...gpu, count: 0 } },
    observed: 0,
    unknown: { gpu: { memoryBytes: 8e9 } },
  },
  {
    name: 'gpu-memory',
    requirements: { gpuMemoryBytes: 4e9 },
    bad: { gpu: { ...gpu, memoryBytes: 2e9 } },
    observed: 2e9,
    unknown: { gpu: { count: 1 } },
    // Memory of a GPU implies one GPU.
    also: [
      [id('gpu-bad'), [['gpu', 'violated', 0]]],
      [id('gpu-unknown'), [['gpu', 'not-proven', null]]],
    ],
  },
  {
    name: 'container-technology',
    requirements: { containerTechnology: 'Kubernetes' },
    bad: { containerTechnology: 'Wasm' },
    observed: 'https://w3id.org/continuum-fabric/ns#Wasm',
    unknown: { containerTechnology: undefined },
  },
  {
    name: 'real-time',
    requirements: { realTime: true },
    bad: { realTimeCapable: false },
    observed: false,
    unknown: { realTimeCapable: undefined },
  },
  {
    name: 'domain',
    requirements: { domains: ['near', 'far', 'lost'].map(domain) },
    bad: { domain: domain('other') },
    observed: domain('other'),
    unknown: { domain: undefined },
  },
  {
    name: 'area',
    requirements: { area: { type: 'Polygon', coordinates: [AREA] } },
    bad: { location: { longitudeDegrees: 22.9, latitudeDegrees: 38 } },
    observed: 'POINT(22.9 38)',
    unknown: { location: undefined },
  },
  {
    name: 'tier',
    requirements: { tiers: ['Edge', 'Cloud'] },
    bad: { tier: 'FarEdge' },
    observed: 'https://w3id.org/aerOS/continuum#FarEdgeTier',
    unknown: { tier: undefined },
  },
  {
    name: 'status',
    requirements: { statuses: ['Ready'] },
    bad: { status: 'Overload' },
    observed: 'https://w3id.org/aerOS/continuum#OverloadInfrastructureElement',
    unknown: { status: undefined },
  },
  {
    name: 'trust',
    requirements: { trustScoreMin: 0.7 },
    bad: { trustScore: 0.69 },
    observed: 0.69,
    unknown: { trustScore: undefined },
  },
  {
    name: 'energy-efficiency',
    requirements: { energyEfficiencyRatioMin: 0.5 },
    bad: { energy: { ...energy, efficiencyRatio: 0.4 } },
    observed: 0.4,
    unknown: { energy: { ...energy, efficiencyRatio: undefined } },
  },
  {
    name: 'green-energy',
    requirements: { greenEnergyRatioMin: 0.5 },
    bad: { energy: { ...energy, greenRatio: 0.4 } },
    observed: 0.4,
    unknown: { energy: { ...energy, greenRatio: undefined } },
  },
  {
    name: 'carbon',
    requirements: { carbonIntensityGramsPerKilowattHourMax: 300 },
    bad: { energy: { ...energy, carbonIntensityGramsPerKilowattHour: 301 } },
    observed: 301,
    unknown: { energy: { ...energy, carbonIntensityGramsPerKilowattHour: undefined } },
  },
  {
    name: 'price',
    requirements: { pricePerHourEuroMax: 1 },
    bad: { pricePerHourEuro: 1.01 },
    observed: 1.01,
    unknown: { pricePerHourEuro: undefined },
  },
  {
    name: 'latency',
    requirements: { latency: { to: id('good'), msMax: 20 } },
    bad: { domain: domain('far') },
    observed: 50,
    unknown: { domain: domain('lost') },
  },
  {
    name: 'latency',
    requirements: { latency: [{ to: domain('plant'), msMax: 20 }] },
    bad: { domain: domain('far') },
    observed: 55,
    unknown: { domain: domain('lost') },
  },
  {
    name: 'operating-system',
    requirements: { operatingSystem: 'Linux' },
    bad: {},
    observed: 'https://w3id.org/aerOS/continuum#Windows',
    unknown: {},
  },
  { name: 'fresh', requirements: {}, bad: {}, observed: '2026-03-01T11:58:59.000Z' },
];

const LINKS = [
  { id: 'urn:ngsi-ld:NetworkLink:Q:1', from: domain('near'), to: domain('plant'), latencyMs: 5 },
  { id: 'urn:ngsi-ld:NetworkLink:Q:2', from: domain('far'), to: domain('near'), latencyMs: 50 },
  { id: 'urn:ngsi-ld:NetworkLink:Q:3', from: domain('other'), to: domain('near'), latencyMs: 5 },
  { id: 'urn:ngsi-ld:NetworkLink:Q:4', from: id('domain-unknown'), to: domain('near'), latencyMs: 5 },
];

const elements = (): { readonly name: string; readonly reading: Reading; readonly ageSeconds: number }[] => [
  { name: 'good', reading: GOOD, ageSeconds: 0 },
  ...[...new Map(CASES.map((one) => [one.name, one])).values()].flatMap(({ name, bad, unknown }) => [
    { name: `${name}-bad`, reading: { ...GOOD, ...bad }, ageSeconds: name === 'fresh' ? 61 : 1 },
    ...(unknown ? [{ name: `${name}-unknown`, reading: { ...GOOD, ...unknown }, ageSeconds: 59 }] : []),
  ]),
];

describe('end to end: placement by each kind of requirement', function () {
  this.timeout(30_000);
  const clock = new Clock();
  let fabric: TestFabric;

  before(async () => {
    fabric = await startFabric({ now: clock.now });
    const readings = elements().map(({ name, reading, ageSeconds }) => ({
      ...reading,
      element: id(name),
      observedAt: clock.at(-ageSeconds),
    }));
    const { counts } = await fabric.ingest('telemetry', readings);
    assert.equal(counts.accepted, readings.length);
    await fabric.ingest('network-links', LINKS);
    // No telemetry says the operating system: somebody stated it.
    const systems = elements()
      .filter(({ name }) => name !== 'operating-system-unknown')
      .map(({ name }) => {
        const system = name === 'operating-system-bad' ? 'Windows' : 'Linux';
        return `<${id(name)}> aeros:operatingSystem aeros:${system} .`;
      });
    assert.equal((await fabric.update(`INSERT DATA { ${systems.join('\n')} }`)).status, 200);
  });
  after(() => fabric.close());

  const place = async (requirements: Reading, explain = 'full'): Promise<Answer> => {
    // Status and freshness are asked for by default; each of them has its own case.
    const defaults = { statuses: null, freshnessSeconds: null };
    const isFresh = Object.keys(requirements).length === 0;
    const answer = await fabric.send('/v1/placements', {
      service: 'urn:service:q',
      dryRun: true,
      explain,
      components: [
        {
          name: 'c',
          requirements: { ...defaults, ...(isFresh ? { freshnessSeconds: 60 } : {}), ...requirements },
        },
      ],
    });
    assert.equal(answer.status, 200, answer.text);
    return answer.json as Answer;
  };

  for (const { name, requirements, observed, unknown, also = [] } of CASES) {
    it(`${name}: ${JSON.stringify(requirements)}`, async () => {
      const seq = await fabric.seq();
      const answer = await place(requirements);
      const expected: Refused[] = [[id(`${name}-bad`), [[name, 'violated', observed]]], ...also];
      if (unknown) expected.push([id(`${name}-unknown`), [[name, 'not-proven', null]]]);
      assert.deepEqual(
        (answer.rejections ?? []).map(({ element, violations }) => [
          element,
          violations.map((violation) => [violation.name, violation.status, violation.observed]),
        ]),
        expected.sort(([a], [b]) => (a < b ? -1 : 1)),
      );
      assert.equal(answer.outcome, 'placed');
      assert.equal(answer.basedOn, seq);
      assert.equal(answer.components[0]?.candidates, elements().length - expected.length);
      for (const { element, violations } of answer.rejections ?? []) {
        for (const violation of violations) {
          assert.notEqual(violation.required, undefined);
          if (violation.status === 'not-proven') assert.ok((violation.missing?.length ?? 0) > 0);
          else assert.ok(violation.triples.length > 0, `${element} ${violation.name} has no triples`);
          await checkTriples(violation.triples);
        }
      }
    });
  }

  it('all of them together leave the one that meets all', async () => {
    const all = Object.assign({}, ...CASES.map(({ requirements }) => requirements)) as Reading;
    const latency = CASES.flatMap(({ requirements }) => requirements['latency'] ?? []);
    const answer = await place({ ...all, latency, freshnessSeconds: 60 });
    assert.deepEqual(
      answer.allocations.map(({ element }) => element.id),
      [id('good')],
    );
    assert.equal(answer.components[0]?.candidates, 1);
    assert.equal(answer.rejections?.length, elements().length - 1);
  });

  it('explains nothing, or in sum', async () => {
    const none = await place({ trustScoreMin: 0.7 }, 'none');
    assert.equal(none.summary ?? none.rejections, undefined);
    const all = await place({ trustScoreMin: 0.95, memoryBytes: 2e9 }, 'summary');
    assert.equal(all.outcome, 'unplaceable');
    assert.equal(all.rejections, undefined);
    assert.match(all.reasons[0]?.message ?? '', /trust/);
    const [summary] = all.summary ?? [];
    const count = elements().length;
    assert.deepEqual(
      summary?.constraints.map(({ name, violated, notProven }) => [name, violated, notProven]),
      [
        ['trust', count - 1, 1],
        ['memory', 1, 1],
      ],
    );
    assert.equal(summary.nearestMisses.length, 10);
  });

  it('streams one line for each rejected element', async () => {
    const body = {
      dryRun: true,
      explain: 'full',
      components: [{ name: 'c', requirements: { trustScoreMin: 1, statuses: null, freshnessSeconds: null } }],
    };
    const answer = await fabric.send('/v1/placements', body, { headers: { accept: 'application/x-ndjson' } });
    assert.match(answer.headers.get('content-type') ?? '', /^application\/x-ndjson/);
    const lines = answer.text.split('\n').filter((line) => line !== '');
    const parsed = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    assert.deepEqual(Object.keys(parsed[0] ?? {}), ['decision']);
    assert.equal(parsed.filter((line) => 'rejection' in line).length, elements().length);
  });

  /** Every triple has to be in the graph, as SPARQL sees it. */
  async function checkTriples(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const { quads } = parseTurtleFamily(lines.join('\n'), { format: 'n-quads' });
    const patterns = quads.map(({ subject, predicate, object, graph }) => {
      const triple = [subject, predicate, object].map(toNTriples).join(' ');
      return graph.termType === 'NamedNode' ? `GRAPH <${graph.value}> { ${triple} }` : `${triple} .`;
    });
    const answer = await fabric.request(
      `/sparql?query=${encodeURIComponent(`ASK { ${patterns.join('\n')} }`)}`,
    );
    assert.deepEqual((answer.json as { readonly boolean?: boolean }).boolean, true, lines.join('\n'));
  }
});
