/**
 * A backup of one state as a stream: quads, record documents and given mappings, with what proves that they are whole.
 * Writing goes on meanwhile; memory does not grow with the state.
 */
import { hash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { RecordDocument } from '../../mapping/record.ts';
import { type RDF, toNQuads } from '../../rdf/terms.ts';
import { SetHash } from '../set-hash.ts';
import {
  type BackupManifest,
  type GivenMapping,
  HEADER_FILE,
  MANIFEST_FILE,
  makeHeader,
  PART_BYTES,
} from './format.ts';
import { type ArchivedFile, writeTar } from './tar.ts';

/** All of one state, held by the caller until the stream has ended. */
export interface StateToBackUp {
  readonly seq: number;
  readonly baseIri: string;
  readonly quads: Iterable<RDF.Quad>;
  readonly documents: Iterable<RecordDocument>;
  readonly mappings: Iterable<GivenMapping>;
}

/** @param nowMs  milliseconds since 1970 @returns a gzipped tar archive */
export function writeBackup(state: StateToBackUp, nowMs: number): AsyncIterable<Uint8Array> {
  const archive = Readable.from(writeTar(filesOf(state, nowMs), Math.floor(nowMs / 1000)), {
    objectMode: false,
  });
  // Who reads learns of a failure by the stream that it reads.
  return pipeline(archive, createGzip({ level: 6 }), () => undefined);
}

function* filesOf(state: StateToBackUp, nowMs: number): Generator<ArchivedFile> {
  const { seq, baseIri } = state;
  const listed: BackupManifest['files'][number][] = [];
  const list = (file: ArchivedFile): ArchivedFile => {
    listed.push({ name: file.name, bytes: file.bytes.length, sha256: hash('sha256', file.bytes) });
    return file;
  };
  const counts = { quads: 0, records: 0, mappings: 0 };
  const setHash = new SetHash();
  const header = makeHeader({ baseIri, seq, createdAt: new Date(nowMs).toISOString() });
  yield list(jsonFile(HEADER_FILE, header));
  const quadLines = map(state.quads, (q) => {
    counts.quads++;
    setHash.add(q);
    return `${toNQuads(q)}\n`;
  });
  for (const part of parts(quadLines, 'quads', 'nq')) yield list(part);
  const documentLines = map(state.documents, (document) => {
    counts.records++;
    return `${JSON.stringify(document)}\n`;
  });
  for (const part of parts(documentLines, 'records', 'ndjson')) yield list(part);
  for (const { source, format, text } of state.mappings) {
    counts.mappings++;
    const name = `mappings/${String(counts.mappings).padStart(4, '0')}.json`;
    yield list(jsonFile(name, { source, format, text }));
  }
  const manifest: BackupManifest = { ...counts, setHash: setHash.toString(), files: listed };
  yield jsonFile(MANIFEST_FILE, manifest);
}

function* parts(lines: Iterable<string>, folder: string, ending: string): Generator<ArchivedFile> {
  let number = 0;
  let text = '';
  const part = (): ArchivedFile => ({
    name: `${folder}/${String(++number).padStart(8, '0')}.${ending}`,
    bytes: Buffer.from(text),
  });
  for (const line of lines) {
    text += line;
    if (text.length < PART_BYTES) continue;
    yield part();
    text = '';
  }
  if (text !== '') yield part();
}

const jsonFile = (name: string, value: unknown): ArchivedFile => ({
  name,
  bytes: Buffer.from(`${JSON.stringify(value, null, 2)}\n`),
});

function* map<A, B>(items: Iterable<A>, change: (item: A) => B): Generator<B> {
  for (const item of items) yield change(item);
}
