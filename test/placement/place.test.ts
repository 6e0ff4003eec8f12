import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { loadPolicy } from '../../src/placement/policy.ts';
import { parsePlacementRequest } from '../../src/placement/request.ts';
import { namedNode } from '../../src/rdf/terms.ts';
import { NS } from '../../src/rdf/vocab.ts';
import { engine, NOW, placerFor, policyFiles, World } from './world.ts';

/** An element that satisfies every constraint of the cases, but for what `changes` say of it. */
function element(name: string, changes: Readonly<Record<string, string | undefined>> = {}): string {
  const facts: Record<string, string | undefined> = {
    'aeros:domain': ':home',
    'aeros:cpuArchitecture': 'aeros:x64Architecture',
    'aeros:operatingSystem': 'aeros:Linux',
    'aeros:infrastructureElementStatus': 'aeros:ReadyInfrastructureElement',
    'aeros:infrastructureElementTier': 'aeros:EdgeTier',
    'cf:cpuMillicores': '4000',
    'cf:cpuUsageRatio': '0.5',
    'cf:memoryCapacityBytes': '8000',
    'cf:memoryAvailableBytes': '4000',
    'cf:diskAvailableBytes': '9000',
    'cf:gpuPresent': 'true',
    'cf:gpuCount': '2',
    'cf:gpuMemoryBytes': '16000',
    'cf:trustScore': '0.8',
    'cf:energyEfficiencyRatio': '0.7',
    'cf:greenEnergyRatio': '0.6',
    'cf:carbonIntensityGramsPerKilowattHour': '120',
    'cf:pricePerHourEuro': '0.2',
    'cf:containerTechnology': 'cf:K3s',
    'cf:realTimeCapable': 'true',
    'cf:longitudeDegrees': '2.0',
    'cf:latitudeDegrees': '41.0',
    'cf:hostname': `"host-${name}"`,
    'cf:lastObservedAt': '"2026-01-01T11:59:30Z"^^xsd:dateTime',
    ...changes,
  };
  const stated = Object.entries(facts).flatMap(([property, value]) =>
    value === undefined ? [] : [`${property} ${value}`],
  );
  return `:${name} a aeros:InfrastructureElement ; ${stated.join(' ; ')} .\n`;
}

const compatible = [
  [namedNode(`${NS.cf}K3s`), namedNode(`${NS.cf}compatibleWith`), namedNode(`${NS.cf}Kubernetes`)],
] as const;

/**
 * One constraint each: what is asked for, what the element states instead, and what is said of it then.
 * Without the property the same constraint is not proven.
 */
interface ConstraintCase {
  readonly constraint: string;
  readonly asks: Readonly<Record<string, unknown>>;
  readonly property: string;
  readonly bad: string;
  readonly required: unknown;
  readonly observed: unknown;
  /** Where another fact makes up for the missing property. */
  readonly alsoWithout?: string;
}

const square = {
  type: 'Polygon',
  coordinates: [
    [
      [1, 40],
      [3, 40],
      [3, 42],
      [1, 42],
      [1, 40],
    ],
  ],
};

const constraintCases: readonly ConstraintCase[] = [
  {
    constraint: 'cpu',
    asks: { cpuMillicores: 2000 },
    property: 'cf:cpuUsageRatio',
    bad: '0.6',
    required: 2000,
    observed: 1600,
  },
  {
    constraint: 'cpu',
    asks: { cpuMillicores: 2000 },
    property: 'cf:cpuMillicores',
    bad: '3999',
    required: 2000,
    observed: 1999,
  },
  {
    constraint: 'cpu',
    asks: { cpuMillicores: 2000 },
    property: 'cf:cpuUsageRatio',
    bad: '1.0',
    required: 2000,
    observed: 0,
  },
  {
    constraint: 'memory',
    asks: { memoryBytes: 4000 },
    property: 'cf:memoryAvailableBytes',
    bad: '3999',
    required: 4000,
    observed: 3999,
  },
  {
    constraint: 'disk',
    asks: { diskBytes: 9000 },
    property: 'cf:diskAvailableBytes',
    bad: '8999',
    required: 9000,
    observed: 8999,
  },
  {
    constraint: 'gpu',
    asks: { gpuRequired: true },
    property: 'cf:gpuPresent',
    bad: 'false',
    required: 1,
    observed: 0,
    alsoWithout: 'cf:gpuCount',
  },
  {
    constraint: 'gpu',
    asks: { gpuCount: 2 },
    property: 'cf:gpuCount',
    bad: '1',
    required: 2,
    observed: 1,
    alsoWithout: 'cf:gpuPresent',
  },
  {
    constraint: 'gpu-memory',
    asks: { gpuMemoryBytes: 16000 },
    property: 'cf:gpuMemoryBytes',
    bad: '15999',
    required: 16000,
    observed: 15999,
  },
  {
    constraint: 'cpu-architecture',
    asks: { cpuArchitecture: 'AMD64' },
    property: 'aeros:cpuArchitecture',
    bad: 'aeros:arm64Architecture',
    required: [`${NS.aeros}x64Architecture`],
    observed: `${NS.aeros}arm64Architecture`,
  },
  {
    constraint: 'operating-system',
    asks: { operatingSystem: ['Linux', 'macOS'] },
    property: 'aeros:operatingSystem',
    bad: 'aeros:Windows',
    required: [`${NS.aeros}Linux`, `${NS.cf}MacOS`],
    observed: `${NS.aeros}Windows`,
  },
  {
    constraint: 'container-technology',
    asks: { containerTechnology: 'Kubernetes' },
    property: 'cf:containerTechnology',
    bad: 'cf:Docker',
    required: [`${NS.cf}Kubernetes`],
    observed: `${NS.cf}Docker`,
  },
  {
    constraint: 'real-time',
    asks: { realTime: true },
    property: 'cf:realTimeCapable',
    bad: 'false',
    required: true,
    observed: false,
  },
  {
    constraint: 'domain',
    asks: { domains: ['urn:x:region'] },
    property: 'aeros:domain',
    bad: ':abroad',
    required: ['urn:x:region'],
    observed: 'urn:x:abroad',
  },
  {
    constraint: 'area',
    asks: { area: square },
    property: 'cf:longitudeDegrees',
    bad: '3.1',
    required: square,
    observed: 'POINT(3.1 41.0)',
  },
  {
    constraint: 'tier',
    asks: { tiers: ['Edge', 'FarEdge'] },
    property: 'aeros:infrastructureElementTier',
    bad: 'aeros:CloudTier',
    required: [`${NS.aeros}EdgeTier`, `${NS.aeros}FarEdgeTier`],
    observed: `${NS.aeros}CloudTier`,
  },
  {
    constraint: 'status',
    asks: {},
    property: 'aeros:infrastructureElementStatus',
    bad: 'aeros:OverloadInfrastructureElement',
    required: [`${NS.aeros}ReadyInfrastructureElement`],
    observed: `${NS.aeros}OverloadInfrastructureElement`,
  },
  {
    constraint: 'trust',
    asks: { trustScoreMin: 0.8 },
    property: 'cf:trustScore',
    bad: '0.79',
    required: 0.8,
    observed: 0.79,
  },
  {
    constraint: 'energy-efficiency',
    asks: { energyEfficiencyRatioMin: 0.7 },
    property: 'cf:energyEfficiencyRatio',
    bad: '0.69',
    required: 0.7,
    observed: 0.69,
  },
  {
    constraint: 'green-energy',
    asks: { greenEnergyRatioMin: 0.6 },
    property: 'cf:greenEnergyRatio',
    bad: '0.5',
    required: 0.6,
    observed: 0.5,
  },
  {
    constraint: 'carbon',
    asks: { carbonIntensityGramsPerKilowattHourMax: 120 },
    property: 'cf:carbonIntensityGramsPerKilowattHour',
    bad: '121',
    required: 120,
    observed: 121,
  },
  {
    constraint: 'price',
    asks: { pricePerHourEuroMax: 0.2 },
    property: 'cf:pricePerHourEuro',
    bad: '0.21',
    required: 0.2,
    observed: 0.21,
  },
  {
    constraint: 'cpu-usage',
    asks: { cpuUsageRatioMax: 0.5 },
    property: 'cf:cpuUsageRatio',
    bad: '0.51',
    required: 0.5,
    observed: 0.51,
  },
  {
    constraint: 'latency',
    asks: { latency: { to: 'urn:x:far', msMax: 5 } },
    property: 'aeros:domain',
    bad: ':abroad',
    required: { to: 'urn:x:far', msMax: 5 },
    observed: 7.5,
  },
  {
    constraint: 'fresh',
    asks: { freshnessSeconds: 30 },
    property: 'cf:lastObservedAt',
    bad: '"2026-01-01T11:59:29Z"^^xsd:dateTime',
    required: '2026-01-01T11:59:30.000Z',
    observed: '2026-01-01T11:59:29Z',
  },
];

const surroundings = `
  :home cf:partOf :city . :city cf:partOf :region .
  :link1 a cf:NetworkLink ; cf:linkFrom :home ; cf:linkTo :far ; cf:latencyMs 5.0 .
  :link2 a cf:NetworkLink ; cf:linkFrom :abroad ; cf:linkTo :home ; cf:latencyMs 2.5 .
`;

async function decide(turtle: string, asks: object, more: object = {}) {
  const request = parsePlacementRequest({
    components: [{ name: 'c', requirements: asks }],
    explain: 'summary',
    ...more,
  });
  const placer = placerFor({ background: compatible });
  const { decision, rejections } = await placer.explained(request, new World(turtle).snapshot, NOW);
  return { decision, rejections: [...rejections()] };
}

describe('placement: each constraint', () => {
  for (const { constraint, asks, property, bad, required, observed, alsoWithout } of constraintCases) {
    describe(`${constraint} by ${property}`, () => {
      it('holds at the border', async () => {
        const { decision, rejections } = await decide(surroundings + element('a'), asks);
        assert.deepEqual(rejections, []);
        assert.equal(decision.allocations[0]?.element.id, 'urn:x:a');
        assert.equal(decision.allocations[0].element.hostname, 'host-a');
      });

      it('is violated beyond it, with required and observed', async () => {
        const { decision, rejections } = await decide(surroundings + element('a', { [property]: bad }), asks);
        assert.equal(decision.outcome, 'unplaceable');
        assert.equal(decision.reasons[0]?.kind, 'no-candidate');
        const violation = rejections[0]?.violations.find(({ name }) => name === constraint);
        assert.ok(violation);
        assert.equal(violation.status, 'violated');
        assert.deepEqual(violation.required, required);
        assert.deepEqual(violation.observed, observed);
        assert.ok(violation.triples.length > 0);
      });

      it('is not proven without the fact', async () => {
        const changes = {
          [property]: undefined,
          ...(alsoWithout === undefined ? {} : { [alsoWithout]: undefined }),
        };
        const { decision, rejections } = await decide(surroundings + element('a', changes), asks);
        assert.equal(decision.outcome, 'unplaceable');
        const violation = rejections[0]?.violations.find(({ name }) => name === constraint);
        assert.ok(violation);
        assert.equal(violation.status, 'not-proven');
        assert.ok((violation.missing ?? []).length > 0, violation.message);
        assert.match(violation.message, /is not proven: .* is not known/);
      });
    });
  }

  it('covers every shipped constraint', () => {
    const covered = new Set(constraintCases.map(({ constraint }) => constraint));
    const shipped = policyFiles.flatMap(({ name }) => /^constraints\/(.+)\.rq$/.exec(name)?.[1] ?? []);
    assert.deepEqual(
      shipped.filter((name) => !covered.has(name)),
      ['element'],
    );
  });

  it('takes only the elements that the request names', async () => {
    const world = element('a') + element('b') + element('c', { 'cf:memoryAvailableBytes': '8000' });
    const { decision, rejections } = await decide(world, { elements: ['urn:x:b'] });
    assert.equal(decision.allocations[0]?.element.id, 'urn:x:b');
    assert.deepEqual(
      rejections.map((rejection) => rejection.element),
      ['urn:x:a', 'urn:x:c'],
    );
  });

  it('lets freshness and status be switched off', async () => {
    const world = element('a', {
      'cf:lastObservedAt': undefined,
      'aeros:infrastructureElementStatus': undefined,
    });
    assert.equal((await decide(world, {})).decision.outcome, 'unplaceable');
    const { decision } = await decide(world, { freshnessSeconds: null, statuses: null });
    assert.equal(decision.outcome, 'placed');
  });

  it('takes the worse of two values that are stated of one thing', async () => {
    const world = element('a') + ':a cf:memoryAvailableBytes 10 .';
    const { rejections } = await decide(world, { memoryBytes: 100 });
    assert.equal(rejections[0]?.violations[0]?.observed, 10);
  });

  it('proves nothing of a value that is no number', async () => {
    const { rejections } = await decide(element('a', { 'cf:trustScore': '"high"' }), { trustScoreMin: 0.1 });
    assert.equal(rejections[0]?.violations[0]?.status, 'not-proven');
    assert.equal(rejections[0].violations[0].observed, 'high');
  });
});

describe('placement: ranking', () => {
  const three = ['0.2', '0.9', '0.5']
    .map((score, i) => element(`e${i}`, { 'cf:trustScore': score, 'cf:pricePerHourEuro': String(1 - i / 2) }))
    .join('');

  it('ranks by weight, gives the share of each objective, and as many ways as asked for', async () => {
    const { decision } = await decide(three, {}, { weights: { trust: 3, price: 1 }, limit: 5 });
    const ways = [decision.allocations, ...decision.alternatives.map(({ allocations }) => allocations)];
    assert.deepEqual(
      ways.map(([allocation]) => allocation?.element.id),
      ['urn:x:e1', 'urn:x:e2', 'urn:x:e0'],
    );
    const [first] = decision.allocations;
    assert.deepEqual(
      first?.shares.map(({ name, weight, score }) => [name, weight, score.toFixed(6)]),
      [
        ['trust', 0.75, '0.900000'],
        ['price', 0.25, '0.666667'],
      ],
    );
    const sum = first.shares.reduce((total, { share }) => total + share, 0);
    assert.ok(Math.abs(sum - decision.score) < 1e-12);
    assert.ok(decision.search.complete);
  });

  it('gives nothing for facts that are missing', async () => {
    const world = element('a', { 'cf:trustScore': undefined }) + element('b', { 'cf:trustScore': '0.1' });
    const { decision } = await decide(world, {}, { weights: { trust: 1 }, limit: 2 });
    assert.equal(decision.allocations[0]?.element.id, 'urn:x:b');
    assert.equal(decision.alternatives[0]?.allocations[0]?.shares[0]?.known, false);
  });

  it('lets ties fall to the smaller IRI', async () => {
    const { decision } = await decide(element('b') + element('a') + element('c'), {});
    assert.equal(decision.allocations[0]?.element.id, 'urn:x:a');
  });

  it('weighs latency to every place that the request names, and says when it names none', async () => {
    const world = surroundings + element('near') + element('off', { 'aeros:domain': ':abroad' });
    const { decision } = await decide(
      world,
      { latency: { to: 'urn:x:far', msMax: 100 } },
      { weights: { latency: 1 } },
    );
    assert.equal(decision.allocations[0]?.element.id, 'urn:x:near');
    assert.equal(decision.allocations[0].score.toFixed(6), '0.666667');
    const without = await decide(world, {}, { weights: { latency: 1 } });
    assert.match(without.decision.notes.join(), /"latency" does not count/);
  });

  it('refuses the weight of something that is no objective', async () => {
    await assert.rejects(decide(three, {}, { weights: { trsut: 1 } }), (error: unknown) => {
      assert.ok(error instanceof FabricError);
      assert.equal(error.type, 'request-invalid');
      assert.match(error.message, /did you mean "trust"/);
      return true;
    });
  });
});

describe('placement: several components', () => {
  const components = (amounts: readonly number[]): object => ({
    components: amounts.map((memoryBytes, i) => ({ name: `c${i}`, requirements: { memoryBytes } })),
  });

  it('adds up what goes to one element', async () => {
    const world = element('a') + element('b', { 'cf:memoryAvailableBytes': '3000' });
    const { decision } = await decide(world, {}, components([3000, 3000, 1000]));
    assert.equal(decision.outcome, 'placed');
    const onA = decision.allocations.filter(({ element: { id } }) => id === 'urn:x:a');
    assert.deepEqual(
      decision.allocations.map(({ element: { id }, claims }) => [id, claims[0]?.amount]).toSorted(),
      [
        ['urn:x:a', 1000],
        ['urn:x:a', 3000],
        ['urn:x:b', 3000],
      ],
    );
    assert.equal(onA.length, 2);
  });

  it('places all or nothing, and says that together they need too much', async () => {
    const { decision } = await decide(element('a'), {}, components([3000, 3000]));
    assert.equal(decision.outcome, 'unplaceable');
    assert.deepEqual(decision.allocations, []);
    assert.equal(decision.reasons[0]?.kind, 'joint-capacity');
  });

  it('names the component that has no candidate', async () => {
    const { decision } = await decide(element('a'), {}, components([1000, 9000]));
    assert.deepEqual(
      decision.reasons.map(({ kind, components: names }) => [kind, names]),
      [['no-candidate', ['c1']]],
    );
    assert.match(decision.reasons[0]?.message ?? '', /memory 1 violate/);
  });

  it('stops at the step limit and says so', async () => {
    const world = Array.from({ length: 12 }, (_, i) => element(`e${i}`)).join('');
    const request = parsePlacementRequest(components(Array.from({ length: 13 }, () => 4000)));
    const decision = await placerFor({ searchStepsMax: 500 }).place(request, new World(world).snapshot, NOW);
    assert.equal(decision.reasons[0]?.kind, 'search-limit');
    assert.deepEqual(decision.search, { steps: 500, complete: false });
  });

  it('says when there is no element at all', async () => {
    const { decision } = await decide('', {});
    assert.equal(decision.reasons[0]?.kind, 'no-element');
  });
});

describe('placement: explanations', () => {
  const world =
    surroundings +
    element('good') +
    element('small', {
      'cf:memoryAvailableBytes': '10',
      'aeros:infrastructureElementTier': 'aeros:CloudTier',
    }) +
    element('silent', { 'cf:lastObservedAt': undefined }) +
    element('nearly', { 'cf:memoryAvailableBytes': '3900' });
  const asks = { memoryBytes: 4000, tiers: 'Edge', latency: { to: 'urn:x:far', msMax: 1 } };

  it('lists every rejected element with every violated constraint and triples of the snapshot', async () => {
    const { rejections } = await decide(world, asks);
    assert.deepEqual(
      rejections.map(({ element: id, violations }) => [id, violations.map(({ name }) => name).toSorted()]),
      [
        ['urn:x:good', ['latency']],
        ['urn:x:nearly', ['latency', 'memory']],
        ['urn:x:silent', ['fresh', 'latency']],
        ['urn:x:small', ['latency', 'memory', 'tier']],
      ],
    );
    const latency = rejections[0]?.violations[0];
    assert.deepEqual(latency?.required, { to: 'urn:x:far', msMax: 1 });
    assert.ok(
      latency.triples.some((triple) => triple.includes('<urn:x:link1>') && triple.includes('latencyMs')),
    );
    for (const { violations } of rejections) {
      for (const { status, triples } of violations) assert.ok(triples.length > 0 || status === 'not-proven');
      for (const triple of violations.flatMap(({ triples }) => triples)) {
        assert.doesNotMatch(
          triple,
          /pathLatencyMs|currentRequest/,
          'computed facts are no triples of the snapshot',
        );
        assert.match(triple, /graph\/record\//);
      }
    }
  });

  it('counts per constraint and gives the nearest misses first', async () => {
    const { decision } = await decide(world, { memoryBytes: 4000, tiers: 'Edge' });
    const [summary] = decision.summary ?? [];
    assert.equal(summary?.candidates, 1);
    const counts = Object.fromEntries(
      summary.constraints.map(({ name, violated, notProven }) => [name, [violated, notProven]]),
    );
    assert.deepEqual(
      [counts['memory'], counts['tier'], counts['fresh'], counts['status']],
      [
        [2, 0],
        [1, 0],
        [0, 1],
        [0, 0],
      ],
    );
    assert.deepEqual(
      summary.nearestMisses.map(({ element: id }) => id),
      ['urn:x:nearly', 'urn:x:silent', 'urn:x:small'],
    );
  });
});

describe("placement: a policy of one's own", () => {
  const rack = {
    name: 'mine/constraints/rack.rq',
    text: `# iri: <https://example.org/policy#rack>
# label: Free rack units
# param: ?required from requirements.diskBytes
# claims: <https://example.org/policy#rackUnitsClaimed> unmeasured
# needs: <https://example.org/policy#rackUnits>
PREFIX my: <https://example.org/policy#>
SELECT ?element ?observed ?satisfied WHERE {
  ?element my:rackUnits ?units .
  OPTIONAL { ?element my:rackUnitsClaimed ?claimed }
  BIND(?units - COALESCE(?claimed, 0) AS ?observed)
  BIND(?observed >= ?required AS ?satisfied)
}`,
  };

  it('uses a file that was dropped in, claims included', async () => {
    const own = loadPolicy([...policyFiles, rack], engine);
    const request = parsePlacementRequest({ components: [{ name: 'c', requirements: { diskBytes: 3 } }] });
    const world = new World(
      element('a') +
        element('b') +
        ':b <https://example.org/policy#rackUnits> 4 . :a <https://example.org/policy#rackUnits> 2 .',
    );
    const placer = placerFor({ policy: () => own });
    const { decision, rejections } = await placer.explained(request, world.snapshot, NOW);
    assert.equal(decision.allocations[0]?.element.id, 'urn:x:b');
    assert.deepEqual(decision.allocations[0].claims.map(({ property }) => property).toSorted(), [
      'https://example.org/policy#rackUnitsClaimed',
      `${NS.cf}diskBytesClaimed`,
    ]);
    assert.deepEqual(
      [...rejections()].map(({ element: id, violations }) => [id, violations[0]?.name]),
      [['urn:x:a', 'rack']],
    );
    assert.ok(own.unmeasuredClaims.has('https://example.org/policy#rackUnitsClaimed'));
  });

  const broken: readonly {
    readonly what: string;
    readonly text: string;
    readonly line: number;
    readonly says: RegExp;
  }[] = [
    { what: 'no iri', text: rack.text.replace(/# iri.*\n/, ''), line: 1, says: /no `# iri:`/ },
    {
      what: 'an unknown key',
      text: rack.text.replace('# needs', '# neds'),
      line: 5,
      says: /"neds" is not known; did you mean "needs"/,
    },
    {
      what: 'a syntax error',
      text: rack.text.replace('WHERE {', 'WHERE {{'),
      line: 12,
      says: /rack\.rq, line 12/,
    },
    {
      what: 'an unknown prefix',
      text: rack.text.replace('PREFIX my:', 'PREFIX me:'),
      line: 8,
      says: /"my:" is not declared/,
    },
    {
      what: 'a missing variable',
      text: rack.text.replace('?satisfied WHERE', 'WHERE'),
      line: 1,
      says: /does not select \?satisfied/,
    },
    {
      what: 'an update',
      text: `${rack.text.split('SELECT')[0] ?? ''}INSERT DATA { <urn:a> <urn:b> <urn:c> }`,
      line: 1,
      says: /update/,
    },
    {
      what: 'a parameter that does not occur',
      text: rack.text.replace('?required from', '?wanted from'),
      line: 1,
      says: /\?wanted does not occur/,
    },
    {
      what: 'a path to nowhere',
      text: rack.text.replace('requirements.diskBytes', 'needs.diskBytes'),
      line: 3,
      says: /not a path under/,
    },
    {
      what: 'the IRI of another file',
      text: rack.text.replace(
        'https://example.org/policy#rack>',
        'https://w3id.org/continuum-fabric/constraints#disk>',
      ),
      line: 1,
      says: /is that of constraints\/disk\.rq/,
    },
  ];
  for (const { what, text, line, says } of broken) {
    it(`names file and line of a file with ${what}`, () => {
      assert.throws(
        () => loadPolicy([...policyFiles, { ...rack, text }], engine),
        (error: unknown) => {
          assert.ok(error instanceof FabricError);
          assert.equal(error.type, 'constraint-broken');
          assert.deepEqual({ ...error.location }, { source: rack.name, line });
          assert.match(error.message, says);
          return true;
        },
      );
    });
  }
});
