/**
 * The plan of the Docker shim: containers as they were found against a decision.
 *
 * Pure. A container is known again by its labels; a container without them must never come in here.
 */
import type { JsonObject } from '../log/change.ts';
import { checkAllocations, protocolOf } from './component-check.ts';
import { describeAllocation, digest, LABEL, MANAGED_BY, objectName } from './naming.ts';
import type { Action, AllocationToRun, ElementToRunOn, ShimDecision } from './shim.ts';
import { servicesOf } from './shim.ts';

/** A container of ours, as it was found. */
export interface ObservedContainer {
  readonly name: string;
  readonly service: string;
  readonly component: string;
  /** Digest that its labels carry. */
  readonly spec: string;
  /** `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`. */
  readonly state: string;
  readonly exitCode: number;
}

/** What is to be created: the body of `POST /containers/create`, and what only apply may fill in. */
export interface ContainerManifest extends JsonObject {
  readonly name: string;
  readonly image: string;
  readonly body: JsonObject;
  /** Environment variables to take from secrets: name to reference. */
  readonly secretEnv: Readonly<Record<string, string>>;
  readonly registrySecretRef: string | null;
  readonly isJob: boolean;
}

export interface DockerPlanOptions {
  /** Which elements this daemon is; allocations to others are none of its business. Default: all. */
  readonly runsOn?: (element: ElementToRunOn) => boolean;
  /** Network of the containers; `bridge` publishes exposed ports on the host. */
  readonly networkMode?: string;
}

/** What it takes to come from `observed` to `decision`; deletions first, so that they free what they hold. */
export function planContainers(
  decision: ShimDecision,
  observed: readonly ObservedContainer[],
  options: DockerPlanOptions = {},
): readonly Action[] {
  checkAllocations(decision);
  const services = servicesOf(decision);
  const here = decision.allocations.filter(({ element }) => options.runsOn?.(element) ?? true);
  const wanted = new Map(here.map((allocation) => [nameOf(allocation), allocation]));
  const present = new Map(
    observed.filter(({ service }) => services.has(service)).map((container) => [container.name, container]),
  );
  const gone = [...present.values()].filter(({ name }) => !wanted.has(name));
  return [
    ...gone.map(({ name, component }): Action => {
      return {
        kind: 'delete',
        target: name,
        summary: `Delete ${component}: its service no longer has it here`,
      };
    }),
    ...[...wanted].map(([name, allocation]) =>
      actionFor(containerOf(allocation, options.networkMode ?? 'bridge'), allocation, present.get(name)),
    ),
  ];
}

function nameOf({ service, component }: AllocationToRun): string {
  return objectName(service, component.name);
}

function actionFor(
  manifest: ContainerManifest,
  allocation: AllocationToRun,
  present: ObservedContainer | undefined,
): Action {
  const target = manifest.name;
  if (present === undefined) {
    return { kind: 'create', target, summary: describeAllocation(allocation), manifest };
  }
  const { name } = allocation.component;
  const fault = faultOf(present, manifest);
  if (fault === undefined) return { kind: 'keep', target, summary: `Keep ${name}: it is as decided` };
  return { kind: 'replace', target, summary: `Replace ${name}: ${fault}`, manifest };
}

/** Why a container is not what was decided; undefined when it is. A job that ended well is done. */
function faultOf(present: ObservedContainer, manifest: ContainerManifest): string | undefined {
  const labels = manifest.body['Labels'] as Readonly<Record<string, string>>;
  if (present.spec !== labels[LABEL.spec]) return 'it was decided anew';
  if (present.state === 'running') return undefined;
  if (manifest.isJob && present.state === 'exited' && present.exitCode === 0) return undefined;
  return `it is ${present.state}${present.state === 'exited' ? ` with code ${present.exitCode}` : ''}`;
}

function containerOf(allocation: AllocationToRun, networkMode: string): ContainerManifest {
  const { component, element, service, decision } = allocation;
  const publish = component.exposePorts !== false && networkMode !== 'none' && networkMode !== 'host';
  const ports = component.ports.map((port) => `${port.number}/${protocolOf(port).toLowerCase()}`);
  const plainEnv = component.env.filter((variable) => variable.secretRef === undefined);
  const asked: JsonObject = {
    Image: component.image,
    ...(component.args.length === 0 ? {} : { Cmd: component.args }),
    Env: plainEnv.map(({ name, value }) => `${name}=${value ?? ''}`),
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    HostConfig: {
      NetworkMode: networkMode,
      RestartPolicy: component.isJob
        ? { Name: 'on-failure', MaximumRetryCount: 3 }
        : { Name: 'unless-stopped', MaximumRetryCount: 0 },
      PortBindings: publish
        ? Object.fromEntries(ports.map((port) => [port, [{ HostPort: port.split('/')[0]! }]]))
        : {},
      ...(component.cpuMillicores === undefined ? {} : { NanoCpus: component.cpuMillicores * 1_000_000 }),
      ...(component.memoryBytes === undefined ? {} : { Memory: component.memoryBytes }),
      ...(component.gpuCount === undefined || component.gpuCount === 0
        ? {}
        : { DeviceRequests: [{ Count: component.gpuCount, Capabilities: [['gpu']] }] }),
    },
  };
  const rest = {
    secretEnv: Object.fromEntries(
      component.env.flatMap(({ name, secretRef }) => (secretRef === undefined ? [] : [[name, secretRef]])),
    ),
    registrySecretRef: component.secretRef ?? null,
    isJob: component.isJob,
  };
  const labels = {
    'app.kubernetes.io/managed-by': MANAGED_BY,
    [LABEL.service]: service,
    [LABEL.component]: component.name,
    [LABEL.element]: element.id,
    [LABEL.decision]: decision,
    [LABEL.spec]: digest({ asked, element: element.id, ...rest }),
  };
  return {
    name: objectName(service, component.name),
    image: component.image,
    body: { ...asked, Labels: labels },
    ...rest,
  };
}
