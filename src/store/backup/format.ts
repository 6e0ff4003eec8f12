/**
 * What a backup is: a gzipped tar archive of one state, complete or of no use.
 *
 * ```
 * backup.json              magic, version of the format, base IRI, change, time
 * quads/00000001.nq ...    N-Quads
 * records/00000001.ndjson  record documents, a line each
 * mappings/0001.json ...   mappings that were given to the running fabric
 * manifest.json            counts, set hash of the quads, size and SHA-256 of every file; last, so that it proves the end
 * ```
 * Labels of blank nodes are those of the store and stay, so that the set hash, which knows no order, is a canonical hash
 * of the graph: RDF Dataset Canonicalization would find the same at the price of its worst cases. The SHA-256 are for the
 * archive itself. A format of a newer version must be refused before anything is read of it.
 */
import { z } from 'zod';
import { FabricError } from '../../errors.ts';
import type { RecordDocument } from '../../mapping/record.ts';
import type { StoredMapping } from '../mapping-files.ts';
import { damagedBackup } from './tar.ts';

export const HEADER_FILE = 'backup.json';
export const MANIFEST_FILE = 'manifest.json';
export const FORMAT_VERSION = 1;
const MAGIC = 'continuum-fabric backup';

/** Bytes of one file of quads or records, about: it is made at one go, while others wait. */
export const PART_BYTES = 1024 * 1024;

const count = z.int().nonnegative();

const headerSchema = z.object({
  magic: z.literal(MAGIC),
  formatVersion: count,
  baseIri: z.string(),
  /** The change whose state it is. */
  seq: count,
  createdAt: z.string(),
});
export type BackupHeader = z.infer<typeof headerSchema>;

const manifestSchema = z.object({
  quads: count,
  records: count,
  mappings: count,
  /** Set hash of the quads, as checkpoints have it. */
  setHash: z.string(),
  files: z.array(z.object({ name: z.string(), bytes: count, sha256: z.string() })),
});
export type BackupManifest = z.infer<typeof manifestSchema>;

export interface GivenMapping extends StoredMapping {
  readonly source: string;
}

const mappingSchema = z.object({
  source: z.string(),
  format: z.enum(['turtle', 'yarrrml']),
  text: z.string(),
});

const documentSchema = z.object({
  source: z.string(),
  key: z.string(),
  value: z.record(z.string(), z.unknown()).nullable(),
  times: z.record(z.string(), z.string()),
  observedAt: z.string(),
  receivedAt: z.string(),
  wholeAt: z.string().optional(),
});

export const makeHeader = (state: Pick<BackupHeader, 'baseIri' | 'seq' | 'createdAt'>): BackupHeader => ({
  magic: MAGIC,
  formatVersion: FORMAT_VERSION,
  ...state,
});

/** @throws FabricError `backup-damaged`, `backup-unknown` for what is none, or is newer than this program */
export function readHeader(name: string, bytes: Uint8Array): BackupHeader {
  const header = name === HEADER_FILE ? jsonOf(name, bytes) : undefined;
  const { magic, formatVersion } = (header ?? {}) as Partial<BackupHeader>;
  if (magic !== MAGIC) throw new FabricError('backup-unknown', 'This archive is no backup of a fabric');
  if (formatVersion !== FORMAT_VERSION) {
    throw new FabricError(
      'backup-unknown',
      `The backup has format version ${String(formatVersion)}; this program reads version ${FORMAT_VERSION}`,
    );
  }
  return checked(name, headerSchema, header);
}

/** @throws FabricError `backup-damaged` */
export const readManifest = (bytes: Uint8Array): BackupManifest =>
  checked(MANIFEST_FILE, manifestSchema, jsonOf(MANIFEST_FILE, bytes));

/** @throws FabricError `backup-damaged` */
export const readGivenMapping = (name: string, bytes: Uint8Array): GivenMapping =>
  checked(name, mappingSchema, jsonOf(name, bytes));

/** @throws FabricError `backup-damaged` */
export function readDocuments(name: string, bytes: Uint8Array): RecordDocument[] {
  const lines = textOf(name, bytes).split('\n').slice(0, -1);
  // What the schema lets through is JSON, as it was parsed from it.
  return lines.map((line) => checked(name, documentSchema, parsed(name, line)) as RecordDocument);
}

const jsonOf = (name: string, bytes: Uint8Array): unknown => parsed(name, textOf(name, bytes));

function textOf(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (thrown) {
    throw damagedBackup(`"${name}" is not UTF-8`, thrown);
  }
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw damagedBackup(`"${name}" is not JSON`, thrown);
  }
}

function checked<T>(name: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw damagedBackup(`"${name}" is not what it should be`, result.error);
}
