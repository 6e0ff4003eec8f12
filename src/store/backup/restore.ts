/**
 * A backup made a data directory again: verified whole before the first byte is written and after the last, and in place
 * under its name only when it is complete. An existing directory is never touched.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DEFAULT_TENANT } from '../../authorize.ts';
import { FabricError, messageOf } from '../../errors.ts';
import { createSegment, syncDirectory } from '../../log/segment-files.ts';
import type { RecordDocument } from '../../mapping/record.ts';
import type { RDF } from '../../rdf/terms.ts';
import { openDataDirectory, readDataDirectory } from '../data-directory.ts';
import { MappingFiles } from '../mapping-files.ts';
import { QuadstoreHome } from '../quadstore-home.ts';
import { SetHash } from '../set-hash.ts';
import type { BackupHeader, BackupManifest } from './format.ts';
import { type BackupSummary, readBackup, verifyBackup } from './read.ts';

export interface RestoreOptions {
  /** Size of a segment of the log. */
  readonly segmentBytes: number;
  /** Told of the quads that are written so far. */
  readonly onProgress?: (quads: number, of: number) => void;
}

export interface Restored extends Pick<BackupHeader, 'baseIri' | 'seq' | 'createdAt'> {
  readonly quads: number;
  readonly records: number;
  readonly mappings: number;
  readonly setHash: string;
}

const atOnce = (): Promise<void> => Promise.resolve();

/**
 * @param archive  path of the backup
 * @param directory  absent, or an empty folder
 * @throws FabricError `backup-damaged`, `backup-unknown`, `already-exists`, `data-directory-unusable`, `not-found`
 */
export async function restoreBackup(
  archive: string,
  directory: string,
  options: RestoreOptions,
): Promise<Restored> {
  await mustBeFree(directory);
  const before = await verifyBackup(chunksOf(archive));
  const target = resolve(directory);
  const scratch = `${target}.restoring`;
  await rm(scratch, { recursive: true, force: true });
  try {
    await write(archive, scratch, before, options);
    await verify(scratch, before.manifest);
    await rename(scratch, target);
    await syncDirectory(dirname(target));
  } catch (thrown) {
    await rm(scratch, { recursive: true, force: true });
    if (thrown instanceof FabricError) throw thrown;
    const full = ['ENOSPC', 'EDQUOT'].includes((thrown as { code?: string }).code ?? '');
    throw new FabricError(
      full ? 'storage-full' : 'data-directory-unusable',
      `${directory} cannot be written: ${messageOf(thrown)}`,
      { cause: thrown },
    );
  }
  const { baseIri, seq, createdAt } = before.header;
  const { quads, records, mappings, setHash } = before.manifest;
  return { baseIri, seq, createdAt, quads, records, mappings, setHash };
}

async function mustBeFree(directory: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return;
    throw new FabricError('data-directory-unusable', `${directory} cannot be used: ${messageOf(thrown)}`);
  }
  if (names.length === 0) return;
  throw new FabricError('already-exists', `${directory} is not empty`, {
    extensions: { hint: 'Restore into a new folder; what is there stays as it is.' },
  });
}

async function write(
  archive: string,
  path: string,
  { header, manifest }: BackupSummary,
  { segmentBytes, onProgress }: RestoreOptions,
): Promise<void> {
  const { seq } = header;
  const made = await openDataDirectory(path, { baseIri: () => header.baseIri, now: () => header.createdAt });
  await makeLog(made.log(DEFAULT_TENANT), seq + 1, segmentBytes);
  await mkdir(made.store(DEFAULT_TENANT), { recursive: true });
  const mappings = new MappingFiles(made.mappings(DEFAULT_TENANT));
  const home = await QuadstoreHome.open(made.store(DEFAULT_TENANT));
  const running = new SetHash();
  const checkpoint = ({ quads = [], documents = [] }: Written): Promise<void> => {
    for (const q of quads) running.add(q);
    const hash = running.toString();
    return home.checkpoint({ seq, hash, present: quads, absent: [], documents, forgotten: [] }, atOnce);
  };
  try {
    for await (const _ of home.documents()); // there are none; a store wants to be asked before it is written
    await checkpoint({}); // an empty one too
    let written = 0;
    for await (const part of readBackup(chunksOf(archive))) {
      if (part.kind === 'documents') await checkpoint(part);
      else if (part.kind === 'mapping') await mappings.write(part.mapping.source, part.mapping);
      else if (part.kind === 'quads') {
        await checkpoint(part);
        written += part.quads.length;
        onProgress?.(written, manifest.quads);
      }
    }
  } finally {
    await home.close();
  }
}

interface Written {
  readonly quads?: readonly RDF.Quad[];
  readonly documents?: readonly RecordDocument[];
}

/** Reads back what was written, as start-up will. */
async function verify(path: string, manifest: BackupManifest): Promise<void> {
  const directory = await readDataDirectory(path);
  const home = await QuadstoreHome.open(directory.store(DEFAULT_TENANT));
  try {
    const found = new SetHash();
    for await (const batch of home.scan()) for (const q of batch) found.add(q);
    let records = 0;
    for await (const _ of home.documents()) records++;
    if (found.toString() === manifest.setHash && records === manifest.records) return;
    throw new FabricError(
      'store-damaged',
      `The store holds ${records} records and the set hash ${found.toString()}, not ${manifest.records} and ${manifest.setHash}`,
    );
  } finally {
    await home.close();
  }
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    throw new FabricError('not-found', `${path} cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** A log without changes, whose next one continues the sequence of the backup. */
async function makeLog(folder: string, firstSeq: number, sizeBytes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${String(firstSeq).padStart(20, '0')}.log`);
  const file = await createSegment(path, { sizeBytes, firstSeq, chain: 0 }, open);
  await file.close();
  await syncDirectory(folder);
}
