/**
 * What a hand-written loop does with the telemetry CSV: bytes to bytes, templates encoded beforehand, no mapping,
 * no checks of values, no duplicates looked for. Run as `node telemetry-csv.ts INPUT OUTPUT`.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { argv } from 'node:process';

const encoder = new TextEncoder();
const VOCABULARY = 'http://example.org/vocabulary#';
const XSD = 'http://www.w3.org/2001/XMLSchema#';
const SUBJECT = encoder.encode('<http://example.org/reading/');
const between = (predicate: string, open: string): Uint8Array => encoder.encode(` <${predicate}> ${open}`);
const TYPE = encoder.encode(` <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <${VOCABULARY}Reading> .\n`);
const SENSOR = between(`${VOCABULARY}sensor`, '<http://example.org/sensor/');
const LABEL = between('http://www.w3.org/2000/01/rdf-schema#label', '"');
const TIME = between(`${VOCABULARY}time`, '"');
const TEMPERATURE = between(`${VOCABULARY}temperature`, '"');
const HUMIDITY = between(`${VOCABULARY}humidity`, '"');
const STATUS = between(`${VOCABULARY}status`, '"');
const IRI_END = encoder.encode('> .\n');
const PLAIN_END = encoder.encode('" .\n');
const typedEnd = (datatype: string): Uint8Array => encoder.encode(`"^^<${XSD}${datatype}> .\n`);
const DATE_TIME_END = typedEnd('dateTime');
const DOUBLE_END = typedEnd('double');
const INTEGER_END = typedEnd('integer');

const UNRESERVED = new Uint8Array(256);
for (const character of encoder.encode(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~',
)) {
  UNRESERVED[character] = 1;
}
UNRESERVED.fill(1, 128); // all characters of the labels are letters
const HEXADECIMAL = encoder.encode('0123456789ABCDEF');

const FLUSH_BYTES = 65_536;
const out = new Uint8Array(2 * FLUSH_BYTES + 1_048_576);
let at = 0;

function put(text: Uint8Array): void {
  out.set(text, at);
  at += text.length;
}

function putSubject(from: number, to: number): void {
  out.copyWithin(at, from, to);
  at += to - from;
}

function putEncoded(bytes: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (UNRESERVED[byte] === 1) out[at++] = byte;
    else {
      out[at++] = 37;
      out[at++] = HEXADECIMAL[byte >> 4]!;
      out[at++] = HEXADECIMAL[byte & 15]!;
    }
  }
}

/** A literal; two quotes of a quoted field are one, which needs a backslash. */
function putLiteral(bytes: Uint8Array, from: number, to: number, isQuoted: boolean): void {
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte === 34 || byte === 92) {
      out[at++] = 92;
      if (byte === 34 && isQuoted) i++;
    }
    out[at++] = byte;
  }
}

const starts = new Int32Array(8);
const ends = new Int32Array(8);
const quoted = new Uint8Array(8);

/** Offsets of the fields of the row at `from`. @returns where the next row starts, or -1 when this one is cut */
function scanRow(bytes: Uint8Array, from: number, limit: number): number {
  let i = from;
  for (let field = 0; field < 8; field++) {
    if (i < limit && bytes[i] === 34) {
      quoted[field] = 1;
      starts[field] = ++i;
      while (i < limit && (bytes[i] !== 34 || bytes[i + 1] === 34)) i += bytes[i] === 34 ? 2 : 1;
      ends[field] = i++;
    } else {
      quoted[field] = 0;
      starts[field] = i;
      while (i < limit && bytes[i] !== 44 && bytes[i] !== 10) i++;
      ends[field] = i;
    }
    if (i >= limit) return -1;
    i++;
  }
  return i;
}

function putRecord(bytes: Uint8Array): void {
  const from = at;
  put(SUBJECT);
  putEncoded(bytes, starts[0]!, ends[0]!);
  out[at++] = 62;
  const to = at;
  put(TYPE);
  putSubject(from, to);
  put(SENSOR);
  putEncoded(bytes, starts[1]!, ends[1]!);
  put(IRI_END);
  const literals = [LABEL, TIME, TEMPERATURE, HUMIDITY, STATUS];
  const tails = [PLAIN_END, DATE_TIME_END, DOUBLE_END, INTEGER_END, PLAIN_END];
  for (let i = 0; i < 5; i++) {
    putSubject(from, to);
    put(literals[i]!);
    putLiteral(bytes, starts[i + 2]!, ends[i + 2]!, quoted[i + 2] === 1);
    put(tails[i]!);
  }
}

const [, , input = '', output = ''] = argv;
const source = openSync(input, 'r');
const sink = openSync(output, 'w');
const buffer = new Uint8Array(262_144);
let held = 0;
let header = true;
for (;;) {
  const read = readSync(source, buffer, held, buffer.length - held, null);
  if (read === 0) break;
  const limit = held + read;
  let next = 0;
  if (header) {
    next = buffer.indexOf(10) + 1;
    header = false;
  }
  for (;;) {
    const end = scanRow(buffer, next, limit);
    if (end < 0) break;
    next = end;
    putRecord(buffer);
    if (at >= FLUSH_BYTES) {
      writeSync(sink, out, 0, at);
      at = 0;
    }
  }
  buffer.copyWithin(0, next, limit);
  held = limit - next;
}
writeSync(sink, out, 0, at);
closeSync(source);
closeSync(sink);
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
console.log(JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 }));
