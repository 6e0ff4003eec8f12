/** Whether an environment variable is a setting of the fabric. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { FabricError } from '../../src/errors.ts';

/** A variable is a setting when a value that no setting takes is refused; others are ignored. */
export async function isSetting(variable: string): Promise<boolean> {
  // No number, no boolean, no list, and too short for a token.
  const impossible = '{"x":1}';
  const scratch = await mkdtemp(join(tmpdir(), 'fabric-setting-'));
  try {
    const file = join(scratch, 'value');
    await writeFile(file, impossible);
    loadConfig({ env: { [variable]: variable.endsWith('_FILE') ? file : impossible } });
    return false;
  } catch (thrown) {
    return thrown instanceof FabricError && thrown.type === 'config-invalid';
  } finally {
    await rm(scratch, { recursive: true });
  }
}
