/**
 * Kubernetes, K3s and KubeEdge: a Deployment or a Job for each component, a Service where ports are exposed.
 *
 * The manifests are written to a home (a folder, or memory) for `kubectl apply` or a GitOps agent; this shim
 * does not talk to a cluster, and `observe` reads what was written, not what a cluster made of it. A pod is
 * bound to the chosen machine by a required node affinity on `kubernetes.io/hostname`, so the scheduler of
 * the cluster can refuse it but never place it elsewhere. Amounts are exact: a request is never rounded.
 */
import { FabricError } from '../errors.ts';
import type { JsonObject } from '../log/change.ts';
import { checkAllocations, parseSecretRef, protocolOf } from './component-check.ts';
import { applyManifests } from './manifest-apply.ts';
import { type ManifestHome, memoryManifests } from './manifest-home.ts';
import { declare, type Manifest, objectLabels, planManifests } from './manifest-plan.ts';
import { LABEL, objectName } from './naming.ts';
import type { AllocationToRun, Shim, ShimDecision } from './shim.ts';

export interface KubernetesOptions {
  /** Where manifests go; by default they are held in memory. */
  readonly home?: ManifestHome;
  readonly namespace?: string;
  /** The extended resource that counts GPUs. */
  readonly gpuResource?: string;
}

/** @throws FabricError `request-invalid` from `plan`, for what Kubernetes can never take */
export function kubernetesShim(options: KubernetesOptions = {}): Shim<readonly Manifest[]> {
  const home = options.home ?? memoryManifests();
  return {
    name: 'kubernetes',
    observe: () => home.list(),
    plan: (decision, observed) => planManifests(decision, kubernetesManifests(decision, options), observed),
    apply: (actions) => applyManifests(actions, home),
  };
}

/** The objects that a decision asks for, in the order of its allocations. */
function kubernetesManifests(
  decision: ShimDecision,
  options: Omit<KubernetesOptions, 'home'> = {},
): readonly Manifest[] {
  checkAllocations(decision);
  const errors = decision.allocations.flatMap(kubernetesFaults);
  if (errors.length > 0) {
    throw new FabricError('request-invalid', `Kubernetes cannot take ${decision.id}: ${errors.join('; ')}`, {
      extensions: { errors },
    });
  }
  return decision.allocations.flatMap((allocation) => {
    const workload = workloadOf(allocation, options);
    const { ports, exposePorts } = allocation.component;
    return ports.length > 0 && exposePorts !== false
      ? [workload, serviceOf(allocation, workload)]
      : [workload];
  });
}

/** Millicores as a canonical quantity: whole cores where they are whole. */
export function cpuQuantity(millicores: number): string {
  return millicores % 1000 === 0 ? String(millicores / 1000) : `${millicores}m`;
}

/**
 * Bytes as a canonical quantity, the shorter of the binary and the decimal form. A server writes quantities
 * canonically, so that reading one back compares equal.
 */
export function bytesQuantity(bytes: number): string {
  const binary = withSuffix(bytes, 1024, ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi']);
  const decimal = withSuffix(bytes, 1000, ['', 'k', 'M', 'G', 'T', 'P']);
  return decimal.length < binary.length ? decimal : binary;
}

function withSuffix(bytes: number, step: number, suffixes: readonly string[]): string {
  let [amount, level] = [bytes, 0];
  while (amount !== 0 && amount % step === 0 && level < suffixes.length - 1) {
    amount /= step;
    level++;
  }
  return `${amount}${suffixes[level]!}`;
}

function workloadOf(allocation: AllocationToRun, options: KubernetesOptions): Manifest {
  const { component, element, service } = allocation;
  const name = objectName(service, component.name);
  const selector = selectorOf(allocation);
  const pod: JsonObject = {
    ...(component.isJob ? { restartPolicy: 'Never' } : {}),
    affinity: onlyOn(element.hostname),
    ...(component.secretRef === undefined
      ? {}
      : { imagePullSecrets: [{ name: parseSecretRef(component.secretRef, '').name }] }),
    containers: [containerOf(allocation, options)],
  };
  const template: JsonObject = { metadata: { labels: { ...objectLabels(allocation) } }, spec: pod };
  return declare(allocation, {
    apiVersion: component.isJob ? 'batch/v1' : 'apps/v1',
    kind: component.isJob ? 'Job' : 'Deployment',
    name,
    namespace: options.namespace ?? 'default',
    cluster: element.lowLevelOrchestrator ?? element.domain ?? '',
    spec: component.isJob
      ? { backoffLimit: 3, template }
      : { replicas: 1, selector: { matchLabels: selector }, strategy: { type: 'Recreate' }, template },
  });
}

function containerOf({ component }: AllocationToRun, options: KubernetesOptions): JsonObject {
  const amounts: JsonObject = {
    ...(component.cpuMillicores === undefined ? {} : { cpu: cpuQuantity(component.cpuMillicores) }),
    ...(component.memoryBytes === undefined ? {} : { memory: bytesQuantity(component.memoryBytes) }),
    ...(component.gpuCount === undefined || component.gpuCount === 0
      ? {}
      : { [options.gpuResource ?? 'nvidia.com/gpu']: String(component.gpuCount) }),
  };
  return {
    name: 'component',
    image: component.image,
    ...(component.args.length === 0 ? {} : { args: component.args.map(literal) }),
    ...(component.env.length === 0
      ? {}
      : {
          env: component.env.map(({ name, value, secretRef }) =>
            secretRef === undefined
              ? { name, value: literal(value ?? '') }
              : { name, valueFrom: { secretKeyRef: parseSecretRef(secretRef, name) } },
          ),
        }),
    ...(component.ports.length === 0
      ? {}
      : {
          ports: component.ports.map((port) => ({ containerPort: port.number, protocol: protocolOf(port) })),
        }),
    // What the placement claimed is what the component gets: neither less nor more.
    ...(Object.keys(amounts).length === 0 ? {} : { resources: { requests: amounts, limits: amounts } }),
  };
}

/** Kubernetes expands `$(NAME)` and halves `$$` in arguments and values: what was asked for stays as it was. */
function literal(text: string): string {
  return /\$[$(]/.test(text) ? text.replaceAll('$', '$$$$') : text;
}

function serviceOf(allocation: AllocationToRun, workload: Manifest): Manifest {
  return declare(allocation, {
    apiVersion: 'v1',
    kind: 'Service',
    name: workload.metadata.name,
    namespace: workload.metadata.namespace,
    cluster: allocation.element.lowLevelOrchestrator ?? allocation.element.domain ?? '',
    spec: {
      type: 'ClusterIP',
      selector: selectorOf(allocation),
      ports: allocation.component.ports.map((port) => ({
        name: `${protocolOf(port).toLowerCase()}-${port.number}`,
        port: port.number,
        targetPort: port.number,
        protocol: protocolOf(port),
      })),
    },
  });
}

/** The labels that never change while a component lives: a Deployment's selector is immutable. */
function selectorOf(allocation: AllocationToRun): Readonly<Record<string, string>> {
  const labels = objectLabels(allocation);
  return { [LABEL.service]: labels[LABEL.service]!, [LABEL.component]: labels[LABEL.component]! };
}

function onlyOn(hostname: string): JsonObject {
  const isHost = { key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] };
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [isHost] }],
      },
    },
  };
}

function kubernetesFaults({ component, element }: AllocationToRun): string[] {
  const secrets = [...component.env.map((variable) => variable.secretRef), component.secretRef]
    .filter((reference) => reference !== undefined)
    .map((reference) => parseSecretRef(reference, 'key'));
  return [
    ...(isLabelValue(element.hostname) ? [] : [`${element.hostname} is no host name of Kubernetes`]),
    ...secrets
      .filter(({ name, key }) => !isSubdomain(name) || !/^[A-Za-z0-9._-]{1,253}$/.test(key))
      .map(({ name, key }) => `component ${component.name} names secret ${name}/${key}, which cannot exist`),
  ];
}

function isLabelValue(text: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(text);
}

function isSubdomain(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(text);
}
