/**
 * One file of the segment log: its layout, and how it is scanned.
 *
 * A segment is preallocated with zeros, so that a shortened file shows. It opens with a header and holds
 * records back to back. Each record carries two checksums: one over its own header, by which a record can
 * be recognised anywhere, and one chained over the record before it, by which a hole shows. Each also names
 * the last sequence number that was durable when it was written: that tells damage from a torn tail.
 *
 * ```
 * segment header (64 bytes)           record header (32 bytes)
 *   0  magic "CFSEGLOG"                 0  magic
 *   8  version          u32             4  length of the payload   u32
 *  12  size of the file u32             8  seq                     u64
 *  16  first seq        u64            16  last durable seq        u64
 *  24  chain checksum   u32            24  checksum of 0..23       u32
 *  60  checksum of 0..59               28  chained checksum        u32
 * ```
 * All numbers are little-endian. After the last record a mark (a record header of length 0xffffffff) may
 * stand that repeats the last durable seq; the next record overwrites it. When the next segment is there, a seal
 * (of length 0xfffffffe) takes its place: a sealed segment is never the last, so that a lost one shows.
 */
import { crc32 } from 'node:zlib';
import { FabricError } from '../errors.ts';

export const SEGMENT_HEADER_BYTES = 64;
export const RECORD_HEADER_BYTES = 32;
const SEGMENT_MAGIC = Buffer.from('CFSEGLOG', 'latin1');
/** Version 2 holds changes of any version; version 1, of older programs, held JSON alone. */
const SEGMENT_VERSION = 2;
const RECORD_MAGIC = Buffer.from([0xc5, 0xfa, 0xb1, 0x0c]);
const MARK_LENGTH = 0xffff_ffff;
const SEAL_LENGTH = 0xffff_fffe;

export interface SegmentHeader {
  readonly sizeBytes: number;
  readonly firstSeq: number;
  /** Chained checksum of the last record of the segment before, 0 for the first segment. */
  readonly chain: number;
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  SEGMENT_MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(SEGMENT_VERSION, 8);
  bytes.writeUInt32LE(header.sizeBytes, 12);
  bytes.writeBigUInt64LE(BigInt(header.firstSeq), 16);
  bytes.writeUInt32LE(header.chain, 24);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** @throws FabricError `log-damaged` */
export function decodeSegmentHeader(bytes: Buffer, file: string): SegmentHeader {
  if (bytes.length < SEGMENT_HEADER_BYTES || !bytes.subarray(0, 8).equals(SEGMENT_MAGIC)) {
    throw damaged(file, 0, 'it does not open with the header of a segment');
  }
  if (bytes.readUInt32LE(60) !== crc32(bytes.subarray(0, 60))) {
    throw damaged(file, 0, 'the checksum of its header is wrong');
  }
  const version = bytes.readUInt32LE(8);
  if (version < 1 || version > SEGMENT_VERSION) {
    throw new FabricError(
      'data-directory-unusable',
      `Log segment ${file} has version ${version}; this program reads up to version ${SEGMENT_VERSION}`,
    );
  }
  return {
    sizeBytes: bytes.readUInt32LE(12),
    firstSeq: Number(bytes.readBigUInt64LE(16)),
    chain: bytes.readUInt32LE(24),
  };
}

/**
 * Fills in the header of a record that lies in `bytes`: {@link RECORD_HEADER_BYTES} left free at its start, then
 * its payload up to the end of `bytes`.
 *
 * @returns the chain checksum that the next record continues
 */
export function sealRecord(bytes: Buffer, seq: number, durableSeq: number, chain: number): number {
  writeRecordHeader(bytes, bytes.length - RECORD_HEADER_BYTES, seq, durableSeq);
  const chained = crc32(bytes.subarray(RECORD_HEADER_BYTES), crc32(bytes.subarray(0, 24), chain));
  bytes.writeUInt32LE(chained, 28);
  return chained;
}

/** The mark that stands after the last record: all up to `durableSeq` is durable. */
export function encodeMark(durableSeq: number): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES);
  writeRecordHeader(bytes, MARK_LENGTH, durableSeq, durableSeq);
  return bytes;
}

/** The seal that stands after the last record of a segment that another one follows. */
export function encodeSeal(durableSeq: number): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES);
  writeRecordHeader(bytes, SEAL_LENGTH, durableSeq, durableSeq);
  return bytes;
}

function writeRecordHeader(bytes: Buffer, length: number, seq: number, durableSeq: number): void {
  RECORD_MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(length, 4);
  bytes.writeBigUInt64LE(BigInt(seq), 8);
  bytes.writeBigUInt64LE(BigInt(durableSeq), 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 24)), 24);
}

interface RecordHeader {
  readonly length: number;
  readonly seq: number;
  readonly durableSeq: number;
  readonly chained: number;
}

/** The header at `offset`, or undefined when no valid one stands there. */
function recordHeaderAt(bytes: Buffer, offset: number): RecordHeader | undefined {
  if (offset + RECORD_HEADER_BYTES > bytes.length) return undefined;
  if (bytes.compare(RECORD_MAGIC, 0, 4, offset, offset + 4) !== 0) return undefined;
  if (bytes.readUInt32LE(offset + 24) !== crc32(bytes.subarray(offset, offset + 24))) return undefined;
  return {
    length: bytes.readUInt32LE(offset + 4),
    seq: Number(bytes.readBigUInt64LE(offset + 8)),
    durableSeq: Number(bytes.readBigUInt64LE(offset + 16)),
    chained: bytes.readUInt32LE(offset + 28),
  };
}

export interface ScanEnd {
  /** Where the next record goes. */
  readonly offset: number;
  readonly lastSeq: number;
  readonly chain: number;
  /** Bytes after `offset` that are neither zero nor a mark or seal: a torn tail. */
  readonly tornBytes: number;
  /** Another segment follows this one. */
  readonly sealed: boolean;
}

/**
 * Walks the records of a whole segment in order.
 *
 * @param bytes  the whole file
 * @param visit  called with the sequence number and payload of each record
 * @param untilSeq  a durable change to stop after: what lies behind it may be in the middle of being written
 * @throws FabricError `log-damaged` when a record that was durable is missing or wrong
 */
export function scanSegment(
  bytes: Buffer,
  file: string,
  visit?: (seq: number, payload: Buffer) => void,
  untilSeq = Number.POSITIVE_INFINITY,
): ScanEnd & { readonly header: SegmentHeader } {
  const header = decodeSegmentHeader(bytes, file);
  if (bytes.length !== header.sizeBytes) {
    throw damaged(
      file,
      bytes.length,
      `it has ${bytes.length} bytes where ${header.sizeBytes} were allocated`,
    );
  }
  let offset = SEGMENT_HEADER_BYTES;
  let lastSeq = header.firstSeq - 1;
  let chain = header.chain;
  while (lastSeq < untilSeq) {
    const record = recordHeaderAt(bytes, offset);
    if (!record || record.length >= SEAL_LENGTH || record.seq !== lastSeq + 1) break;
    const end = offset + RECORD_HEADER_BYTES + record.length;
    if (end > bytes.length) break;
    const payload = bytes.subarray(offset + RECORD_HEADER_BYTES, end);
    const chained = crc32(payload, crc32(bytes.subarray(offset, offset + 24), chain));
    if (chained !== record.chained) break;
    visit?.(record.seq, payload);
    lastSeq = record.seq;
    chain = chained;
    offset = end;
  }
  if (lastSeq >= untilSeq) return { header, offset, lastSeq, chain, tornBytes: 0, sealed: false };
  const durableSeq = Number.isFinite(untilSeq) ? untilSeq : provenDurable(bytes, offset);
  if (durableSeq > lastSeq) {
    throw damaged(
      file,
      offset,
      `change ${lastSeq + 1} is missing or wrong although changes up to ${durableSeq} were durable`,
    );
  }
  const sealed = recordHeaderAt(bytes, offset)?.length === SEAL_LENGTH;
  return { header, offset, lastSeq, chain, tornBytes: bytesInUse(bytes, offset), sealed };
}

/** The highest sequence number that any record or mark after `offset` says was durable. */
function provenDurable(bytes: Buffer, offset: number): number {
  let highest = 0;
  for (let at = bytes.indexOf(RECORD_MAGIC, offset); at >= 0; at = bytes.indexOf(RECORD_MAGIC, at + 1)) {
    const header = recordHeaderAt(bytes, at);
    if (header) highest = Math.max(highest, header.durableSeq);
  }
  return highest;
}

/** How many bytes from `offset` on are in use, a lone mark or seal at `offset` not counted. */
function bytesInUse(bytes: Buffer, offset: number): number {
  const marked = (recordHeaderAt(bytes, offset)?.length ?? 0) >= SEAL_LENGTH;
  const start = marked ? offset + RECORD_HEADER_BYTES : offset;
  for (let end = bytes.length; end > start; end--) {
    if (bytes[end - 1] !== 0) return end - offset;
  }
  return 0;
}

export function damaged(file: string, offset: number, what: string): FabricError {
  return new FabricError('log-damaged', `Log segment ${file} is damaged at byte ${offset}: ${what}`, {
    location: { source: file, offset },
  });
}
