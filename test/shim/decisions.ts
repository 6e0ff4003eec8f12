/** Decisions to test shims with: a few by hand, and arbitrary ones. */
import fc from 'fast-check';
import type { AllocationToRun, ComponentSpec, ElementToRunOn, ShimDecision } from '../../src/shim/shim.ts';

export const SHOP = 'urn:ngsi-ld:Service:shop';

export const KUBERNETES_ELEMENT: ElementToRunOn = {
  id: 'urn:ngsi-ld:InfrastructureElement:Athens:0050569a1b2c',
  hostname: 'athens-w1',
  domain: 'urn:ngsi-ld:Domain:Athens',
  lowLevelOrchestrator: 'urn:ngsi-ld:LowLevelOrchestrator:Athens:Kubernetes',
};

export const DOCKER_ELEMENT: ElementToRunOn = {
  id: 'urn:ngsi-ld:InfrastructureElement:Madrid:0a0b0c0d0e0f',
  hostname: 'madrid-pi4',
  domain: 'urn:ngsi-ld:Domain:Madrid',
  lowLevelOrchestrator: 'urn:ngsi-ld:LowLevelOrchestrator:Madrid:Docker',
};

export function component(members: Partial<ComponentSpec> = {}): ComponentSpec {
  return {
    name: 'web',
    image: 'registry.example/web:1',
    ports: [],
    env: [],
    args: [],
    isJob: false,
    ...members,
  };
}

export function decisionOf(
  allocations: readonly (readonly [ComponentSpec, ElementToRunOn])[],
  options: { readonly id?: string; readonly service?: string } = {},
): ShimDecision {
  const id = options.id ?? 'urn:uuid:decision-1';
  const service = options.service ?? SHOP;
  return {
    id,
    services: [service],
    allocations: allocations.map(
      ([spec, element]): AllocationToRun => ({ component: spec, element, service, decision: id }),
    ),
  };
}

/** The decision of the golden files: a front end and a job, with everything that a component can have. */
export const EVERYTHING: ShimDecision = decisionOf([
  [
    component({
      name: 'urn:ngsi-ld:Service:shop:Component:Front_End',
      ports: [
        { number: 8080, protocol: 'tcp' },
        { number: 5353, protocol: 'UDP' },
      ],
      env: [
        { name: 'MODE', value: 'fast' },
        { name: 'DB_PASSWORD', secretRef: 'database/password' },
        { name: 'API_TOKEN', secretRef: 'api' },
      ],
      args: ['--level=3', 'run'],
      cpuMillicores: 1500,
      memoryBytes: 1_610_612_736,
      gpuCount: 1,
      secretRef: 'registry-login',
    }),
    KUBERNETES_ELEMENT,
  ],
  [
    component({ name: 'clean', isJob: true, ports: [{ number: 9000, protocol: 'TCP' }], exposePorts: false }),
    { ...KUBERNETES_ELEMENT, hostname: 'athens-w2', containerTechnology: 'K3s' },
  ],
]);

const elements: readonly ElementToRunOn[] = [
  KUBERNETES_ELEMENT,
  DOCKER_ELEMENT,
  {
    ...KUBERNETES_ELEMENT,
    id: 'urn:ngsi-ld:InfrastructureElement:Athens:ffffffffffff',
    hostname: 'athens-w9',
  },
];

const someComponent = fc.record({
  image: fc.constantFrom('a:1', 'a:2', 'registry.example:5000/team/b@sha256:00'),
  ports: fc.uniqueArray(
    fc.record({ number: fc.integer({ min: 1, max: 65_535 }), protocol: fc.constantFrom('TCP', 'udp') }),
    {
      maxLength: 3,
      selector: (port) => port.number,
    },
  ),
  env: fc.uniqueArray(
    fc.oneof(
      fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: fc.string() }),
      fc.record({ name: fc.constantFrom('A', 'B', 'C'), secretRef: fc.constantFrom('one', 'two/key') }),
    ),
    { maxLength: 3, selector: (variable) => variable.name },
  ),
  args: fc.array(fc.string(), { maxLength: 3 }),
  isJob: fc.boolean(),
  cpuMillicores: fc.nat({ max: 64_000 }),
  memoryBytes: fc.maxSafeNat(),
});

/** Decisions over two services that share component names, so that one often follows from another. */
export const someDecision: fc.Arbitrary<ShimDecision> = fc
  .record({
    id: fc.uuid(),
    placed: fc.uniqueArray(
      fc.record({
        service: fc.constantFrom(SHOP, 'urn:ngsi-ld:Service:other'),
        name: fc.constantFrom('web', 'Web', 'data base', 'urn:x:y'),
        spec: someComponent,
        element: fc.constantFrom(...elements),
      }),
      { maxLength: 6, selector: ({ service, name }) => `${service} ${name}` },
    ),
  })
  .map(({ id, placed }) => ({
    id,
    services: [SHOP, 'urn:ngsi-ld:Service:other'],
    allocations: placed.map(({ service, name, spec, element }) => ({
      component: { name, ...spec },
      element,
      service,
      decision: id,
    })),
  }));
