/** `fabric place --shim`: what a shim would do for a decision. Nothing is carried out here. */

import { loadConfig } from '../config.ts';
import { FabricError } from '../errors.ts';
import type { Decision } from '../placement/decision.ts';
import { parsePlacementRequest } from '../placement/request.ts';
import { makeShim } from '../shim/kinds.ts';
import { reportable } from '../shim/report.ts';
import type { AllocationToRun } from '../shim/shim.ts';
import { planWith } from '../shim/shim.ts';

/** The actions of a shim as JSON. @throws FabricError `not-supported`, `request-invalid` */
export async function actionsOf(kind: string, decision: Decision, json: unknown): Promise<string> {
  const request = parsePlacementRequest(json);
  const allocations = decision.allocations.map(({ component, element }): AllocationToRun => {
    const asked = request.components.find(({ name }) => name === component)!;
    if (asked.image === undefined || element.hostname === undefined) {
      const lacking = asked.image === undefined ? 'component has no image' : 'element has no host name';
      throw new FabricError('request-invalid', `Component "${component}" cannot be run: its ${lacking}`);
    }
    const { cpuMillicores, memoryBytes, gpuCount } = asked.requirements;
    return {
      component: {
        name: component,
        image: asked.image,
        ports: asked.ports,
        env: asked.env.map(({ name, value, secretRef }) => ({
          name,
          ...(value === undefined ? {} : { value }),
          ...(secretRef === undefined ? {} : { secretRef }),
        })),
        args: asked.args,
        isJob: asked.isJob,
        ...(cpuMillicores === undefined ? {} : { cpuMillicores }),
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
        ...(gpuCount === undefined ? {} : { gpuCount }),
        ...(asked.secretRef === undefined ? {} : { secretRef: asked.secretRef }),
      },
      element: { ...element, hostname: element.hostname },
      service: decision.service,
      decision: decision.id,
    };
  });
  const actions = await planWith(makeShim(kind), {
    id: decision.id,
    allocations,
    services: [decision.service],
  });
  const { publicEnv } = loadConfig({ env: process.env }).secrets;
  return JSON.stringify(reportable(actions, publicEnv), null, 2);
}
