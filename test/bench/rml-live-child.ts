/**
 * Live mapping in a process of its own: `node rml-live-child.ts MAPPING ROWS`. All records come once, then a
 * hundredth of them in a new version, some times. Prints the CPU time of both as one line of JSON.
 */
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { compileLiveBytes } from '../../src/mapping/bytes/live.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import { reading } from './rml-data.ts';

const [, , mapping = '', rows = ''] = argv;
const RECORDS = Number(rows);
/** A service is warm: the mean of some updates counts, the first of which is compiled on its way. */
const UPDATES = 5;
/** Records in a message. */
const BATCH = 500;

const plan = compileMapping(readFileSync(mapping, 'utf8'), { name: mapping });
const live = compileLiveBytes(plan, { key: 'id', strict: true });
if ('unsupported' in live) throw new Error(`Not taken: ${live.unsupported.join(', ')}`);

const encoder = new TextEncoder();
function* messages(step: number, version: number): Generator<Uint8Array> {
  for (let row = 0; row < RECORDS; row += BATCH * step) {
    const lines: string[] = [];
    for (let i = row; i < RECORDS && lines.length < BATCH; i += step) {
      lines.push(JSON.stringify(reading(i, version)));
    }
    yield encoder.encode(`${lines.join('\n')}\n`);
  }
}

/** CPU seconds of taking messages, without the time that making them costs; and the bytes of their deltas. */
function take(step: number, version: number): { cpuSeconds: number; bytes: number } {
  let micros = 0;
  let bytes = 0;
  for (const message of messages(step, version)) {
    const start = process.cpuUsage();
    for (const { removed, added } of (live as Exclude<typeof live, { unsupported: unknown }>).upsert(
      message,
    )) {
      bytes += removed.length + added.length;
    }
    const { user, system } = process.cpuUsage(start);
    micros += user + system;
  }
  return { cpuSeconds: micros / 1e6, bytes };
}

const full = take(1, 0);
const updates = Array.from({ length: UPDATES }, (_, index) => take(100, index + 1));
const update = { cpuSeconds: updates.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / UPDATES };
const { maxRSS } = process.resourceUsage();
console.log(JSON.stringify({ full, update, peakBytes: maxRSS * 1024 }));
