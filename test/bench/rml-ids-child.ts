/**
 * One mapping into the image in a process of its own: `node rml-ids-child.ts MAPPING`. Prints what it cost as one
 * line of JSON: all CPU time of the process, its start included, and the quads that the image holds in the end.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { checkMapping } from '../../src/mapping/check.ts';
import type { LogicalSource } from '../../src/mapping/plan.ts';
import type { SourceData } from '../../src/mapping/reference/formulation.ts';
import { Image } from '../../src/store/image/image.ts';
import { mapIntoImage } from '../../src/store/map-into-image.ts';

const [, , mapping = ''] = argv;
const CHUNK_BYTES = 262_144;

const plan = checkMapping(readFileSync(mapping, 'utf8'), { name: mapping });
const open = ({ location = '' }: LogicalSource): SourceData => ({
  kind: 'bytes',
  chunks: createReadStream(join(dirname(mapping), location), { highWaterMark: CHUNK_BYTES }),
});
const image = new Image({ graphs: undefined });
const { engine } = await mapIntoImage(image, plan, { open }, { strict: true });
if (engine !== 'bytes') throw new Error('The byte engine does not take the mapping');
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
const { quads } = image.statistics();
console.log(JSON.stringify({ cpuSeconds, peakBytes: maxRSS * 1024, quads }));
