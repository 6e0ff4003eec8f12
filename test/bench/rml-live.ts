/** Live mapping: records a CPU second, and what an update of a hundredth costs beside a full run. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BenchOptions, type Row, row, spaced } from './bench.ts';
import { telemetryMapping } from './rml-data.ts';

interface LiveCost {
  readonly full: { readonly cpuSeconds: number };
  readonly update: { readonly cpuSeconds: number };
}

const run = promisify(execFile);
const CHILD = new URL('rml-live-child.ts', import.meta.url).pathname;
const RUNS = 2;

/** @param rows  records; ten times as many for the update */
export async function* measureLive(rows: number, { wants }: BenchOptions): AsyncGenerator<Row> {
  const live = 'live, bytes to delta';
  const update = `update of 1 % of ${spaced(10 * rows)} records`;
  if (!wants(live) && !wants(update)) return;
  const folder = await mkdtemp(join(tmpdir(), 'fabric-bench-live-'));
  try {
    const mapping = join(folder, 'mapping.ttl');
    await writeFile(mapping, telemetryMapping('ndjson'));
    const costs: LiveCost[] = [];
    for (let turn = 0; turn < RUNS; turn++) {
      const { stdout } = await run(process.execPath, [CHILD, mapping, String(10 * rows)]);
      costs.push(JSON.parse(stdout) as LiveCost);
    }
    const full = Math.min(...costs.map((cost) => cost.full.cpuSeconds));
    if (wants(live)) {
      const value = (10 * rows) / full;
      yield row({ name: live, value, unit: 'records/CPU-s', better: 'higher', floor: 100_000, aim: 200_000 });
    }
    if (wants(update)) {
      const value = full / Math.min(...costs.map((cost) => cost.update.cpuSeconds));
      yield row({ name: update, value, unit: 'times less work', better: 'higher', floor: 50, aim: 90 });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
