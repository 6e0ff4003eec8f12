/**
 * A continuum made up from a seed: domains, orchestrators, elements and links as live aerOS sends them, and
 * readings that move. The demo and the measurements use it; it goes through the doors like anybody's data.
 */
import type { Json } from '../log/change.ts';

export interface Entity {
  readonly id: string;
  readonly type: string;
  readonly [attribute: string]: Json;
}

export interface Continuum {
  /** Domains, orchestrators and links, in an order in which references exist. */
  readonly surroundings: readonly Entity[];
  /** Infrastructure elements, whole. */
  readonly elements: readonly Entity[];
  /** What an element reports in a round: the body of a PATCH, as self-awareness sends it. */
  reading(
    element: number,
    round: number,
  ): { readonly id: string; readonly body: Readonly<Record<string, Json>> };
}

export interface ContinuumOptions {
  readonly elements: number;
  readonly seed: number;
}

const PLACES = [
  { name: 'athens', longitude: 23.7257, latitude: 37.9715, owner: 'Piraeus' },
  { name: 'valencia', longitude: -0.3763, latitude: 39.4699, owner: 'Turia' },
  { name: 'helsinki', longitude: 24.9384, latitude: 60.1699, owner: 'Suomenlinna' },
] as const;

const TIERS = ['Cloud', 'Edge', 'Edge', 'FarEdge', 'FarEdge', 'FarEdge'] as const;
type Tier = (typeof TIERS)[number];

const CORES: Readonly<Record<Tier, readonly number[]>> = {
  Cloud: [16, 32, 64],
  Edge: [4, 8, 16],
  FarEdge: [2, 4],
};
const MEMORY_MB: Readonly<Record<Tier, readonly number[]>> = {
  Cloud: [64_000, 128_000],
  Edge: [8000, 16_000, 32_000],
  FarEdge: [2000, 4000],
};
const TECHNOLOGY: Readonly<Record<Tier, readonly string[]>> = {
  Cloud: ['Kubernetes'],
  Edge: ['K3s', 'Kubernetes', 'Docker'],
  FarEdge: ['K3s', 'KubeEdge', 'Docker', 'Wasm'],
};

/** The same options give the same continuum. */
export function makeContinuum({ elements: count, seed }: ContinuumOptions): Continuum {
  const hardware = Array.from({ length: count }, (_, index) => makeHardware(index, seed));
  const reading = (index: number, round: number): Readonly<Record<string, Json>> =>
    load(hardware[index]!, round, seed);
  return {
    surroundings: [...PLACES.flatMap(domain), ...links()],
    elements: hardware.map((element, index) => entityOf(element, reading(index, 0))),
    reading: (index, round) => ({ id: hardware[index]!.id, body: reading(index, round) }),
  };
}

interface Hardware {
  readonly id: string;
  readonly index: number;
  readonly hostname: string;
  readonly place: (typeof PLACES)[number];
  readonly tier: Tier;
  readonly cores: number;
  readonly memoryMb: number;
  readonly diskMb: number;
  readonly technology: string;
  readonly arm: boolean;
  readonly gpus: number;
  readonly trust: number;
  readonly longitude: number;
  readonly latitude: number;
}

function makeHardware(index: number, seed: number): Hardware {
  const random = randomFrom(seed * 1_000_003 + index);
  const place = PLACES[index % PLACES.length]!;
  const tier = pick(TIERS, random);
  const hostname = `${place.name}-${tier.toLowerCase()}-${String(index).padStart(3, '0')}`;
  return {
    id: `urn:ngsi-ld:InfrastructureElement:${hostname}`,
    index,
    hostname,
    place,
    tier,
    cores: pick(CORES[tier], random),
    memoryMb: pick(MEMORY_MB[tier], random),
    diskMb: 20_000 + Math.floor(random() * 400_000),
    technology: pick(TECHNOLOGY[tier], random),
    arm: tier === 'FarEdge' && random() < 0.7,
    gpus: tier !== 'FarEdge' && random() < 0.2 ? 1 + Math.floor(random() * 3) : 0,
    trust: rounded(0.4 + random() * 0.6, 2),
    longitude: rounded(place.longitude + (random() - 0.5) * 0.6, 5),
    latitude: rounded(place.latitude + (random() - 0.5) * 0.4, 5),
  };
}

const property = (value: Json): Json => ({ type: 'Property', value });
const relationship = (object: string): Json => ({ type: 'Relationship', object });
const urn = (type: string, name: string): string => `urn:ngsi-ld:${type}:${name}`;

function entityOf(element: Hardware, reading: Readonly<Record<string, Json>>): Entity {
  const { hostname, place, tier } = element;
  return {
    id: element.id,
    type: 'InfrastructureElement',
    hostname: property(hostname),
    domain: relationship(urn('Domain', place.name)),
    lowLevelOrchestrator: relationship(urn('LowLevelOrchestrator', `${place.name}-${element.technology}`)),
    containerTechnology: property(element.technology),
    cpuCores: property(element.cores),
    ramCapacity: property(element.memoryMb),
    diskCapacity: property(element.diskMb),
    cpuArchitecture: relationship(urn('CpuArchitecture', element.arm ? 'ARM64' : 'AMD64')),
    operatingSystem: relationship(urn('OperatingSystem', 'Linux')),
    infrastructureElementTier: relationship(urn('InfrastructureElementTier', tier)),
    infrastructureElementStatus: relationship(urn('InfrastructureElementStatus', 'Ready')),
    realTimeCapable: property(tier === 'FarEdge' && element.index % 4 === 0),
    gpu: property(element.gpus > 0 ? 'true' : 'false'),
    gpuCount: property(element.gpus),
    trustScore: property(element.trust),
    location: {
      type: 'GeoProperty',
      value: { type: 'Point', coordinates: [element.longitude, element.latitude] },
    },
    ...Object.fromEntries(
      Object.entries(reading).map(([name, said]) => [name, { type: 'Property', ...(said as object) }]),
    ),
  };
}

/** Load goes up and down by day, each element in its own phase, with a little noise. */
function load(element: Hardware, round: number, seed: number): Readonly<Record<string, Json>> {
  const random = randomFrom(seed * 7_368_787 + element.index * 65_537 + round);
  const phase = (element.index % 12) / 12 + round / 40;
  const wave = 0.5 + 0.35 * Math.sin(2 * Math.PI * phase);
  const cpuPercent = Math.round(Math.min(97, Math.max(2, wave * 85 + (random() - 0.5) * 20)));
  const usedRatio = Math.min(0.95, Math.max(0.1, wave * 0.7 + (random() - 0.5) * 0.2));
  const usedMb = Math.round(element.memoryMb * usedRatio);
  const diskUsedMb = Math.round(element.diskMb * (0.2 + 0.3 * random()));
  const watts = rounded(element.cores * (1.5 + (cpuPercent / 100) * 4), 1);
  const green = rounded(
    0.3 + 0.5 * Math.max(0, Math.sin(2 * Math.PI * (round / 60 + element.place.longitude / 360))),
    3,
  );
  return {
    currentCpuUsage: { value: cpuPercent },
    availableRam: { value: element.memoryMb - usedMb },
    currentRamUsage: { value: usedMb },
    currentRamUsagePct: { value: Math.round(usedRatio * 100) },
    availableDisk: { value: element.diskMb - diskUsedMb },
    currentDiskUsage: { value: diskUsedMb },
    currentDiskUsagePct: { value: Math.round((diskUsedMb / element.diskMb) * 100) },
    currentPowerConsumption: { value: watts },
    energyEfficiencyRatio: { value: rounded(1 - watts / (element.cores * 6), 3) },
    greenEnergyRatio: { value: green },
    netTrafficUp: { value: rounded(random() * 4, 2) },
    netTrafficDown: { value: rounded(random() * 9, 2) },
  };
}

function domain(place: (typeof PLACES)[number], index: number): Entity[] {
  const id = urn('Domain', place.name);
  const technologies = [...new Set(Object.values(TECHNOLOGY).flat())];
  return [
    {
      id,
      type: 'Domain',
      description: property(`Domain ${place.name}`),
      publicUrl: property(`https://${place.name}.example`),
      owner: relationship(urn('Organization', place.owner)),
      isEntrypoint: property(index === 0),
      domainStatus: relationship(urn('DomainStatus', 'Functional')),
    },
    ...technologies.map((technology) => ({
      id: urn('LowLevelOrchestrator', `${place.name}-${technology}`),
      type: 'LowLevelOrchestrator',
      domain: relationship(id),
      orchestrationType: relationship(
        urn(
          'OrchestrationType',
          technology === 'Docker' ? 'Docker' : technology === 'Wasm' ? 'Containerd' : 'Kubernetes',
        ),
      ),
    })),
  ];
}

/** Measured between the places, both ways. */
function links(): Entity[] {
  const latencies = [
    ['athens', 'valencia', 48],
    ['athens', 'helsinki', 61],
    ['valencia', 'helsinki', 67],
  ] as const;
  return latencies.map(([from, to, latencyMs]) => ({
    id: urn('NetworkLink', `${from}-${to}`),
    type: 'NetworkLink',
    linkFrom: relationship(urn('Domain', from)),
    linkTo: relationship(urn('Domain', to)),
    latencyMs: property(latencyMs),
    bandwidthBitsPerSecond: property(1_000_000_000),
    bidirectional: property(true),
  }));
}

const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)]!;

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Numbers in 0..1 from a seed (mulberry32): good enough for load, never for secrets. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
