/** The one way in which tests open sources: the text of a logical source in, its text or a refusal out. */
import { equal } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FabricError } from '../../../src/errors.ts';
import { compileMapping, type LogicalSource } from '../../../src/mapping/plan.ts';
import type { SourceRow } from '../../../src/mapping/reference/formulation.ts';
import { createSourceAccess, type SourceAccessOptions } from '../../../src/source/rml/access.ts';

const PREFIXES = `
@prefix rml: <http://w3id.org/rml/> .
@prefix csvw: <http://www.w3.org/ns/csvw#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix td: <https://www.w3.org/2019/wot/td#> .
@prefix hctl: <https://www.w3.org/2019/wot/hypermedia#> .
@prefix htv: <http://www.w3.org/2011/http#> .
@prefix mqv: <http://www.example.org/mqtt-binding#> .
@prefix wotsec: <https://www.w3.org/2019/wot/security#> .
@prefix cf: <https://w3id.org/continuum-fabric/ns#> .
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix ex: <http://ex.org/> .
`;

/** The logical source that a mapping describes: `rml:source` and what else stands beside it. */
export function sourceOf(source: string, more = 'rml:referenceFormulation rml:CSV'): LogicalSource {
  const mapping = `${PREFIXES} ex:map a rml:TriplesMap ; rml:subject ex:s ;
    rml:logicalSource [ rml:source ${source} ; ${more} ] .`;
  return compileMapping(mapping, { name: 'test.ttl' }).sources[0]!;
}

/** A folder with files in it, gone after the test. */
export async function withFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'fabric-source-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Options of an access to one folder. */
export const settingsOf = (folder: string, more: Partial<SourceAccessOptions> = {}): SourceAccessOptions => ({
  mappingDirectory: folder,
  workingDirectory: folder,
  ...more,
});

/** The text of a source, whole. */
export async function readText(source: LogicalSource, options: SourceAccessOptions): Promise<string> {
  const data = await createSourceAccess(options).open(source);
  if (data.kind !== 'bytes') throw new Error('The source has rows');
  const chunks: Uint8Array[] = [];
  for await (const chunk of data.chunks) chunks.push(chunk);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
}

export async function readRows(
  source: LogicalSource,
  options: SourceAccessOptions,
): Promise<readonly SourceRow[]> {
  const data = await createSourceAccess(options).open(source);
  if (data.kind !== 'rows') throw new Error('The source has bytes');
  const rows: SourceRow[] = [];
  for await (const batch of data.rows) rows.push(...batch);
  return rows;
}

/** Runs something that has to be refused. */
export async function checkRefused(
  work: () => Promise<unknown>,
  type: string,
  message: RegExp,
): Promise<FabricError> {
  const thrown = await work().then(
    () => new Error('Nothing was refused'),
    (error: unknown) => error as Error,
  );
  if (!(thrown instanceof FabricError)) throw thrown;
  equal(thrown.type, type, thrown.message);
  equal(message.test(thrown.message), true, `unexpected message: ${thrown.message}`);
  return thrown;
}
