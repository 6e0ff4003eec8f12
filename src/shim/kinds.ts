/**
 * The kinds of shim by name, for the composition root and the command line.
 *
 * A new kind is one file beside this one and one row here.
 */
import { FabricError } from '../errors.ts';
import { aerosLloShim } from './aeros-llo.ts';
import { dockerShim } from './docker.ts';
import { dryRunShim } from './dry-run.ts';
import { kubernetesShim } from './kubernetes.ts';
import { manifestFolder, memoryManifests } from './manifest-home.ts';
import type { SecretResolver, Shim } from './shim.ts';

export const SHIM_KINDS = ['dry-run', 'aeros-llo', 'kubernetes', 'docker'] as const;

export interface ShimSettings {
  /** Where `kubernetes` and `aeros-llo` write manifests; absent: they are held in memory. */
  readonly folder?: string;
  /** Socket of the Docker daemon. */
  readonly socketPath?: string;
  /** Host names that the Docker daemon stands for; absent: every one. */
  readonly hostnames?: readonly string[];
  /** Whether Docker may pull an image that the host lacks. */
  readonly pull?: boolean;
  /** Namespace of Kubernetes objects. */
  readonly namespace?: string;
  readonly resolveSecret?: SecretResolver;
}

/** @throws FabricError `not-supported` for a kind that does not exist */
export function makeShim(kind: string, settings: ShimSettings = {}): Shim<unknown> {
  const home = settings.folder === undefined ? memoryManifests() : manifestFolder(settings.folder);
  const secrets = settings.resolveSecret === undefined ? {} : { resolveSecret: settings.resolveSecret };
  switch (kind) {
    case 'dry-run':
      return dryRunShim();
    case 'aeros-llo':
      return aerosLloShim({ home, ...secrets });
    case 'kubernetes':
      return kubernetesShim({
        home,
        ...(settings.namespace === undefined ? {} : { namespace: settings.namespace }),
      });
    case 'docker': {
      const { hostnames } = settings;
      return dockerShim({
        socketPath: settings.socketPath ?? '/var/run/docker.sock',
        pull: settings.pull ?? false,
        ...(hostnames === undefined ? {} : { runsOn: ({ hostname }) => hostnames.includes(hostname) }),
        ...secrets,
      });
    }
    default:
      throw new FabricError(
        'not-supported',
        `Shim "${kind}" does not exist; there are ${SHIM_KINDS.join(', ')}`,
        {
          extensions: { supported: SHIM_KINDS },
        },
      );
  }
}
