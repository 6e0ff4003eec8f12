/**
 * `node test/bench/peers/run.ts [--rows N] [--only ENGINE] [--case NAME]`: ours and its peers on the inputs of the
 * topic `rml`. A figure counts only when the graph is ours; the last line is the rows as JSON.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../../src/errors.ts';
import { rounded } from '../bench.ts';
import { writeKrownRaw, writeTelemetry } from '../rml-data.ts';
import { ENGINES, type Engine, fabric } from './engines.ts';
import { digestOf, type GraphDigest } from './graph-digest.ts';
import { legacyMapping } from './legacy-mapping.ts';
import { runMeasured, type Spent } from './process-tree.ts';

/** Writes `mapping.ttl` and its inputs into a folder. */
type Case = (folder: string, rows: number) => Promise<number>;

export const CASES: Readonly<Record<string, Case>> = {
  'telemetry CSV': (folder, rows) => writeTelemetry(folder, { rows, format: 'csv' }),
  'telemetry JSON': (folder, rows) => writeTelemetry(folder, { rows, format: 'json' }),
  'telemetry CSV, join': (folder, rows) => writeTelemetry(folder, { rows, format: 'csv', join: true }),
  'KROWN raw': (folder, rows) => writeKrownRaw(folder, rows),
};

/** What one engine did with one case; without figures when it failed or made another graph. */
export interface PeerRow {
  readonly case: string;
  readonly engine: string;
  readonly version: string;
  readonly triples: number;
  readonly cpuSeconds: number | null;
  readonly triplesPerCpuSecond: number | null;
  readonly peakMegabytes: number | null;
  /** How many times the processor time of ours it takes. */
  readonly ratio: number | null;
  readonly remark: string;
}

export interface PeerOptions {
  readonly rows: number;
  readonly wantsEngine: (name: string) => boolean;
  readonly wantsCase: (name: string) => boolean;
  readonly note: (text: string) => void;
}

const SECONDS_MAX = 900;

/** Runs every engine on every case; a peer that cannot be installed is told once and left out. */
export async function* measurePeers(options: PeerOptions): AsyncGenerator<PeerRow> {
  const engines = ENGINES.filter(
    (engine) => options.wantsEngine(engine.name) && isInstalled(engine, options),
  );
  const root = mkdtempSync(join(tmpdir(), 'fabric-peers-'));
  try {
    for (const [name, write] of Object.entries(CASES)) {
      if (!options.wantsCase(name)) continue;
      const folder = join(root, name.replaceAll(/\W+/g, '-'));
      mkdirSync(folder);
      await write(folder, options.rows);
      writeFileSync(
        join(folder, 'legacy.ttl'),
        legacyMapping(readFileSync(join(folder, 'mapping.ttl'), 'utf8')),
      );
      yield* measureCase(name, folder, [fabric, ...engines]);
      rmSync(folder, { recursive: true });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function isInstalled(engine: Engine, { note }: PeerOptions): boolean {
  try {
    engine.install();
    return true;
  } catch (thrown) {
    note(`${engine.name} ${engine.version} cannot be installed: ${messageOf(thrown).slice(0, 400)}`);
    return false;
  }
}

async function* measureCase(
  name: string,
  folder: string,
  engines: readonly Engine[],
): AsyncGenerator<PeerRow> {
  let ours: { readonly graph: GraphDigest; readonly spent: Spent } | undefined;
  for (const engine of engines) {
    // SDM-RDFizer names its file itself.
    const output = join(
      folder,
      `${engine.name === 'SDM-RDFizer' ? 'sdm' : engine.name.replaceAll(/\W+/g, '-')}.nt`,
    );
    const told = { case: name, engine: engine.name, version: engine.version };
    try {
      const spent = await runMeasured(engine.command({ folder, output }), SECONDS_MAX);
      const graph = await digestOf(output);
      ours ??= { graph, spent };
      const same = graph.digest === ours.graph.digest;
      const remark = same ? '' : difference(graph, ours.graph);
      yield {
        ...told,
        triples: graph.triples,
        ...(same ? figures(spent, graph, ours.spent) : NO_FIGURES),
        remark,
      };
    } catch (thrown) {
      yield { ...told, triples: 0, ...NO_FIGURES, remark: messageOf(thrown) };
      if (engine === fabric) return; // there is nothing to compare with
    }
  }
}

type Figures = Pick<PeerRow, 'cpuSeconds' | 'triplesPerCpuSecond' | 'peakMegabytes' | 'ratio'>;

const NO_FIGURES: Figures = { cpuSeconds: null, triplesPerCpuSecond: null, peakMegabytes: null, ratio: null };

const figures = (spent: Spent, graph: GraphDigest, ours: Spent): Figures => ({
  cpuSeconds: rounded(spent.cpuSeconds),
  triplesPerCpuSecond: rounded(graph.triples / spent.cpuSeconds),
  peakMegabytes: Math.round(spent.peakBytes / 1_000_000),
  ratio: rounded(spent.cpuSeconds / ours.cpuSeconds),
});

function difference(graph: GraphDigest, ours: GraphDigest): string {
  const at = graph.lines.findIndex((line, index) => line !== ours.lines[index]);
  const example = at < 0 ? '' : `, as in ${graph.lines[at]} for ${ours.lines[at]}`;
  return `another graph: ${graph.triples} triples, ours has ${ours.triples}${example}`;
}

/** The rows as a table in Markdown. */
export function tableOf(rows: readonly PeerRow[]): string {
  const head =
    '| case | engine | triples | CPU s | triples / CPU s | peak MB | CPU time against ours |\n|---|---|---|---|---|---|---|';
  const lines = rows.map((row) =>
    row.cpuSeconds === null
      ? `| ${row.case} | ${row.engine} ${row.version} | ${row.triples} | ${row.remark} | | | |`
      : `| ${row.case} | ${row.engine} ${row.version} | ${row.triples} | ${row.cpuSeconds} | ${row.triplesPerCpuSecond} | ${row.peakMegabytes} | ${row.ratio}x |`,
  );
  return [head, ...lines].join('\n');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '100000' },
      only: { type: 'string', default: '' },
      case: { type: 'string', default: '' },
    },
  });
  const rows: PeerRow[] = [];
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  const options = {
    rows: Number(values.rows),
    wantsEngine: (name: string) => name.toLowerCase().includes(values.only.toLowerCase()),
    wantsCase: (name: string) => name.toLowerCase().includes(values.case.toLowerCase()),
    note,
  };
  for await (const found of measurePeers(options)) {
    rows.push(found);
    note(`${found.case}: ${found.engine} ${found.cpuSeconds ?? '-'} CPU s ${found.remark}`);
  }
  note(`load ${loadavg().map(rounded).join(' ')} on ${cpus().length} cores\n${tableOf(rows)}`);
  console.log(JSON.stringify({ topic: 'rml-peers', rows }));
}
