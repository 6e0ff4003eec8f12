/** Golden files: what a shim writes, kept for people to read. `UPDATE_EXPECT=1` writes them anew. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { Manifest } from '../../src/shim/manifest-plan.ts';
import type { Shim, ShimDecision } from '../../src/shim/shim.ts';

/** The objects that a shim declares for a decision where nothing runs yet. */
export function declared(shim: Shim<readonly Manifest[]>, decision: ShimDecision): readonly Manifest[] {
  return shim.plan(decision, []).map(({ manifest }) => manifest as Manifest);
}

export async function checkGolden(name: string, actual: readonly object[]): Promise<void> {
  const path = join(import.meta.dirname, '..', 'fixtures', 'shim', name);
  if (process.env['UPDATE_EXPECT'] === '1') {
    const documents = actual.map((value) => stringify(value, { aliasDuplicateObjects: false }));
    await writeFile(path, documents.join('---\n'));
  }
  const documents = parseAllDocuments(await readFile(path, 'utf8'));
  assert.ok(Array.isArray(documents) && documents.length > 0, `${path} holds no document`);
  assert.deepEqual(
    actual.map((value) => JSON.parse(JSON.stringify(value)) as unknown),
    documents.map((document) => document.toJS() as unknown),
  );
}
