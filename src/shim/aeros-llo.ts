/**
 * aerOS low-level orchestrators: the custom resources of `llo.aeros-project.eu/v1alpha1`.
 *
 * The orchestration type of the LLO decides the kind: `ServiceComponentK8s` for Kubernetes, K3s and
 * KubeEdge, `ServiceComponentDocker` for Docker; aerOS has an operator for no other. The resources are
 * written to a home, grouped by LLO, for its API (`POST /v1/service-components` takes this YAML) or for
 * `kubectl`; this shim does not send them, and `observe` reads what was written.
 *
 * The resources know no reference to a secret: values stand in them in the clear. They are put in only as
 * a resource is written, never into a plan, and are taken out again as it is read.
 */
import { FabricError } from '../errors.ts';
import type { JsonObject } from '../log/change.ts';
import { checkAllocations, parseSecretRef, protocolOf } from './component-check.ts';
import { applyManifests } from './manifest-apply.ts';
import { type ManifestHome, memoryManifests } from './manifest-home.ts';
import { declare, type Manifest, planManifests } from './manifest-plan.ts';
import { localName, objectName } from './naming.ts';
import { registryCredentials } from './registry-credentials.ts';
import type { AllocationToRun, SecretResolver, Shim, ShimDecision } from './shim.ts';

const LLO_API_VERSION = 'llo.aeros-project.eu/v1alpha1';

/** Orchestration type, lower-case, to the kind of resource that its operator takes. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['kubernetes', 'ServiceComponentK8s'],
  ['k8s', 'ServiceComponentK8s'],
  ['k3s', 'ServiceComponentK8s'],
  ['kubeedge', 'ServiceComponentK8s'],
  ['docker', 'ServiceComponentDocker'],
]);

/** Which secrets a resource needs, as JSON: variable name or `imageRegistry` to reference. */
const SECRETS_ANNOTATION = 'continuum-fabric/secrets';

interface SecretNeeds {
  readonly env?: Readonly<Record<string, string>>;
  readonly imageRegistry?: string;
}

export interface AerosLloOptions {
  /** Where resources go; by default they are held in memory. */
  readonly home?: ManifestHome;
  /** Needed as soon as a component names a secret. */
  readonly resolveSecret?: SecretResolver;
}

/** @throws FabricError `not-supported` from `plan`, for an orchestration type without an operator */
export function aerosLloShim(options: AerosLloOptions = {}): Shim<readonly Manifest[]> {
  const home = options.home ?? memoryManifests();
  return {
    name: 'aeros-llo',
    observe: async () => (await home.list()).map(withoutSecrets),
    plan: (decision, observed) => planManifests(decision, lloResources(decision), observed),
    apply: (actions) =>
      applyManifests(actions, home, (manifest) => withSecrets(manifest, options.resolveSecret)),
  };
}

/** The resources that a decision asks for, in the order of its allocations, without secrets. */
function lloResources(decision: ShimDecision): readonly Manifest[] {
  checkAllocations(decision);
  return decision.allocations.map((allocation) => resourceOf(allocation));
}

/**
 * The kind of resource for an element, by its container technology or else by the last part of the
 * identifier of its LLO (`urn:ngsi-ld:LowLevelOrchestrator:<domain>:<type>`).
 *
 * @throws FabricError `not-supported` when aerOS has no operator for it
 */
function lloKindOf({ component, element }: AllocationToRun): string {
  const stated = element.containerTechnology ?? element.lowLevelOrchestrator;
  const kind = KINDS.get(stated === undefined ? '' : localName(stated).toLowerCase());
  if (kind !== undefined) return kind;
  const type = stated === undefined ? 'of unknown type' : `of type ${localName(stated)}`;
  throw new FabricError(
    'not-supported',
    `Component ${component.name} is placed on ${element.id}, whose orchestrator is ${type}; aerOS takes Kubernetes, K3s, KubeEdge and Docker`,
    { extensions: { supported: [...KINDS.keys()] } },
  );
}

function resourceOf(allocation: AllocationToRun): Manifest {
  const { component, element, service } = allocation;
  const secretEnv = component.env.filter((variable) => variable.secretRef !== undefined);
  const needs: SecretNeeds = {
    ...(secretEnv.length === 0
      ? {}
      : { env: Object.fromEntries(secretEnv.map(({ name, secretRef }) => [name, secretRef!])) }),
    ...(component.secretRef === undefined ? {} : { imageRegistry: component.secretRef }),
  };
  const spec: JsonObject = {
    selectedIE: { id: element.id, hostname: element.hostname },
    image: component.image,
    isJob: component.isJob,
    ports: component.ports.map((port) => ({ number: port.number, protocol: protocolOf(port) })),
    exposePorts: component.ports.length > 0 && component.exposePorts !== false,
    envVars: component.env
      .filter((variable) => variable.secretRef === undefined)
      .map(({ name, value }) => ({ key: name, value: value ?? '' })),
    cliArgs: component.args.map(keyValue),
  };
  return declare(allocation, {
    apiVersion: LLO_API_VERSION,
    kind: lloKindOf(allocation),
    name: objectName(service, component.name),
    // The LLO API looks into this namespace only.
    namespace: 'default',
    cluster: element.lowLevelOrchestrator ?? element.domain ?? '',
    ...(Object.keys(needs).length === 0
      ? {}
      : { annotations: { [SECRETS_ANNOTATION]: JSON.stringify(needs) } }),
    spec,
  });
}

/** `--name=value` as aerOS lists it; an argument without `=` is a key with an empty value. */
function keyValue(argument: string): { key: string; value: string } {
  const equals = argument.indexOf('=');
  if (equals < 0) return { key: argument, value: '' };
  return { key: argument.slice(0, equals), value: argument.slice(equals + 1) };
}

function needsOf({ metadata }: Manifest): SecretNeeds {
  const text = metadata.annotations[SECRETS_ANNOTATION];
  return text === undefined ? {} : (JSON.parse(text) as SecretNeeds);
}

/** The resource as it is sent: values of secrets in place, those of variables after the plain ones. */
async function withSecrets(manifest: Manifest, resolve: SecretResolver | undefined): Promise<Manifest> {
  const needs = needsOf(manifest);
  const value = async (reference: string) => {
    const found = await resolve?.(reference);
    if (found !== undefined) return found;
    throw new FabricError(
      'shim-failed',
      `Secret ${reference} of ${manifest.metadata.name} cannot be resolved`,
    );
  };
  const envVars: JsonObject[] = [...((manifest.spec['envVars'] ?? []) as JsonObject[])];
  for (const [name, reference] of Object.entries(needs.env ?? {})) {
    const { name: secret, key } = parseSecretRef(reference, name);
    envVars.push({ key: name, value: await value(`${secret}/${key}`) });
  }
  if (needs.imageRegistry === undefined) return { ...manifest, spec: { ...manifest.spec, envVars } };
  const { url, username, password } = registryCredentials(
    await value(needs.imageRegistry),
    needs.imageRegistry,
    manifest.spec['image'] as string,
  );
  return {
    ...manifest,
    spec: { ...manifest.spec, envVars, imageRegistry: { url, username, password } },
  };
}

/** The resource as it is planned: undoes {@link withSecrets}. */
function withoutSecrets(manifest: Manifest): Manifest {
  const needs = needsOf(manifest);
  const { imageRegistry: _cut, envVars, ...spec } = manifest.spec;
  if (!Array.isArray(envVars)) return { ...manifest, spec };
  const secret = new Set(Object.keys(needs.env ?? {}));
  return {
    ...manifest,
    spec: {
      ...spec,
      envVars: (envVars as { key: string; value: string }[]).filter(({ key }) => !secret.has(key)),
    },
  };
}
