/**
 * What a Docker daemon runs for the services of a decision, by the labels of its containers.
 *
 * Containers without our labels must never come out of here: what is observed may be deleted.
 */

import type { DockerEngine } from './docker-engine.ts';
import type { ObservedContainer } from './docker-plan.ts';
import { LABEL, MANAGED_BY } from './naming.ts';

interface ListedContainer {
  readonly Id: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

/** The part of `GET /containers/{id}/json` that matters here. */
export interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly Error: string;
    readonly StartedAt: string;
  };
}

/** @throws FabricError `unreachable` or `shim-failed` */
export async function observeContainers(
  engine: DockerEngine,
  services: ReadonlySet<string>,
): Promise<readonly ObservedContainer[]> {
  const filters = JSON.stringify({ label: [`app.kubernetes.io/managed-by=${MANAGED_BY}`, LABEL.service] });
  const answer = await engine.call({
    method: 'GET',
    path: '/containers/json',
    query: { all: '1', filters },
  });
  const listed = (JSON.parse(answer.text) as readonly ListedContainer[]).filter(({ Labels }) =>
    services.has(Labels?.[LABEL.service] ?? ''),
  );
  const found = await Promise.all(
    listed.map(async ({ Id, Labels }) => {
      const inspected = await inspectContainer(engine, Id);
      return inspected === undefined ? undefined : observed(inspected, Labels ?? {});
    }),
  );
  return found.filter((container) => container !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A container by name or id, undefined when there is none (any more). */
export async function inspectContainer(
  engine: DockerEngine,
  name: string,
): Promise<InspectedContainer | undefined> {
  const path = `/containers/${encodeURIComponent(name)}/json`;
  const answer = await engine.call({ method: 'GET', path, accept: [404] });
  return answer.status === 404 ? undefined : (JSON.parse(answer.text) as InspectedContainer);
}

function observed(
  { Name, State }: InspectedContainer,
  labels: Readonly<Record<string, string>>,
): ObservedContainer {
  return {
    name: Name.replace(/^\//, ''),
    service: labels[LABEL.service] ?? '',
    component: labels[LABEL.component] ?? '',
    spec: labels[LABEL.spec] ?? '',
    state: State.Status,
    exitCode: State.ExitCode,
  };
}
