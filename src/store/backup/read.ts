/**
 * A backup read back, part by part, and held against its own manifest: whoever reads it to its end without a refusal has
 * read all of it as it was written. What came before a refusal must not be used.
 */
import { hash } from 'node:crypto';
import { FabricError, messageOf } from '../../errors.ts';
import type { RecordDocument } from '../../mapping/record.ts';
import { NQuadsParser } from '../../rdf/n-quads/parser.ts';
import { PieceTerms } from '../../rdf/n-quads/terms.ts';
import type { RDF } from '../../rdf/terms.ts';
import { gunzipped } from '../compressed.ts';
import { SetHash } from '../set-hash.ts';
import {
  type BackupHeader,
  type BackupManifest,
  type GivenMapping,
  MANIFEST_FILE,
  readDocuments,
  readGivenMapping,
  readHeader,
  readManifest,
} from './format.ts';
import { damagedBackup, readTar } from './tar.ts';

/** In the order header, quads, documents, mappings, manifest. Nothing is known to be good before the manifest came. */
export type BackupPart =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'quads'; readonly quads: readonly RDF.Quad[] }
  | { readonly kind: 'documents'; readonly documents: readonly RecordDocument[] }
  | { readonly kind: 'mapping'; readonly mapping: GivenMapping }
  | { readonly kind: 'manifest'; readonly manifest: BackupManifest };

export interface BackupSummary {
  readonly header: BackupHeader;
  readonly manifest: BackupManifest;
}

/**
 * @param chunks  the archive as it lies on the disk
 * @throws FabricError `backup-damaged` where anything is missing or different, `backup-unknown` for what is no backup or a
 *   newer one
 */
export async function* readBackup(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<BackupPart> {
  const found: BackupManifest['files'][number][] = [];
  const counts = { quads: 0, records: 0, mappings: 0 };
  const setHash = new SetHash();
  let manifest: BackupManifest | undefined;
  for await (const { name, bytes } of readTar(unpacked(chunks))) {
    if (manifest) throw damagedBackup(`"${name}" stands behind the manifest`);
    const part = partOf(name, bytes, found.length === 0);
    if (part.kind === 'manifest') {
      manifest = part.manifest;
      continue;
    }
    if (part.kind === 'quads') {
      for (const q of part.quads) setHash.add(q);
      counts.quads += part.quads.length;
    } else if (part.kind === 'documents') counts.records += part.documents.length;
    else if (part.kind === 'mapping') counts.mappings++;
    found.push({ name, bytes: bytes.length, sha256: hash('sha256', bytes) });
    yield part;
  }
  if (!manifest) throw damagedBackup('it has no manifest');
  compare(manifest, { ...counts, setHash: setHash.toString(), files: found });
  yield { kind: 'manifest', manifest };
}

/** Reads all of it and keeps none. @throws FabricError as {@link readBackup} */
export async function verifyBackup(chunks: AsyncIterable<Uint8Array>): Promise<BackupSummary> {
  let header: BackupHeader | undefined;
  for await (const part of readBackup(chunks)) {
    if (part.kind === 'header') header = part.header;
    else if (part.kind === 'manifest' && header) return { header, manifest: part.manifest };
  }
  throw damagedBackup('it has no header');
}

function partOf(name: string, bytes: Uint8Array, isFirst: boolean): BackupPart {
  if (isFirst) return { kind: 'header', header: readHeader(name, bytes) };
  if (name === MANIFEST_FILE) return { kind: 'manifest', manifest: readManifest(bytes) };
  if (name.startsWith('quads/')) return { kind: 'quads', quads: quadsOf(name, bytes) };
  if (name.startsWith('records/')) return { kind: 'documents', documents: readDocuments(name, bytes) };
  if (name.startsWith('mappings/')) return { kind: 'mapping', mapping: readGivenMapping(name, bytes) };
  throw damagedBackup(`it holds "${name}", which is no part of a backup`);
}

function compare(manifest: BackupManifest, found: BackupManifest): void {
  for (const [index, { name, bytes, sha256 }] of manifest.files.entries()) {
    const file = found.files[index];
    if (file?.name !== name) throw damagedBackup(`"${name}" is missing`);
    if (file.bytes !== bytes || file.sha256 !== sha256)
      throw damagedBackup(`"${name}" does not have its SHA-256`);
  }
  const extra = found.files[manifest.files.length];
  if (extra) throw damagedBackup(`"${extra.name}" is not in the manifest`);
  for (const what of ['quads', 'records', 'mappings'] as const) {
    if (found[what] !== manifest[what])
      throw damagedBackup(`it holds ${found[what]} ${what} where there were ${manifest[what]}`);
  }
  if (found.setHash !== manifest.setHash) {
    throw damagedBackup(`its quads have the set hash ${found.setHash}, not ${manifest.setHash}`);
  }
}

function quadsOf(name: string, bytes: Uint8Array): RDF.Quad[] {
  const ids = new PieceTerms();
  const parser = new NQuadsParser({ ids, format: 'n-quads', source: name });
  try {
    return [...ids.quadsOf(parser.push(bytes)), ...ids.quadsOf(parser.end())];
  } catch (thrown) {
    throw damagedBackup(`"${name}" is not N-Quads: ${messageOf(thrown)}`, thrown);
  }
}

async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* gunzipped(chunks);
  } catch (thrown) {
    if (thrown instanceof FabricError && thrown.type === 'syntax-error') {
      throw damagedBackup(thrown.message, thrown);
    }
    throw thrown;
  }
}
