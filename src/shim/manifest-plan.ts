/**
 * The plan of the shims whose orchestrator takes declared objects: desired manifests against observed ones.
 *
 * Pure. What does not carry our labels is never deleted or replaced. Observed objects may carry more than
 * was asked for (defaults of a server, a status): an object is kept as long as it says all that is desired.
 */
import type { JsonObject } from '../log/change.ts';
import { digest, LABEL, labelValue, localName, MANAGED_BY } from './naming.ts';
import type { Action, AllocationToRun, Json, ShimDecision } from './shim.ts';
import { servicesOf } from './shim.ts';

/** Annotation that names the cluster or orchestrator an object belongs to; absent: the only one. */
export const CLUSTER_ANNOTATION = 'continuum-fabric/cluster';

/** An object of a declarative orchestrator. */
export interface Manifest extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: JsonObject;
}

/** The labels of an object, by which an orchestrator selects it; values fit Kubernetes. */
export function objectLabels({ service, component }: AllocationToRun): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': labelValue(localName(component.name)),
    'app.kubernetes.io/part-of': labelValue(localName(service)),
    'app.kubernetes.io/managed-by': MANAGED_BY,
    'app.kubernetes.io/created-by': MANAGED_BY,
    [LABEL.service]: labelValue(service),
    [LABEL.component]: labelValue(component.name),
  };
}

/** A manifest with its labels, and the annotations by which later plans know it again. */
export function declare(
  allocation: AllocationToRun,
  object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace: string;
    readonly cluster: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly spec: JsonObject;
  },
): Manifest {
  const { apiVersion, kind, name, namespace, cluster, spec } = object;
  const labels = { ...objectLabels(allocation), 'app.kubernetes.io/instance': name };
  const annotations = {
    [LABEL.service]: allocation.service,
    [LABEL.component]: allocation.component.name,
    [LABEL.element]: allocation.element.id,
    ...(cluster === '' ? {} : { [CLUSTER_ANNOTATION]: cluster }),
    ...object.annotations,
  };
  const asked: JsonObject = { apiVersion, kind, labels, annotations, spec };
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      labels,
      annotations: { ...annotations, [LABEL.decision]: allocation.decision, [LABEL.spec]: digest(asked) },
    },
    spec,
  };
}

/** What it takes to come from `observed` to `desired`: deletions last, so that a move starts before it ends. */
export function planManifests(
  decision: ShimDecision,
  desired: readonly Manifest[],
  observed: readonly Manifest[],
): readonly Action[] {
  const services = new Set([...servicesOf(decision)].map(labelValue));
  const ours = observed.filter(
    ({ metadata }) =>
      metadata.labels['app.kubernetes.io/managed-by'] === MANAGED_BY &&
      services.has(metadata.labels[LABEL.service] ?? ''),
  );
  const present = new Map(ours.map((manifest) => [targetOf(manifest), manifest]));
  const wanted = new Set(desired.map(targetOf));
  return [
    ...desired.map((manifest) => actionFor(manifest, present.get(targetOf(manifest)))),
    ...[...present].filter(([target]) => !wanted.has(target)).map(([, manifest]) => deletion(manifest)),
  ];
}

/** Where an object stands: orchestrator, kind, namespace, name. */
export function targetOf({ kind, metadata }: Manifest): string {
  return [metadata.annotations[CLUSTER_ANNOTATION], kind, metadata.namespace, metadata.name]
    .filter((part) => part !== undefined)
    .join(' ');
}

/** Reads an object, undefined when it is none (a list, a status) or lacks a name. */
export function readManifest(value: unknown): Manifest | undefined {
  if (!isObject(value)) return undefined;
  const { apiVersion, kind, metadata, spec } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !isObject(metadata)) return undefined;
  const { name, namespace, labels, annotations } = metadata;
  if (typeof name !== 'string') return undefined;
  return {
    ...(value as JsonObject),
    apiVersion,
    kind,
    metadata: {
      ...(metadata as JsonObject),
      name,
      namespace: typeof namespace === 'string' ? namespace : 'default',
      labels: strings(labels),
      annotations: strings(annotations),
    },
    spec: isObject(spec) ? (spec as JsonObject) : {},
  };
}

function actionFor(manifest: Manifest, present: Manifest | undefined): Action {
  const target = targetOf(manifest);
  const what = `${manifest.kind} ${manifest.metadata.name}`;
  const where = `on ${manifest.metadata.annotations[LABEL.element] ?? ''}`;
  if (present === undefined) return { kind: 'create', target, summary: `Create ${what} ${where}`, manifest };
  const same = present.metadata.annotations[LABEL.spec] === manifest.metadata.annotations[LABEL.spec];
  if (same && says(present.spec, manifest.spec)) {
    return { kind: 'keep', target, summary: `Keep ${what} ${where}` };
  }
  const why = same ? 'it was changed from outside' : 'it was decided anew';
  return { kind: 'replace', target, summary: `Replace ${what} ${where}: ${why}`, manifest };
}

function deletion({ apiVersion, kind, metadata }: Manifest): Action {
  const { name, namespace, labels, annotations } = metadata;
  const manifest: Manifest = {
    apiVersion,
    kind,
    metadata: { name, namespace, labels, annotations },
    spec: {},
  };
  return {
    kind: 'delete',
    target: targetOf(manifest),
    summary: `Delete ${kind} ${name}: its service no longer has it here`,
    manifest,
  };
}

/** Whether `present` says everything that `desired` says; it may say more. */
function says(present: Json | undefined, desired: Json): boolean {
  if (Array.isArray(desired)) {
    if (!Array.isArray(present) || present.length !== desired.length) return false;
    return desired.every((item, index) => says(present[index] as Json, item as Json));
  }
  if (typeof desired === 'object' && desired !== null) {
    return isObject(present) && Object.entries(desired).every(([key, value]) => says(present[key], value));
  }
  return present === desired;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function strings(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
