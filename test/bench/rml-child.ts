/**
 * One mapping run in a process of its own, as `fabric map` runs it: `node rml-child.ts MAPPING OUTPUT`. Prints what
 * it cost as one line of JSON: all CPU time of the process, its start included.
 */
import { closeSync, createReadStream, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { compileBytes } from '../../src/mapping/bytes/program.ts';
import { checkMapping } from '../../src/mapping/check.ts';
import type { LogicalSource } from '../../src/mapping/plan.ts';
import type { SourceData } from '../../src/mapping/reference/formulation.ts';

const [, , mapping = '', output = ''] = argv;
const CHUNK_BYTES = 262_144;

const checked = checkMapping(readFileSync(mapping, 'utf8'), { name: mapping });
const program = compileBytes(checked);
if ('unsupported' in program)
  throw new Error(`The byte engine does not take ${program.unsupported.join(', ')}`);
const open = ({ location = '' }: LogicalSource): SourceData => ({
  kind: 'bytes',
  chunks: createReadStream(join(dirname(mapping), location), { highWaterMark: CHUNK_BYTES }),
});
const sink = openSync(output, 'w');
/** Since the start of the process. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

let firstMs: number | undefined;
for await (const chunk of program.run({ open }, { strict: true })) {
  firstMs ??= cpuMs();
  for (let at = 0; at < chunk.length; ) at += writeSync(sink, chunk, at);
}
closeSync(sink);
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
console.log(JSON.stringify({ cpuSeconds, peakBytes: maxRSS * 1024, firstMs }));
