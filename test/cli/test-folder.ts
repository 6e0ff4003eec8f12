/** A folder of its own for each test, gone with the test: where command lines find their files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder = '';

/** Gives every test of the suite that calls this a folder; what ends its processes has to be called before. */
export function eachTestInAFolder(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fabric-cli-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
}

/** The path of a file in the folder of the test; without a name that of the folder. */
export const at = (name = ''): string => join(folder, name);

/** Writes a file into the folder of the test, and gives its path. */
export function put(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}
