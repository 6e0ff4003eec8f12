/** The shims that write manifests, against memory and against a real folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aerosLloShim } from '../../src/shim/aeros-llo.ts';
import { kubernetesShim } from '../../src/shim/kubernetes.ts';
import { manifestFolder, memoryManifests } from '../../src/shim/manifest-home.ts';
import { checkConvergence } from './contract.ts';

const resolveSecret = (reference: string) => Promise.resolve(`value of ${reference}`);

describe('shims that write manifests', () => {
  let folder = '';
  let next = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fabric-shim-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });
  const fresh = () => manifestFolder(join(folder, String(next++)));

  checkConvergence('kubernetes in memory', () => kubernetesShim({ home: memoryManifests() }));
  checkConvergence('kubernetes in a folder', () => kubernetesShim({ home: fresh() }), 25);
  checkConvergence('aeros-llo in memory', () => aerosLloShim({ home: memoryManifests(), resolveSecret }));
  checkConvergence('aeros-llo in a folder', () => aerosLloShim({ home: fresh(), resolveSecret }), 25);
});
