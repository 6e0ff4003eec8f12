/**
 * Updates applied to the image alone, without a log, and what it costs to pin a state:
 * `node store-apply-child.ts ELEMENTS UPDATES SEED`. Changes are staged one by one and published in groups of 128, as
 * the writer does under load; the quads of the changes are made before the clock runs.
 */
import { argv } from 'node:process';
import { Image } from '../../src/store/image/image.ts';
import { mergeStepsWhenDue } from '../store/merging.ts';
import { report, stopwatch } from './store-cost.ts';
import { graphs, recordsOf, Updates } from './store-data.ts';

const [elements = 0, updates = 0, seed = 0] = argv.slice(2).map(Number);
const GROUP = 128;
const CHUNK = 32 * GROUP;
/** So many steps of a merge a group, that a merge ends well before the next is due. */
const MERGE_STEPS = 8;
const PINS = 200_000;
/** Updates before the clock runs. */
const WARM_UP = 4 * CHUNK;
const cause = { kind: 'admin', principal: 'bench', tenant: 'default' } as const;

const image = new Image({ graphs });
image.load([...recordsOf(elements, seed)].flat(), 1);
const source = new Updates(elements, seed);
let cpuSeconds = 0;
let applied = -WARM_UP;
while (applied < updates) {
  const changes = Array.from({ length: CHUNK }, () => ({ cause, ...source.next() }));
  const stop = stopwatch();
  for (const [index, change] of changes.entries()) {
    image.stage(change, image.stagedSeq + 1);
    if (index % GROUP === GROUP - 1) {
      image.publish(image.stagedSeq);
      mergeStepsWhenDue(image, MERGE_STEPS);
    }
  }
  if (applied >= 0) cpuSeconds += stop().cpuSeconds;
  applied += changes.length;
}

const pin = (times: number): number => {
  const start = performance.now();
  for (let turn = 0; turn < times; turn++) image.snapshot().release();
  return ((performance.now() - start) * 1000) / times;
};
pin(PINS / 10);
const pinMicroseconds = pin(PINS);
report({ cpuSeconds, perCpuSecond: applied / cpuSeconds, pinMicroseconds, ...image.statistics() });
