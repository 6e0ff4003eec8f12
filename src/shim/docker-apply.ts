/**
 * Carries planned containers out on a Docker daemon.
 *
 * An image is at hand before the old container goes, so that a failed pull costs nothing. A component
 * counts as carried out when it runs, a job when it runs or has ended well. A container that was created
 * but does not run stays for inspection; the next plan replaces it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { FabricError } from '../errors.ts';
import { parseSecretRef } from './component-check.ts';
import type { DockerEngine } from './docker-engine.ts';
import { type InspectedContainer, inspectContainer } from './docker-observe.ts';
import type { ContainerManifest } from './docker-plan.ts';
import { attempt } from './outcome.ts';
import { registryCredentials } from './registry-credentials.ts';
import type { Action, ActionOutcome, SecretResolver } from './shim.ts';

export interface DockerApplyOptions {
  /** Whether an image that the host lacks may be pulled. Default: no. */
  readonly pull?: boolean;
  /** Needed as soon as a component names a secret. */
  readonly resolveSecret?: SecretResolver;
  /** How long a container may take to run. */
  readonly startDeadlineMs?: number;
  /** How long it must have run before it counts as running, so that an early end is seen. */
  readonly settleMs?: number;
  /** How long a container may take to end after SIGTERM before it is killed. */
  readonly stopSeconds?: number;
}

export async function applyContainers(
  engine: DockerEngine,
  actions: readonly Action[],
  options: DockerApplyOptions,
): Promise<readonly ActionOutcome[]> {
  const outcomes: ActionOutcome[] = [];
  for (const action of actions) outcomes.push(await attempt(action, () => carry(engine, action, options)));
  return outcomes;
}

async function carry(engine: DockerEngine, action: Action, options: DockerApplyOptions): Promise<string> {
  switch (action.kind) {
    case 'keep':
      return 'Nothing to do';
    case 'delete':
      return remove(engine, action.target, options);
    case 'create':
    case 'replace': {
      const manifest = manifestOf(action);
      const env = await secretEnv(manifest, options.resolveSecret);
      await ensureImage(engine, manifest, options);
      // Also for `create`: an apply that was cut short may have left the container behind.
      await remove(engine, manifest.name, options);
      await create(engine, manifest, env);
      return start(engine, manifest, options);
    }
  }
}

function manifestOf({ manifest, target }: Action): ContainerManifest {
  if (manifest === undefined) throw new FabricError('shim-failed', `Action on ${target} carries no manifest`);
  return manifest as ContainerManifest;
}

async function secretEnv(
  { secretEnv: wanted, name }: ContainerManifest,
  resolve: SecretResolver | undefined,
): Promise<readonly string[]> {
  return Promise.all(
    Object.entries(wanted).map(async ([variable, reference]) => {
      const { name: secret, key } = parseSecretRef(reference, variable);
      return `${variable}=${await resolved(`${secret}/${key}`, name, resolve)}`;
    }),
  );
}

async function resolved(
  reference: string,
  name: string,
  resolve: SecretResolver | undefined,
): Promise<string> {
  const value = await resolve?.(reference);
  if (value !== undefined) return value;
  throw new FabricError('shim-failed', `Secret ${reference} of ${name} cannot be resolved`);
}

async function ensureImage(
  engine: DockerEngine,
  { image, name, registrySecretRef }: ContainerManifest,
  options: DockerApplyOptions,
): Promise<void> {
  // The reference is a path of several segments; the daemon takes its slashes as they are.
  const path = `/images/${image.split('/').map(encodeURIComponent).join('/')}/json`;
  const found = await engine.call({ method: 'GET', path, accept: [404] });
  if (found.status !== 404) return;
  if (options.pull !== true) {
    throw new FabricError(
      'shim-failed',
      `Image ${image} of ${name} is not on the host, and pulling is not allowed`,
    );
  }
  if (registrySecretRef === null) {
    await engine.pull(image);
    return;
  }
  const secret = await resolved(registrySecretRef, name, options.resolveSecret);
  const { username, password, url } = registryCredentials(secret, registrySecretRef, image);
  await engine.pull(image, { username, password, serveraddress: url });
}

async function create(
  engine: DockerEngine,
  { name, body }: ContainerManifest,
  env: readonly string[],
): Promise<void> {
  await engine.call({
    method: 'POST',
    path: '/containers/create',
    query: { name },
    body: { ...body, Env: [...(body['Env'] as readonly string[]), ...env] },
  });
}

async function start(
  engine: DockerEngine,
  { name, isJob }: ContainerManifest,
  options: DockerApplyOptions,
): Promise<string> {
  await engine.call({ method: 'POST', path: `/containers/${name}/start`, accept: [304] });
  const deadlineMs = options.startDeadlineMs ?? 30_000;
  const stepMs = 50;
  const settleSteps = Math.ceil((options.settleMs ?? 300) / stepMs);
  let runningSteps = 0;
  for (let waitedMs = 0; waitedMs <= deadlineMs; waitedMs += stepMs) {
    const container = await inspectContainer(engine, name);
    const verdict = judge(container, isJob, name);
    runningSteps = verdict === 'running' ? runningSteps + 1 : 0;
    if (verdict === 'ended' || runningSteps > settleSteps) {
      return verdict === 'ended' ? `Job ${name} has ended well` : `Container ${name} runs`;
    }
    await delay(stepMs);
  }
  throw new FabricError('shim-failed', `Container ${name} does not run after ${deadlineMs} ms`);
}

/** @throws FabricError `shim-failed` when the container has come to a bad end */
function judge(
  container: InspectedContainer | undefined,
  isJob: boolean,
  name: string,
): 'running' | 'ended' | 'waiting' {
  if (container === undefined) {
    throw new FabricError('shim-failed', `Container ${name} is gone right after its start`);
  }
  const { State, RestartCount } = container;
  if (State.Status === 'exited' && isJob && State.ExitCode === 0) return 'ended';
  // The daemon restarts what ends early: the first restart says it all.
  if (State.Status === 'exited' || State.Status === 'dead' || (RestartCount > 0 && !isJob)) {
    const why = State.Error === '' ? '' : `: ${State.Error}`;
    throw new FabricError('shim-failed', `Container ${name} ended with code ${State.ExitCode}${why}`);
  }
  return State.Status === 'running' ? 'running' : 'waiting';
}

/** Stops and removes a container; one that does not exist is as good as removed. */
async function remove(engine: DockerEngine, name: string, options: DockerApplyOptions): Promise<string> {
  const stopSeconds = options.stopSeconds ?? 10;
  await engine.call({
    method: 'POST',
    path: `/containers/${name}/stop`,
    query: { t: String(stopSeconds) },
    accept: [304, 404],
    deadlineMs: (stopSeconds + 60) * 1000,
  });
  const answer = await engine.call({
    method: 'DELETE',
    path: `/containers/${name}`,
    query: { force: 'true', v: 'true' },
    accept: [404],
  });
  return answer.status === 404 ? `Container ${name} was not there` : `Container ${name} is removed`;
}
